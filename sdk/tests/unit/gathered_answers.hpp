// SPDX-License-Identifier: PostgreSQL
// gathered_answers.hpp: the scripted server's answers to one call, and to many in one statement.
#pragma once

#include "fake_server.hpp"
#include "sample_answers.hpp"

#include <optional>
#include <string>
#include <vector>

namespace bookonce::testing
{

/// The elements of an array parameter that the SDK sent.
inline std::vector<std::string> elements(const std::optional<std::string> &array)
{
    std::vector<std::string> all;
    for (std::size_t begin = array->find('"'); begin != std::string::npos;)
    {
        const std::size_t end = array->find('"', begin + 1);
        all.push_back(array->substr(begin + 1, end - begin - 1));
        begin = array->find('"', end + 1);
    }
    return all;
}

inline bool is_gathered(const Asked &asked)
{
    return asked.sql.find("book_slots(") != std::string::npos;
}

/// Every slot is free.
inline Rows answer_each(const Asked &asked)
{
    Rows rows;
    for (const std::string &resource :
         is_gathered(asked) ? elements(asked.parameters.at(0)) : std::vector{asked.parameters.at(0).value()})
    {
        rows.push_back(booked_answer()[0]);
        rows.back()[4] = resource;
    }
    return rows;
}

} // namespace bookonce::testing
