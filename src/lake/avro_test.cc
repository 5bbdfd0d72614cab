#include "lake/avro.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <zstd.h>

#include <limits>

#include "base/hash.h"

namespace assay::lake::avro {
namespace {

using namespace std::string_literals;

struct Container {
  std::map<std::string, std::string> metadata;
  Items rows;
};

Result<Container> read_all(std::string_view bytes) {
  Container container;
  ASSAY_TRY(Header header, read(bytes, [&](const Value& row) -> Status {
              container.rows.push_back(row);
              return {};
            }));
  container.metadata = std::move(header.metadata);
  return container;
}

constexpr const char* kEverySchema = R"({"type": "record", "name": "all", "fields": [
  {"name": "flag", "type": "boolean", "field-id": 1},
  {"name": "small", "type": "int", "field-id": 2},
  {"name": "large", "type": "long", "field-id": 3},
  {"name": "single", "type": "float", "field-id": 4},
  {"name": "real", "type": "double", "field-id": 5},
  {"name": "raw", "type": "bytes", "field-id": 6},
  {"name": "text", "type": "string", "field-id": 7},
  {"name": "mark", "type": {"type": "fixed", "name": "four", "size": 4}, "field-id": 8},
  {"name": "maybe", "type": ["null", "long"], "default": null, "field-id": 9},
  {"name": "list", "type": {"type": "array", "items": "long", "element-id": 11}, "field-id": 10},
  {"name": "inner", "type": {"type": "record", "name": "pair", "fields": [
     {"name": "key", "type": "int", "field-id": 13}, {"name": "again", "type": "four", "field-id": 14}]}, "field-id": 12}
]})";

Value every_row(std::int64_t number, const std::string& text, bool with_optional) {
  Items list;
  for (std::int64_t i = 0; i < number % 5; ++i) list.push_back(i * number);
  return Record{{1, number % 2 == 0},
                {2, static_cast<std::int32_t>(number)},
                {3, number},
                {4, 0.5},
                {5, static_cast<double>(number) / 3},
                {6, text},
                {7, text},
                {8, "abcd"s},
                {9, with_optional ? Value(number) : Value()},
                {10, std::move(list)},
                {12, Record{{13, -1}, {14, "wxyz"s}}}};
}

RC_GTEST_PROP(Avro, RowsComeBackAsTheyWereWritten, (bool deflated)) {
  const auto count = *rc::gen::inRange(0, 40);
  Items rows;
  for (int i = 0; i < count; ++i) {
    rows.push_back(every_row(*rc::gen::arbitrary<std::int32_t>(),
                             *rc::gen::arbitrary<std::string>(), *rc::gen::arbitrary<bool>()));
  }
  const WriteOptions options{.schema_json = kEverySchema,
                             .metadata = {{"own", "value"}},
                             .codec = deflated ? Codec::deflate : Codec::null};
  const auto bytes = write(options, rows);
  RC_ASSERT(bytes.has_value());
  const auto container = read_all(*bytes);
  RC_ASSERT(container.has_value());
  RC_ASSERT(container->rows == rows);
  RC_ASSERT(container->metadata.at("own") == "value");
  RC_ASSERT(container->metadata.at("avro.codec") == (deflated ? "deflate" : "null"));
  RC_ASSERT(container->metadata.at("avro.schema") == kEverySchema);
}

TEST(Avro, ExtremesAndManyBlocksComeBack) {
  Items rows;
  for (int i = 0; i < 5000; ++i)
    rows.push_back(every_row(i, std::string(static_cast<std::size_t>(i) % 200, 'x'), i % 3 == 0));
  rows.push_back(every_row(std::numeric_limits<std::int32_t>::min(), "", true));
  for (const Codec codec : {Codec::null, Codec::deflate}) {
    const auto bytes = write({.schema_json = kEverySchema, .metadata = {}, .codec = codec}, rows);
    ASSERT_TRUE(bytes) << bytes.error().to_text();
    const auto container = read_all(*bytes);
    ASSERT_TRUE(container) << container.error().to_text();
    EXPECT_EQ(container->rows, rows);
  }
}

constexpr const char* kLongSchema =
    R"({"type":"record","name":"r","fields":[{"name":"n","type":"long","field-id":3}]})";

/// A container by hand: the mark is sixteen times 's'.
std::string container_of(const std::string& schema, const std::string& codec, int rows,
                         const std::string& block) {
  const auto varint = [](std::size_t value) {
    std::string out;
    for (value *= 2; value >= 0x80; value >>= 7) out.push_back(static_cast<char>(value | 0x80));
    out.push_back(static_cast<char>(value));
    return out;
  };
  const auto text = [&](const std::string& value) { return varint(value.size()) + value; };
  const std::string mark(16, 's');
  return "Obj\1"s + varint(2) + text("avro.schema") + text(schema) + text("avro.codec") +
         text(codec) + "\0"s + mark + varint(static_cast<std::size_t>(rows)) + text(block) + mark;
}

TEST(Avro, BytesAreThoseOfTheSpecification) {
  const auto container = read_all(container_of(kLongSchema, "null", 3, "\x00\x01\x80\x01"s));
  ASSERT_TRUE(container) << container.error().to_text();
  EXPECT_EQ(container->rows, (Items{Record{{3, 0}}, Record{{3, -1}}, Record{{3, 64}}}));
}

TEST(Avro, ZstandardIsRead) {
  const std::string plain = "\x02\x04"s;
  std::string packed(ZSTD_compressBound(plain.size()), '\0');
  packed.resize(ZSTD_compress(packed.data(), packed.size(), plain.data(), plain.size(), 3));
  const auto container = read_all(container_of(kLongSchema, "zstandard", 2, packed));
  ASSERT_TRUE(container) << container.error().to_text();
  EXPECT_EQ(container->rows, (Items{Record{{3, 1}}, Record{{3, 2}}}));
}

TEST(Avro, FieldsWithoutAnIdAndTextMapsAreSteppedOver) {
  const std::string schema = R"({"type":"record","name":"r","fields":[{"name":"x","type":"string"},
    {"name":"m","type":{"type":"map","values":"int"},"field-id":1},
    {"name":"e","type":{"type":"enum","name":"c","symbols":["a"]},"field-id":2},
    {"name":"n","type":"long","field-id":3}]})";
  const auto container =
      read_all(container_of(schema, "null", 1, "\x02q\x02\x02k\x08\x00\x00\x0e"s));
  ASSERT_TRUE(container) << container.error().to_text();
  EXPECT_EQ(container->rows, (Items{Record{{1, {}}, {2, {}}, {3, 7}}}));
}

TEST(Avro, WhatIsNotSupportedIsSaid) {
  const auto snappy = read_all(container_of(kLongSchema, "snappy", 0, ""));
  ASSERT_FALSE(snappy);
  EXPECT_EQ(snappy.error().code, Code::lake_unsupported);
  const auto recursive = parse_schema(
      R"({"type":"record","name":"r","fields":[{"name":"next","type":["null","r"],"field-id":1}]})");
  ASSERT_FALSE(recursive);
  EXPECT_EQ(recursive.error().code, Code::lake_unsupported);
}

TEST(Avro, CountsThatPromiseMoreThanThereIsAreRefused) {
  const std::string list = R"({"type":"record","name":"r","fields":[
    {"name":"l","type":{"type":"array","items":"null"},"field-id":1}]})";
  EXPECT_FALSE(read_all(container_of(list, "null", 1, "\xfe\xff\xff\xff\xff\xff\xff\xff\x7f"s)));
  const std::string nothing = R"({"type":"record","name":"r","fields":[]})";
  EXPECT_FALSE(read_all(container_of(nothing, "null", 1 << 30, "")));
}

RC_GTEST_PROP(Avro, DamagedBytesGiveRowsOrAnError, ()) {
  Items rows;
  for (int i = 0; i < 20; ++i) rows.push_back(every_row(i, "some text", i % 2 == 0));
  std::string bytes =
      *write({.schema_json = kEverySchema, .metadata = {}, .codec = Codec::null}, rows);
  const auto flips = *rc::gen::inRange(1, 4);
  for (int i = 0; i < flips; ++i) {
    const auto place = *rc::gen::inRange<std::size_t>(0, bytes.size());
    bytes[place] = static_cast<char>(bytes[place] ^ (1 << *rc::gen::inRange(0, 8)));
  }
  if (*rc::gen::arbitrary<bool>()) bytes.resize(*rc::gen::inRange<std::size_t>(0, bytes.size()));
  const auto container = read_all(bytes);
  RC_ASSERT((container.has_value() || container.error().code == Code::lake_format ||
             container.error().code == Code::lake_unsupported));
}

}  // namespace
}  // namespace assay::lake::avro
