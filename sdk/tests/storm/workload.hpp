// SPDX-License-Identifier: PostgreSQL
// workload.hpp: one client of the storm, which calls the verbs at random, repeats calls where it must, and keeps a
// journal.
// To know first: after a call that lost an attempt, the client waits until the server is done with that attempt, and
// calls once more. Only that answer is final: a lost attempt may still win after a refusal was sent.
#pragma once

#include "bookonce/bookonce.hpp"
#include "fault_proxy.hpp"
#include "journal.hpp"
#include "storm_world.hpp"

#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace bookonce::testing
{

class StormClient
{
  public:
    /// The client's name is also its application_name, and the name of a provider. `shared_offers` are the offers made
    /// to this provider, each with the requester of its request. `hours` limits the times that it uses.
    StormClient(FaultProxy &proxy, std::string name, ClientOptions options, unsigned seed, int hours,
                Rows shared_offers);
    StormClient(const StormClient &) = delete;
    StormClient &operator=(const StormClient &) = delete;

    /// Makes that many random calls, and their repetitions.
    void run(int calls);

    const Journal &journal() const { return journal_; }
    const StormTotals &totals() const { return totals_; }

  private:
    struct Place
    {
        std::string resource;
        int hour;
        std::string key; // "-" if the row has none
    };

    /// The booking or group that one call made.
    struct Own
    {
        std::string holder;
        std::string booking_id; // of a single booking
        std::string group_id;   // of several bookings
        std::vector<Place> places;
        std::string status;    // held, confirmed, cancelled
        bool overlaps = false; // has no unit
        int members = 1;       // of its group; a party is one
        std::string note = {}; // in its details, after a space
    };

    /// Calls until an answer is final; each answer goes into the journal.
    template <typename Call>
    auto settle(const char *verb, Call call, Settling settling = Settling::by_repeating);

    void book_slot();
    void book_party();
    void book_any_slot();
    void book_slots();
    void add_booked(const std::vector<Own> &made);
    void change_booking();
    void confirm(Own &own);
    void confirm_exclusively(Own &own);
    void extend(Own &own);
    void cancel(Own &own);
    void reschedule(Own &own);
    void reschedule_group(Own &own);
    void change(Own &own);
    void swap();

    void claim();
    void release_claim();
    void adjust_counter();
    void define();
    void transact();
    void dispatch();
    void leave_positions(const std::string &requester, const std::string &request_id);
    void accept_shared();

    void write_facts(const Own &own);
    void write_fact(const std::string &identity, std::vector<std::string> states);
    std::string new_name() { return name_ + "/" + std::to_string(++names_); }
    int any(int below) { return std::uniform_int_distribution<int>{0, below - 1}(random_); }
    std::string any_room() { return "room:" + std::to_string(any(storm_rooms)); }
    enum class Kind
    {
        any,
        single,
        group,
    };
    Own *any_own(Kind kind, std::string_view status);

    FaultProxy &proxy_;
    std::string name_;
    int sleeps_ = 0; // the SDK's, before another attempt
    const ClientOptions options_;
    const int hours_;
    Client client_;
    std::mt19937 random_;
    int names_ = 0;
    Journal journal_;
    StormTotals totals_;

    std::vector<Own> own_;
    std::vector<std::pair<std::string, std::string>> claims_;   // value and claimant
    std::vector<std::pair<std::string, std::string>> accepted_; // who has which position of the open request
    Rows shared_offers_;
    int capacity_ = 1; // of the client's own resource; its other rules depend on it
    std::string rules_;
};

} // namespace bookonce::testing
