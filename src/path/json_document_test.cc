#include "path/json_document.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace assay::path {
namespace {

TEST(JsonDocument, HoldsNodesInDocumentOrder) {
  const auto read = JsonDocument::read(R"( {"a": [1.50, "x\ty"], "\u0062": {}, "c": null} )");
  ASSERT_TRUE(read) << read.error().to_text();
  std::string shown;
  for (std::uint32_t i = 0; i < read->node_count(); ++i) {
    const NodeId node{i};
    shown += fmt::format("{}={} [{},{}) {}/{}\n", read->normalized_path(node), read->source(node),
                         i, static_cast<std::uint32_t>(read->after(node)), read->position(node),
                         read->child_count(node));
  }
  EXPECT_EQ(shown,
            "$={\"a\": [1.50, \"x\\ty\"], \"\\u0062\": {}, \"c\": null} [0,6) 0/3\n"
            "$['a']=[1.50, \"x\\ty\"] [1,4) 0/2\n"
            "$['a'][0]=1.50 [2,3) 0/0\n"
            "$['a'][1]=\"x\\ty\" [3,4) 1/0\n"
            "$['b']={} [4,5) 1/0\n"
            "$['c']=null [5,6) 2/0\n");
  EXPECT_EQ(read->string(NodeId{3}), "x\ty");
  EXPECT_EQ(read->key(NodeId{4}), "b");
  EXPECT_EQ(read->depth(NodeId{3}), 2U);
}

struct Refused {
  std::string_view text;
  Code code;
  std::string_view message;
};

TEST(JsonDocument, SaysWhatIsWrongAndWhere) {
  const Refused cases[] = {
      {"", Code::json_syntax, "expected a value at byte 0"},
      {"nul", Code::json_syntax, "expected a value at byte 0"},
      {"[1 2]", Code::json_syntax, "expected \",\" or \"]\" at byte 3"},
      {"[1,]", Code::json_syntax, "expected a value at byte 3"},
      {"[1", Code::json_syntax, "expected \",\" or \"]\" at byte 2"},
      {"{\"a\" 1}", Code::json_syntax, "expected \":\" at byte 5"},
      {"{a:1}", Code::json_syntax, "expected a key in double quotes at byte 1"},
      {"{\"a\":1,}", Code::json_syntax, "expected a key in double quotes at byte 7"},
      {"[01]", Code::json_syntax, "expected \",\" or \"]\" at byte 2"},
      {"[-]", Code::json_syntax, "expected a digit at byte 2"},
      {"[1.]", Code::json_syntax, "expected a digit at byte 3"},
      {"[1e+]", Code::json_syntax, "expected a digit at byte 4"},
      {"1 1", Code::json_syntax, "expected nothing behind the value at byte 2"},
      {"[\"a", Code::json_syntax, "expected the closing quote at byte 3"},
      {"[\"\\", Code::json_syntax, "expected one of the escapes \" \\ / b f n r t u at byte 2"},
      {"[\"\\u00g0\"]", Code::json_syntax, "expected 4 hexadecimal digits behind \\u at byte 2"},
      {"[\"\x01\"]", Code::json_syntax, "expected control characters as escapes at byte 2"},
      {"[\"\\ud83d\"]", Code::json_utf8, "expected no surrogate without its partner at byte 2"},
      {"[\"\xc0\xaf\"]", Code::json_utf8, "expected valid UTF-8 at byte 2"},
      {"{\"a\":{\"b\":1,\"c\":2,\"b\":3}}", Code::json_duplicate_key,
       "the object at byte 5 has the key \"b\" twice"},
      {"[[[[1]]]]", Code::json_too_deep, "more than 3 levels at byte 3"},
      {"{\"1\":1,\"2\":1,\"3\":1,\"4\":1,\"5\":1}", Code::json_too_many_keys,
       "more than 4 keys at byte 29"},
  };
  PayloadLimits limits;
  limits.depth_max = 3;
  limits.object_keys_max = 4;
  for (const Refused& refused : cases) {
    const auto read = JsonDocument::read(refused.text, limits);
    ASSERT_FALSE(read) << refused.text;
    EXPECT_EQ(read.error().code, refused.code) << refused.text;
    EXPECT_EQ(read.error().message, refused.message) << refused.text;
  }
}

TEST(JsonDocument, SeesADuplicateAmongManyKeys) {
  std::string text = "{";
  for (int i = 0; i < 100; ++i) text += fmt::format("\"k{}\":0,", i);
  EXPECT_TRUE(JsonDocument::read(text + "\"k100\":0}"));
  EXPECT_EQ(JsonDocument::read(text + "\"k\\u0037\":0}").error().code, Code::json_duplicate_key);
}

}  // namespace
}  // namespace assay::path
