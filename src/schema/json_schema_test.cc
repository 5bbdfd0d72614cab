#include "schema/json_schema.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "schema/regular_expression.h"
#include "schema/uri.h"

namespace assay::schema {
namespace {

using ::testing::HasSubstr;

JsonSchema compiled(std::string_view text, std::span<const SchemaDocument> documents = {}) {
  auto schema = JsonSchema::compile(text, {.documents = documents});
  if (!schema) throw std::runtime_error(schema.error().to_text());
  return *std::move(schema);
}

std::string told(const JsonSchema& schema, std::string_view json) {
  const auto violations = schema.check(json);
  if (!violations) return violations.error().message;
  std::string text;
  for (const Violation& violation : *violations) {
    text += fmt::format("{} | {} | {}\n", violation.instance, violation.schema, violation.message);
  }
  return text;
}

TEST(JsonSchema, TellsPlaceKeywordAndReason) {
  const JsonSchema schema =
      compiled(R"({"type":"object","required":["id"],"additionalProperties":false,
    "properties":{"id":{"type":"integer"},"total":{"minimum":0},
                  "lines":{"items":{"properties":{"sku":{"pattern":"^[A-Z]+$"}}}}}})");
  EXPECT_EQ(told(schema, R"({"id":1,"total":0,"lines":[{"sku":"A"}]})"), "");
  EXPECT_EQ(told(schema, R"({"total":-1,"lines":[{"sku":"A"},{"sku":"b"}],"x/y":null})"),
            " | #/required | \"id\" is missing\n"
            "/total | #/properties/total/minimum | -1 is not above or equal to 0\n"
            "/lines/1/sku | #/properties/lines/items/properties/sku/pattern | \"b\" does not match "
            "^[A-Z]+$\n"
            "/x~1y | #/additionalProperties | the property \"x/y\" is not one that is allowed\n");
}

TEST(JsonSchema, TakesReferencesFromWhatIsGivenAndNeverFetches) {
  const std::vector<SchemaDocument> documents = {
      {"customer.json", R"({"properties":{"home":{"$ref":"address.json#/definitions/short"}}})"},
      {"address.json", R"({"definitions":{"short":{"type":"string","maxLength":2.0}}})"}};
  const JsonSchema schema =
      compiled(R"({"properties":{"to":{"$ref":"customer.json"}}})", documents);
  EXPECT_EQ(told(schema, R"({"to":{"home":"GB"}})"), "");
  EXPECT_THAT(told(schema, R"({"to":{"home":"GBR"}})"), HasSubstr("3 is more than 2"));
  const auto missing = JsonSchema::compile(R"({"items":{"$ref":"http://example.com/x.json"}})");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Code::schema_invalid);
  EXPECT_THAT(missing.error().message, HasSubstr("#/items/$ref"));
}

TEST(JsonSchema, RefusesWhatIsNotASchema) {
  for (const char* text :
       {"", "{", "5", "[]", R"({"type":"strng"})", R"({"minLength":-1})", R"({"minLength":1.5})",
        R"({"pattern":"["})", R"({"pattern":5})", R"({"allOf":[]})", R"({"required":"id"})",
        R"({"properties":[]})", R"({"multipleOf":0})", R"({"properties":{"a":5}})",
        R"({"$ref":"#/definitions/none"})", R"({"items":"string"})", R"({"uniqueItems":1})"}) {
    const auto schema = JsonSchema::compile(text);
    ASSERT_FALSE(schema) << text;
    EXPECT_EQ(schema.error().code, Code::schema_invalid) << text;
  }
}

TEST(JsonSchema, EndsOnReferencesThatLeadNowhere) {
  EXPECT_THAT(told(compiled(R"({"$ref":"#"})"), "1"), HasSubstr("takes more than"));
  EXPECT_THAT(told(compiled(R"({"anyOf":[{"$ref":"#"},{"$ref":"#"}]})"), "1"),
              HasSubstr("takes more than"));
  // Two ways at each of 60 levels: 2^60 without a bound.
  std::string json = "1";
  for (int i = 0; i < 60; ++i) json = "[" + json + "]";
  EXPECT_THAT(told(compiled(R"({"anyOf":[{"items":{"$ref":"#"}, "type":"array", "maxItems":1},
                                {"items":{"$ref":"#"}, "type":"array"}],"not":{"const":1}})"),
                   json),
              HasSubstr("takes more than"));
}

TEST(JsonSchema, BoundsPatterns) {
  const std::string many = "\"" + std::string(100'000, 'a') + "!\"";
  EXPECT_THAT(told(compiled(R"({"pattern":"^(a+)+$"})"), many), HasSubstr("does not match"));
  EXPECT_THAT(told(compiled(R"({"pattern":"(a|aa)+$"})"), many), HasSubstr("does not match"));
  EXPECT_THAT(
      told(
          compiled(
              R"({"patternProperties":{"^(a|a)*$":false},"propertyNames":{"pattern":"(x+x+)+y"}})"),
          R"({"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx":1})"),
      HasSubstr("is not allowed"));
  const JsonSchema around = compiled(R"j({"properties":{"a":{"pattern":"^(?!x)"}}})j");
  EXPECT_EQ(around.unchecked(), std::vector<std::string>{"#/properties/a/pattern"});
  EXPECT_EQ(compiled(R"({"pattern":"((a{1,100}){1,100}){1,100}"})").unchecked().size(), 1U);
}

TEST(JsonSchema, ReadsEcmaScriptPatterns) {
  const auto matches = [](std::string_view pattern, std::string_view text) {
    const auto compiled = RegularExpression::compile(pattern);
    EXPECT_TRUE(compiled && compiled->has_value()) << pattern;
    return compiled && compiled->has_value() && (**compiled).occurs_in(text);
  };
  EXPECT_TRUE(matches(R"(^\u00e9$)", "\u00e9"));
  EXPECT_TRUE(matches(R"(^\uD83D\uDE00$)", "\U0001F600"));
  EXPECT_TRUE(matches(R"(^\p{Letter}+$)", "\u00e9a"));
  EXPECT_TRUE(matches(R"(^[\s]$)", "\u00a0"));
  EXPECT_TRUE(matches(R"(^(?<year>\d{4})-\d\d$)", "2024-01"));
  EXPECT_TRUE(matches(R"(^a\/b\-c$)", "a/b-c"));
  EXPECT_TRUE(matches(R"([^]x)", "\nx"));
  EXPECT_TRUE(matches(R"(^[[:a]+$)", "[:a"));
  EXPECT_FALSE(matches(R"(^a$)", "a\n"));
  EXPECT_FALSE(matches(R"(^.$)", "\r"));
  EXPECT_FALSE(matches(R"([])", "a"));
}

TEST(JsonSchema, ComparesNumbersExactly) {
  const JsonSchema schema = compiled(
      R"({"properties":{"a":{"maximum":9007199254740992},"b":{"multipleOf":0.01},"c":{"const":1.0},
          "d":{"type":"integer"},"e":{"uniqueItems":true},"f":{"multipleOf":0.123456789}}})");
  EXPECT_EQ(
      told(schema, R"({"a":9007199254740992,"b":0.07,"c":1e0,"d":10e-1,"e":[1,2,"1"],"f":0})"), "");
  EXPECT_NE(told(schema, R"({"a":9007199254740993})"), "");
  EXPECT_NE(told(schema, R"({"b":0.075})"), "");
  EXPECT_NE(told(schema, R"({"d":0.5})"), "");
  EXPECT_NE(told(schema, R"({"e":[{"a":1,"b":2},{"b":2.0,"a":1}]})"), "");
  EXPECT_NE(told(schema, R"({"f":1e308})"), "");
}

TEST(JsonSchema, KnowsWhatNewerDraftsCallThings) {
  const JsonSchema schema = compiled(
      R"({"$schema":"https://json-schema.org/draft/2020-12/schema","$defs":{"n":{"$anchor":"num","type":"number"}},
          "$ref":"#/$defs/n","maximum":3,"prefixItems":[{"$ref":"#num"}]})");
  EXPECT_EQ(told(schema, "2"), "");
  EXPECT_NE(told(schema, "5"), "");
  EXPECT_NE(told(schema, "\"x\""), "");
  EXPECT_EQ(
      compiled(
          R"({"$schema":"https://json-schema.org/draft/2020-12/schema","unevaluatedProperties":false})")
          .unchecked()
          .size(),
      1U);
}

TEST(Uri, ResolvesAsTheStandardSays) {
  const std::string_view base = "http://a/b/c/d?q";
  for (const auto& [reference, expected] :
       std::vector<std::pair<std::string_view, std::string_view>>{{"g:h", "g:h"},
                                                                  {"g", "http://a/b/c/g"},
                                                                  {"./g", "http://a/b/c/g"},
                                                                  {"g/", "http://a/b/c/g/"},
                                                                  {"/g", "http://a/g"},
                                                                  {"//g", "http://g"},
                                                                  {"?y", "http://a/b/c/d?y"},
                                                                  {"g?y", "http://a/b/c/g?y"},
                                                                  {"", "http://a/b/c/d?q"},
                                                                  {".", "http://a/b/c/"},
                                                                  {"..", "http://a/b/"},
                                                                  {"../g", "http://a/b/g"},
                                                                  {"../..", "http://a/"},
                                                                  {"../../g", "http://a/g"},
                                                                  {"../../../g", "http://a/g"},
                                                                  {"/./g", "http://a/g"},
                                                                  {"g;x=1/../y", "http://a/b/c/y"},
                                                                  {"g#s", "http://a/b/c/g"}}) {
    EXPECT_EQ(resolve_uri(base, reference), expected) << reference;
  }
  EXPECT_EQ(resolve_uri("", "address.json"), "address.json");
  EXPECT_EQ(resolve_uri("customer.json", "address.json"), "address.json");
}

}  // namespace
}  // namespace assay::schema
