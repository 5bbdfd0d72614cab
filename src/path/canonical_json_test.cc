#include "path/canonical_json.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <bit>
#include <charconv>
#include <cmath>

namespace assay::path {
namespace {

// Appendix B of RFC 8785.
TEST(CanonicalJson, PrintsNumbersAsEcmaScriptDoes) {
  const std::pair<std::uint64_t, const char*> cases[] = {
      {0x0000000000000000, "0"},
      {0x8000000000000000, "0"},
      {0x0000000000000001, "5e-324"},
      {0x8000000000000001, "-5e-324"},
      {0x7fefffffffffffff, "1.7976931348623157e+308"},
      {0xffefffffffffffff, "-1.7976931348623157e+308"},
      {0x4340000000000000, "9007199254740992"},
      {0xc340000000000000, "-9007199254740992"},
      {0x4430000000000000, "295147905179352830000"},
      {0x44b52d02c7e14af5, "9.999999999999997e+22"},
      {0x44b52d02c7e14af6, "1e+23"},
      {0x44b52d02c7e14af7, "1.0000000000000001e+23"},
      {0x444b1ae4d6e2ef4e, "999999999999999700000"},
      {0x444b1ae4d6e2ef4f, "999999999999999900000"},
      {0x444b1ae4d6e2ef50, "1e+21"},
      {0x3eb0c6f7a0b5ed8c, "9.999999999999997e-7"},
      {0x3eb0c6f7a0b5ed8d, "0.000001"},
      {0x41b3de4355555553, "333333333.3333332"},
      {0x41b3de4355555554, "333333333.33333325"},
      {0x41b3de4355555555, "333333333.3333333"},
      {0x41b3de4355555556, "333333333.3333334"},
      {0x41b3de4355555557, "333333333.33333343"},
      {0xbecbf647612f3696, "-0.0000033333333333333333"},
      {0x43143ff3c1cb0959, "1424953923781206.2"},
  };
  for (const auto& [bits, text] : cases) {
    EXPECT_EQ(ecmascript_number(std::bit_cast<double>(bits)), text);
  }
}

TEST(CanonicalJson, SortsKeysByTheirUtf16) {
  EXPECT_EQ(*canonical_json(R"({"\ufb33": 1, "\ud83d\ude00": 2, "\u00f6": 3, "": 4, "1": 5})"),
            "{\"\":4,\"1\":5,\"ö\":3,\"\U0001f600\":2,\"\ufb33\":1}");
}

TEST(CanonicalJson, EscapesOnlyWhatItMust) {
  EXPECT_EQ(*canonical_json(R"(["\u0000\u001f\b\t\n\f\r\"\\\/\u007f\u2028\u00e9"])"),
            "[\"\\u0000\\u001f\\b\\t\\n\\f\\r\\\"\\\\/\x7f\u2028é\"]");
}

TEST(CanonicalJson, RefusesWhatIsNoIJson) {
  const std::pair<const char*, Code> cases[] = {
      {"", Code::json_syntax},
      {"[1,]", Code::json_syntax},
      {"{\"a\":1,\"\\u0061\":2}", Code::json_duplicate_key},
      {"[\"\\ud800\"]", Code::json_utf8},
      {"[\"\xff\"]", Code::json_utf8},
      {"[1e400]", Code::json_number_range},
      {"[-1e309]", Code::json_number_range},
  };
  for (const auto& [text, code] : cases) {
    const auto canonical = canonical_json(text);
    ASSERT_FALSE(canonical) << text;
    EXPECT_EQ(canonical.error().code, code) << text;
  }
  EXPECT_EQ(*canonical_json("[1e-400, 0.0, -0, 1E2, 4.50]"), "[0,0,0,100,4.5]");
}

TEST(CanonicalJson, NeedsNoStackForWhatIsNested) {
  PayloadLimits limits;
  limits.depth_max = 200'000;
  const std::string deep = std::string(200'000, '[') + std::string(200'000, ']');
  EXPECT_EQ(*canonical_json(deep, limits), deep);
  EXPECT_EQ(canonical_json(deep).error().code, Code::json_too_deep);
}

/// A value in one of its many texts: blanks, escapes, members in any order.
std::string any_text(int depth) {
  const auto blank = [] { return *rc::gen::element<std::string>("", " ", "\n\t"); };
  switch (*rc::gen::inRange(0, depth > 0 ? 6 : 4)) {
    case 0: return blank() + *rc::gen::element<std::string>("null", "true", "false");
    case 1: return fmt::format("{}", *rc::gen::arbitrary<std::int32_t>());
    case 2: return fmt::format("{}e{}", *rc::gen::inRange(-99, 99), *rc::gen::inRange(-320, 306));
    case 3: return *rc::gen::element<std::string>("\"\\u0041\"", "\"\\/\"", "\"\x7f\"", "\"é\\n\"");
    case 4: {
      std::string text = "[" + blank();
      const int count = *rc::gen::inRange(0, 4);
      for (int i = 0; i < count; ++i) text += (i > 0 ? "," : "") + any_text(depth - 1) + blank();
      return text + "]";
    }
    default: break;
  }
  std::string text = "{" + blank();
  const auto keys = *rc::gen::unique<std::vector<std::string>>(rc::gen::element<std::string>(
      "b", "a", "A", "\\ufb33", "\\ud83d\\ude00", "\\u0001", "\\\"", "€"));
  for (std::size_t i = 0; i < keys.size(); ++i) {
    text += fmt::format("{}\"{}\":{}{}", i > 0 ? "," : "", keys[i], any_text(depth - 1), blank());
  }
  return text + "}";
}

RC_GTEST_PROP(CanonicalJsonProperties, IsItsOwnCanonicalText, ()) {
  const std::string text = any_text(3);
  const auto canonical = canonical_json(text);
  RC_ASSERT(canonical.has_value());
  const auto again = canonical_json(*canonical);
  RC_ASSERT(again.has_value());
  RC_ASSERT(*again == *canonical);
}

RC_GTEST_PROP(CanonicalJsonProperties, NumbersReadBackAsThemselves, ()) {
  const double value = std::bit_cast<double>(*rc::gen::arbitrary<std::uint64_t>());
  RC_PRE(std::isfinite(value));
  const std::string text = ecmascript_number(value);
  double back = 1;
  const auto parsed = std::from_chars(text.data(), text.data() + text.size(), back);
  RC_ASSERT(parsed.ec == std::errc{});
  RC_ASSERT(parsed.ptr == text.data() + text.size());
  RC_ASSERT(back == value);
}

}  // namespace
}  // namespace assay::path
