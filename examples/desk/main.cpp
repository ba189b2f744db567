// SPDX-License-Identifier: PostgreSQL
// main.cpp: opens the desk, says where it is, and closes it on Ctrl-C.
// To know first: the database is found by PGHOST and friends; desk.sql makes what is booked here.
#include "web.hpp"

#include <CLI/CLI.hpp>

#include <csignal>
#include <iostream>
#include <thread>

namespace
{

int run(const std::string &page, int port)
{
    // All threads leave these to sigwait() below.
    sigset_t ends;
    sigemptyset(&ends);
    sigaddset(&ends, SIGINT);
    sigaddset(&ends, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &ends, nullptr);

    bookonce::Client client{{.connection_string = "application_name=desk"}};
    desk::Feed feed{client};
    desk::Desk desk{client, feed};
    desk::Web web{desk, feed, page, port};
    std::jthread listening{[&web] { web.listen(); }};
    std::cout << "The desk is open: " << web.address() << "  (Ctrl-C closes it)" << std::endl;

    int signal = 0;
    sigwait(&ends, &signal);
    web.stop();
    return 0;
}

} // namespace

int main(int argc, char **argv)
{
    CLI::App app{"A booking desk in the browser, on 127.0.0.1."};
    std::string page = DESK_PAGE;
    int port = 0;
    app.add_option("--page", page, "the folder of the page's files")->check(CLI::ExistingDirectory);
    app.add_option("--port", port, "the port; 0: any that is free")->check(CLI::Range(0, 65535));
    CLI11_PARSE(app, argc, argv);
    try
    {
        return run(page, port);
    }
    catch (const std::exception &why)
    {
        std::cerr << "desk: " << why.what() << '\n';
        return 1;
    }
}
