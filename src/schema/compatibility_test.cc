#include "schema/compatibility.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace assay::schema {
namespace {

/// The kinds of what stands in the way, joined; nothing where the reader takes it all.
std::string joined(const std::vector<Incompatibility>& found) {
  std::string text;
  for (const Incompatibility& one : found) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", one.kind, one.pointer);
  }
  return text;
}

std::string avro(std::string_view reader, std::string_view writer) {
  const auto read = AvroSchema::parse(reader);
  const auto written = AvroSchema::parse(writer);
  if (!read || !written) return "not a schema";
  return joined(avro_incompatibilities(*read, *written));
}

std::string json(std::string_view reader, std::string_view writer,
                 ContentPolicy policy = ContentPolicy::strict) {
  const auto read = JsonSchema::compile(reader);
  const auto written = JsonSchema::compile(writer);
  if (!read || !written) return "not a schema";
  return joined(json_incompatibilities(*read, *written, policy));
}

std::string record(std::string_view fields) {
  return fmt::format(R"({{"type":"record","name":"r","fields":[{}]}})", fields);
}

TEST(Levels, AreReadAndSaidByTheirNames) {
  for (const char* name : {"NONE", "BACKWARD", "BACKWARD_TRANSITIVE", "FORWARD",
                           "FORWARD_TRANSITIVE", "FULL", "FULL_TRANSITIVE"}) {
    const auto level = parse_compatibility(name);
    ASSERT_TRUE(level);
    EXPECT_EQ(to_string(*level), name);
  }
  EXPECT_EQ(parse_compatibility("backward").error().code, Code::compatibility_invalid);
  EXPECT_TRUE(reads_old(Compatibility::full) && is_read_by_old(Compatibility::full));
  EXPECT_FALSE(reads_old(Compatibility::forward) || is_read_by_old(Compatibility::backward));
  EXPECT_FALSE(reads_old(Compatibility::none) || is_read_by_old(Compatibility::none));
}

TEST(AvroCompatibility, FollowsSchemaResolution) {
  const std::string old = record(R"({"name":"a","type":"int"})");
  EXPECT_EQ(avro(old, old), "");
  EXPECT_EQ(
      avro(record(R"({"name":"a","type":"int"},{"name":"b","type":"string","default":""})"), old),
      "");
  EXPECT_EQ(avro(record(R"({"name":"a","type":"int"},{"name":"b","type":"string"})"), old),
            "READER_FIELD_MISSING_DEFAULT_VALUE /fields/1");
  EXPECT_EQ(avro(record(""), old), "");
  EXPECT_EQ(avro(record(R"({"name":"z","aliases":["a"],"type":"double"})"), old), "");
  EXPECT_EQ(avro(record(R"({"name":"a","type":"string"})"), old), "TYPE_MISMATCH /fields/0/type");
  EXPECT_EQ(avro(record(R"({"name":"a","type":["null","long"]})"), old), "");
  EXPECT_EQ(avro(old, record(R"({"name":"a","type":["null","int"]})")),
            "TYPE_MISMATCH /fields/0/type");
  EXPECT_EQ(avro(R"({"type":"record","name":"x.r","fields":[]})", old), "");
  EXPECT_EQ(avro(R"({"type":"record","name":"s","fields":[]})", old), "NAME_MISMATCH ");
}

TEST(AvroCompatibility, PromotesNumbersAndTexts) {
  const std::vector<std::string> kinds = {"\"int\"", "\"long\"", "\"float\"", "\"double\""};
  for (std::size_t reader = 0; reader < kinds.size(); ++reader) {
    for (std::size_t writer = 0; writer < kinds.size(); ++writer) {
      EXPECT_EQ(avro(kinds[reader], kinds[writer]).empty(), reader >= writer)
          << kinds[reader] << kinds[writer];
    }
  }
  EXPECT_EQ(avro("\"bytes\"", "\"string\""), "");
  EXPECT_EQ(avro("\"string\"", "\"bytes\""), "");
  EXPECT_EQ(avro("\"string\"", "\"int\""), "TYPE_MISMATCH ");
}

TEST(AvroCompatibility, ComparesNamedTypesAndUnions) {
  EXPECT_EQ(avro(R"({"type":"enum","name":"e","symbols":["A"]})",
                 R"({"type":"enum","name":"e","symbols":["A","B"]})"),
            "MISSING_ENUM_SYMBOLS /symbols");
  EXPECT_EQ(avro(R"({"type":"enum","name":"e","symbols":["A"],"default":"A"})",
                 R"({"type":"enum","name":"e","symbols":["A","B"]})"),
            "");
  EXPECT_EQ(
      avro(R"({"type":"fixed","name":"f","size":2})", R"({"type":"fixed","name":"f","size":3})"),
      "FIXED_SIZE_MISMATCH /size");
  EXPECT_EQ(avro(R"(["null","int"])", R"(["null","string"])"), "MISSING_UNION_BRANCH ");
  EXPECT_EQ(avro(R"(["null","string","int"])", R"(["string","null"])"), "");
  EXPECT_EQ(avro(R"({"type":"array","items":"int"})", R"({"type":"array","items":"long"})"),
            "TYPE_MISMATCH /items");
  EXPECT_EQ(avro(R"({"type":"map","values":"int"})", R"({"type":"array","items":"int"})"),
            "TYPE_MISMATCH ");
  EXPECT_EQ(avro(R"({"type":"bytes","logicalType":"decimal","precision":9,"scale":3})",
                 R"({"type":"bytes","logicalType":"decimal","precision":9,"scale":2})"),
            "DECIMAL_SCALE_MISMATCH ");
  // The branch of the writer's name tells what is wrong within it.
  EXPECT_EQ(avro(R"(["null",{"type":"record","name":"r","fields":[{"name":"b","type":"int"}]}])",
                 R"(["null",{"type":"record","name":"r","fields":[]}])"),
            "READER_FIELD_MISSING_DEFAULT_VALUE /1/fields/0");
}

TEST(AvroCompatibility, EndsOnTypesThatContainThemselves) {
  const std::string list = record(R"({"name":"next","type":["null","r"]})");
  EXPECT_EQ(avro(list, list), "");
  EXPECT_NE(avro(record(R"({"name":"next","type":["null","r"]},{"name":"x","type":"int"})"), list),
            "");
}

struct Cell {
  bool is_closed;
  bool is_added;
  std::string_view property;  ///< required, default, optional
  bool strict, lenient;
};

std::string object(std::string_view properties, bool is_closed, bool is_required) {
  return fmt::format(R"({{"type":"object","properties":{{{}}}{}{}}})", properties,
                     is_closed ? R"(,"additionalProperties":false)" : "",
                     is_required ? R"(,"required":["b"])" : "");
}

/// One test a cell: two policies, two content models, added or removed, three kinds of property.
class ContentModels : public ::testing::TestWithParam<Cell> {};

TEST_P(ContentModels, DecideWhatMayBeAddedAndRemoved) {
  const Cell& cell = GetParam();
  const bool has_default = cell.property == "default";
  const std::string without = object(R"("a":{"type":"integer"})", cell.is_closed, false);
  const std::string with =
      object(fmt::format(R"("a":{{"type":"integer"}},"b":{{"type":"string"{}}})",
                         has_default ? R"(,"default":"x")" : ""),
             cell.is_closed, cell.property != "optional");
  const std::string& reader = cell.is_added ? with : without;
  const std::string& writer = cell.is_added ? without : with;
  EXPECT_EQ(json(reader, writer, ContentPolicy::strict).empty(), cell.strict)
      << json(reader, writer, ContentPolicy::strict);
  EXPECT_EQ(json(reader, writer, ContentPolicy::lenient).empty(), cell.lenient)
      << json(reader, writer, ContentPolicy::lenient);
}

INSTANTIATE_TEST_SUITE_P(
    Cells, ContentModels,
    ::testing::Values(
        Cell{false, true, "required", false, false}, Cell{false, true, "default", false, true},
        Cell{false, true, "optional", false, true}, Cell{false, false, "required", true, true},
        Cell{false, false, "default", true, true}, Cell{false, false, "optional", true, true},
        Cell{true, true, "required", false, false}, Cell{true, true, "default", true, true},
        Cell{true, true, "optional", true, true}, Cell{true, false, "required", false, true},
        Cell{true, false, "default", false, true}, Cell{true, false, "optional", false, true}));

TEST(JsonCompatibility, JudgesPartlyOpenModelsByWhatTheyCover) {
  EXPECT_EQ(
      json(R"({"properties":{"b":{"type":"string"}},"additionalProperties":{"type":"string"}})",
           R"({"additionalProperties":{"type":"string"}})"),
      "");
  EXPECT_EQ(
      json(R"({"properties":{"b":{"type":"integer"}},"additionalProperties":{"type":"string"}})",
           R"({"additionalProperties":{"type":"string"}})"),
      "PROPERTY_ADDED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL /properties/b");
  EXPECT_EQ(json(R"({"patternProperties":{"^b":{"type":"string"}},"additionalProperties":false})",
                 R"({"properties":{"b":{"type":"string"}},"additionalProperties":false})"),
            "");
  EXPECT_EQ(json(R"({"patternProperties":{"^c":{"type":"string"}},"additionalProperties":false})",
                 R"({"properties":{"b":{"type":"string"}},"additionalProperties":false})"),
            "PROPERTY_REMOVED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL /properties/b");
}

TEST(JsonCompatibility, SaysWhatIsNarrower) {
  const auto narrower = [](std::string_view reader, std::string_view writer) {
    EXPECT_EQ(json(writer, reader), "") << writer << " does not take all of " << reader;
    return json(reader, writer);
  };
  EXPECT_EQ(narrower(R"({"type":"integer"})", R"({"type":"number"})"), "TYPE_NARROWED /type");
  EXPECT_EQ(narrower(R"({"type":"string"})", R"({})"), "TYPE_NARROWED /type");
  EXPECT_EQ(narrower(R"({"enum":[1]})", R"({"enum":[1,2]})"), "ENUM_ARRAY_NARROWED /enum");
  EXPECT_EQ(narrower(R"({"minimum":2})", R"({"minimum":1})"), "MINIMUM_INCREASED /minimum");
  EXPECT_EQ(narrower(R"({"exclusiveMaximum":2})", R"({"maximum":2})"),
            "MAXIMUM_DECREASED /maximum");
  EXPECT_EQ(narrower(R"({"multipleOf":4})", R"({"multipleOf":2})"),
            "MULTIPLE_OF_CHANGED /multipleOf");
  EXPECT_EQ(narrower(R"({"minLength":2})", R"({"minLength":1})"),
            "MIN_LENGTH_INCREASED /minLength");
  EXPECT_EQ(narrower(R"({"maxItems":2})", R"({"maxItems":3})"), "MAX_ITEMS_DECREASED /maxItems");
  EXPECT_EQ(narrower(R"({"uniqueItems":true})", R"({})"), "UNIQUE_ITEMS_ADDED /uniqueItems");
  EXPECT_EQ(narrower(R"({"pattern":"a"})", R"({})"), "PATTERN_ADDED /pattern");
  EXPECT_EQ(narrower(R"({"items":{"type":"integer"}})", R"({"items":{"type":"number"}})"),
            "TYPE_NARROWED /items/type");
  EXPECT_EQ(narrower(R"({"additionalProperties":false})", R"({})"),
            "ADDITIONAL_PROPERTIES_NARROWED /additionalProperties");
  EXPECT_EQ(narrower(R"({"not":{"type":"string"}})", R"({})"), "NOT_TYPE_EXTENDED /not");
  EXPECT_EQ(narrower(R"(false)", R"({})"), "SCHEMA_REFUSES_ALL /");
  EXPECT_EQ(narrower(R"({"propertyNames":{"maxLength":2}})", R"({})"),
            "PROPERTY_NAMES_ADDED /propertyNames");
  EXPECT_EQ(narrower(R"({"dependencies":{"a":["b"]}})", R"({})"),
            "DEPENDENCY_ARRAY_ADDED /dependencies");
  EXPECT_EQ(narrower(R"({"oneOf":[{"type":"string"}]})",
                     R"({"oneOf":[{"type":"string"},{"type":"null"}]})"),
            "COMBINED_TYPE_SUBSCHEMAS_CHANGED /oneOf");
}

TEST(JsonCompatibility, SeesThroughReferencesAndChoices) {
  const std::string_view direct = R"({"type":"object","properties":{"a":{"type":"integer"}}})";
  const std::string_view referring =
      R"({"$ref":"#/definitions/o","definitions":{"o":{"type":"object","properties":{"a":{"$ref":"#/definitions/n"}}},
          "n":{"type":"integer"}}})";
  EXPECT_EQ(json(direct, referring), "");
  EXPECT_EQ(json(referring, direct), "");
  EXPECT_EQ(
      json(R"({"type":["string","null"]})", R"({"anyOf":[{"type":"string"},{"type":"null"}]})"),
      "");
  EXPECT_EQ(json(R"({"anyOf":[{"type":"string"},{"type":"null"}]})", R"({"type":"string"})"), "");
  EXPECT_EQ(json(R"({"allOf":[{"minimum":1},{"maximum":9}]})", R"({"minimum":1,"maximum":9})"), "");
  EXPECT_EQ(json(R"({"minimum":1})", R"({"allOf":[{"minimum":1},{"maximum":9}]})"), "");
  const std::string_view tree =
      R"({"properties":{"v":{"type":"number"},"kids":{"items":{"$ref":"#"}}},"additionalProperties":false})";
  EXPECT_EQ(json(tree, tree), "");
  EXPECT_EQ(
      json(
          R"({"properties":{"v":{"type":"integer"},"kids":{"items":{"$ref":"#"}}},"additionalProperties":false})",
          tree),
      "TYPE_NARROWED /properties/v/type");
}

}  // namespace
}  // namespace assay::schema
