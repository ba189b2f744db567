// SPDX-License-Identifier: PostgreSQL
// fault_proxy.cpp: one thread that polls all sockets, takes the bytes apart into messages and passes them on, or not.
// To know first: a link outlives its client. When the client is cut off, the server's end is told so as a kernel would,
// after what the client had sent before, and read until the server closes it: only then is its work known to be over.
#include "fault_proxy.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

namespace bookonce::testing
{

using namespace std::chrono_literals;

namespace
{

[[noreturn]] void raise_errno(const char *what)
{
    throw std::runtime_error{std::string{what} + ": " + std::strerror(errno)};
}

std::string environment(const char *name, const char *otherwise)
{
    const char *value = std::getenv(name);
    return value != nullptr && *value != '\0' ? value : otherwise;
}

sockaddr_in loopback(int port)
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(static_cast<std::uint16_t>(port));
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

/// A connection to the server, or none.
Socket connect_to_server()
{
    const std::string host = environment("PGHOST", "/var/run/postgresql");
    const std::string port = environment("PGPORT", "5432");
    Socket server;
    int failed = 0;
    if (host.starts_with('/'))
    {
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        const std::string path = host + "/.s.PGSQL." + port;
        path.copy(address.sun_path, sizeof address.sun_path - 1);
        server = Socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
        failed = ::connect(server.fd(), reinterpret_cast<const sockaddr *>(&address), sizeof address);
    }
    else
    {
        const sockaddr_in address = loopback(std::atoi(port.c_str()));
        server = Socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
        failed = ::connect(server.fd(), reinterpret_cast<const sockaddr *>(&address), sizeof address);
    }
    return failed == 0 ? std::move(server) : Socket{};
}

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

Socket::Socket(Socket &&other) noexcept : fd_{std::exchange(other.fd_, -1)}
{
}

Socket &Socket::operator=(Socket &&other) noexcept
{
    std::swap(fd_, other.fd_);
    return *this;
}

Socket::~Socket()
{
    close();
}

void Socket::close()
{
    if (fd_ >= 0)
    {
        ::close(std::exchange(fd_, -1));
    }
}

/// What flows from one sender to the other end.
struct FaultProxy::Direction
{
    std::string in;  // read, not yet passed on
    std::string out; // passed on, not yet written
    bool ended = false;
    bool judged = false; // the first message of `in` has had its delay

    /// Reads all there is. False when the sender has closed.
    bool read(const Socket &from)
    {
        char bytes[16384];
        for (;;)
        {
            const auto got = ::recv(from.fd(), bytes, sizeof bytes, MSG_DONTWAIT);
            if (got > 0)
            {
                in.append(bytes, static_cast<std::size_t>(got));
            }
            else if (got < 0 && errno == EINTR)
            {
            }
            else
            {
                return got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
            }
        }
    }

    /// Writes what the receiver takes now. A receiver that is gone takes everything.
    void write(const Socket &to)
    {
        while (!out.empty() && to.open())
        {
            const auto sent = ::send(to.fd(), out.data(), out.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
            if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
            {
                return;
            }
            if (sent < 0 && errno != EINTR)
            {
                break;
            }
            out.erase(0, static_cast<std::size_t>(std::max<decltype(sent)>(sent, 0)));
        }
        out.clear();
    }
};

struct FaultProxy::Link
{
    std::uint64_t number;
    Socket client;
    Socket server;
    Direction requests{}; // from the client
    Direction replies{};  // from the server
    bool started = false; // the startup packet has been seen
    std::string application{};
    bool swallow = false;     // replies are dropped, and with the next ReadyForQuery the client is cut off
    bool told_server = false; // the server has been told that the client is gone
    Clock::time_point paused_until{};
    std::optional<Clock::time_point> client_learns{}; // half-open: when its client finds out
    std::optional<Clock::time_point> server_learns{};

    Direction &from(Sender sender) { return sender == Sender::client ? requests : replies; }

    /// When something is due without any socket being ready.
    std::optional<Clock::time_point> due(Clock::time_point now) const
    {
        if (client_learns || server_learns)
        {
            return client_learns ? client_learns : server_learns;
        }
        return paused_until > now ? std::optional{paused_until} : std::nullopt;
    }

    bool half_open() const { return client_learns || server_learns; }

    /// The size of the first message that `sender` has sent in full, or 0.
    std::size_t whole_message(Sender sender)
    {
        const std::string &in = from(sender).in;
        const std::size_t head = sender == Sender::client && !started ? 0 : 1;
        if (in.size() < head + 4)
        {
            return 0;
        }
        const std::size_t size = head + read_length(in, head);
        return in.size() < size ? 0 : size;
    }
};

FaultProxy::FaultProxy()
    : listener_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)}, wake_up_{::eventfd(
                                                                                       0, EFD_CLOEXEC | EFD_NONBLOCK)}
{
    sockaddr_in address = loopback(0);
    socklen_t size = sizeof address;
    if (!wake_up_.open() || ::bind(listener_.fd(), reinterpret_cast<const sockaddr *>(&address), size) != 0 ||
        ::listen(listener_.fd(), SOMAXCONN) != 0 ||
        ::getsockname(listener_.fd(), reinterpret_cast<sockaddr *>(&address), &size) != 0)
    {
        raise_errno("the fault proxy cannot listen");
    }
    port_ = ntohs(address.sin_port);
    thread_ = std::thread{[this] { loop(); }};
}

FaultProxy::~FaultProxy()
{
    {
        const std::lock_guard lock{mutex_};
        stop_ = true;
    }
    wake();
    thread_.join();
}

void FaultProxy::use(Judge judge)
{
    const std::lock_guard lock{mutex_};
    judge_ = std::move(judge);
}

std::string FaultProxy::connection_string() const
{
    return "host=127.0.0.1 port=" + std::to_string(port_) + " sslmode=disable gssencmode=disable";
}

void FaultProxy::end_half_open()
{
    const std::lock_guard lock{mutex_};
    for (Link &link : links_)
    {
        if (link.half_open())
        {
            link.client_learns = link.server_learns = Clock::now();
        }
    }
    wake();
}

void FaultProxy::half_open_lasts(std::chrono::milliseconds how_long)
{
    const std::lock_guard lock{mutex_};
    half_open_lasts_ = how_long;
}

void FaultProxy::wait_until_gone(const std::string &application)
{
    std::unique_lock lock{mutex_};
    // A client that has closed its end counts from the pass on that reads the end; that is the next whole one.
    const std::uint64_t passes = passes_ + 2;
    wake();
    passed_.wait(lock,
                 [&]
                 {
                     if (passes_ < passes)
                     {
                         wake();
                         return false;
                     }
                     return !dying(application);
                 });
}

bool FaultProxy::dying(const std::string &application) const
{
    return std::any_of(links_.begin(), links_.end(),
                       [&](const Link &link)
                       {
                           return (application.empty() || link.application == application) &&
                                  (!link.client.open() || link.requests.ended || link.swallow || link.half_open());
                       });
}

void FaultProxy::wake() const
{
    const std::uint64_t one = 1;
    if (::write(wake_up_.fd(), &one, sizeof one) < 0 && errno != EAGAIN)
    {
        std::abort(); // the thread would never hear of it
    }
}

void FaultProxy::loop()
{
    while (poll_links() >= 0)
    {
        const std::lock_guard lock{mutex_};
        if (stop_)
        {
            links_.clear();
            return;
        }
        accept_client();
        links_.remove_if([this](Link &link) { return !tend(link); });
        ++passes_;
        passed_.notify_all();
    }
}

/// Waits until a socket is ready or a time has come.
int FaultProxy::poll_links()
{
    std::vector<pollfd> sockets{{listener_.fd(), POLLIN, 0}, {wake_up_.fd(), POLLIN, 0}};
    std::optional<Clock::time_point> due;
    {
        const std::lock_guard lock{mutex_};
        const auto now = Clock::now();
        for (const Link &link : links_)
        {
            if (const auto next = link.due(now))
            {
                due = std::min(due.value_or(*next), *next);
                continue; // nothing else moves it
            }
            const auto add = [&](const Socket &socket, bool ended, const std::string &out)
            {
                const int events = (ended ? 0 : POLLIN) | (out.empty() ? 0 : POLLOUT);
                if (socket.open() && events != 0)
                {
                    sockets.push_back({socket.fd(), static_cast<short>(events), 0});
                }
            };
            add(link.client, link.requests.ended, link.replies.out);
            add(link.server, link.replies.ended, link.requests.out);
        }
    }
    int timeout = -1;
    if (due)
    {
        timeout =
            static_cast<int>(std::max(0ms, std::chrono::ceil<std::chrono::milliseconds>(*due - Clock::now())).count());
    }
    const int ready = ::poll(sockets.data(), sockets.size(), timeout);
    std::uint64_t wakes = 0;
    while (::read(wake_up_.fd(), &wakes, sizeof wakes) > 0)
    {
    }
    return ready < 0 && errno == EINTR ? 0 : ready;
}

void FaultProxy::accept_client()
{
    for (;;)
    {
        Socket client{::accept4(listener_.fd(), nullptr, nullptr, SOCK_CLOEXEC)};
        if (!client.open())
        {
            return;
        }
        Socket server = connect_to_server();
        if (server.open()) // otherwise the client is told by its closing
        {
            send_at_once(client);
            send_at_once(server);
            links_.push_back(Link{.number = ++links_made_, .client = std::move(client), .server = std::move(server)});
        }
    }
}

/// Moves a link on. False when it is over.
bool FaultProxy::tend(Link &link)
{
    const auto now = Clock::now();
    if (link.client_learns && *link.client_learns <= now)
    {
        link.client_learns.reset();
        const linger reset{1, 0}; // as from a host that knows of no such connection
        ::setsockopt(link.client.fd(), SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
        link.client.close();
    }
    if (link.server_learns && *link.server_learns <= now)
    {
        link.server_learns.reset();
        client_gone(link);
    }
    if (link.half_open() || link.paused_until > now)
    {
        return true;
    }
    if (link.client.open() && !link.requests.ended)
    {
        link.requests.ended = !link.requests.read(link.client);
    }
    if (!link.replies.ended)
    {
        link.replies.ended = !link.replies.read(link.server);
    }
    pump(link, Sender::client);
    pump(link, Sender::server);
    if (link.half_open() || link.paused_until > now)
    {
        return true;
    }
    link.requests.write(link.server);
    link.replies.write(link.client);
    if (link.replies.ended && link.replies.out.empty())
    {
        return false; // the sockets close with the link: the client reads the end after the last reply
    }
    if ((link.requests.ended || !link.client.open()) && link.requests.out.empty() && !link.told_server)
    {
        link.told_server = true;
        ::shutdown(link.server.fd(), SHUT_WR);
    }
    return true;
}

/// The client's end is closed; what it had sent before still goes to the server.
void FaultProxy::client_gone(Link &link)
{
    link.client.close();
    link.requests.ended = true;
    link.requests.in.clear();
    link.swallow = false;
}

/// Passes on the messages that are complete.
void FaultProxy::pump(Link &link, Sender sender)
{
    Direction &flow = link.from(sender);
    while (const std::size_t size = link.whole_message(sender))
    {
        const bool startup = sender == Sender::client && !link.started;
        const char type = startup ? '^' : flow.in[0];
        if (startup)
        {
            link.started = true;
            link.application = application_of(flow.in.substr(0, size));
        }
        Fault fault = Fault::none;
        if (link.client.open() && !link.swallow && !flow.judged && judge_)
        {
            fault = judge_({link.number, sender, type});
        }
        flow.judged = false;
        if (fault != Fault::none)
        {
            ++count_of(fault, sender);
        }
        deliver(link, sender, size, fault);
        if (link.half_open() || flow.judged)
        {
            link.started = link.started && !(startup && flow.judged); // it will be read again
            return;
        }
        if (sender == Sender::server && link.swallow && type == 'Z')
        {
            client_gone(link);
        }
    }
}

/// Does with the first message of `sender`, `size` bytes long, what the fault says.
void FaultProxy::deliver(Link &link, Sender sender, std::size_t size, Fault fault)
{
    Direction &flow = link.from(sender);
    if (fault == Fault::half_open)
    {
        // What was passed on before has arrived.
        link.requests.write(link.server);
        link.replies.write(link.client);
        link.client_learns = Clock::now() + half_open_lasts_;
        link.server_learns = *link.client_learns + 4 * half_open_lasts_;
        return;
    }
    if (fault == Fault::delay)
    {
        link.paused_until = Clock::now() + 2ms;
        flow.judged = true;
        return;
    }
    const bool drop = fault == Fault::cut || fault == Fault::torn;
    if (!drop && (sender == Sender::client || (!link.swallow && link.client.open())))
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
        flow.write(link.server);
        client_gone(link);
    }
    else if (fault != Fault::none)
    {
        flow.write(link.client);
        link.swallow = true;
    }
}

} // namespace bookonce::testing
