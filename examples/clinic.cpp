// SPDX-License-Identifier: PostgreSQL
// clinic.cpp: any doctor who speaks German and any room with an X-ray, as soon as both are free.
#include <bookonce/bookonce.hpp>

#include <iostream>
#include <vector>

int main()
{
    using namespace std::chrono_literals;
    using namespace bookonce;

    Client client{{}};
    client.define_resource({.resource = "clinic:ann", .attributes = R"({"speaks": ["de", "fr"]})"});
    client.define_resource({.resource = "clinic:ben", .attributes = R"({"speaks": ["fr"]})"});
    client.define_resource({.resource = "clinic:room:1", .attributes = R"({"xray": false})"});
    client.define_resource({.resource = "clinic:room:2", .attributes = R"({"xray": true, "seats": 3})"});

    const TimeRange morning{std::chrono::sys_days{2030y / 5 / 1} + 9h, 3h};
    const std::vector<Need> visit{{.any_of = {"clinic:ben", "clinic:ann"}, .where = {{"speaks", "de"}}},
                                  {.where = {{"xray", true}, {"seats", at_least(2)}}}};

    // Another call may have taken the slot since the list was read: then the next slot is tried.
    for (const FoundSlot &slot : client.find_slots({.needs = visit, .within = morning, .duration = 30min}))
    {
        const auto outcomes = client.book_needs({.needs = visit, .during = slot.during, .holder = "user:42"});
        if (const auto *doctor = std::get_if<Booked>(&outcomes.front()))
        {
            std::cout << "at " << to_iso8601(slot.during.begin()) << " with " << doctor->resource << " in "
                      << std::get<Booked>(outcomes.back()).resource << '\n';
            return 0;
        }
    }
    std::cout << "no visit in the morning\n";
}
