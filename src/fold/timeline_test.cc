#include "fold/timeline.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include "fold/bound_batch.h"

namespace assay::fold {
namespace {

const Hash128 kKey{1, 2};

Position position(std::int64_t order, std::uint64_t content, std::int32_t priority = 0) {
  return {order, priority, Hash128{content, content}};
}

/// A host of one timeline.
class Store {
 public:
  TimelineChange merge(std::vector<Position> positions, const TimelineOptions& options = {}) {
    std::sort(positions.begin(), positions.end());
    std::vector<Arrival> arrivals;
    for (const Position& at : positions) arrivals.push_back({at, 0, arrivals.size()});
    Pages have;
    for (int round = 0; round < 3; ++round) {
      std::vector<PageKey> needed;
      EXPECT_TRUE(append_needed_pages(kKey, arrivals, have, needed));
      pages_read_ += needed.size();
      for (const PageKey& key : needed) {
        const auto found = pages_.find(key);
        have.set(key, found == pages_.end() ? Page() : Page(found->second));
      }
      if (needed.empty()) break;
      EXPECT_LT(round, 2) << "directory, then leaves";
    }
    auto change = fold::merge(kKey, arrivals, have, options);
    EXPECT_TRUE(change);
    for (std::size_t i = 0; i < change->writes.size(); ++i) {
      pages_[change->writes.key(i)] = change->writes.page(i);
    }
    return std::move(*change);
  }

  Directory directory() const { return *read_directory(pages_.at(page_of(kKey))); }

  std::vector<Observation> observations() const {
    if (pages_.empty()) return {};
    const Directory first = directory();
    std::vector<Observation> all = first.observations;
    for (const Leaf& leaf : first.leaves) {
      const auto part = *read_leaf(pages_.at(page_of(kKey, leaf.page)));
      EXPECT_EQ(part.size(), leaf.count);
      EXPECT_LE(part.size(), kLeafMax);
      EXPECT_FALSE(part.empty());
      EXPECT_EQ(part.back().at, leaf.last);
      all.insert(all.end(), part.begin(), part.end());
    }
    return all;
  }

  std::size_t pages() const { return pages_.size(); }
  std::size_t pages_read() const { return pages_read_; }

 private:
  std::map<PageKey, std::string> pages_;
  std::size_t pages_read_ = 0;
};

/// Invariants 1 and 2 of timeline.h, checked on the pages.
void expect_invariants(const std::vector<Observation>& all) {
  for (std::size_t i = 0; i < all.size(); ++i) {
    ASSERT_TRUE(i == 0 || all[i - 1].at < all[i].at) << i;
    const bool differs =
        i == 0 || all[i - 1].at.hash != all[i].at.hash || all[i - 1].at.order == all[i].at.order;
    ASSERT_TRUE(all[i].asserted || !differs) << i;
  }
}

TEST(Timeline, AShortOneIsOnePage) {
  Store store;
  const auto change = store.merge({position(1, 7), position(2, 7), position(3, 8)});
  EXPECT_EQ(change.inserted, 2);
  EXPECT_EQ(change.unchanged, 1);
  EXPECT_EQ(change.writes.size(), 1U);
  EXPECT_LT(change.writes.page(0).size(), 100U);
  EXPECT_EQ(store.pages_read(), 1U);
}

TEST(Timeline, GrowsIntoLeavesAndRewritesOnlyWhatItTouches) {
  Store store;
  std::vector<Position> many;
  for (std::int64_t i = 0; i < 1000; ++i)
    many.push_back(position(i * 10, static_cast<std::uint64_t>(i % 2)));
  store.merge(many);
  const std::size_t leaves = (many.size() + leaf_max(0) - 1) / leaf_max(0);
  EXPECT_EQ(store.directory().leaves.size(), leaves);  // the first ones are full
  EXPECT_EQ(store.pages(), leaves + 1);

  const auto appended = store.merge({position(100'000, 5)});
  EXPECT_EQ(appended.inserted, 1);
  EXPECT_EQ(appended.writes.size(), 2U) << "the last leaf and the directory";

  const auto late = store.merge({position(15, 9)});
  EXPECT_EQ(late.late, 1);
  EXPECT_EQ(late.writes.size(), 3U) << "the full first leaf becomes two";
  EXPECT_EQ(store.directory().leaves.size(), leaves + 1);

  const auto repeated = store.merge({position(15, 9), position(20, 0), position(100'000, 5)});
  EXPECT_EQ(repeated.unchanged, 3);
  EXPECT_TRUE(repeated.writes.empty());
  expect_invariants(store.observations());
}

TEST(Timeline, AppendingFillsLeaves) {
  Store store;
  for (std::int64_t i = 0; i < 3000; ++i) store.merge({position(i, static_cast<std::uint64_t>(i))});
  const Directory directory = store.directory();
  ASSERT_GT(directory.leaves.size(), 64U) << "long enough for leaves of two sizes";
  for (std::size_t i = 0; i + 1 < directory.leaves.size(); ++i) {
    EXPECT_EQ(directory.leaves[i].count, leaf_max(i + 1)) << i;
  }
}

TEST(Timeline, AnyOrderOfArrivalGivesTheSameObservations) {
  const std::uint64_t seed = std::random_device()();
  RecordProperty("seed", std::to_string(seed));
  SCOPED_TRACE("seed " + std::to_string(seed));
  std::mt19937_64 random(seed);
  std::vector<Position> all;
  for (int i = 0; i < 6000; ++i) {
    all.push_back(position(static_cast<std::int64_t>(random() % 3000), random() % 3,
                           static_cast<std::int32_t>(random() % 2)));
  }
  const std::set<Position> expected(all.begin(), all.end());
  Store store;
  std::int64_t rows = 0;
  for (std::size_t begin = 0; begin < all.size();) {
    const std::size_t end = std::min<std::size_t>(all.size(), begin + 1 + random() % 700);
    const std::vector<Position> part(all.begin() + static_cast<std::ptrdiff_t>(begin),
                                     all.begin() + static_cast<std::ptrdiff_t>(end));
    const auto change = store.merge(part);
    EXPECT_EQ(change.inserted + change.late + change.unchanged,
              static_cast<std::int64_t>(end - begin));
    rows += static_cast<std::int64_t>(change.assertions.size());
    begin = end;
  }
  const auto observations = store.observations();
  ASSERT_EQ(observations.size(), expected.size());
  std::size_t i = 0;
  for (const Position& at : expected) ASSERT_EQ(observations[i++].at, at);
  expect_invariants(observations);
  const auto asserted = std::count_if(observations.begin(), observations.end(),
                                      [](const Observation& o) { return o.asserted; });
  EXPECT_EQ(rows, asserted) << "each is asserted once";
}

TEST(Timeline, KeepsEqualNeighboursWhereAsked) {
  Store store;
  const auto change =
      store.merge({position(1, 7), position(2, 7)}, {.keep_equal_neighbours = true});
  EXPECT_EQ(change.inserted, 2);
}

rc::Gen<Observation> any_observation() {
  return rc::gen::map(
      rc::gen::tuple(rc::gen::arbitrary<std::int64_t>(), rc::gen::arbitrary<std::int32_t>(),
                     rc::gen::arbitrary<std::uint64_t>(), rc::gen::arbitrary<std::int64_t>(),
                     rc::gen::arbitrary<bool>()),
      [](const auto& parts) {
        return Observation{{std::get<0>(parts), std::get<1>(parts), Hash128{std::get<2>(parts), 1}},
                           std::get<3>(parts),
                           std::get<4>(parts)};
      });
}

RC_GTEST_PROP(TimelinePage, GoesThereAndBack, ()) {
  const auto observations = *rc::gen::container<std::vector<Observation>>(any_observation());
  RC_ASSERT(*read_leaf(write_leaf(observations)) == observations);
  Directory shortened;
  shortened.observations = observations;
  RC_ASSERT(*read_directory(write_directory(shortened)) == shortened);
  Directory leaves;
  leaves.next_page = *rc::gen::arbitrary<std::uint32_t>();
  for (const Observation& observation : observations) {
    leaves.leaves.push_back({*rc::gen::arbitrary<std::uint32_t>(), 5, observation.at});
  }
  if (leaves.leaves.empty()) leaves.next_page = 1;
  RC_ASSERT(*read_directory(write_directory(leaves)) == leaves);
}

RC_GTEST_PROP(TimelinePage, DamageIsAnErrorOrOtherObservations, ()) {
  auto page = write_leaf(*rc::gen::container<std::vector<Observation>>(any_observation()));
  const auto at = *rc::gen::inRange<std::size_t>(0, page.size());
  page[at] = *rc::gen::arbitrary<char>();
  page.resize(*rc::gen::inRange<std::size_t>(0, page.size() + 1));
  const auto leaf = read_leaf(page);
  if (!leaf) RC_ASSERT(leaf.error().code == Code::internal);
  const auto directory = read_directory(page);
  if (!directory) RC_ASSERT(directory.error().code == Code::internal);
}

TEST(TimelinePage, AnObservationThatRepeatsAContentIsShort) {
  constexpr Micros kEpoch = 1'741'996'800'000'000;
  std::vector<Observation> observations;
  for (std::int64_t day = 0; day < 32; ++day) {
    const Position at = position(kEpoch + day * kMicrosPerDay, static_cast<std::uint64_t>(day % 2));
    observations.push_back({at, kEpoch, true});
  }
  EXPECT_LT(write_leaf(observations).size(), observations.size() * 12);
}

TEST(TimelinePage, NamesAnUnknownVersion) {
  const auto leaf = read_leaf(std::string("\x09\x00", 2));
  ASSERT_FALSE(leaf);
  EXPECT_EQ(leaf.error().message, "a page of state is malformed: format version 9");
}

}  // namespace
}  // namespace assay::fold
