#include "path/json_path.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace assay::path {
namespace {

Step name(std::string text) { return {Step::Kind::name, std::move(text), 0}; }
Step index(std::int64_t value) { return {Step::Kind::index, {}, value}; }
Step wildcard() { return {Step::Kind::wildcard, {}, 0}; }

TEST(JsonPath, TakesNamesIndicesAndWildcards) {
  const std::vector<std::pair<const char*, JsonPath>> cases = {
      {"$", {false, {}}},
      {"@", {true, {}}},
      {"$.a.b", {false, {name("a"), name("b")}}},
      {"$['a b'].c", {false, {name("a b"), name("c")}}},
      {"$[\"a'b\"]", {false, {name("a'b")}}},
      {"$.lines[*].price", {false, {name("lines"), wildcard(), name("price")}}},
      {"$.lines.*.price", {false, {name("lines"), wildcard(), name("price")}}},
      {"$.lines[0]", {false, {name("lines"), index(0)}}},
      {"@.price", {true, {name("price")}}},
      {"@[0][1]", {true, {index(0), index(1)}}},
      {"$.größe", {false, {name("größe")}}},
      {"$.名前['\U0001f600']", {false, {name("名前"), name("\U0001f600")}}},
      {"$ .a [ 'b' ]", {false, {name("a"), name("b")}}},
      {"$['\\ud83d\\ude00\\u00e9\\n\\/\\\\']", {false, {name("\U0001f600\u00e9\n/\\")}}},
      {"$['']", {false, {name("")}}},
      {"$[9007199254740991]", {false, {index(9007199254740991)}}},
  };
  for (const auto& [text, expected] : cases) {
    const auto path = parse_json_path(text);
    ASSERT_TRUE(path) << text << ": " << path.error().to_text();
    EXPECT_EQ(*path, expected) << text;
  }
}

struct Refused {
  const char* text;
  const char* message;
};

TEST(JsonPath, SaysWhatWasExpectedAndWhere) {
  const Refused cases[] = {
      {"", "expected \"$\" (the payload) or \"@\" (the row) at byte 0"},
      {"a.b", "expected \"$\" (the payload) or \"@\" (the row) at byte 0"},
      {"$a", "expected \".\" or \"[\" at byte 1"},
      {"$.", "expected a name or \"*\" at byte 2"},
      {"$.1a", "expected a name or \"*\" at byte 2"},
      {"$.a-b", "expected \".\" or \"[\" at byte 3"},
      {"$.a ", "expected nothing behind the path, not even blanks at byte 3"},
      {"$..a", "descendant segments (\"..\") are not taken yet at byte 2"},
      {"$[-1]", "negative indices are not taken yet at byte 2"},
      {"$[1:2]", "slices are not taken yet at byte 3"},
      {"$[:2]", "slices are not taken yet at byte 2"},
      {"$[?@.a]", "filters are not taken yet at byte 2"},
      {"$['a','b']", "lists of selectors are not taken yet at byte 5"},
      {"$[01]", "expected an index without a leading zero at byte 2"},
      {"$[9007199254740992]", "expected an index of at most 9007199254740991 at byte 2"},
      {"$[a]", "expected a quoted name, an index, a slice, a filter or \"*\" at byte 2"},
      {"$['a", "expected the closing quote at byte 4"},
      {"$['a'", "expected \",\" or \"]\" at byte 5"},
      {"$['\\x']", "expected one of the escapes b f n r t / \\ u or the quote at byte 4"},
      {"$['\\\"']", "expected one of the escapes b f n r t / \\ u or the quote at byte 4"},
      {"$['\\u12']", "expected 4 hexadecimal digits at byte 4"},
      {"$['\\ud800']", "expected a low surrogate behind a high one at byte 3"},
      {"$['\\udc00']", "expected no low surrogate without a high one at byte 3"},
      {"$['\xff']", "expected valid UTF-8 at byte 3"},
      {"$.a\xff", "expected \".\" or \"[\" at byte 3"},
      {"$['\x01']", "expected control characters as escapes at byte 3"},
  };
  for (const Refused& refused : cases) {
    const auto path = parse_json_path(refused.text);
    ASSERT_FALSE(path) << refused.text;
    EXPECT_EQ(path.error().code, Code::path_invalid);
    EXPECT_EQ(path.error().message, refused.message) << refused.text;
  }
}

TEST(JsonPath, CanonicalText) {
  const JsonPath path{
      true,
      {name("a"), name("a b"), name("it's"), name("\x01\n\\"), index(3), wildcard(), name("é")}};
  EXPECT_EQ(to_string(path), "@.a['a b']['it\\'s']['\\u0001\\n\\\\'][3][*].é");
}

RC_GTEST_PROP(JsonPath, TextGoesThereAndBack, ()) {
  JsonPath path;
  path.relative = *rc::gen::arbitrary<bool>();
  const auto count = *rc::gen::inRange(0, 6);
  for (int i = 0; i < count; ++i) {
    switch (*rc::gen::inRange(0, 3)) {
      case 0: {
        // Code points rather than bytes: names are Unicode text.
        const auto points = *rc::gen::container<std::u32string>(rc::gen::oneOf(
            rc::gen::inRange<char32_t>(0, 0x80), rc::gen::inRange<char32_t>(0x80, 0xd800),
            rc::gen::inRange<char32_t>(0xe000, 0x110000)));
        std::string text;
        for (const char32_t point : points) {
          const auto escaped =
              point < 0x10000 ? fmt::format("$['\\u{:04x}']", static_cast<std::uint32_t>(point))
                              : fmt::format("$['\\u{:04x}\\u{:04x}']", 0xd7c0 + (point >> 10),
                                            0xdc00 + (point & 0x3ff));
          text += parse_json_path(escaped)->steps.at(0).name;
        }
        path.steps.push_back(name(text));
        break;
      }
      case 1:
        path.steps.push_back(index(*rc::gen::inRange<std::int64_t>(0, std::int64_t{1} << 53)));
        break;
      default: path.steps.push_back(wildcard());
    }
  }
  const auto parsed = parse_json_path(to_string(path));
  RC_ASSERT(parsed.has_value());
  RC_ASSERT(*parsed == path);
}

RC_GTEST_PROP(JsonPath, AnyTextIsTakenOrRefused, ()) {
  const auto text = "$" + *rc::gen::container<std::string>(
                              rc::gen::element('$', '.', '[', ']', '\'', '"', '\\', 'u', 'd', '8',
                                               '0', '*', 'a', ' ', '\xc3', '\xa9'));
  const auto path = parse_json_path(text);
  if (path) RC_ASSERT(*parse_json_path(to_string(*path)) == *path);
}

TEST(MappingPath, ALookupOfTheWholePayloadIsRefused) {
  const auto path = parse_mapping_path("$.buyer$");
  ASSERT_FALSE(path);
  EXPECT_EQ(path.error().code, Code::path_invalid);
  EXPECT_THAT(path.error().message, ::testing::HasSubstr("whole payload"));
  EXPECT_FALSE(parse_mapping_path("@$"));
  EXPECT_TRUE(parse_mapping_path("$['buyer$']"));
}

TEST(MappingPath, LooksUpFromTheRootAgain) {
  const std::string text = "@.buyer$.parties[?@.id == @@.id && @['$']].name";
  const auto path = parse_mapping_path(text);
  ASSERT_TRUE(path) << path.error().to_text();
  EXPECT_TRUE(path->relative);
  ASSERT_EQ(path->steps.size(), 2U);
  EXPECT_EQ(path->steps[0], name("buyer"));
  EXPECT_EQ(path->steps[1].name, "$.parties[?@.id == @@.id && @['$']].name");
  EXPECT_EQ(to_string(*path), text);
  EXPECT_EQ(*parse_mapping_path(to_string(*path)), *path);
}

TEST(MappingPath, RefersToTheRowInLookupsAlone) {
  const auto outside = parse_mapping_path("@.parties[?@.id == @@.id]");
  ASSERT_FALSE(outside);
  EXPECT_NE(outside.error().message.find("byte 19"), std::string::npos) << outside.error().message;
  EXPECT_FALSE(parse_mapping_path("@@.id"));
  EXPECT_FALSE(parse_mapping_path("@$.parties[?@.id == @@@.id]"));
  EXPECT_FALSE(parse_mapping_path("@[?@.a]$.b")) << "no query in front of a lookup";
  const auto mistake = parse_mapping_path("@$.parties[?@.id = @@.id]");
  ASSERT_FALSE(mistake);
  EXPECT_NE(mistake.error().message.find("byte 17"), std::string::npos) << mistake.error().message;
}

TEST(Pointer, EscapesTokens) {
  std::string pointer;
  append_pointer(pointer, "a/b");
  append_pointer(pointer, "m~n");
  append_pointer(pointer, "");
  append_pointer(pointer, "0");
  EXPECT_EQ(pointer, "/a~1b/m~0n//0");
}

}  // namespace
}  // namespace assay::path
