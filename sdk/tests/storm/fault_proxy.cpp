// SPDX-License-Identifier: PostgreSQL
// fault_proxy.cpp: one thread that waits for all sockets and runs the links.
#include "fault_proxy.hpp"

#include <arpa/inet.h>
#include <netinet/in.h>
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

} // namespace

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
    for (FaultLink &link : links_)
    {
        link.end_half_open();
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
    // A client's close is noticed only when a pass reads the end of its data, which is the next complete pass.
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
                       [&](const FaultLink &link)
                       { return (application.empty() || link.application() == application) && link.dying(); });
}

void FaultProxy::wake() const
{
    const std::uint64_t one = 1;
    if (::write(wake_up_.fd(), &one, sizeof one) < 0 && errno != EAGAIN)
    {
        std::abort(); // the thread would never wake up
    }
}

void FaultProxy::loop()
{
    while (poll_links())
    {
        const std::lock_guard lock{mutex_};
        if (stop_)
        {
            links_.clear();
            return;
        }
        accept_client();
        links_.remove_if(
            [this](FaultLink &link)
            { return !link.tend([this](const Message &message) { return judge(message); }, half_open_lasts_); });
        ++passes_;
        passed_.notify_all();
    }
}

/// Waits until a socket is ready or a time has come.
bool FaultProxy::poll_links()
{
    std::vector<pollfd> sockets{{listener_.fd(), POLLIN, 0}, {wake_up_.fd(), POLLIN, 0}};
    std::optional<FaultLink::Clock::time_point> due;
    {
        const std::lock_guard lock{mutex_};
        for (const FaultLink &link : links_)
        {
            if (const auto next = link.wait_for(sockets))
            {
                due = std::min(due.value_or(*next), *next);
            }
        }
    }
    int timeout = -1;
    if (due)
    {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(*due - FaultLink::Clock::now());
        timeout = static_cast<int>(std::max<std::int64_t>(left.count(), 0));
    }
    const bool polled = ::poll(sockets.data(), sockets.size(), timeout) >= 0 || errno == EINTR;
    std::uint64_t wakes = 0;
    while (::read(wake_up_.fd(), &wakes, sizeof wakes) > 0)
    {
    }
    return polled;
}

/// Asks the test's judge, and counts the faults.
Fault FaultProxy::judge(const Message &message)
{
    const Fault fault = judge_ ? judge_(message) : Fault::none;
    if (fault != Fault::none)
    {
        ++count_of(fault, message.sender);
    }
    return fault;
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
        if (server.open()) // otherwise closing tells the client
        {
            links_.emplace_back(++links_made_, std::move(client), std::move(server));
        }
    }
}

} // namespace bookonce::testing
