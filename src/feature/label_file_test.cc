#include "feature/label_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assay::feature {
namespace {

using ::testing::HasSubstr;

TEST(CsvTest, ReadsQuotesNullsAndLineEnds) {
  auto table = parse_csv(
      "\xEF\xBB\xBF"
      "id,as_of,note\r\n1,2011-01-01,\"a,\"\"b\"\"\nc\"\n2,,\"\"\n");
  ASSERT_TRUE(table) << table.error().to_text();
  EXPECT_EQ(table->columns, (std::vector<std::string>{"id", "as_of", "note"}));
  ASSERT_EQ(table->rows.size(), 2U);
  EXPECT_EQ(table->rows[0][2], "a,\"b\"\nc");
  EXPECT_EQ(table->rows[1][1], std::nullopt);
  EXPECT_EQ(table->rows[1][2], "");
}

TEST(CsvTest, KeepsEqualRowsAndARowWithoutLineEnd) {
  auto table = parse_csv("a,b\n1,2\n1,2\n1,2");
  ASSERT_TRUE(table);
  EXPECT_EQ(table->rows.size(), 3U);
}

TEST(CsvTest, SaysWhereAFaultIs) {
  EXPECT_THAT(parse_csv("").error().message, HasSubstr("line 1"));
  EXPECT_THAT(parse_csv("a,b\n1\n").error().message, HasSubstr("line 2: 1 fields"));
  EXPECT_THAT(parse_csv("a,b\n\"1\n,2\n").error().message,
              HasSubstr("line 2: a quote that nothing closes"));
  EXPECT_THAT(parse_csv("a,b\n\"1\"x,2\n").error().message,
              HasSubstr("text after a closing quote"));
}

TEST(LabelsTest, ChecksColumnsAndInstants) {
  const LabelColumns columns{.key = {"id"}, .features = {"revenue"}};
  auto good = check_labels(*parse_csv("id,as_of,y\n1,2011-12-09T12:50:00Z,1\n"), columns);
  ASSERT_TRUE(good) << good.error().to_text();
  EXPECT_EQ(good->at(0), parse_instant("2011-12-09T12:50:00Z"));
  EXPECT_THAT(check_labels(*parse_csv("as_of\n"), columns).error().message,
              HasSubstr("'id' is missing"));
  EXPECT_THAT(check_labels(*parse_csv("id,id,as_of\n"), columns).error().message,
              HasSubstr("twice"));
  EXPECT_THAT(check_labels(*parse_csv("id,as_of,revenue\n"), columns).error().message,
              HasSubstr("name of a feature"));
  EXPECT_THAT(check_labels(*parse_csv("id,as_of\n1,\n"), columns).error().message,
              HasSubstr("row 1"));
}

}  // namespace
}  // namespace assay::feature
