#include "path/i_regexp.h"

#include <gtest/gtest.h>

#include <string>

namespace assay::path {
namespace {

bool matches(std::string_view pattern, std::string_view text) {
  const auto compiled = IRegexp::compile(pattern);
  EXPECT_TRUE(compiled && *compiled) << pattern;
  return compiled && *compiled && (*compiled)->matches_all_of(text);
}

bool is_pattern(std::string_view pattern) {
  const auto compiled = IRegexp::compile(pattern);
  return compiled && compiled->has_value();
}

TEST(IRegexp, MatchesAsRfc9485Says) {
  EXPECT_TRUE(matches("a|bc", "bc"));
  EXPECT_FALSE(matches("a|bc", "abc"));
  EXPECT_TRUE(matches("(a|b){2,3}c?", "aba"));
  EXPECT_FALSE(matches("a{2}", "a"));
  EXPECT_TRUE(matches("a{2,}", "aaaa"));
  EXPECT_TRUE(matches("[-a-c.]+", "a-b.c"));
  EXPECT_TRUE(matches("[a-]", "-"));
  EXPECT_FALSE(matches("[^a-c]", "b"));
  EXPECT_TRUE(matches("[^^]", "a"));
  EXPECT_TRUE(matches("\\p{Lu}\\P{L}", "É7"));
  EXPECT_TRUE(matches("[\\p{Nd}_]*", "1_٣"));
  EXPECT_TRUE(matches("\\.\\*\\n\\-\\^", ".*\n-^"));
  EXPECT_TRUE(matches("..", "é\U0001f600"));
  EXPECT_TRUE(matches(".", "\u2028"));
  EXPECT_FALSE(matches(".", "\n"));
  EXPECT_FALSE(matches(".", "\r"));
  EXPECT_TRUE(matches("", ""));
  EXPECT_TRUE(matches("a,b=~\"#", "a,b=~\"#"));
}

// RE2 has no name for what is unassigned.
TEST(IRegexp, KnowsWhatIsUnassigned) {
  EXPECT_TRUE(matches("\\p{Cn}", "\U0010ffff"));
  EXPECT_FALSE(matches("\\p{Cn}", "a"));
  EXPECT_TRUE(matches("\\P{Cn}", "a"));
  EXPECT_TRUE(matches("\\p{C}\\p{C}\\P{C}", "\x01\U0010ffff."));
  EXPECT_TRUE(matches("[\\p{Cn}a]+", "a\U0010ffff"));
  EXPECT_TRUE(matches("[\\p{C}]", "\x01"));
  EXPECT_EQ(IRegexp::compile("[^\\p{Cn}a]").error().code, Code::path_limit);
}

TEST(IRegexp, RefusesWhatOtherDialectsHave) {
  for (const char* pattern :
       {"\\d",   "\\w",         "\\bx",       "(?:a)", "(?i)a",      "a*?",    "a++",
        "*a",    "a{,3}",       "a{3,2}",     "a{x}",  "[]",         "[^]",    "[a",
        "[b-a]", "[[:alpha:]]", "a]",         "}",     "(a",         "a)",     "\\",
        "\\x41", "\\1",         "\\p{Greek}", "\\pL",  "[a-\\p{L}]", "[a--b]", "\\/"}) {
    EXPECT_FALSE(is_pattern(pattern)) << pattern;
  }
}

TEST(IRegexp, OccursAnywhere) {
  const auto pattern = IRegexp::compile("b[ck]");
  EXPECT_TRUE((**pattern).occurs_in("abc"));
  EXPECT_FALSE((**pattern).occurs_in("acb"));
}

TEST(IRegexp, BoundsThePattern) {
  EXPECT_EQ(IRegexp::compile(std::string(5000, 'a')).error().code, Code::path_limit);
  EXPECT_EQ(IRegexp::compile("((a{1000}){1000}){1000}").error().code, Code::path_limit);
  EXPECT_EQ(IRegexp::compile("a{1001}").error().code, Code::path_limit);
  EXPECT_EQ(IRegexp::compile("a{99999999999999999999}").error().code, Code::path_limit);
  // Nesting is no matter of recursion: too deep for RE2 is a refusal, not a crash.
  const std::string deep = std::string(2000, '(') + "a" + std::string(2000, ')');
  const auto compiled = IRegexp::compile(deep);
  EXPECT_TRUE(!compiled || !*compiled || (*compiled)->matches_all_of("a"));
}

}  // namespace
}  // namespace assay::path
