#include "verify/payload.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <simdjson.h>

namespace assay::verify {
namespace {

const PayloadLimits kLimits;

Node tree(std::string_view text) {
  const auto parsed = parse_payload(text, kLimits);
  EXPECT_TRUE(std::holds_alternative<Node>(parsed)) << text;
  return std::holds_alternative<Node>(parsed) ? std::get<Node>(parsed) : Node{};
}

Fault fault(std::string_view text, const PayloadLimits& limits = kLimits) {
  const auto parsed = parse_payload(text, limits);
  EXPECT_TRUE(std::holds_alternative<Fault>(parsed)) << text;
  return std::holds_alternative<Fault>(parsed) ? std::get<Fault>(parsed)
                                               : Fault{Code::internal, "", ""};
}

TEST(Payload, KeepsTheRawTextOfNumbersThatNoDoubleHolds) {
  const Node root = tree(R"({"a": 18446744073709551616, "b": 1e400, "c": -0.10})");
  EXPECT_EQ(root.member("a")->text, "18446744073709551616");
  EXPECT_EQ(root.member("b")->raw, "1e400");
  EXPECT_EQ(root.member("c")->text, "-0.10");
}

TEST(Payload, UndoesEscapesAndKeepsTheRawString) {
  const Node root = tree(R"({"a\u0062": "x\n\ud83d\ude00\/"})");
  const Node* value = root.member("ab");
  ASSERT_NE(value, nullptr);
  EXPECT_EQ(value->text, "x\n\xf0\x9f\x98\x80/");
  EXPECT_EQ(value->raw, R"("x\n\ud83d\ude00\/")");
}

TEST(Payload, FaultsNameCodeAndPlace) {
  EXPECT_EQ(fault(R"({"a":{"b":[1,}})").code, Code::json_syntax);
  EXPECT_EQ(fault(R"({"a":{"b":[1,}})").pointer, "/a/b");
  EXPECT_EQ(fault("[1]").code, Code::json_not_object);
  EXPECT_EQ(fault("").code, Code::json_syntax);
  EXPECT_EQ(fault("{} x").code, Code::json_syntax);
  EXPECT_EQ(fault("{\"a\":\"\x01\"}").code, Code::json_syntax);
  EXPECT_EQ(fault("{\"a\":\"\xff\"}").code, Code::json_utf8);
  EXPECT_EQ(fault(R"({"a":"\ud800"})").code, Code::json_utf8);
  EXPECT_EQ(fault(R"({"a":01})").code, Code::json_syntax);
  EXPECT_EQ(fault(R"({"a":"b)").code, Code::json_syntax);
}

TEST(Payload, TheSecondOfTwoEqualKeysIsNamedUnlessTheGrammarFails) {
  EXPECT_EQ(fault(R"({"x":{"a":1,"b":2,"\u0061":3}})").code, Code::json_duplicate_key);
  EXPECT_EQ(fault(R"({"x":{"a":1,"b":2,"\u0061":3}})").pointer, "/x/a");
  EXPECT_EQ(fault(R"({"x":{"a":1,"a":2},"y":})").code, Code::json_syntax);
}

TEST(Payload, LimitsAreKept) {
  PayloadLimits limits;
  limits.depth_max = 3;
  limits.object_keys_max = 2;
  limits.record_size_max = 40;
  EXPECT_TRUE(std::holds_alternative<Node>(parse_payload(R"({"a":[[1]]})", limits)));
  EXPECT_EQ(fault(R"({"a":[[[]]]})", limits).code, Code::json_too_deep);
  EXPECT_EQ(fault(R"({"a":[[[]]]})", limits).pointer, "/a/0");
  EXPECT_EQ(fault(R"({"a":{"x":1,"y":2,"z":3}})", limits).code, Code::json_too_many_keys);
  EXPECT_EQ(fault(R"({"a":{"x":1,"y":2,"z":3}})", limits).pointer, "/a");
  EXPECT_EQ(fault(std::string(41, ' '), limits).code, Code::json_too_large);
}

TEST(Payload, EveryScalarNullAndEmptyContainerIsALeaf) {
  const Node root = tree(R"({"a":1,"b":{},"c":[null,[],{"d":"x"}],"":{"~/":true}})");
  std::string pointers;
  for_each_leaf(root, [&](const std::string& pointer, const Node& leaf) {
    pointers += pointer + "=" + std::string(leaf.raw) + ";";
  });
  EXPECT_EQ(pointers, "/a=1;/b={};/c/0=null;/c/1=[];/c/2/d=\"x\";//~0~1=true;");
}

TEST(Payload, PointersFindWhatTheyName) {
  const Node root = tree(R"({"a/b":[10,{"~":3}]})");
  ASSERT_NE(find_pointer(root, "/a~1b/1/~0"), nullptr);
  EXPECT_EQ(find_pointer(root, "/a~1b/1/~0")->raw, "3");
  EXPECT_EQ(find_pointer(root, "/a~1b/2"), nullptr);
  EXPECT_EQ(find_pointer(root, "/a~1b/0/x"), nullptr);
}

/// Texts made of JSON's pieces, so that many are nearly right.
rc::Gen<std::string> nearly_json() {
  return rc::gen::map(
      rc::gen::container<std::vector<std::string>>(rc::gen::element<std::string>(
          "{", "}", "[", "]", ",", ":", "\"a\"", "\"\\u00e9\"", "1", "-0.5e3", "01", "true", "nul",
          "null", " ", "\"", "{\"k\":", "[1,2]", "\\", "\xc3\xa9", "\xff")),
      [](const std::vector<std::string>& pieces) {
        std::string text = "{\"r\":";
        for (const std::string& piece : pieces) text += piece;
        return text + "}";
      });
}

RC_GTEST_PROP(Payload, AcceptsExactlyWhatSimdjsonAccepts, ()) {
  const std::string text = *nearly_json();
  simdjson::dom::parser parser;
  const bool accepted = parser.parse(text.data(), text.size(), true).error() == simdjson::SUCCESS;
  const auto parsed = parse_payload(text, kLimits);
  const auto* fault = std::get_if<Fault>(&parsed);
  const bool policy = fault != nullptr && (fault->code == Code::json_duplicate_key ||
                                           fault->code == Code::json_not_object);
  RC_ASSERT(accepted == (fault == nullptr || policy));
}

}  // namespace
}  // namespace assay::verify
