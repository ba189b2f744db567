// SPDX-License-Identifier: PostgreSQL
// listing.hpp: a list that is read page by page while the caller iterates over it.
// To know first: a list sends its queries through the Client, Transaction or PqxxVerbs that made it, and must not
// outlive that.
#pragma once

#include <cstddef>
#include <functional>
#include <iterator>
#include <utility>
#include <vector>

namespace bookonce
{

/// `for (const BookingRow &booking : client.list_bookings(call)) show(booking);`
///
/// The next page is asked for when the previous one has been iterated; one page is in memory at a time. Each page is a
/// statement of its own: a row that keeps its place in the order comes exactly once, whatever others write meanwhile; a
/// row that is moved meanwhile may come twice or not at all. In a transact() at Isolation::repeatable_read all pages
/// see the same snapshot.
///
/// begin() reads the first page again. Not thread-safe; use one for each thread. begin() and ++ throw the failures of
/// errors.hpp, as a verb does.
template <typename RowType>
class Listing
{
  public:
    /// Returns the page that follows that row; for nullptr, the first page.
    using Fetch = std::function<std::vector<RowType>(const RowType *after)>;

    /// Called by the verbs. A page with fewer rows than `page_size` is the last.
    Listing(std::size_t page_size, Fetch fetch) : page_size_{page_size}, fetch_{std::move(fetch)} {}

    class Iterator
    {
      public:
        using value_type = RowType;
        using difference_type = std::ptrdiff_t;
        using iterator_concept = std::input_iterator_tag;
        using iterator_category = std::input_iterator_tag;
        using pointer = const RowType *;
        using reference = const RowType &;

        Iterator() = default;
        explicit Iterator(Listing *listing) : listing_{listing} {}

        reference operator*() const { return listing_->page_[listing_->at_]; }
        pointer operator->() const { return &**this; }

        Iterator &operator++()
        {
            listing_->advance();
            return *this;
        }
        void operator++(int) { ++*this; }

        friend bool operator==(const Iterator &it, std::default_sentinel_t) { return it.is_at_end(); }

      private:
        bool is_at_end() const { return listing_ == nullptr || listing_->at_ == listing_->page_.size(); }

        Listing *listing_ = nullptr;
    };

    Iterator begin()
    {
        page_ = fetch_(nullptr);
        at_ = 0;
        return Iterator{this};
    }

    std::default_sentinel_t end() const noexcept { return {}; }

    /// The whole list at once, from its first page: for lists that are known to be short.
    std::vector<RowType> to_vector()
    {
        std::vector<RowType> rows;
        for (const RowType &row : *this)
        {
            rows.push_back(row);
        }
        return rows;
    }

  private:
    void advance()
    {
        if (++at_ < page_.size() || page_.size() < page_size_)
        {
            return;
        }
        const RowType last = std::move(page_.back());
        page_ = fetch_(&last);
        at_ = 0;
    }

    std::size_t page_size_;
    Fetch fetch_;
    std::vector<RowType> page_;
    std::size_t at_ = 0;
};

} // namespace bookonce
