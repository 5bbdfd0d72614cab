#include "path/decimal.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace assay::path {
namespace {

TEST(Decimal, OrdersByValue) {
  const char* ascending[] = {"-1e1000", "-10",   "-9.9",  "-1e-9",  "0",
                             "1e-400",  "0.09",  "0.1",   "0.101",  "1",
                             "9",       "1.0e1", "10.5",  "99e1",   "1e3",
                             "1e400",   "1e401", "2e401", "11e401", "1e999999999999999999"};
  for (std::size_t i = 0; i < std::size(ascending); ++i) {
    for (std::size_t j = 0; j < std::size(ascending); ++j) {
      const auto order =
          Decimal(std::string_view(ascending[i])) <=> Decimal(std::string_view(ascending[j]));
      EXPECT_EQ(order, i <=> j) << ascending[i] << " and " << ascending[j];
    }
  }
}

TEST(Decimal, OneValueHasManyTexts) {
  for (const char* text : {"100", "1e2", "1E+2", "100.00", "0.1e3", "10000e-2", "1.0e2"}) {
    EXPECT_EQ(Decimal(std::string_view(text)), Decimal(std::uint64_t{100})) << text;
  }
  for (const char* text : {"0", "-0", "0.000", "-0e9", "0e-9"}) {
    EXPECT_TRUE(Decimal(std::string_view(text)).is_zero()) << text;
    EXPECT_EQ(Decimal(std::string_view(text)), Decimal()) << text;
  }
}

RC_GTEST_PROP(Decimal, OrdersAsIntegersDo, (std::int64_t left, std::int64_t right)) {
  const auto decimal = [](std::int64_t value) {
    return Decimal(std::string_view(fmt::format("{}", value)));
  };
  RC_ASSERT((decimal(left) <=> decimal(right)) == (left <=> right));
}

}  // namespace
}  // namespace assay::path
