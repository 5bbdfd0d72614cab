#include "verify/conversion.h"

#include <gtest/gtest.h>

namespace assay::verify {
namespace {

using Outcome = Converted::Outcome;

/// The converted value of a JSON text as people read it, or the name of the failure.
std::string converted(std::string_view json, std::string_view type,
                      const Normaliser& normaliser = {}) {
  const std::string payload = "{\"v\":" + std::string(json) + "}";
  const auto parsed = parse_payload(payload, {});
  const auto& root = std::get<Node>(parsed);
  const Converted out = convert_leaf(*root.member("v"), *parse_column_type(type), normaliser);
  switch (out.outcome) {
    case Outcome::null: return "null";
    case Outcome::wrong_type: return "A2105";
    case Outcome::out_of_range: return "A2106";
    case Outcome::unmapped: return "A2107";
    case Outcome::value: break;
  }
  const bool text = out.cell.kind == CellKind::string;
  return text ? "'" + out.text + "'" : to_text(out.cell);
}

TEST(Conversion, IntegersAreExact) {
  EXPECT_EQ(converted("17850.0", "int64"), "17850");
  EXPECT_EQ(converted("1e3", "int64"), "1000");
  EXPECT_EQ(converted("\"42\"", "int64"), "42");
  EXPECT_EQ(converted("1.5", "int64"), "A2105");
  EXPECT_EQ(converted("9223372036854775807", "int64"), "9223372036854775807");
  EXPECT_EQ(converted("9223372036854775808", "int64"), "A2106");
  EXPECT_EQ(converted("-9223372036854775808", "int64"), "-9223372036854775808");
  EXPECT_EQ(converted("2147483648", "int32"), "A2106");
  EXPECT_EQ(converted("\" 42\"", "int64"), "A2105");
  EXPECT_EQ(converted("true", "int64"), "A2105");
}

TEST(Conversion, DecimalsKeepTheirDigits) {
  EXPECT_EQ(converted("2.55", "decimal(18,3)"), "2.550");
  EXPECT_EQ(converted("\"-0.001\"", "decimal(18,3)"), "-0.001");
  EXPECT_EQ(converted("0.0001", "decimal(18,3)"), "A2106");
  EXPECT_EQ(converted("0.00010e1", "decimal(18,3)"), "0.001");
  EXPECT_EQ(converted("1e15", "decimal(18,3)"), "A2106");
  EXPECT_EQ(converted("99999999999999999999999999999999999999", "decimal(38,0)"),
            "99999999999999999999999999999999999999");
  EXPECT_EQ(converted("100000000000000000000000000000000000000", "decimal(38,0)"), "A2106");
  Normaliser cents;
  cents.scale10 = -2;
  EXPECT_EQ(converted("1999", "decimal(18,2)", cents), "19.99");
}

TEST(Conversion, FloatsAreTheNearestAndNothingIsBeyondThem) {
  EXPECT_EQ(converted("0.1", "float64"), "0.1");
  EXPECT_EQ(converted("1e400", "float64"), "A2106");
  EXPECT_EQ(converted("1e-400", "float64"), "0");
  EXPECT_EQ(converted("\"1.\"", "float64"), "A2105");
}

TEST(Conversion, InstantsInTheirWritings) {
  EXPECT_EQ(converted("\"2011-12-09T12:50:00Z\"", "timestamp"), "2011-12-09T12:50:00Z");
  EXPECT_EQ(converted("\"2011-12-09 12:50\"", "timestamp"), "2011-12-09T12:50:00Z");
  EXPECT_EQ(converted("\"2011-12-09T12:50:00.1234560+02:00\"", "timestamp"),
            "2011-12-09T10:50:00.123456Z");
  EXPECT_EQ(converted("\"2011-12-09T12:50:00.1234567Z\"", "timestamp"), "A2105");
  EXPECT_EQ(converted("\"2011-02-29\"", "timestamp"), "A2105");
  EXPECT_EQ(converted("\"2012-02-29\"", "date"), "2012-02-29");
  EXPECT_EQ(converted("\"2011-12-09T24:00:00Z\"", "timestamp"), "A2105");
  EXPECT_EQ(converted("\"2011-12-09T12:50:00+0230\"", "timestamp"), "2011-12-09T10:20:00Z");
  EXPECT_EQ(converted("\"2011-12-09T12:50:00-02\"", "timestamp"), "2011-12-09T14:50:00Z");
  EXPECT_EQ(converted("1323435000", "timestamp"), "A2105");
  Normaliser local;
  local.offset_minutes = 120;
  EXPECT_EQ(converted("\"2011-12-09 12:50\"", "timestamp", local), "2011-12-09T10:50:00Z");
  EXPECT_EQ(converted("\"2011-12-09\"", "timestamp", local), "2011-12-08T22:00:00Z");
}

TEST(Conversion, EpochsAreWholeMicroseconds) {
  Normaliser seconds;
  seconds.time_format = "epoch_seconds";
  EXPECT_EQ(converted("1323435000.5", "timestamp", seconds), "2011-12-09T12:50:00.500000Z");
  EXPECT_EQ(converted("0.0000001", "timestamp", seconds), "A2105");
  EXPECT_EQ(converted("-1", "date", seconds), "1969-12-31");
  Normaliser millis;
  millis.time_format = "epoch_millis";
  EXPECT_EQ(converted("\"1323435000000\"", "timestamp", millis), "2011-12-09T12:50:00Z");
}

TEST(Conversion, TextIsNormalisedInItsOrder) {
  Normaliser all;
  all.trim = true;
  all.null_if = {"n/a"};
  all.value_map = {{"Yes", "Y"}, {"No", "N"}};
  all.text_case = "lower";
  EXPECT_EQ(converted("\"\\t Yes \"", "string", all), "'y'");
  EXPECT_EQ(converted("\" n/a\"", "string", all), "null");
  EXPECT_EQ(converted("\"maybe\"", "string", all), "A2107");
  Normaliser upper;
  upper.text_case = "upper";
  EXPECT_EQ(converted("\"\xc3\xa9t\"", "string", upper), "'\xc3\xa9T'");
}

TEST(Conversion, WhatIsNoScalarNeverConverts) {
  EXPECT_EQ(converted("null", "string"), "null");
  EXPECT_EQ(converted("{}", "string"), "A2105");
  EXPECT_EQ(converted("[1]", "string"), "A2105");
  EXPECT_EQ(converted("12.50", "string"), "'12.50'");
  EXPECT_EQ(converted("false", "string"), "'false'");
  EXPECT_EQ(converted("\"true\"", "boolean"), "true");
  EXPECT_EQ(converted("1", "boolean"), "A2105");
}

}  // namespace
}  // namespace assay::verify
