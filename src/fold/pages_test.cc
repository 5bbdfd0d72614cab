#include "fold/pages.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "fold/sort_rows.h"

namespace assay::fold {
namespace {

TEST(Pages, TellsNotLookedUpFromLookedUpAndAbsent) {
  Pages pages;
  const PageKey absent{{1, 2}, 0};
  const PageKey empty{{1, 2}, 1};
  EXPECT_FALSE(pages.contains(absent));
  EXPECT_EQ(pages.find(absent), std::nullopt);
  pages.set(absent, std::nullopt);
  pages.set(empty, "");
  EXPECT_EQ(pages.find(absent).value(), Page());
  EXPECT_EQ(pages.find(empty).value(), Page(""));
  EXPECT_FALSE(pages.contains({{1, 2}, 2}));
  EXPECT_EQ(pages.size(), 2U);
  pages.clear();
  EXPECT_FALSE(pages.contains(absent));
}

/// Keys whose low halves collide, and pages that grow and shrink: the same as a map.
RC_GTEST_PROP(Pages, AreAMap, (const std::vector<std::pair<std::uint8_t, std::string>>& steps)) {
  Pages pages;
  std::map<PageKey, std::optional<std::string>> expected;
  for (const auto& [number, text] : steps) {
    const PageKey key{{number, number % 4U}, number % 3U};
    const bool absent = text.size() % 5 == 4;
    pages.set(key, absent ? Page() : Page(text));
    expected[key] = absent ? std::nullopt : std::optional(text);
  }
  RC_ASSERT(pages.size() == expected.size());
  const auto sorted = pages.sorted();
  RC_ASSERT(sorted.size() == expected.size());
  std::size_t place = 0;
  for (const auto& [key, page] : expected) {
    const Page wanted = page ? Page(*page) : Page();
    RC_ASSERT(pages.find(key).value() == wanted);
    RC_ASSERT(sorted[place].key == key);
    RC_ASSERT(sorted[place++].page == wanted);
  }
}

TEST(PageWrites, KeepTheirOrder) {
  PageWrites first;
  first.add({{2, 2}, 0}, "two");
  PageWrites second;
  second.add({{1, 1}, 7}, "");
  second.add({{3, 3}, 0}, "three");
  first.append(std::move(second));
  ASSERT_EQ(first.size(), 3U);
  EXPECT_EQ(first.page(0), "two");
  EXPECT_EQ(first.key(1), (PageKey{{1, 1}, 7}));
  EXPECT_EQ(first.page(1), "");
  EXPECT_EQ(first.page(2), "three");
  Pages pages;
  pages.set({{1, 1}, 7}, "old");
  pages.set(std::move(first));
  EXPECT_EQ(pages.size(), 3U);
  EXPECT_EQ(pages.find({{1, 1}, 7}).value(), Page(""));
  EXPECT_EQ(pages.find({{3, 3}, 0}).value(), Page("three"));
}

struct KeyedNumber {
  Hash128 key;
  int number = 0;
  auto operator<=>(const KeyedNumber&) const = default;
};

TEST(SortRows, SortsAsTheStandardLibraryDoes) {
  for (const int count : {0, 1, 10, 1000, 20'000}) {
    std::vector<KeyedNumber> rows;
    for (int i = 0; i < count; ++i) {
      // One hot key among hashes that are spread.
      const bool hot = i % 3 == 0;
      rows.push_back({hot ? Hash128{7, 7} : xxh3_128(std::to_string(i / 2)), count - i});
    }
    std::vector<KeyedNumber> expected = rows;
    std::sort(expected.begin(), expected.end());
    sort_rows(rows, std::less<>());
    EXPECT_EQ(rows, expected) << count;
  }
}

}  // namespace
}  // namespace assay::fold
