// SPDX-License-Identifier: PostgreSQL
// fault_link.hpp: one connection through the fault proxy: the messages of both ends, and the faults between them.
// To know first: a link outlives its client. When the client is cut off, the server's end is closed as a kernel would
// close it, after everything that the client had sent, and is read until the server closes it: only then is the
// server's work known to be over.
#pragma once

#include "message_flow.hpp"

#include <poll.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace bookonce::testing
{

enum class Sender
{
    client,
    server,
};

/// One message of the protocol, which the proxy is about to forward.
struct Message
{
    std::uint64_t link; // which connection, counted from 1
    Sender sender;
    char type; // the protocol's letter; '^' for the startup packet, which has none

    friend bool operator==(const Message &, const Message &) = default;
};

enum class Fault
{
    none,
    cut, // this message and all that follow are not delivered; for a server's message, after the server has done all
         // its work
    cut_after, // delivered, and the client is cut off while the server goes on
    torn,      // like cut, but half of the message's bytes are delivered
    half_open, // from here on nothing is delivered in either direction, and for a while neither end finds out
    delay,     // this message and all that follow are delivered a moment later
};
constexpr std::size_t fault_kinds = 6;

const char *name(Fault fault);

class FaultLink
{
  public:
    using Clock = std::chrono::steady_clock;
    using Judge = std::function<Fault(const Message &)>;

    FaultLink(std::uint64_t number, Socket client, Socket server);

    /// Forwards what it can, and asks `judge` about each message. Returns false when the link is over.
    bool tend(const Judge &judge, std::chrono::milliseconds half_open_lasts);

    /// Adds the sockets that it waits for, or returns the time that it waits for.
    std::optional<Clock::time_point> wait_for(std::vector<pollfd> &sockets) const;

    /// Both ends find out now.
    void end_half_open();

    /// The client has lost or closed the connection, and the server may still be at work.
    bool dying() const { return !client_.open() || requests_.ended || swallow_ || half_open(); }

    const std::string &application() const { return application_; }

  private:
    FlowOfMessages &from(Sender sender) { return sender == Sender::client ? requests_ : replies_; }
    bool half_open() const { return client_learns_ || server_learns_; }
    bool waits(Clock::time_point now) const { return half_open() || paused_until_ > now; }
    std::size_t whole_message(Sender sender);
    void learn(Clock::time_point now);
    void pump(Sender sender, const Judge &judge, std::chrono::milliseconds half_open_lasts);
    void deliver(Sender sender, std::size_t size, Fault fault, std::chrono::milliseconds half_open_lasts);
    void client_gone();

    const std::uint64_t number_;
    Socket client_;
    Socket server_;
    FlowOfMessages requests_{}; // from the client
    FlowOfMessages replies_{};  // from the server
    bool started_ = false;      // the startup packet has been seen
    std::string application_{};
    bool swallow_ = false;     // replies are dropped, and with the next ReadyForQuery the client is cut off
    bool told_server_ = false; // the server has been told that the client is gone
    Clock::time_point paused_until_{};
    std::optional<Clock::time_point> client_learns_{}; // half-open: when its client finds out
    std::optional<Clock::time_point> server_learns_{};
};

} // namespace bookonce::testing
