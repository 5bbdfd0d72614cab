#include "schema/avro_schema.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace assay::schema {
namespace {

AvroSchema parsed(std::string_view text, std::span<const std::string_view> references = {}) {
  auto schema = AvroSchema::parse(text, references);
  if (!schema) throw std::runtime_error(schema.error().to_text());
  return *std::move(schema);
}

std::string refusal(std::string_view text) {
  const auto schema = AvroSchema::parse(text);
  if (schema) return "accepted";
  EXPECT_EQ(schema.error().code, Code::schema_invalid);
  return schema.error().message;
}

struct FingerprintCase {
  std::string input;
  std::string canonical;
  std::optional<std::int64_t> fingerprint;
};

std::filesystem::path suite_file() {
  const char* data = std::getenv("ASSAY_DATA");
  const auto root = std::filesystem::path(ASSAY_SOURCE_DIR);
  const auto folder =
      data != nullptr ? std::filesystem::path(data) : root.parent_path() / "shared/data";
  return folder / "suites/avro/data/schema-tests.txt";
}

/// "<<INPUT x" on one line, or "<<INPUT" up to "INPUT"; then "<<canonical" and, not always,
/// "<<fingerprint".
std::vector<FingerprintCase> fingerprint_cases() {
  std::ifstream file(suite_file());
  std::vector<FingerprintCase> cases;
  std::string line;
  while (std::getline(file, line)) {
    if (line == "<<INPUT") {
      cases.emplace_back();
      while (std::getline(file, line) && line != "INPUT") cases.back().input += line + "\n";
    } else if (line.starts_with("<<INPUT ")) {
      cases.push_back({.input = line.substr(8)});
    } else if (line.starts_with("<<canonical ")) {
      cases.back().canonical = line.substr(12);
    } else if (line.starts_with("<<fingerprint ")) {
      cases.back().fingerprint = std::stoll(line.substr(14));
    }
  }
  return cases;
}

TEST(AvroSchema, AgreesWithTheFingerprintsOfAvrosOwnSuite) {
  const auto cases = fingerprint_cases();
  if (cases.empty()) GTEST_SKIP() << "outside data suites/avro is missing; set ASSAY_DATA";
  int fingerprints = 0;
  for (const FingerprintCase& test : cases) {
    const AvroSchema schema = parsed(test.input);
    EXPECT_EQ(schema.canonical_form(), test.canonical);
    EXPECT_EQ(parsed(test.canonical).canonical_form(), test.canonical);
    if (!test.fingerprint) continue;
    fingerprints += 1;
    EXPECT_EQ(static_cast<std::int64_t>(avro_fingerprint(test.canonical)), *test.fingerprint)
        << test.canonical;
  }
  EXPECT_EQ(cases.size(), 34U);
  EXPECT_EQ(fingerprints, 26);
}

TEST(AvroSchema, HashesCanonicalForms) {
  const Md5 md5 = md5_fingerprint("\"int\"");
  EXPECT_EQ(to_hex({reinterpret_cast<const char*>(md5.data()), md5.size()}),
            "ef524ea1b91e73173d938ade36c1db32");
  EXPECT_EQ(to_hex(sha256_fingerprint("\"int\"")),
            "3f2b87a9fe7cc9b13835598c3981cd45e3e355309e5090aa0933d7becb6fba45");
}

TEST(AvroSchema, KeepsWhatADecoderNeeds) {
  const AvroSchema schema = parsed(R"({"type":"record","name":"Order","namespace":"shop","fields":[
    {"name":"id","type":"long"},
    {"name":"total","type":{"type":"bytes","logicalType":"decimal","precision":18,"scale":2}},
    {"name":"at","type":{"type":"long","logicalType":"timestamp-micros"}},
    {"name":"state","aliases":["status"],"default":"NEW",
     "type":{"type":"enum","name":"State","symbols":["NEW","PAID"],"default":"NEW"}},
    {"name":"lines","type":{"type":"array","items":{"type":"record","name":"Line","fields":[
       {"name":"sku","type":"string"}]}}},
    {"name":"next","type":["null","Order"],"default":null}]})");
  const AvroType& order = schema.root_type();
  EXPECT_EQ(order.name, "shop.Order");
  ASSERT_EQ(order.fields.size(), 6U);
  const AvroType& total = schema.type(order.fields[1].type);
  EXPECT_EQ(total.logical, AvroLogical::decimal);
  EXPECT_EQ(total.precision, 18);
  EXPECT_EQ(total.scale, 2);
  EXPECT_EQ(schema.type(order.fields[2].type).logical, AvroLogical::timestamp_micros);
  EXPECT_EQ(schema.type(order.fields[3].type).symbol_default, "NEW");
  EXPECT_EQ(order.fields[3].aliases, std::vector<std::string>{"status"});
  EXPECT_EQ(order.fields[3].default_json, "\"NEW\"");
  EXPECT_EQ(schema.type(schema.type(order.fields[4].type).item()).name, "shop.Line");
  EXPECT_EQ(schema.type(order.fields[5].type).types.at(1), schema.root());
  EXPECT_EQ(schema.find("shop.Line"), schema.type(order.fields[4].type).item());
}

TEST(AvroSchema, IgnoresAnAnnotationThatDoesNotFit) {
  for (const char* text :
       {R"({"type":"bytes","logicalType":"decimal"})",
        R"({"type":"bytes","logicalType":"decimal","precision":2,"scale":3})",
        R"({"type":"int","logicalType":"timestamp-micros"})",
        R"({"type":"string","logicalType":"of-no-meaning"})",
        R"({"type":"fixed","name":"f","size":2,"logicalType":"decimal","precision":5})"}) {
    EXPECT_EQ(parsed(text).root_type().logical, AvroLogical::none) << text;
  }
  EXPECT_EQ(parsed(R"({"type":"fixed","name":"f","size":2,"logicalType":"decimal","precision":4})")
                .root_type()
                .logical,
            AvroLogical::decimal);
}

TEST(AvroSchema, TakesTypesOutOfReferences) {
  const std::vector<std::string_view> references = {
      R"({"type":"record","name":"shop.Address","fields":[{"name":"city","type":"string"}]})",
      R"({"type":"record","name":"shop.Customer","fields":[{"name":"home","type":"Address"}]})"};
  const AvroSchema schema = parsed(
      R"({"type":"record","name":"shop.Order","fields":[{"name":"to","type":"shop.Customer"},
          {"name":"bill","type":"shop.Address"}]})",
      references);
  EXPECT_EQ(schema.root_type().name, "shop.Order");
  EXPECT_EQ(
      schema.canonical_form(),
      R"({"name":"shop.Order","type":"record","fields":[{"name":"to","type":)"
      R"({"name":"shop.Customer","type":"record","fields":[{"name":"home","type":)"
      R"({"name":"shop.Address","type":"record","fields":[{"name":"city","type":"string"}]}}]}},)"
      R"({"name":"bill","type":"shop.Address"}]})");
  EXPECT_FALSE(AvroSchema::parse(R"("shop.Order")", references));
}

TEST(AvroSchema, NamesThePlaceOfAMistake) {
  EXPECT_EQ(refusal(R"({"type":"record","name":"r","fields":[{"name":"a","type":"lng"}]})"),
            "the Avro schema is not valid: nothing defines the type \"lng\" at /fields/0/type");
  EXPECT_EQ(
      refusal(
          R"({"type":"record","name":"r","fields":[{"name":"a","type":"long","default":"x"}]})"),
      "the Avro schema is not valid: a default does not fit its type: /fields/0/default is not a "
      "long");
}

TEST(AvroSchema, RefusesWhatIsNotASchema) {
  for (
      const char* text :
      {"",
       "{",
       "1",
       "null",
       "{}",
       R"({"type":"record"})",
       R"({"type":"record","name":"a-b","fields":[]})",
       R"({"type":"record","name":"long","fields":[]})",
       R"({"type":"record","name":"r"})",
       R"({"type":"record","name":"r","fields":[{"name":"a","type":"int"},{"name":"a","type":"int"}]})",
       R"({"type":"record","name":"r","fields":[{"name":"a"}]})",
       R"({"type":"record","name":"r","fields":[{"name":"","type":"int"}]})",
       R"({"type":"record","name":"r","fields":[{"name":"a","type":{"type":"fixed","name":"r","size":1}}]})",
       R"({"type":"enum","name":"e","symbols":["A","A"]})",
       R"({"type":"enum","name":"e","symbols":["1"]})",
       R"({"type":"enum","name":"e","symbols":["A"],"default":"B"})",
       R"({"type":"enum","name":"e"})",
       R"({"type":"fixed","name":"f"})",
       R"({"type":"fixed","name":"f","size":-1})",
       R"({"type":"fixed","name":"f","size":99999999999})",
       R"({"type":"array"})",
       R"({"type":"map","items":"int"})",
       R"(["int","int"])",
       R"(["int",["null"]])",
       R"([{"type":"array","items":"int"},{"type":"array","items":"long"}])",
       R"({"type":"record","name":"r","fields":[{"name":"a","type":["null","int"],"default":"x"}]})"}) {
    EXPECT_NE(refusal(text), "accepted") << text;
  }
}

TEST(AvroSchema, BoundsDepthAndWork) {
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += R"({"type":"array","items":)";
  EXPECT_NE(refusal(deep), "accepted");
  std::string nested = "\"int\"";
  for (int i = 0; i < 190; ++i) nested = R"({"type":"array","items":)" + nested + "}";
  EXPECT_EQ(refusal(nested), "accepted");
  for (int i = 0; i < 20; ++i) nested = R"({"type":"array","items":)" + nested + "}";
  EXPECT_NE(refusal(nested), "accepted");
  // Ten records that all may hold each other: the default would be tried in 10^60 ways.
  std::string all = "\"R0\"";
  for (int i = 1; i < 10; ++i) all += fmt::format(",\"R{}\"", i);
  std::vector<std::string> texts;
  std::string value = "1";
  for (int i = 0; i < 60; ++i) value = "{\"f\":" + value + "}";
  std::string records;
  for (int i = 9; i > 0; --i) {
    records = fmt::format(R"({{"type":"record","name":"R{}","fields":[{{"name":"f","type":{}}}]}})",
                          i, i == 9 ? "\"R0\"" : records);
  }
  EXPECT_NE(
      refusal(fmt::format(
          R"({{"type":"record","name":"R0","fields":[{{"name":"g","type":["null",{}],"default":null}},
                {{"name":"f","type":["null","R0","R1"],"default":{}}}]}})",
          records, value)),
      "accepted");
}

}  // namespace
}  // namespace assay::schema
