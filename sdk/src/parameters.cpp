// SPDX-License-Identifier: PostgreSQL
// parameters.cpp: parameters in PostgreSQL's text form.
#include "parameters.hpp"

#include "instant_text.hpp"

#include "bookonce/errors.hpp"

namespace bookonce::detail
{

void refuse_nul_bytes(const Parameters &parameters)
{
    for (const auto &parameter : parameters)
    {
        if (parameter && parameter->find('\0') != std::string::npos)
        {
            throw InvalidRequest{"a text holds a NUL byte, which PostgreSQL cannot store",
                                 {.sqlstate = "22021", .hint = "Encode bytes as hexadecimal or base64."}};
        }
    }
}

std::string step_text(const CalendarStep &step)
{
    return std::to_string(step.months) + " mons " + std::to_string(step.days) + " days " + interval_text(step.time);
}

std::string boolean_text(bool value)
{
    return value ? "t" : "f";
}

std::string integer_text(std::int64_t value)
{
    return std::to_string(value);
}

} // namespace bookonce::detail
