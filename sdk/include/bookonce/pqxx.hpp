// SPDX-License-Identifier: PostgreSQL
// pqxx.hpp: the verbs on the caller's own pqxx transaction. Optional, and the only header that includes libpqxx (6.4 to
// 8).
// To know first: the transaction belongs to the caller. Nothing is committed or repeated here, and libpqxx's exceptions
// pass through unchanged.
#pragma once

#include "bookonce/verbs.hpp"

#include <pqxx/pqxx>

#include <cstddef>
#include <string>

namespace bookonce
{

namespace detail
{

/// One field as text. A template, because the types of rows and fields differ between versions of libpqxx.
template <typename Field>
std::optional<std::string> field_text(const Field &field)
{
    if (field.is_null())
    {
        return std::nullopt;
    }
    return std::string{field.c_str(), static_cast<std::size_t>(field.size())};
}

inline Rows read_rows(const pqxx::result &result)
{
    Rows rows;
    rows.reserve(static_cast<std::size_t>(result.size()));
    for (const auto &from : result)
    {
        Row &row = rows.emplace_back();
        row.reserve(static_cast<std::size_t>(from.size()));
        for (decltype(from.size()) i = 0; i < from.size(); ++i) // an iterator would copy more of the result
        {
            row.push_back(field_text(from[i]));
        }
    }
    return rows;
}

#if PQXX_VERSION_MAJOR >= 7
inline pqxx::params pqxx_parameters(const Parameters &parameters)
{
    pqxx::params params;
    params.reserve(parameters.size());
    for (const auto &parameter : parameters)
    {
        if (parameter)
        {
            params.append(*parameter);
        }
        else
        {
            params.append();
        }
    }
    return params;
}
#else
/// libpqxx 6 throws for a NULL given as an optional, so NULLs are passed as null C strings.
inline std::vector<const char *> pqxx_parameters(const Parameters &parameters)
{
    std::vector<const char *> values;
    values.reserve(parameters.size());
    for (const auto &parameter : parameters)
    {
        values.push_back(parameter ? parameter->c_str() : nullptr);
    }
    return values;
}
#endif

/// Runs one statement with parameters in any kind of pqxx transaction.
inline Rows execute(pqxx::transaction_base &tx, std::string_view sql, const Parameters &parameters)
{
    const auto params = pqxx_parameters(parameters);
#if PQXX_VERSION_MAJOR > 7 || (PQXX_VERSION_MAJOR == 7 && PQXX_VERSION_MINOR >= 10)
    return read_rows(tx.exec(sql, params));
#elif PQXX_VERSION_MAJOR == 7
    return read_rows(tx.exec_params(std::string{sql}, params));
#else
    return read_rows(tx.exec_params(std::string{sql}, pqxx::prepare::make_dynamic_params(params)));
#endif
}

} // namespace detail

/// The verbs inside a transaction of the caller's own:
///
///     pqxx::work tx{connection};
///     auto outcome = bookonce::PqxxVerbs{tx}.book_slot({.resource = "room:1", .during = range, .holder = "ann"});
///     tx.commit();
///
/// A call that throws has aborted the transaction, and libpqxx's commit() may then return normally with nothing
/// committed: so do not swallow the exception. Use it only in the transaction's thread; it must not outlive the
/// transaction.
class PqxxVerbs final : public Verbs
{
  public:
    explicit PqxxVerbs(pqxx::transaction_base &tx) noexcept : tx_{&tx} {}

  private:
    Rows run(detail::Statement &statement) override
    {
        return detail::execute(*tx_, statement.sql, statement.parameters);
    }

    pqxx::transaction_base *tx_;
};

} // namespace bookonce
