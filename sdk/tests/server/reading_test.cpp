// SPDX-License-Identifier: PostgreSQL
// reading_test.cpp: what was booked, read back from a real server; lists are walked page by page.
#include "server_test.hpp"

#include <gtest/gtest.h>

#include <iterator>
#include <set>

namespace bookonce
{

using bookonce::testing::ServerTest;
using namespace std::chrono_literals;

static_assert(std::input_iterator<Listing<BookingRow>::Iterator>);

class ReadingOnAServer : public ServerTest
{
  protected:
    Client client{options()};

    static constexpr std::chrono::sys_days monday{std::chrono::year{2030} / 1 / 7};
    static inline const TimeRange week{Timestamp{monday}, 24h * 7};

    static TimeRange at(std::chrono::microseconds since_midnight, std::chrono::microseconds length = 1h)
    {
        return {monday + since_midnight, length};
    }

    Booked book(const BookSlot &call) { return std::get<Booked>(client.book_slot(call)); }
};

TEST_F(ReadingOnAServer, ABookingIsReadAsItWasMade)
{
    client.define_resource({.resource = "hall", .buffer_after = 15min});
    const auto key = IdempotencyKey::derive("order", 1);
    const auto booked = book({.resource = "hall",
                              .during = at(9h),
                              .holder = "ann",
                              .hold_for = 1h,
                              .details = R"({"guests": 2})",
                              .idempotency_key = key});
    const auto row = client.get_booking({.booking_id = booked.booking_id});
    ASSERT_TRUE(row);
    EXPECT_EQ(row->booking_id, booked.booking_id);
    EXPECT_EQ(row->resource, "hall");
    EXPECT_EQ(row->unit, 1);
    EXPECT_EQ(row->during, at(9h));
    EXPECT_EQ(row->blocks, at(9h, 75min));
    EXPECT_EQ(row->status, BookingStatus::held);
    EXPECT_EQ(row->holder, "ann");
    EXPECT_EQ(row->lapses_at, booked.lapses_at);
    EXPECT_EQ(row->idempotency_key, key.text());
    EXPECT_EQ(row->details, R"({"guests": 2})");
    EXPECT_FALSE(row->group_id || row->reason || row->released_at);

    const auto by_key = client.get_booking_by_key({.idempotency_key = std::string{key.text()}});
    ASSERT_EQ(by_key.size(), 1U);
    EXPECT_EQ(by_key.front().booking_id, booked.booking_id);
    EXPECT_TRUE(client.get_booking_by_key({.idempotency_key = "never"}).empty());
    EXPECT_FALSE(client.get_booking({.booking_id = booked.booking_id, .tenant = "another"}));

    (void)client.cancel_booking({.booking_id = booked.booking_id, .reason = "ill"});
    const auto cancelled = client.get_booking({.booking_id = booked.booking_id});
    ASSERT_TRUE(cancelled);
    EXPECT_EQ(cancelled->status, BookingStatus::cancelled);
    EXPECT_EQ(cancelled->reason, "ill");
    EXPECT_TRUE(cancelled->released_at && !cancelled->lapses_at);
}

TEST_F(ReadingOnAServer, AListIsWalkedPageByPage)
{
    client.define_resource({.resource = "court", .capacity = 3});
    for (int hour = 0; hour < 7; ++hour)
    {
        (void)book({.resource = "court", .during = at(8h + 1h * hour), .holder = "ben", .quantity = 1 + hour % 3});
    }
    std::vector<std::string> ids;
    std::set<std::string> groups;
    for (const BookingRow &row : client.list_bookings({.resources = {"court"}, .within = week}))
    {
        ids.push_back(row.booking_id);
        if (row.group_id)
        {
            groups.insert(*row.group_id);
        }
    }
    ASSERT_EQ(ids.size(), 13U); // 1 2 3 1 2 3 1
    EXPECT_EQ(groups.size(), 4U);
    EXPECT_EQ(client.get_group({.group_id = *groups.begin()}).front().group_id, *groups.begin());
    // Pages that end before, at and after the end of the list.
    for (const int page_size : {1, 2, 6, 12, 13, 14})
    {
        auto list = client.list_bookings({.resources = {"court"}, .within = week, .page_size = page_size});
        std::vector<std::string> walked;
        for (const BookingRow &row : list)
        {
            walked.push_back(row.booking_id);
        }
        EXPECT_EQ(walked, ids) << page_size;
        EXPECT_EQ(list.to_vector().size(), ids.size()) << "begins again";
        EXPECT_EQ(
            client.list_holder_bookings({.holder = "ben", .within = week, .page_size = page_size}).to_vector().size(),
            ids.size());
    }
    EXPECT_EQ(client.places_left({.resource = "court", .during = at(9h)}), 1);
    EXPECT_EQ(client.places_left({.resource = "court", .during = at(10h)}), 0);

    auto none = client.list_bookings({.resources = {"court"}, .within = {Timestamp{monday} - 48h, 24h}});
    EXPECT_TRUE(none.begin() == none.end());
    EXPECT_THROW((void)client.list_bookings({.resources = {"no such"}, .within = week}).begin(), InvalidRequest);
    EXPECT_THROW((void)client.list_bookings({.resources = {"court"}, .within = week, .page_size = 0}).begin(),
                 InvalidRequest);
    EXPECT_THROW((void)client.list_bookings({.resources = {"court"}, .within = week, .page_size = 10001}).begin(),
                 InvalidRequest);
}

TEST_F(ReadingOnAServer, ATransactionSeesItsOwn)
{
    client.define_resource({.resource = "lab"});
    client.transact(
        [&](Transaction &tx)
        {
            (void)tx.book_slot({.resource = "lab", .during = at(9h), .holder = "cleo"});
            EXPECT_EQ(tx.list_holder_bookings({.holder = "cleo", .within = week}).to_vector().size(), 1U);
            EXPECT_TRUE(client.list_holder_bookings({.holder = "cleo", .within = week}).to_vector().empty());
        });
    const auto row = client.list_holder_bookings({.holder = "cleo", .within = week}).to_vector().at(0);
    (void)client.cancel_booking({.booking_id = row.booking_id});
    EXPECT_TRUE(client.list_holder_bookings({.holder = "cleo", .within = week}).to_vector().empty());
    EXPECT_EQ(client.list_holder_bookings({.holder = "cleo", .within = week, .include_released = true})
                  .to_vector()
                  .at(0)
                  .status,
              BookingStatus::cancelled);
}

TEST_F(ReadingOnAServer, ResourcesTellTheirRules)
{
    for (const char *name : {"b", "a", "c"})
    {
        client.define_resource({.resource = name, .tenant = "rules"});
    }
    client.define_resource({.resource = "clinic",
                            .capacity = 2,
                            .buffer_before = 10min,
                            .time_zone = "Europe/Paris",
                            .min_notice = 1h,
                            .max_duration = 90min,
                            .tenant = "rules"});
    client.set_booking_limit(
        {.resource = "clinic", .period = LimitPeriod::week, .max_bookings = 30, .tenant = "rules"});
    client.set_opening_hours(
        {.resource = "clinic", .weekday = std::chrono::Monday, .hours = {{9h, 12h}}, .tenant = "rules"});
    std::string names;
    for (const ResourceRow &row : client.list_resources({.page_size = 2, .tenant = "rules"}))
    {
        names += row.resource + ' ';
    }
    EXPECT_EQ(names, "a b c clinic ");

    const auto clinic = client.describe_resource({.resource = "clinic", .tenant = "rules"});
    EXPECT_EQ(clinic.capacity, 2);
    EXPECT_EQ(clinic.buffer_before.time, 10min);
    EXPECT_EQ(clinic.time_zone, "Europe/Paris");
    ASSERT_TRUE(clinic.min_notice && clinic.max_duration);
    EXPECT_EQ(clinic.min_notice->time, 1h);
    EXPECT_EQ(clinic.max_duration->time, 90min);
    EXPECT_FALSE(clinic.max_ahead || clinic.max_per_day || clinic.max_per_month || clinic.max_per_year);
    EXPECT_EQ(clinic.max_per_week, 30);
    EXPECT_EQ(clinic.opening_hours, R"([{"opens": "09:00:00", "closes": "12:00:00", "weekday": 1}])");
    EXPECT_FALSE(client.describe_resource({.resource = "a", .tenant = "rules"}).opening_hours);
    EXPECT_THROW((void)client.describe_resource({.resource = "a"}), InvalidRequest);
}

TEST_F(ReadingOnAServer, RequestsOffersClaimsAndCounters)
{
    client.define_resource({.resource = "tess"});
    const auto opened = client.open_request({.during = at(9h), .positions = 1, .requester = "ann"});
    (void)client.open_request({.during = at(10h), .positions = 2, .requester = "bob"});
    const auto made = client.make_offers({.request_id = opened.request_id, .providers = {"tess"}});
    ASSERT_EQ(made.size(), 1U);
    EXPECT_EQ(client.list_requests({.within = week, .page_size = 1}).to_vector().size(), 2U);
    auto pending = client.list_provider_offers({.provider = "tess"}).to_vector();
    ASSERT_EQ(pending.size(), 1U);
    EXPECT_EQ(pending[0].status, OfferState::pending);
    EXPECT_EQ(pending[0].during, at(9h));
    (void)client.accept_offer({.offer_id = pending[0].offer_id, .provider = "tess"});
    EXPECT_TRUE(client.list_provider_offers({.provider = "tess"}).to_vector().empty());
    const auto offers = client.list_provider_offers({.provider = "tess", .only_open = false}).to_vector();
    ASSERT_EQ(offers.size(), 1U);
    EXPECT_EQ(offers[0].status, OfferState::accepted);
    EXPECT_EQ(offers[0].position, 1);
    EXPECT_TRUE(offers[0].booking_id && offers[0].decided_at);
    const auto requests = client.list_requests({.within = week, .requester = "ann"}).to_vector();
    ASSERT_EQ(requests.size(), 1U);
    EXPECT_EQ(requests[0].status, RequestState::filled);
    EXPECT_EQ(requests[0].filled, 1);

    for (const char *coupon : {"a", "b", "c"})
    {
        (void)client.claim({.scope = "coupon", .value = coupon, .claimant = "account:1"});
    }
    std::string values;
    for (const ClaimRow &row : client.list_claims({.claimant = "account:1", .page_size = 2}))
    {
        values += row.value;
    }
    EXPECT_EQ(values, "abc");
    client.define_counter({.counter = "tea", .value = 12});
    EXPECT_EQ(client.counter_value({.counter = "tea"}), 12);
    EXPECT_THROW((void)client.counter_value({.counter = "coffee"}), InvalidRequest);
}

} // namespace bookonce
