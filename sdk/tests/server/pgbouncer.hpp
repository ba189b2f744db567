// SPDX-License-Identifier: PostgreSQL
// pgbouncer.hpp: a PgBouncer for one test, in transaction mode, in front of the server that PGHOST names.
#pragma once

#include "server_test.hpp"

#include <sys/stat.h>
#include <sys/wait.h>

#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

#include <pwd.h>
#include <spawn.h>
#include <unistd.h>

namespace bookonce::testing
{

class PgBouncer
{
  public:
    explicit PgBouncer(int server_connections)
    {
        std::string folder = "/tmp/bookonce_pgbouncer.XXXXXX";
        if (::mkdtemp(folder.data()) == nullptr)
        {
            throw std::runtime_error{"mkdtemp failed"};
        }
        folder_ = folder;
        std::filesystem::permissions(folder_, std::filesystem::perms::all); // it may run as another user
        const char *port = std::getenv("PGPORT");
        const std::string user = sql("postgres", "SELECT current_user").at(0).at(0).value();
        std::ofstream{folder_ / "users"} << '"' << user << "\" \"\"\n";
        std::ofstream{folder_ / "ini"} << "[databases]\n* = host=" << std::getenv("PGHOST")
                                       << " port=" << (port != nullptr ? port : "5432")
                                       << "\n[pgbouncer]\nlisten_addr =\nlisten_port = 6432\nunix_socket_dir = "
                                       << folder << "\nauth_type = trust\nauth_file = " << folder
                                       << "/users\npool_mode = transaction\ndefault_pool_size = " << server_connections
                                       << '\n';
        start();
    }
    PgBouncer(const PgBouncer &) = delete;
    PgBouncer &operator=(const PgBouncer &) = delete;
    ~PgBouncer()
    {
        ::kill(pid_, SIGTERM);
        ::waitpid(pid_, nullptr, 0);
        std::filesystem::remove_all(folder_);
    }

    /// Settings for a connection string.
    std::string address() const { return " host=" + folder_.string() + " port=6432 "; }

  private:
    void start()
    {
        const std::string ini = folder_ / "ini";
        const std::string owner = owner_of(std::getenv("PGHOST"));
        std::array<const char *, 6> arguments{"pgbouncer", "-q", ini.c_str()};
        if (::geteuid() == 0) // PgBouncer refuses to run as root, as the server does
        {
            arguments = {"pgbouncer", "-q", "-u", owner.c_str(), ini.c_str()};
        }
        // Debian installs it in a folder that only root's PATH has.
        ::setenv("PATH", (std::string{std::getenv("PATH")} + ":/usr/sbin").c_str(), 1);
        if (::posix_spawnp(&pid_, "pgbouncer", nullptr, nullptr, const_cast<char *const *>(arguments.data()),
                           environ) != 0)
        {
            throw std::runtime_error{"pgbouncer was not found: run scripts/setup"};
        }
        while (!answers())
        {
            if (::waitpid(pid_, nullptr, WNOHANG) != 0)
            {
                throw std::runtime_error{"pgbouncer ended at once"};
            }
        }
    }

    bool answers() const
    {
        try
        {
            sql("postgres" + address(), "SELECT 1");
            return true;
        }
        catch (const std::runtime_error &)
        {
            return false;
        }
        catch (const detail::Failure &)
        {
            return false;
        }
    }

    /// The user that runs the server, by its socket's folder.
    static std::string owner_of(const char *folder)
    {
        struct stat status
        {
        };
        const passwd *user = ::stat(folder, &status) == 0 ? ::getpwuid(status.st_uid) : nullptr;
        return user != nullptr && user->pw_uid != 0 ? user->pw_name : "postgres";
    }

    std::filesystem::path folder_;
    pid_t pid_ = 0;
};

} // namespace bookonce::testing
