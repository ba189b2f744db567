// SPDX-License-Identifier: PostgreSQL
// cut_calls.hpp: every verb that writes, called once, in a tenant that has only the data that the call needs.
// To know first: a call here has fixed keys, so running it again in the same tenant is repeating it.
#pragma once

#include "bookonce/bookonce.hpp"

#include <functional>
#include <ostream>
#include <string>
#include <vector>

namespace bookonce::testing
{

struct CutCall
{
    std::string name;
    std::vector<std::string> prepare; // SQL; $1 is the tenant; the last one's first row holds the ids that `run` needs
    std::function<std::string(Client &, const std::string &tenant, const Row &ids)> run; // returns the outcomes' labels
    std::string key = {};   // what OutcomeUnknown must name
    bool repeatable = true; // if not, a lost COMMIT is settled by the transaction's id, without a doubt
};

inline std::ostream &operator<<(std::ostream &out, const CutCall &call)
{
    return out << call.name;
}

const std::vector<CutCall> &cut_calls();

/// SQL that returns all data of a tenant as one text. Ids are left out and times are relative, so two tenants in which
/// the same was done give the same text. $1 is the tenant.
extern const char *const tenant_state;

} // namespace bookonce::testing
