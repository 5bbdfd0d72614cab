#include "model/units.h"

#include <gtest/gtest.h>

namespace assay::model {
namespace {

struct Case {
  const char* from;
  const char* to;
  std::int64_t multiplier;
  int power10;
};

TEST(Units, KnowExactFactorsAlone) {
  for (const Case& each :
       {Case{"g", "kg", 1, -3}, Case{"t", "kg", 1, 3}, Case{"h", "s", 3600, 0},
        Case{"h", "ms", 3600, 3}, Case{"d", "min", 1440, 0}, Case{"percent", "ratio", 1, -2},
        Case{"dozen", "piece", 12, 0}, Case{"m3", "ml", 1, 6}, Case{"km", "km", 1, 0}}) {
    const auto factor = factor_between(each.from, each.to);
    ASSERT_TRUE(factor) << each.from;
    EXPECT_EQ(factor->multiplier, each.multiplier) << each.from;
    EXPECT_EQ(factor->power10, each.power10) << each.from;
  }
  EXPECT_FALSE(factor_between("s", "h"));
  EXPECT_FALSE(factor_between("kg", "km"));
  EXPECT_FALSE(factor_between("USD", "EUR"));
  EXPECT_FALSE(factor_between("kg", "stone"));
}

}  // namespace
}  // namespace assay::model
