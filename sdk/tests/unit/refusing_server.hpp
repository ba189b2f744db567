// SPDX-License-Identifier: PostgreSQL
// refusing_server.hpp: a server that answers each login with the same bytes and hangs up.
// To know first: it listens on a Unix socket in a folder of its own, so libpq asks it for neither TLS nor GSS.
#pragma once

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <filesystem>
#include <string>
#include <thread>

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

namespace bookonce::testing
{

class RefusingServer
{
  public:
    /// Sends `answer` to each login; if it is empty, sends nothing until the server ends.
    explicit RefusingServer(std::string answer) : answer_{std::move(answer)}
    {
        std::string folder = (std::filesystem::temp_directory_path() / "bookonce_refusing.XXXXXX").string();
        if (::mkdtemp(folder.data()) == nullptr)
        {
            throw std::runtime_error{"no temporary folder"};
        }
        folder_ = folder;
        sockaddr_un address{};
        address.sun_family = AF_UNIX;
        const std::string path = folder + "/.s.PGSQL.5432";
        path.copy(address.sun_path, sizeof address.sun_path - 1);
        listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (::bind(listener_, reinterpret_cast<const sockaddr *>(&address), sizeof address) != 0 ||
            ::listen(listener_, 16) != 0)
        {
            throw std::runtime_error{"cannot listen on " + path};
        }
        thread_ = std::thread{[this] { serve(); }};
    }

    ~RefusingServer()
    {
        ::shutdown(listener_, SHUT_RDWR); // ends accept()
        thread_.join();
        ::close(listener_);
        std::filesystem::remove_all(folder_);
    }

    RefusingServer(const RefusingServer &) = delete;
    RefusingServer &operator=(const RefusingServer &) = delete;

    std::string connection_string() const
    {
        return "host=" + folder_.string() + " port=5432 user=ann dbname=shop passfile=/nowhere";
    }

    /// How many logins it has received.
    int startups() const { return startups_; }

  private:
    void serve()
    {
        for (;;)
        {
            const int client = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
            if (client < 0)
            {
                return;
            }
            ++startups_;
            std::array<char, 4096> startup; // one message, small enough to come in one piece
            if (::recv(client, startup.data(), startup.size(), 0) > 0 && !answer_.empty())
            {
                ::send(client, answer_.data(), answer_.size(), MSG_NOSIGNAL);
            }
            ::close(client);
        }
    }

    const std::string answer_;
    std::filesystem::path folder_;
    int listener_ = -1;
    std::atomic<int> startups_ = 0;
    std::thread thread_;
};

} // namespace bookonce::testing
