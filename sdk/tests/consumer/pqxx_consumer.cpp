// SPDX-License-Identifier: PostgreSQL
// pqxx_consumer.cpp: the optional header needs nothing but libpqxx beside the SDK.
#include <bookonce/pqxx.hpp>

int main()
{
    bookonce::BookSlotOutcome (bookonce::Verbs::*verb)(const bookonce::BookSlot &) = &bookonce::PqxxVerbs::book_slot;
    return verb == nullptr;
}
