// SPDX-License-Identifier: PostgreSQL
// fault_link.cpp: splits the bytes of a connection into messages, and forwards them or not.
#include "fault_link.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace bookonce::testing
{

using namespace std::chrono_literals;

namespace
{

void send_at_once(const Socket &socket)
{
    const int on = 1;
    ::setsockopt(socket.fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); // a Unix socket does so anyway
}

std::uint32_t read_length(const std::string &bytes, std::size_t at)
{
    std::uint32_t length = 0;
    std::memcpy(&length, bytes.data() + at, sizeof length);
    return ntohl(length);
}

/// The value of application_name in a startup packet: length, version, then names and values that end with NUL.
std::string application_of(const std::string &startup)
{
    std::vector<std::string> words;
    for (std::size_t at = 8; at < startup.size(); at += words.back().size() + 1)
    {
        words.emplace_back(startup.c_str() + at);
    }
    const auto found = std::find(words.begin(), words.end(), "application_name");
    return words.end() - found > 1 ? *(found + 1) : "";
}

} // namespace

const char *name(Fault fault)
{
    switch (fault)
    {
        case Fault::none: return "none";
        case Fault::cut: return "cut";
        case Fault::cut_after: return "cut_after";
        case Fault::torn: return "torn";
        case Fault::half_open: return "half_open";
        case Fault::delay: return "delay";
    }
    return "";
}

FaultLink::FaultLink(std::uint64_t number, Socket client, Socket server)
    : number_{number}, client_{std::move(client)}, server_{std::move(server)}
{
    send_at_once(client_);
    send_at_once(server_);
}

void FaultLink::end_half_open()
{
    if (half_open())
    {
        client_learns_ = server_learns_ = Clock::now();
    }
}

std::optional<FaultLink::Clock::time_point> FaultLink::wait_for(std::vector<pollfd> &sockets) const
{
    if (half_open())
    {
        return client_learns_ ? client_learns_ : server_learns_; // nothing else can happen on this link
    }
    if (requests_.judged || replies_.judged)
    {
        return paused_until_; // even if it has just passed: the waiting bytes were already read, so no socket becomes
                              // ready for them
    }
    const auto add = [&sockets](const Socket &socket, bool ended, const std::string &out)
    {
        const int events = (ended ? 0 : POLLIN) | (out.empty() ? 0 : POLLOUT);
        if (socket.open() && events != 0)
        {
            sockets.push_back({socket.fd(), static_cast<short>(events), 0});
        }
    };
    add(client_, requests_.ended, replies_.out);
    add(server_, replies_.ended, requests_.out);
    return std::nullopt;
}

/// The size of the first message that `sender` has sent in full, or 0.
std::size_t FaultLink::whole_message(Sender sender)
{
    const std::string &in = from(sender).in;
    const std::size_t head = sender == Sender::client && !started_ ? 0 : 1;
    if (in.size() < head + 4)
    {
        return 0;
    }
    const std::size_t size = head + read_length(in, head);
    return in.size() < size ? 0 : size;
}

/// Lets the ends of a half-open connection find out, as their kernels would.
void FaultLink::learn(Clock::time_point now)
{
    if (client_learns_ && *client_learns_ <= now)
    {
        client_learns_.reset();
        const linger reset{1, 0}; // a reset, as from a host that does not know the connection
        ::setsockopt(client_.fd(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        client_.close();
    }
    if (server_learns_ && *server_learns_ <= now)
    {
        server_learns_.reset();
        client_gone();
    }
}

bool FaultLink::tend(const Judge &judge, std::chrono::milliseconds half_open_lasts)
{
    const auto now = Clock::now();
    learn(now);
    if (waits(now))
    {
        return true;
    }
    if (client_.open() && !requests_.ended)
    {
        requests_.ended = !requests_.read(client_);
    }
    if (!replies_.ended)
    {
        replies_.ended = !replies_.read(server_);
    }
    pump(Sender::client, judge, half_open_lasts);
    if (!waits(now))
    {
        pump(Sender::server, judge, half_open_lasts);
    }
    if (half_open())
    {
        return true;
    }
    requests_.write(server_);
    replies_.write(client_);
    if (paused_until_ > now)
    {
        return true;
    }
    if (replies_.ended && replies_.out.empty())
    {
        return false; // the sockets close with the link: the client reads the end after the last reply
    }
    if ((requests_.ended || !client_.open()) && requests_.out.empty() && !told_server_)
    {
        told_server_ = true;
        ::shutdown(server_.fd(), SHUT_WR);
    }
    return true;
}

/// The client's end is closed; what it had sent before still goes to the server.
void FaultLink::client_gone()
{
    client_.close();
    requests_.ended = true;
    requests_.in.clear();
    requests_.judged = false;
    swallow_ = false;
}

/// Forwards the messages that are complete.
void FaultLink::pump(Sender sender, const Judge &judge, std::chrono::milliseconds half_open_lasts)
{
    FlowOfMessages &flow = from(sender);
    while (const std::size_t size = whole_message(sender))
    {
        const bool startup = sender == Sender::client && !started_;
        const char type = startup ? '^' : flow.in[0];
        if (startup)
        {
            started_ = true;
            application_ = application_of(flow.in.substr(0, size));
        }
        Fault fault = Fault::none;
        if (client_.open() && !swallow_ && !flow.judged && judge)
        {
            fault = judge({number_, sender, type});
        }
        flow.judged = false;
        deliver(sender, size, fault, half_open_lasts);
        if (half_open() || flow.judged)
        {
            started_ = started_ && !(startup && flow.judged); // it will be read again
            return;
        }
        if (sender == Sender::server && swallow_ && type == 'Z')
        {
            client_gone();
        }
    }
}

/// Applies the fault to the first message of `sender`, which is `size` bytes long.
void FaultLink::deliver(Sender sender, std::size_t size, Fault fault, std::chrono::milliseconds half_open_lasts)
{
    FlowOfMessages &flow = from(sender);
    if (fault == Fault::half_open)
    {
        // The messages forwarded before have arrived.
        requests_.write(server_);
        replies_.write(client_);
        client_learns_ = Clock::now() + half_open_lasts;
        server_learns_ = *client_learns_ + 4 * half_open_lasts;
        return;
    }
    if (fault == Fault::delay)
    {
        paused_until_ = Clock::now() + 2ms;
        flow.judged = true;
        return;
    }
    const bool drop = fault == Fault::cut || fault == Fault::torn;
    if (!drop && (sender == Sender::client || (!swallow_ && client_.open())))
    {
        flow.out.append(flow.in, 0, size);
    }
    if (fault == Fault::torn)
    {
        flow.out.append(flow.in, 0, size / 2);
    }
    flow.in.erase(0, size);
    if (fault != Fault::none && sender == Sender::client)
    {
        flow.write(server_);
        client_gone();
    }
    else if (fault != Fault::none)
    {
        flow.write(client_);
        swallow_ = true;
    }
}

} // namespace bookonce::testing
