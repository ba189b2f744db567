// SPDX-License-Identifier: PostgreSQL
// pqxx_consumer.cpp: besides the SDK, the optional header needs only libpqxx.
#include <bookonce/pqxx.hpp>

int main()
{
    bookonce::BookSlotOutcome (bookonce::Verbs::*verb)(const bookonce::BookSlot &) = &bookonce::PqxxVerbs::book_slot;
    return verb == nullptr;
}
