#include "serve/request_target.h"

#include <gtest/gtest.h>

namespace assay::serve {
namespace {

using Segments = std::vector<std::string>;

TEST(RequestTarget, CutsFirstAndDecodesThen) {
  const auto target =
      parse_target("/subjects/o%2Fj%20value/versions?deleted=True&offset=0&a=b+c%2B");
  ASSERT_TRUE(target);
  EXPECT_EQ(target->segments, (Segments{"subjects", "o/j value", "versions"}));
  EXPECT_TRUE(target->flag("deleted"));
  EXPECT_FALSE(target->flag("offset"));
  EXPECT_EQ(target->text("a"), "b c+");
  EXPECT_EQ(target->text("none"), "");
  EXPECT_TRUE(parse_target("/")->segments.empty());
  EXPECT_EQ(parse_target("/a+b")->segments, Segments{"a+b"});
}

TEST(RequestTarget, RefusesWhatIsNoPlainPath) {
  for (const char* target :
       {"", "subjects", "*", "http://x/", "/..", "/a/../b", "/%2e%2E", "/.", "/%", "/%2", "/%zz",
        "/%00", "/a%0a", "/%c0%ae", "/\xff", "/a#b", "/a?b=%ff", "/a\x7f"}) {
    const auto parsed = parse_target(target);
    ASSERT_FALSE(parsed) << target;
    EXPECT_EQ(parsed.error().code, Code::request_invalid);
  }
  EXPECT_FALSE(parse_target("/" + std::string(10'000, 'a')));
  std::string many;
  for (int i = 0; i < 100; ++i) many += "/a";
  EXPECT_FALSE(parse_target(many));
}

}  // namespace
}  // namespace assay::serve
