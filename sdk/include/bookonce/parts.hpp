// SPDX-License-Identifier: PostgreSQL
// parts.hpp: a resource with parts, which are booked along with it, as a hall and its two rooms.
// To know first: a booking keeps the parts that the resource had when it was made.
#pragma once

#include <string>
#include <vector>

namespace bookonce
{

/// Units of another resource.
struct Part
{
    std::string resource;
    int quantity = 1; ///< how many units, 1 to that resource's capacity

    friend bool operator==(const Part &, const Part &) = default;
};

/// Sets which parts are booked along with a resource. This replaces the parts set before.
struct SetParts
{
    std::string resource;
    std::vector<Part> parts; ///< up to 1,000, each resource once; empty: none
    std::string tenant = "default";
};

/// Asks for everything that is booked along with a resource.
struct ListParts
{
    std::string resource;
    std::string tenant = "default";
};

/// A part of a resource, or of its parts. Each resource comes once.
struct PartRow
{
    std::string resource;
    int quantity; ///< in all, over every path that leads to it
    int depth;    ///< the length of the longest path, 1 to 8

    friend bool operator==(const PartRow &, const PartRow &) = default;
};

} // namespace bookonce
