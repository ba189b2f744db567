// SPDX-License-Identifier: PostgreSQL
// busy_times_test.cpp: the times in a refusal's DETAIL, in each form that a server gives them.
#include "busy_times.hpp"

#include <gtest/gtest.h>

namespace bookonce::detail
{

using namespace std::chrono_literals;

namespace
{

constexpr std::chrono::sys_days monday{std::chrono::year{2030} / 1 / 7};
const TimeRange nine{monday + 9h, 1h};

} // namespace

TEST(BusyTimes, AreFoundInASentence)
{
    EXPECT_EQ(read_busy_times("It is taken in [\"2030-01-07 09:00:00+00\",\"2030-01-07 10:00:00+00\")."),
              std::vector{nine});
    EXPECT_EQ(
        read_busy_times("The resource is taken at [\"2030-01-07 14:30:00+05:30\",\"2030-01-07 04:30:00-05:30\")."),
        std::vector{nine});
    EXPECT_EQ(read_busy_times("[\"2030-01-07 09:00:00\",\"2030-01-07 10:00:00\"), "
                              "[\"2030-01-07 12:00:00.25\",\"2030-01-07 12:00:01\") and 4 more"),
              (std::vector{nine, TimeRange{monday + 12h + 250ms, 750ms}}));
    EXPECT_EQ(read_busy_times("[2030-01-07,2030-01-09)"), std::vector{(TimeRange{monday, 48h})});
    EXPECT_EQ(read_busy_times("(\"2030-01-07 08:59:59.999999+00\",\"2030-01-07 09:59:59.999999+00\"]"),
              std::vector{nine});
}

TEST(BusyTimes, OfAnExclusionConstraintAreWhatIsThereAndNotWhatWasWritten)
{
    EXPECT_EQ(read_busy_times("Key (room, tstzrange(starts, ends))=(1, [\"2030-01-07 09:30:00+00\",\"2030-01-07 "
                              "10:30:00+00\")) conflicts with existing key (room, tstzrange(starts, ends))=(1, "
                              "[\"2030-01-07 09:00:00+00\",\"2030-01-07 10:00:00+00\"))."),
              std::vector{nine});
}

TEST(BusyTimes, ThatCannotBeReadAreLeftOut)
{
    for (const char *text :
         {"", "[", "(,)", "It is taken.", "[\"07.01.2030 09:00:00 CET\",\"07.01.2030 10:00:00 CET\")",
          "[2030-13-07,2030-13-09)", "[2030-02-30,2030-03-01)", "[infinity,)", "[2030-01-07,", "[2030-01-07",
          "[2030-01-07,2030-01-07)", "[\"2030-01-07 \",x)", "[20300-01-07,20300-01-08)", "[-030-01-07,2030-01-08)"})
    {
        EXPECT_TRUE(read_busy_times(text).empty()) << text;
    }
}

} // namespace bookonce::detail
