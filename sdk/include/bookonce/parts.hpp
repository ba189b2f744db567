// SPDX-License-Identifier: PostgreSQL
// parts.hpp: a resource that takes others along, as a hall does with its two rooms.
// To know first: what is booked keeps the parts that the resource had then.
#pragma once

#include <string>
#include <vector>

namespace bookonce
{

/// So many units of another resource.
struct Part
{
    std::string resource;
    int quantity = 1; ///< 1 to its capacity

    friend bool operator==(const Part &, const Part &) = default;
};

/// Says what is booked along with a resource, in place of what was said before.
struct SetParts
{
    std::string resource;
    std::vector<Part> parts; ///< up to 1,000, each resource once; empty: none
    std::string tenant = "default";
};

/// Asks for all that a resource takes along.
struct ListParts
{
    std::string resource;
    std::string tenant = "default";
};

/// A part of a resource, or of its parts: each once.
struct PartRow
{
    std::string resource;
    int quantity; ///< over all ways that lead to it
    int depth;    ///< of the longest way, 1 to 8

    friend bool operator==(const PartRow &, const PartRow &) = default;
};

} // namespace bookonce
