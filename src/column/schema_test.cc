#include "column/schema.h"

#include <gtest/gtest.h>

namespace assay::column {
namespace {

TEST(DataType, TextGoesThereAndBack) {
  for (const char* text : {"boolean", "int32", "int64", "float64", "decimal(1,0)", "decimal(18,3)",
                           "decimal(38,38)", "date", "timestamp", "string", "binary"}) {
    const auto type = parse_data_type(text);
    ASSERT_TRUE(type.has_value()) << text;
    EXPECT_EQ(to_string(*type), text);
  }
  EXPECT_EQ(parse_data_type("decimal(18, 3)"), parse_data_type("decimal(18,3)"));
}

TEST(DataType, RefusesOtherText) {
  for (const char* text :
       {"", "int", "String", " string", "decimal", "decimal()", "decimal(18)", "decimal(0,0)",
        "decimal(39,0)", "decimal(3,4)", "decimal(18,-1)", "decimal(-1,0)", "decimal(018,3)",
        "decimal(18,3", "decimal(18,3) ", "decimal(18,3))", "decimal(18,  3)", "decimal(180,3)"}) {
    EXPECT_FALSE(parse_data_type(text).has_value()) << text;
  }
}

TEST(DataType, ArrowFormats) {
  EXPECT_EQ(arrow_format({Type::boolean}), "b");
  EXPECT_EQ(arrow_format({Type::int32}), "i");
  EXPECT_EQ(arrow_format({Type::int64}), "l");
  EXPECT_EQ(arrow_format({Type::float64}), "g");
  EXPECT_EQ(arrow_format({Type::decimal, 18, 3}), "d:18,3");
  EXPECT_EQ(arrow_format({Type::date}), "tdD");
  EXPECT_EQ(arrow_format({Type::timestamp}), "tsu:UTC");
  EXPECT_EQ(arrow_format({Type::string}), "u");
  EXPECT_EQ(arrow_format({Type::binary}), "z");
}

TEST(TableSchema, FindsFields) {
  const TableSchema schema{"silver.a", {{.id = 16, .name = "x"}, {.id = 4, .name = "y"}}, {}};
  EXPECT_EQ(schema.index_of("y"), 1);
  EXPECT_EQ(schema.index_of("z"), -1);
  EXPECT_EQ(schema.index_of_id(16), 0);
  EXPECT_EQ(schema.index_of_id(17), -1);
}

}  // namespace
}  // namespace assay::column
