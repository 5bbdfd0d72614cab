#include "decode/avro_value.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <cstdlib>
#include <cstring>

#include "decode/avro_text.h"
#include "decode/rendition.h"

namespace assay::decode {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;

std::string text_of(std::string_view schema_text, std::string_view value,
                    PayloadLimits limits = {}) {
  const auto schema = schema::AvroSchema::parse(schema_text);
  if (!schema) return schema.error().message;
  std::string out = "before";
  const Status status = append_avro(out, value, *schema, value.size(), limits);
  if (!status) return std::to_string(static_cast<int>(status.error().code));
  return out.substr(6);
}

TEST(AvroValue, ScalarsAreWhatJsonHasForThem) {
  const std::tuple<std::string, std::string, std::string> cases[] = {
      {R"("null")", "", "null"},
      {R"("boolean")", "\1", "true"},
      {R"("boolean")", "\2", "2030"},
      {R"("int")", "\x80\x01", "64"},
      {R"("int")", "\xff\xff\xff\xff\x0f", "-2147483648"},
      {R"("int")", "\x80\x80\x80\x80\x10", "2030"},
      {R"("long")", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", "-9223372036854775808"},
      {R"("long")", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", "2030"},
      {R"("float")", "\xcd\xcc\xcc\x3d", "0.1"},
      {R"("float")", "\xa3\x79\xeb\x4c", "123456790"},
      {R"("double")", "\x9a\x99\x99\x99\x99\x99\xb9\x3f", "0.1"},
      {R"("double")", "\0\0\0\0\0\0\0\x80"s, "-0"},
      {R"("double")", "\0\0\0\0\0\0\xf8\x7f"s, "\"NaN\""},
      {R"("double")", "\0\0\0\0\0\0\xf0\xff"s, "\"-Infinity\""},
      {R"("string")", "\6a\"\n", "\"a\\\"\\n\""},
      {R"("string")", "\2\xff", "2030"},
      {R"("bytes")", "\4\xfb\xff", "\"+/8=\""},
      {R"({"type":"enum","name":"E","symbols":["A","B"]})", "\2", "\"B\""},
      {R"({"type":"enum","name":"E","symbols":["A","B"]})", "\4", "2030"},
      {R"("int")", "\2\2", "2030"},
      {R"("int")", "", "2030"},
  };
  for (const auto& [schema, value, json] : cases) EXPECT_EQ(text_of(schema, value), json) << schema;
}

TEST(AvroValue, LogicalTypesAreTextsAndExactNumbers) {
  const auto logical = [](const std::string& type, const std::string& word,
                          const std::string& more = "") {
    return R"({"type":")" + type + R"(","logicalType":")" + word + "\"" + more + "}";
  };
  const std::string scale2 = R"(,"precision":30,"scale":2)";
  const std::tuple<std::string, std::string, std::string> cases[] = {
      {logical("int", "date"), "\1", "\"1969-12-31\""},
      {logical("int", "date"), "\xf3\xe4\x57", "\"0001-01-01\""},
      {logical("int", "date"), "\xf5\xe4\x57", "-719163"},
      {logical("int", "date"), "\xc0\x82\xe6\x02", "\"9999-12-31\""},
      {logical("int", "time-millis"), "\2", "\"00:00:00.001\""},
      {logical("int", "time-millis"), "\1", "-1"},
      {logical("long", "timestamp-millis"), "\1", "\"1969-12-31T23:59:59.999Z\""},
      {logical("long", "local-timestamp-micros"), "\2", "\"1970-01-01T00:00:00.000001\""},
      {logical("long", "timestamp-nanos"), "\2", "\"1970-01-01T00:00:00.000000001Z\""},
      {logical("string", "date"), "\2x", "\"x\""},
      {logical("bytes", "decimal", scale2), "\2\1", "0.01"},
      {logical("bytes", "decimal", scale2), "\2\xff", "-0.01"},
      {logical("bytes", "decimal", scale2), "\n\xff\0\0\0\0"s, "-42949672.96"},
      {logical("bytes", "decimal", scale2), "\x04\x30\x39", "123.45"},
      {logical("bytes", "decimal", scale2), std::string(1, '\0'), "2030"},
      {logical("bytes", "decimal"), "\2\1", "\"AQ==\""},
      {logical("bytes", "big-decimal"), "\x08\x04\x30\x39\x04", "12345e-2"},
      {logical("fixed", "duration", R"(,"name":"D","size":12)"), "\1\0\0\0\2\0\0\0\3\0\0\0"s,
       R"({"months":1,"days":2,"milliseconds":3})"},
      {logical("fixed", "uuid", R"(,"name":"U","size":16)"), std::string(16, '\x0a'),
       "\"0a0a0a0a-0a0a-0a0a-0a0a-0a0a0a0a0a0a\""},
  };
  for (const auto& [schema, value, json] : cases) EXPECT_EQ(text_of(schema, value), json) << schema;
}

TEST(AvroValue, ContainersNestAndUnionsHaveNoTag) {
  EXPECT_EQ(text_of(R"({"type":"record","name":"R","fields":[{"name":"a","type":["null","int"]},
                       {"name":"m","type":{"type":"map","values":"int"}},
                       {"name":"l","type":{"type":"array","items":"int"}}]})",
                    "\2\6\2\2k\2\0\3\4\2\2\2\4\0"s),
            R"({"a":3,"m":{"k":1},"l":[1,1,2]})");
  EXPECT_EQ(text_of(R"(["null","int"])", "\4"), "2030");
  EXPECT_EQ(text_of(R"({"type":"record","name":"R","fields":[]})", ""), "{}");
}

TEST(AvroValue, BombsEndSoon) {
  const std::string list = R"({"type":"record","name":"R","fields":[{"name":"n","type":"R"}]})";
  EXPECT_EQ(text_of(list, ""), "2003");
  const std::string nulls = R"({"type":"array","items":"null"})";
  EXPECT_EQ(text_of(nulls, "\x80\x80\x80\x80\x80\x80\x80\x80\x40"), "2004");
  const auto schema = schema::AvroSchema::parse(nulls);
  AvroMeasure measure(*schema, "\x80\x80\x80\x80\x80\x80\x80\x80\x40");
  EXPECT_FALSE(measure.next());
}

TEST(AvroValue, MeasuresValuesThatStandBehindEachOther) {
  const auto schema = schema::AvroSchema::parse(R"(["null","string"])");
  AvroMeasure measure(*schema, "\2\2a\0\2\4bc"sv);
  EXPECT_EQ(measure.next().value(), 3U);
  EXPECT_EQ(measure.next().value(), 1U);
  EXPECT_EQ(measure.rest(), "\2\4bc");
  EXPECT_EQ(measure.next().value(), 4U);
  EXPECT_FALSE(measure.next());
}

RC_GTEST_PROP(AvroValue, DecimalsOfMachineIntegersAreThoseIntegers, (std::int64_t value)) {
  std::string bytes;
  for (int i = 7; i >= 0; --i) bytes += static_cast<char>(value >> (8 * i));
  std::string out;
  RC_ASSERT(append_decimal(out, bytes, 0).has_value());
  RC_ASSERT(out == std::to_string(value));
}

RC_GTEST_PROP(AvroValue, RealsReadBackAsTheSame, (std::uint32_t bits)) {
  float value = 0;
  std::memcpy(&value, &bits, sizeof(value));
  std::string out;
  append_real(out, value);
  if (out.front() != '"') RC_ASSERT(std::strtof(out.c_str(), nullptr) == value);
}

TEST(Renderer, HeadersSayWhatBytesAloneDoNot) {
  Renderer renderer{PayloadLimits()};
  const auto rendered = [&](std::string_view payload, std::string_view headers) {
    std::string out;
    const Status status = renderer.append(out, payload, headers);
    return status ? out : std::to_string(static_cast<int>(status.error().code));
  };
  const std::string avro = R"({"assay.format":"avro","assay.schema":"\"int\""})";
  EXPECT_EQ(rendered("\2", avro), "1");
  EXPECT_EQ(rendered("{", avro), "-62");
  EXPECT_EQ(rendered("\2", R"({"assay.format":"avro"})"), "2031");
  EXPECT_EQ(rendered("\2", R"({"assay.format":"damaged","assay.damage":"why"})"), "2032");
  const std::string csv = R"({"assay.format":"csv","assay.csv.header":"a;b",)"
                          R"("assay.csv.delimiter":";"})";
  EXPECT_EQ(rendered("1;\"x;y\"", csv), R"({"a":"1","b":"x;y"})");
  EXPECT_EQ(rendered("1", csv), "2040");
  EXPECT_EQ(rendered(R"({"a":1})", R"({"supersedes":"x"})"), R"({"a":1})");
  EXPECT_EQ(rendered(R"({"a":1})", ""), R"({"a":1})");
}

}  // namespace
}  // namespace assay::decode
