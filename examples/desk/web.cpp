// SPDX-License-Identifier: PostgreSQL
// web.cpp: the desk on 127.0.0.1: the page, its calls, and the stream of what happened.
#include "web.hpp"

#include <atomic>
#include <iostream>
#include <memory>
#include <utility>

namespace desk
{

namespace
{

constexpr int most_pages = 100; // each open page keeps a thread busy with its stream
constexpr int threads = most_pages + 20;

void send(httplib::Response &response, int status, const Json &answer)
{
    response.status = status;
    response.set_content(answer.dump(-1, ' ', true, Json::error_handler_t::replace), "application/json");
}

void say(httplib::Response &response, int status, const std::string &words)
{
    send(response, status, {{"won", false}, {"outcome", "error"}, {"words", words}});
}

/// Runs a call; whatever it throws becomes a sentence. The types of the failures say what to tell.
template <typename Call>
void answer(httplib::Response &response, const Call &call)
{
    try
    {
        send(response, 200, call());
    }
    catch (const BadInput &bad)
    {
        say(response, 400, bad.what());
    }
    catch (const bookonce::InvalidRequest &bad)
    {
        const bool is_unknown = bad.sqlstate() == "OB002" || bad.sqlstate() == "OB003";
        say(response, is_unknown ? 404 : 400,
            is_unknown ? "There is no such booking or room, or it is not yours." : "The desk cannot do that.");
    }
    catch (const bookonce::KeyReused &)
    {
        say(response, 409, "This click was used for something else before. Load the page again.");
    }
    catch (const bookonce::Unavailable &why)
    {
        std::cerr << "desk: " << why.what() << '\n';
        say(response, 503, "The database cannot do that at the moment. Nothing was done; try again later.");
    }
    catch (const bookonce::OutcomeUnknown &why)
    {
        std::cerr << "desk: " << why.what() << '\n';
        say(response, 503, "The connection was lost before the answer came. Try again: nothing is done twice.");
    }
    catch (const std::exception &why)
    {
        std::cerr << "desk: " << why.what() << '\n';
        say(response, 500, "Something is wrong with the desk. Its log says more.");
    }
}

} // namespace

Web::Web(Desk &desk, Feed &feed, const std::string &page, int port) : desk_{desk}, feed_{feed}, port_{port}
{
    server_.new_task_queue = [] { return new httplib::ThreadPool(threads); };
    server_.set_keep_alive_timeout(1); // an idle connection would hold up the end by so much
    server_.set_tcp_nodelay(true);     // or an answer's body waits until the browser has acknowledged its head
    server_.set_payload_max_length(16 * 1024);
    guard_against_strangers();
    answer_calls();
    stream_what_happened();
    if (!server_.set_mount_point("/", page))
    {
        throw std::runtime_error{"there is no folder " + page};
    }
    if (port == 0)
    {
        port_ = server_.bind_to_any_port("127.0.0.1");
    }
    if (port_ <= 0 || (port != 0 && !server_.bind_to_port("127.0.0.1", port)))
    {
        throw std::runtime_error{"port " + std::to_string(port) + " of 127.0.0.1 cannot be had"};
    }
}

std::string Web::address() const
{
    return "http://127.0.0.1:" + std::to_string(port_) + "/";
}

void Web::listen()
{
    server_.listen_after_bind();
}

void Web::stop()
{
    feed_.close();
    server_.stop();
}

// The desk has no login, so other sites must not reach it through the browser of somebody who sits here: neither under
// a name of theirs that leads to 127.0.0.1, nor by a form, which cannot say that it sends JSON.
void Web::guard_against_strangers()
{
    server_.set_pre_routing_handler(
        [this](const httplib::Request &request, httplib::Response &response)
        {
            response.set_header("Content-Security-Policy",
                                "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
            response.set_header("X-Content-Type-Options", "nosniff");
            response.set_header("Referrer-Policy", "no-referrer");
            response.set_header("Cache-Control", "no-store");
            // The library compresses as well as it can, which for a week takes longer than all else together. Nothing
            // here goes over a network.
            const_cast<httplib::Request &>(request).headers.erase("Accept-Encoding");
            const std::string host = request.get_header_value("Host");
            const std::string port = ":" + std::to_string(port_);
            if (host != "127.0.0.1" + port && host != "localhost" + port)
            {
                say(response, 403, "The desk is open at " + address() + " only.");
                return httplib::Server::HandlerResponse::Handled;
            }
            if (request.method == "POST" && request.get_header_value("Content-Type") != "application/json")
            {
                say(response, 415, "The desk understands JSON only.");
                return httplib::Server::HandlerResponse::Handled;
            }
            return httplib::Server::HandlerResponse::Unhandled;
        });
    server_.set_error_handler(
        [](const httplib::Request &, httplib::Response &response)
        {
            if (response.body.empty())
            {
                say(response, response.status, response.status == 404 ? "There is no such page." : "That is refused.");
            }
        });
}

void Web::answer_calls()
{
    server_.Get("/api/week", [this](const httplib::Request &request, httplib::Response &response)
                { answer(response, [&] { return desk_.week(request.get_param_value("from")); }); });

    using Call = Json (Desk::*)(const Json &);
    const std::pair<const char *, Call> calls[] = {
        {"/api/book", &Desk::book},       {"/api/confirm", &Desk::confirm}, {"/api/extend", &Desk::extend},
        {"/api/cancel", &Desk::cancel},   {"/api/job", &Desk::open_job},    {"/api/accept", &Desk::accept},
        {"/api/decline", &Desk::decline}, {"/api/join", &Desk::join},       {"/api/leave", &Desk::leave},
    };
    for (const auto &[path, call] : calls)
    {
        server_.Post(path, [this, call = call](const httplib::Request &request, httplib::Response &response)
                     { answer(response, [&] { return (desk_.*call)(object_from(request.body)); }); });
    }
}

void Web::stream_what_happened()
{
    server_.Get(
        "/api/feed",
        [this, open = std::make_shared<std::atomic<int>>(0)](const httplib::Request &, httplib::Response &response)
        {
            if (++*open > most_pages)
            {
                --*open;
                say(response, 503, "Too many pages are open at this desk.");
                return;
            }
            const auto place = std::make_shared<std::uint64_t>(feed_.place_of_a_new_page());
            response.set_chunked_content_provider(
                "text/event-stream",
                [this, place](std::size_t, httplib::DataSink &sink)
                {
                    const auto text = feed_.next(*place);
                    return text && sink.write(text->data(), text->size());
                },
                [open](bool) { --*open; });
        });
}

} // namespace desk
