// SPDX-License-Identifier: PostgreSQL
// verbs_parts.cpp: the verbs on the parts of a resource.
#include "bookonce/verbs.hpp"

#include "array_text.hpp"
#include "columns.hpp"
#include "parameters.hpp"

namespace bookonce
{

using detail::needed;

void Verbs::set_parts(const SetParts &call)
{
    std::vector<std::optional<std::string>> resources;
    std::vector<std::optional<std::string>> quantities;
    for (const Part &part : call.parts)
    {
        resources.emplace_back(part.resource);
        quantities.emplace_back(std::to_string(part.quantity));
    }
    send({.sql = "SELECT bookonce.set_parts(resource => $1, parts => $2, quantities => $3, tenant => $4, "
                 "max_wait => $5)",
          .parameters = {call.resource, detail::array_text(resources), detail::array_text(quantities), call.tenant}});
}

std::vector<PartRow> Verbs::list_parts(const ListParts &call)
{
    const Rows rows = send({.sql = "SELECT p.part, p.quantity, p.depth "
                                   "FROM bookonce.list_parts(resource => $1, tenant => $2) AS p",
                            .parameters = {call.resource, call.tenant},
                            .writes = false});
    std::vector<PartRow> parts;
    parts.reserve(rows.size());
    for (const Row &row : rows)
    {
        parts.push_back(
            {needed(row, 0), detail::read_integer<int>(needed(row, 1)), detail::read_integer<int>(needed(row, 2))});
    }
    return parts;
}

} // namespace bookonce
