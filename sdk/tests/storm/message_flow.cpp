// SPDX-License-Identifier: PostgreSQL
// message_flow.cpp: reads what a socket has, and writes what it accepts, without waiting.
#include "message_flow.hpp"

#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace bookonce::testing
{

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

bool FlowOfMessages::read(const Socket &from)
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

void FlowOfMessages::write(const Socket &to)
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

} // namespace bookonce::testing
