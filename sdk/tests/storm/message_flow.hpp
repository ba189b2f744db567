// SPDX-License-Identifier: PostgreSQL
// message_flow.hpp: the ends of a connection through the fault proxy, and the bytes on their way between them.
#pragma once

#include <string>

namespace bookonce::testing
{

/// A readable end of a connection, or none; closed when destroyed.
class Socket
{
  public:
    explicit Socket(int fd = -1) : fd_{fd} {}
    Socket(Socket &&other) noexcept;
    Socket &operator=(Socket &&other) noexcept;
    ~Socket();

    int fd() const { return fd_; }
    bool open() const { return fd_ >= 0; }
    void close();

  private:
    int fd_;
};

/// The bytes on their way from one sender to the other end.
struct FlowOfMessages
{
    std::string in;  // read, not yet passed on
    std::string out; // passed on, not yet written
    bool ended = false;
    bool judged = false; // the first message of `in` has had its delay

    /// Reads all that has arrived. Returns false if the sender has closed.
    bool read(const Socket &from);

    /// Writes what the receiver accepts now. A receiver that is gone accepts everything.
    void write(const Socket &to);
};

} // namespace bookonce::testing
