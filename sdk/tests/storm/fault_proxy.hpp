// SPDX-License-Identifier: PostgreSQL
// fault_proxy.hpp: stands between a client and the server and breaks their connections at an exact message.
// To know first: it knows PostgreSQL's message framing and nothing else, so it works for any client that uses neither
// TLS nor GSS. A judge decides about each message, one after the other, on the proxy's own thread.
#pragma once

#include "fault_link.hpp"

#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <string>
#include <thread>

namespace bookonce::testing
{

class FaultProxy
{
  public:
    using Judge = FaultLink::Judge;

    /// Listens on 127.0.0.1 and forwards to the server that PGHOST and PGPORT name.
    FaultProxy();
    ~FaultProxy();
    FaultProxy(const FaultProxy &) = delete;
    FaultProxy &operator=(const FaultProxy &) = delete;

    /// From now on asks `judge` about each message; without a judge nothing is broken.
    void use(Judge judge);

    /// The part of a connection string that leads a client through the proxy.
    std::string connection_string() const;
    int port() const { return port_; }

    /// How many faults were injected at messages of that sender since the proxy was made.
    int injected(Fault fault, Sender sender) const { return count_of(fault, sender).load(); }
    int injected(Fault fault) const { return injected(fault, Sender::client) + injected(fault, Sender::server); }

    /// Ends the client's side of every half-open connection now, and the server's with it.
    void end_half_open();
    /// How long a half-open connection lasts until the client's kernel finds out. The server finds out a little later.
    void half_open_lasts(std::chrono::milliseconds how_long);

    /// Returns when the server has ended its part of every connection that its client has lost or closed; of all
    /// clients, or of those with that application_name. Until then a lost attempt may still be at work.
    void wait_until_gone(const std::string &application = "");

  private:
    void loop();
    void wake() const;
    bool poll_links();
    void accept_client();
    Fault judge(const Message &message);
    bool dying(const std::string &application) const;

    std::atomic<int> &count_of(Fault fault, Sender sender)
    {
        return counts_[static_cast<std::size_t>(fault)][static_cast<std::size_t>(sender)];
    }
    const std::atomic<int> &count_of(Fault fault, Sender sender) const
    {
        return counts_[static_cast<std::size_t>(fault)][static_cast<std::size_t>(sender)];
    }

    Socket listener_;
    Socket wake_up_;
    int port_ = 0;
    std::array<std::array<std::atomic<int>, 2>, fault_kinds> counts_{};

    mutable std::mutex mutex_; // guards what follows; not held while the thread waits for its sockets
    std::condition_variable passed_;
    std::uint64_t passes_ = 0;
    Judge judge_;
    std::chrono::milliseconds half_open_lasts_{5};
    std::list<FaultLink> links_;
    std::uint64_t links_made_ = 0;
    bool stop_ = false;

    std::thread thread_; // last, because it uses all of the above
};

} // namespace bookonce::testing
