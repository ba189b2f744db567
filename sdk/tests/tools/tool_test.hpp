// SPDX-License-Identifier: PostgreSQL
// tool_test.hpp: runs the program `bookonce` as a shell does, on a database of its own.
#pragma once

#include "server_test.hpp"

#include <gtest/gtest.h>

#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

namespace bookonce::testing
{

struct Said
{
    int code; ///< the exit code
    std::string out;
    std::string error;
};

inline std::string contents(const std::string &file)
{
    std::ostringstream text;
    text << std::ifstream{file}.rdbuf();
    return text.str();
}

/// Runs `bookonce ARGUMENTS` in a shell, with `before` in front of it.
inline Said run_tool(const std::string &arguments, const std::string &before = "")
{
    const std::string name = ::testing::TempDir() + "bookonce_tool_" + std::to_string(::getpid());
    const std::string command =
        before + BOOKONCE_TOOL + " " + arguments + " >" + name + ".out 2>" + name + ".error </dev/null";
    const int status = std::system(command.c_str());
    Said said{WIFEXITED(status) ? WEXITSTATUS(status) : -1, contents(name + ".out"), contents(name + ".error")};
    ::unlink((name + ".out").c_str());
    ::unlink((name + ".error").c_str());
    return said;
}

class ToolTest : public ServerTest
{
  protected:
    /// On the suite's database.
    static Said tool(const std::string &arguments, const std::string &before = "")
    {
        return run_tool(arguments + " --dbname " + database(), before);
    }
};

} // namespace bookonce::testing
