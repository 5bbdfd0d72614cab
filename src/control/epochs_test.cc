// The one transaction of an epoch: what it moves, and that a refusal moves nothing.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "control/connection_internal.h"
#include "control/control.h"
#include "control/control_fixture_internal.h"

namespace assay::control {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class EpochTest : public ControlTest {
 protected:
  EpochTest() : database_(open()), lease_(*database_.take_lease("me", 1)) {}

  /// A commit of one bronze manifest with a range, a swap, a file and a child.
  EpochCommit full(const std::string& name, std::int64_t begin_offset, std::int64_t end_offset,
                   const std::optional<std::string>& old_location) {
    EpochCommit commit = begin(database_, lease_, {manifest_of(name)});
    commit.completed = {manifest_of(name)};
    Manifest child = manifest_of(name + "-silver", "silver");
    child.lineage = {name};
    commit.inserted = {child};
    commit.offsets = {range(begin_offset, end_offset)};
    commit.swaps = {{"bronze.record", old_location, "file:///t/" + name + ".json"}};
    commit.files = {{"lake/" + name, 3, "ff", "bronze.record", "data"}};
    commit.source_files = {{.source = "files",
                            .source_id = "abc",
                            .tenant_id = "uk",
                            .application = "shop",
                            .path = "in.json",
                            .length = end_offset,
                            .prefix_sha256 = "aa",
                            .stored_size = 7,
                            .modified = 8}};
    return commit;
  }

  /// All that a refused commit must leave as it was. Digests stand for the rows that carry them.
  std::string world() {
    std::string text;
    const auto connection = *Connection::open(path_, Connection::Access::read);
    const soci::rowset<std::string> rows =
        (connection->sql().prepare
         << R"(SELECT "table" || ' ' || "key" || ' ' || sha256 FROM row_digest UNION ALL
               SELECT 'intent ' || epoch || state FROM intent UNION ALL
               SELECT 'ledger ' || epoch FROM ledger UNION ALL
               SELECT 'table ' || table_name || metadata_location FROM iceberg_tables UNION ALL
               SELECT 'offset ' || source || next_offset FROM source_offset UNION ALL
               SELECT 'manifest ' || manifest_id || status FROM manifest UNION ALL
               SELECT 'parent ' || parent_id || manifest_id FROM manifest_parent UNION ALL
               SELECT 'file ' || path FROM file UNION ALL
               SELECT 'source ' || path || length FROM source_file
               ORDER BY 1)");
    for (const std::string& row : rows) text += row + "\n";
    return text;
  }

  Database database_;
  Lease lease_;
};

TEST_F(EpochTest, OneCommitMovesEverything) {
  const EpochCommit commit = full("a", 0, 10, std::nullopt);
  ASSERT_TRUE(database_.commit(commit));
  EXPECT_EQ(database_.manifest("a")->status, ManifestStatus::complete);
  EXPECT_EQ(database_.manifest("a-silver")->status, ManifestStatus::received);
  EXPECT_EQ(database_.children("a")->size(), 1u);
  EXPECT_EQ(*database_.next_offset(range(0, 0).from), 10);
  EXPECT_EQ(*database_.table_location("bronze.record"), "file:///t/a.json");
  EXPECT_EQ(database_.files()->front().path, "lake/a");
  EXPECT_EQ(database_.source_files("uk")->front().modified, 8);
  EXPECT_TRUE(database_.source_files("de")->empty());
  EXPECT_THAT(*database_.committed_epochs_after(0), ElementsAre(commit.epoch));
  EXPECT_TRUE(database_.committed_epochs_after(commit.epoch)->empty());
  EXPECT_FALSE(*database_.open_intent());
}

TEST_F(EpochTest, SwapsFollowEachOtherAndKeepThePrevious) {
  ASSERT_TRUE(database_.commit(full("a", 0, 10, std::nullopt)));
  ASSERT_TRUE(database_.commit(full("b", 10, 20, "file:///t/a.json")));
  const auto connection = *Connection::open(path_, Connection::Access::read);
  std::string previous, type, exists;
  connection->sql()
      << "SELECT previous_metadata_location, iceberg_type FROM iceberg_tables"
         " WHERE catalog_name = 'lake' AND table_namespace = 'bronze' AND table_name = 'record'",
      soci::into(previous), soci::into(type);
  connection->sql()
      << "SELECT property_value FROM iceberg_namespace_properties WHERE catalog_name = 'lake'"
         " AND namespace = 'bronze' AND property_key = 'exists'",
      soci::into(exists);
  EXPECT_EQ(previous, "file:///t/a.json");
  EXPECT_EQ(type, "TABLE");
  EXPECT_EQ(exists, "true");
  EXPECT_EQ(database_.table_locations()->at("bronze.record"), "file:///t/b.json");
  EXPECT_EQ(*database_.table_location("bronze.other"), std::nullopt);
}

TEST_F(EpochTest, EveryRefusalRollsEverythingBack) {
  ASSERT_TRUE(database_.commit(full("a", 0, 10, std::nullopt)));
  struct Case {
    const char* name;
    Code code;
    std::function<void(EpochCommit&)> spoil;
  };
  const std::vector<Case> cases = {
      {"a range committed twice", Code::offset_moved,
       [](EpochCommit& c) { c.offsets = {range(0, 10)}; }},
      {"a range that overlaps", Code::offset_moved,
       [](EpochCommit& c) { c.offsets = {range(5, 20)}; }},
      {"a range with a gap", Code::offset_moved,
       [](EpochCommit& c) { c.offsets = {range(11, 20)}; }},
      {"a range that goes back", Code::offset_moved,
       [](EpochCommit& c) { c.offsets = {range(10, 9)}; }},
      {"the same range twice in one commit", Code::offset_moved,
       [](EpochCommit& c) { c.offsets.push_back(c.offsets.front()); }},
      {"a table that another writer moved", Code::lake_conflict,
       [](EpochCommit& c) { c.swaps.front().old_location = "file:///t/other.json"; }},
      {"a table that exists already", Code::lake_conflict,
       [](EpochCommit& c) { c.swaps.front().old_location.reset(); }},
      {"a table that is missing", Code::lake_conflict,
       [](EpochCommit& c) { c.swaps.front().table = "gold.no"; }},
      {"a location that is too long", Code::lake_unsupported,
       [](EpochCommit& c) { c.swaps.front().new_location.append(1000, 'x'); }},
      {"a file that exists already", Code::file_exists,
       [](EpochCommit& c) { c.files.front().path = "lake/a"; }},
      {"a manifest that is complete", Code::manifest_state,
       [](EpochCommit& c) { c.completed.push_back(manifest_of("a")); }},
      {"a child that exists", Code::manifest_state,
       [](EpochCommit& c) { c.inserted = {manifest_of("a-silver")}; }},
      {"an older generation", Code::generation_stale, [](EpochCommit& c) { --c.generation; }},
      {"an epoch without intent", Code::generation_stale, [](EpochCommit& c) { c.epoch += 100; }},
  };
  int number = 0;
  for (const Case& each : cases) {
    const std::string name = "n" + std::to_string(number++);
    EpochCommit commit = full(name, 10, 20, "file:///t/a.json");
    const std::string before = world();
    EpochCommit spoiled = commit;
    each.spoil(spoiled);
    const Status refused = database_.commit(spoiled);
    ASSERT_FALSE(refused) << each.name;
    EXPECT_EQ(refused.error().code, each.code) << each.name << ": " << refused.error().to_text();
    EXPECT_EQ(world(), before) << each.name;
    ASSERT_TRUE(database_.fail_epoch(commit.epoch, each.name, 5));
  }
  // The same commit, unspoiled, goes through.
  EXPECT_TRUE(database_.commit(full("b", 10, 20, "file:///t/a.json")));
}

TEST_F(EpochTest, NoEpochCommitsTwice) {
  EpochCommit commit = full("a", 0, 10, std::nullopt);
  ASSERT_TRUE(database_.commit(commit));
  EXPECT_EQ(database_.commit(commit).error().code, Code::generation_stale);
  EXPECT_EQ(database_.fail_epoch(commit.epoch, "late", 9).error().code, Code::generation_stale);
  EXPECT_EQ(database_.manifest("a")->status, ManifestStatus::complete);
}

TEST_F(EpochTest, OnlyTheNewestGenerationWrites) {
  EpochCommit commit = full("a", 0, 10, std::nullopt);
  Database second = open();
  const Lease newer = *second.take_lease("you", 2);
  EXPECT_EQ(newer.generation, lease_.generation + 1);
  EXPECT_EQ(database_.commit(commit).error().code, Code::generation_stale);
  EXPECT_EQ(database_.fail_epoch(commit.epoch, "no", 5).error().code, Code::generation_stale);
  EXPECT_EQ(database_.release_lease(lease_).error().code, Code::generation_stale);
  const Intent old_intent{
      .epoch = *database_.next_epoch(), .generation = lease_.generation, .writer = "w"};
  EXPECT_EQ(database_.write_intent(old_intent, {}).error().code, Code::generation_stale);
  EXPECT_EQ(second.take_over_intent(commit.epoch, lease_.generation).error().code,
            Code::generation_stale);
  EXPECT_TRUE(second.release_lease(newer));
}

TEST_F(EpochTest, RecoveryRepeatsTheOpenIntent) {
  EpochCommit commit = full("a", 0, 10, std::nullopt);
  Database second = open();
  const Lease newer = *second.take_lease("you", 2);
  const std::optional<Intent> intent = *second.open_intent();
  ASSERT_TRUE(intent);
  EXPECT_EQ(intent->epoch, commit.epoch);
  EXPECT_EQ(intent->generation, lease_.generation);
  EXPECT_EQ(intent->kind, "ingest");
  commit.generation = newer.generation;
  // Not before the intent was taken over.
  EXPECT_EQ(second.commit(commit).error().code, Code::generation_stale);
  ASSERT_TRUE(second.take_over_intent(commit.epoch, newer.generation));
  EXPECT_TRUE(second.commit(commit));
  EXPECT_FALSE(*second.open_intent());
  EXPECT_EQ(second.take_over_intent(commit.epoch, newer.generation).error().code,
            Code::generation_stale);
}

TEST_F(EpochTest, EpochNumbersAreNeverUsedAgain) {
  const std::int64_t first = *database_.next_epoch();
  EXPECT_EQ(*database_.next_epoch(), first + 1);
  Database second = open();
  EXPECT_EQ(*second.next_epoch(), first + 2);
}

TEST_F(EpochTest, AManifestThatIsLeftOutFails) {
  EpochCommit commit =
      begin(database_, lease_, {manifest_of("a"), manifest_of("b"), manifest_of("c")});
  commit.completed = {manifest_of("a")};
  commit.failed = {{"b", "the mart's day is locked"}};
  ASSERT_TRUE(database_.commit(commit));
  EXPECT_EQ(database_.manifest("a")->status, ManifestStatus::complete);
  EXPECT_EQ(database_.manifest("b")->status, ManifestStatus::failed);
  EXPECT_EQ(database_.manifest("b")->error, "the mart's day is locked");
  EXPECT_EQ(database_.manifest("c")->status, ManifestStatus::failed);
  EXPECT_THAT(database_.manifest("c")->error, HasSubstr("left out"));
}

TEST_F(EpochTest, AnEmptySourceIsKnownOnce) {
  EpochCommit commit = begin(database_, lease_, {});
  commit.offsets = {range(0, 0)};
  ASSERT_TRUE(database_.commit(commit));
  EXPECT_EQ(*database_.next_offset(range(0, 0).from), 0);
  commit = begin(database_, lease_, {});
  commit.offsets = {range(0, 8)};
  ASSERT_TRUE(database_.commit(commit));
  EXPECT_EQ(*database_.next_offset(range(0, 0).from), 8);
}

}  // namespace
}  // namespace assay::control
