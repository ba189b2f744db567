// SPDX-License-Identifier: PostgreSQL
// times_test.cpp: instants, ranges and durations keep every microsecond, in both directions.
// To know first: the bytes are PostgreSQL 15's own, from psql with bytea_output hex or escape.
#include "instant_text.hpp"
#include "send_format.hpp"

#include "bookonce/errors.hpp"
#include "sample_answers.hpp"

#include <gtest/gtest.h>

namespace bookonce::detail
{

using namespace std::chrono_literals;
using bookonce::testing::nine_to_ten;
using std::chrono::sys_days;
using std::chrono::year;

constexpr Timestamp last_microsecond_of_1969{-1us};
constexpr Timestamp last_microsecond_of_9999 = sys_days{year{10000} / 1 / 1} - 1us;
constexpr Timestamp first_of_year_1 = sys_days{year{1} / 1 / 1};

Timestamp read_text(const char *bytea)
{
    return read_timestamp(bytea_bytes(bytea));
}

TEST(Times, AreWrittenInIsoFormWithAnOffset)
{
    EXPECT_EQ(timestamp_text(Timestamp{}), "1970-01-01 00:00:00.000000+00");
    EXPECT_EQ(timestamp_text(sys_days{year{2026} / 3 / 29} + 1h + 2min + 3s + 4us), "2026-03-29 01:02:03.000004+00");
    EXPECT_EQ(timestamp_text(last_microsecond_of_1969), "1969-12-31 23:59:59.999999+00");
    EXPECT_EQ(timestamp_text(last_microsecond_of_9999), "9999-12-31 23:59:59.999999+00");
    EXPECT_EQ(timestamp_text(first_of_year_1), "0001-01-01 00:00:00.000000+00");
    EXPECT_EQ(range_text(nine_to_ten), "[2026-03-29 09:00:00.000000+00,2026-03-29 10:00:00.000000+00)");
}

TEST(Times, OutsideTheYears1To9999AreRefused)
{
    EXPECT_THROW(timestamp_text(last_microsecond_of_9999 + 1us), InvalidRequest);
    EXPECT_THROW(timestamp_text(first_of_year_1 - 1us), InvalidRequest);
    EXPECT_THROW(timestamp_text(Timestamp::max()), InvalidRequest);
    EXPECT_THROW(timestamp_text(Timestamp::min()), InvalidRequest);
}

TEST(Times, AreReadToTheMicrosecond)
{
    EXPECT_EQ(read_text("\\xfffca2fec4c81fff"), last_microsecond_of_1969);
    EXPECT_EQ(read_text("\\x0380e70b913b7fff"), last_microsecond_of_9999);
    EXPECT_EQ(read_text("\\x0000000000000000"), sys_days{year{2000} / 1 / 1});
    EXPECT_EQ(read_text("\\xff1fe2ffc59c6000"), first_of_year_1);
    EXPECT_EQ(read_text("\\x7fffffffffffffff"), Timestamp::max());
    EXPECT_EQ(read_text("\\x8000000000000000"), Timestamp::min());
}

TEST(Times, AreReadUnderEitherByteaOutput)
{
    EXPECT_EQ(read_text(R"(\377\374\242\376\304\310\037\377)"), last_microsecond_of_1969);
    EXPECT_EQ(read_range(bytea_bytes(
                  R"(\002\000\000\000\010\000\002\361$\272J\304\000\000\000\000\010\000\002\361%\220\336h\000)")),
              nine_to_ten);
    EXPECT_EQ(bytea_bytes(R"(\\'A)"), "\\'A");
}

TEST(Times, DurationsAreWrittenInSeconds)
{
    EXPECT_EQ(interval_text(10min), "600.000000 seconds");
    EXPECT_EQ(interval_text(1us), "0.000001 seconds");
    EXPECT_EQ(interval_text(-1500ms), "-1.500000 seconds");
    EXPECT_EQ(interval_text(std::chrono::microseconds::min()), "-9223372036854.775808 seconds");
}

TEST(TimeRange, IsNeitherEmptyNorInverted)
{
    EXPECT_THROW((TimeRange{Timestamp{}, Timestamp{}}), InvalidRequest);
    EXPECT_THROW((TimeRange{Timestamp{1us}, Timestamp{}}), InvalidRequest);
    EXPECT_THROW((TimeRange{Timestamp{}, -1h}), InvalidRequest);
    EXPECT_THROW((TimeRange{Timestamp::max(), 1us}), InvalidRequest);
    EXPECT_THROW((TimeRange{Timestamp::min(), -1us}), InvalidRequest);
    EXPECT_EQ((TimeRange{Timestamp{}, 1h}), (TimeRange{Timestamp{}, Timestamp{1h}}));
}

TEST(TimeRange, IsReadInEveryFormOfBounds)
{
    EXPECT_EQ(read_range(bytea_bytes("\\x02000000080002f124ba4ac400000000080002f12590de6800")), nine_to_ten);
    // (09:00,10:00]
    EXPECT_EQ(read_range(bytea_bytes("\\x04000000080002f124ba4ac400000000080002f12590de6800")),
              (TimeRange{nine_to_ten.begin() + 1us, nine_to_ten.end() + 1us}));
    // (,) and [-infinity,infinity)
    EXPECT_EQ(read_range(bytea_bytes("\\x18")), (TimeRange{Timestamp::min(), Timestamp::max()}));
    EXPECT_EQ(read_range(bytea_bytes("\\x02000000088000000000000000000000087fffffffffffffff")),
              (TimeRange{Timestamp::min(), Timestamp::max()}));
}

TEST(TimeRange, SeveralAreReadFromAMultirange)
{
    const auto ranges = read_multirange(bytea_bytes("\\x000000020000001902000000080002f124ba4ac400000000080002f12590de6"
                                                    "8000000001902000000080002f12667720c00000000080002f126d2bbde01"));
    ASSERT_EQ(ranges.size(), 2U);
    EXPECT_EQ(ranges[0], nine_to_ten);
    EXPECT_EQ(ranges[1], (TimeRange{nine_to_ten.begin() + 2h, nine_to_ten.begin() + 2h + 30min + 1us}));
    EXPECT_TRUE(read_multirange(bytea_bytes("\\x00000000")).empty());
}

TEST(TimeRange, MalformedBytesAreRefusedAndNeverReadBeyond)
{
    const std::string whole = bytea_bytes("\\x02000000080002f124ba4ac400000000080002f12590de6800");
    for (std::size_t size = 0; size < whole.size(); ++size)
    {
        EXPECT_THROW(read_range(whole.substr(0, size)), Internal) << size;
    }
    EXPECT_THROW(read_range(whole + '\0'), Internal);
    EXPECT_THROW(read_range(bytea_bytes("\\x01")), Internal);            // empty
    EXPECT_THROW(read_range(bytea_bytes("\\x02ffffffff")), Internal);    // a negative length
    EXPECT_THROW(read_multirange(bytea_bytes("\\x7fffffff")), Internal); // a count above the number of elements
    EXPECT_THROW(read_multirange(bytea_bytes("\\xffffffff")), Internal); // a negative count
    EXPECT_THROW(read_range(bytea_bytes("\\x10000000087fffffffffffffff")), Internal); // (infinity,)
    EXPECT_THROW(bytea_bytes("\\x0"), Internal);
    EXPECT_THROW(bytea_bytes("\\xzz"), Internal);
    EXPECT_THROW(bytea_bytes("\\40"), Internal);
    EXPECT_THROW(read_timestamp("1234567"), Internal);
}

TEST(Iso8601, IsWrittenInUtc)
{
    EXPECT_EQ(to_iso8601(nine_to_ten.begin()), "2026-03-29T09:00:00Z");
    EXPECT_EQ(to_iso8601(nine_to_ten.begin() + 500ms), "2026-03-29T09:00:00.5Z");
    EXPECT_EQ(to_iso8601(last_microsecond_of_1969), "1969-12-31T23:59:59.999999Z");
    EXPECT_THROW((void)to_iso8601(Timestamp::max()), InvalidRequest);
}

TEST(Iso8601, IsReadWithItsOffset)
{
    for (const char *same : {"2026-03-29T09:00:00Z", "2026-03-29T09:00Z", "2026-03-29 11:00:00+02:00",
                             "2026-03-29t04:30:00.000-0430", "2026-03-29T10:00:00.000000999+01"})
    {
        EXPECT_EQ(from_iso8601(same), nine_to_ten.begin()) << same;
    }
    EXPECT_EQ(from_iso8601("1969-12-31T23:59:59.999999Z"), last_microsecond_of_1969);
    EXPECT_EQ(from_iso8601("2024-02-29T00:00:00Z"), sys_days{year{2024} / 2 / 29});
}

TEST(Iso8601, RefusesWhatIsNoInstant)
{
    for (const char *wrong :
         {"", "2026-03-29", "2026-03-29T09:00:00", "2026-02-29T09:00:00Z", "2026-03-29T24:00:00Z", "2026-03-29T09:60Z",
          "2026-03-29T09:00:60Z", "0000-01-01T00:00:00Z", "2026-03-29T09:00:00.Z", "2026-03-29T09:00:00.1234567890Z",
          "2026-03-29T09:00:00Zx", "2026-03-29T09:00:00+1", "26-03-29T09:00:00Z", "+2026-03-29T09:00:00Z"})
    {
        EXPECT_THROW((void)from_iso8601(wrong), InvalidRequest) << wrong;
    }
}

TEST(Times, OfAnyClockResolutionMakeARange)
{
    const std::chrono::sys_time<std::chrono::nanoseconds> fine{std::chrono::nanoseconds{1999}};
    EXPECT_EQ((TimeRange{fine, 1h}), (TimeRange{Timestamp{1us}, 1h}));
    EXPECT_EQ((TimeRange{fine, fine + 1h}), (TimeRange{Timestamp{1us}, 1h}));
    EXPECT_EQ((TimeRange{Timestamp{}, fine}), (TimeRange{Timestamp{}, 1us}));
    EXPECT_EQ(to_timestamp(std::chrono::sys_time<std::chrono::nanoseconds>{std::chrono::nanoseconds{-1}}),
              last_microsecond_of_1969); // toward the past, on both sides of 1970
    EXPECT_EQ((TimeRange{sys_days{year{2026} / 3 / 29} + 9h, 1h}), nine_to_ten);
}

} // namespace bookonce::detail
