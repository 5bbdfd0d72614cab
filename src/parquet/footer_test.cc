#include "parquet/footer.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace assay::parquet {
namespace {

using namespace std::string_literals;

/// Thrift's compact form of a root with the one column "n" of field id 7, and a row group of 3
/// rows.
const std::string kSmall =
    "\x15\x02"                                            // 1 version
    "\x19\x2c\x48\x01r\x15\x02\x00\x48\x01n\x55\x0e\x00"  // 2 schema: root with 1 child, leaf
    "\x16\x06"                                            // 3 rows
    "\x19\x1c"                                            // 4 row groups
    "\x19\x1c\x3c\x76\x28\x26\x14\x26\x08\x00\x00\x00"  // a chunk: size 20, data at 10, dictionary
                                                        // at 4
    "\x00"s;

TEST(Footer, GivesRowsColumnsAndTheStartOfEachRowGroup) {
  const auto footer = parse_footer(kSmall);
  ASSERT_TRUE(footer) << footer.error().to_text();
  EXPECT_EQ(footer->rows, 3);
  ASSERT_EQ(footer->columns.size(), 1U);
  EXPECT_EQ(footer->columns[0].name, "n");
  EXPECT_EQ(footer->columns[0].field_id, 7);
  EXPECT_EQ(footer->columns[0].size_bytes, 20);
  EXPECT_EQ(footer->split_offsets, std::vector<std::int64_t>{4});
}

TEST(Footer, EveryCutIsAnError) {
  for (std::size_t size = 0; size < kSmall.size(); ++size) {
    const auto footer = parse_footer(kSmall.substr(0, size));
    ASSERT_FALSE(footer) << size;
    EXPECT_EQ(footer.error().code, Code::parquet_read);
  }
}

RC_GTEST_PROP(Footer, AnyBytesGiveAFooterOrAnError, (const std::string& bytes)) {
  const auto footer = parse_footer(bytes);
  RC_ASSERT((footer.has_value() || footer.error().code == Code::parquet_read));
}

}  // namespace
}  // namespace assay::parquet
