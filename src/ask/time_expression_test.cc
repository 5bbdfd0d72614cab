#include "ask/time_expression.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace assay::ask {
namespace {

/// Wednesday.
const Micros kNow = *parse_instant("2026-03-18T15:30:00Z");

struct Case {
  std::string text;
  std::string bounds;     ///< empty: no expression of time
  std::size_t words = 0;  ///< 0: all of them
};

TEST(TimeExpressionTest, ReadsPhrases) {
  const std::vector<Case> cases = {
      {"today", "from 2026-03-18 up to, not including, 2026-03-19"},
      {"yesterday", "from 2026-03-17 up to, not including, 2026-03-18"},
      {"this week", "from 2026-03-16 up to, not including, 2026-03-23"},
      {"last week", "from 2026-03-09 up to, not including, 2026-03-16"},
      {"this month", "from 2026-03-01 up to, not including, 2026-04-01"},
      {"last month", "from 2026-02-01 up to, not including, 2026-03-01"},
      {"previous quarter", "from 2025-10-01 up to, not including, 2026-01-01"},
      {"this quarter", "from 2026-01-01 up to, not including, 2026-04-01"},
      {"last year", "from 2025-01-01 up to, not including, 2026-01-01"},
      {"last 30 days", "after 2026-02-16T15:30:00Z up to 2026-03-18T15:30:00Z"},
      {"in the last 2 weeks", "after 2026-03-04T15:30:00Z up to 2026-03-18T15:30:00Z"},
      {"past three months", "after 2025-12-18T15:30:00Z up to 2026-03-18T15:30:00Z"},
      {"past week", "after 2026-03-11T15:30:00Z up to 2026-03-18T15:30:00Z"},
      {"last 3 full months", "from 2025-12-01 up to, not including, 2026-03-01"},
      {"last 24 hours", "after 2026-03-17T15:30:00Z up to 2026-03-18T15:30:00Z"},
      {"in March 2011", "from 2011-03-01 up to, not including, 2011-04-01"},
      {"December", "from 2025-12-01 up to, not including, 2026-01-01"},
      {"in march", "from 2026-03-01 up to, not including, 2026-04-01"},
      {"in 2011", "from 2011-01-01 up to, not including, 2012-01-01"},
      {"Q1 2011", "from 2011-01-01 up to, not including, 2011-04-01"},
      {"2011 Q4", "from 2011-10-01 up to, not including, 2012-01-01"},
      {"first quarter of 2011", "from 2011-01-01 up to, not including, 2011-04-01"},
      {"Q2", "from 2025-04-01 up to, not including, 2025-07-01"},
      {"on 2011-03-05", "from 2011-03-05 up to, not including, 2011-03-06"},
      {"on 5 March 2011", "from 2011-03-05 up to, not including, 2011-03-06"},
      {"March 5th, 2011", "from 2011-03-05 up to, not including, 2011-03-06"},
      {"5th of April", "from 2025-04-05 up to, not including, 2025-04-06"},
      {"2011-03", "from 2011-03-01 up to, not including, 2011-04-01"},
      {"since 2011-03-05", "from 2011-03-05"},
      {"since last month", "from 2026-02-01"},
      {"after 2011", "from 2012-01-01"},
      {"before June 2011", "up to, not including, 2011-06-01"},
      {"until June 2011", "up to, not including, 2011-07-01"},
      {"between 1 May 2011 and 3 June 2011", "from 2011-05-01 up to, not including, 2011-06-04"},
      {"from March 2011 to May 2011", "from 2011-03-01 up to, not including, 2011-06-01"},
      {"between 2010 and 2011", "from 2010-01-01 up to, not including, 2012-01-01"},
      {"year to date", "from 2026-01-01 up to 2026-03-18T15:30:00Z"},
      {"ytd", "from 2026-01-01 up to 2026-03-18T15:30:00Z"},
      {"month to date", "from 2026-03-01 up to 2026-03-18T15:30:00Z"},
      {"all time", "all time"},
      {"29 February 2011", "from 2011-02-01 up to, not including, 2011-03-01", 0},
      {"this month by country", "from 2026-03-01 up to, not including, 2026-04-01", 2},
      {"in Germany", ""},
      {"last", ""},
      {"\"today\"", ""},
      {"last 0 days", ""},
  };
  for (const Case& one : cases) {
    const auto words = question_words(one.text);
    // "29 February 2011" is no day: only its month and year are one.
    const std::size_t first = one.text.starts_with("29") ? 1 : 0;
    const auto match = match_time(words, first, kNow);
    ASSERT_EQ(match.has_value(), !one.bounds.empty()) << one.text;
    if (!match) continue;
    EXPECT_EQ(bounds_text(match->period), one.bounds) << one.text;
    EXPECT_EQ(match->count, one.words == 0 ? words.size() - first : one.words) << one.text;
  }
}

TEST(TimeExpressionTest, RollingMonthsEndWithTheShorterMonth) {
  const auto words = question_words("last 1 month");
  const auto match = match_time(words, 0, *parse_instant("2026-03-31T00:00:00Z"));
  ASSERT_TRUE(match);
  EXPECT_EQ(format_instant(*match->period.from), "2026-02-28T00:00:00Z");
}

TEST(TimeExpressionTest, WeeksStartOnMondayBefore1970Too) {
  const auto words = question_words("this week");
  const auto match = match_time(words, 0, *parse_instant("1969-12-30T00:00:00Z"));
  ASSERT_TRUE(match);
  EXPECT_EQ(bounds_text(match->period), "from 1969-12-29 up to, not including, 1970-01-05");
}

}  // namespace
}  // namespace assay::ask
