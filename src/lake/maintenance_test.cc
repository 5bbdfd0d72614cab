// Compaction's commits, expiry, and what a table leads to.

#include <gmock/gmock.h>

#include "lake/lake_fixture_internal.h"
#include "lake/manifest_internal.h"

namespace assay::lake {
namespace {

using testing::data_file;
using ::testing::ElementsAre;
using testing::identity_of;
using ::testing::IsEmpty;
using testing::kFolder;
using testing::order_schema;
using testing::paths;
using ::testing::SizeIs;

class MaintenanceTest : public testing::LakeTest {
 protected:
  /// Data files of one tenant and day with 10 + 1, 10 + 2 ... rows, a commit each.
  void append_many(int count) {
    for (int i = 1; i <= count; ++i) append_files(order_schema(), {data_file("uk", 5, i)}, i);
  }
  Result<Commit> try_replace(std::vector<std::string> replaced, std::vector<DataFile> replacing,
                             std::int64_t epoch) {
    return replace(files_, *milestones_,
                   {.table = "silver.order",
                    .table_folder = kFolder,
                    .current_location = *location_,
                    .replaced = std::move(replaced),
                    .replacing = std::move(replacing),
                    .identity = identity_of(epoch)});
  }
  bool expire_to(std::size_t kept, std::int64_t epoch) {
    auto commit = expire(files_, *milestones_,
                         {.table = "silver.order",
                          .table_folder = kFolder,
                          .current_location = *location_,
                          .snapshots_kept = kept,
                          .identity = identity_of(epoch)});
    EXPECT_TRUE(commit) << commit.error().to_text();
    if (commit->commit) location_ = commit->commit->swap.new_location;
    EXPECT_EQ(commit->snapshots > 0, commit->commit.has_value());
    return commit->snapshots > 0;
  }
};

DataFile merged(int day, int number, std::int64_t rows) {
  DataFile file = data_file("uk", day, number);
  file.record_count = rows;
  return file;
}

TEST_F(MaintenanceTest, AReplaceHasTheSameRowsInFewerFiles) {
  append_many(3);
  append_files(order_schema(), {data_file("de", 5, 9)}, 4);
  const auto commit = try_replace({data_file("uk", 5, 1).path, data_file("uk", 5, 2).path},
                                  {merged(5, 20, 11 + 12)}, 5);
  ASSERT_TRUE(commit) << commit.error().to_text();
  EXPECT_EQ(commit->swap.old_location, location_);
  location_ = commit->swap.new_location;
  EXPECT_THAT(paths(plan_for("")),
              ElementsAre("de-5-9.parquet", "uk-5-20.parquet", "uk-5-3.parquet"));
  EXPECT_THAT(paths(plan_for("de")), ElementsAre("de-5-9.parquet"));
  const Json snapshot = metadata()["snapshots"].back();
  const Json& summary = snapshot["summary"];
  EXPECT_EQ(summary["operation"], "replace");
  EXPECT_EQ(summary["deleted-data-files"], "2");
  EXPECT_EQ(summary["added-records"], "23");
  EXPECT_EQ(summary["total-data-files"], "3");
  EXPECT_EQ(summary["total-records"], std::to_string(11 + 12 + 13 + 19));
  EXPECT_EQ(snapshot["sequence-number"], 5);
}

TEST_F(MaintenanceTest, EntriesKeepTheSnapshotAndTheSequenceThatTheyCameWith) {
  append_many(2);
  const std::int64_t first = metadata()["snapshots"][0]["snapshot-id"];
  const auto commit = try_replace({data_file("uk", 5, 2).path}, {merged(5, 20, 12)}, 3);
  ASSERT_TRUE(commit) << commit.error().to_text();
  location_ = commit->swap.new_location;
  const Json snapshot = metadata()["snapshots"].back();
  const auto list =
      read_manifest_list(*files_.read(io::from_uri(snapshot["manifest-list"].get<std::string>())));
  ASSERT_TRUE(list);
  ASSERT_THAT(*list, SizeIs(1));  // gathered
  const ManifestFile& manifest = (*list)[0];
  EXPECT_EQ(manifest.existing_files, 1);
  EXPECT_EQ(manifest.added_files, 1);
  EXPECT_EQ(manifest.deleted_files, 1);
  EXPECT_EQ(manifest.deleted_rows, 12);
  EXPECT_EQ(manifest.min_sequence_number, 1);
  const auto metadata_file = load_metadata(files_, *location_);
  const auto entries = read_entries(*files_.read(io::from_uri(manifest.path)),
                                    *metadata_file->spec(manifest.spec_id), manifest);
  ASSERT_TRUE(entries);
  ASSERT_THAT(*entries, SizeIs(2));
  EXPECT_EQ((*entries)[0].status, ManifestEntry::Status::existing);
  EXPECT_EQ((*entries)[0].snapshot_id, first);
  EXPECT_EQ((*entries)[0].sequence_number, 1);
  EXPECT_EQ((*entries)[1].status, ManifestEntry::Status::added);
  EXPECT_EQ((*entries)[1].snapshot_id, commit->snapshot_id);
  EXPECT_EQ((*entries)[1].sequence_number, 3);
}

TEST_F(MaintenanceTest, RowsAreNeitherLostNorMade) {
  append_many(2);
  const auto lost = try_replace({data_file("uk", 5, 1).path}, {merged(5, 20, 10)}, 3);
  ASSERT_FALSE(lost);
  EXPECT_EQ(lost.error().code, Code::internal);
  const auto unknown = try_replace({data_file("uk", 5, 7).path}, {merged(5, 20, 17)}, 3);
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().code, Code::lake_conflict);
}

TEST_F(MaintenanceTest, ExpiryKeepsTheNewestTheBranchesAndEachWritersMarker) {
  append_many(6);
  Json document = metadata();
  document["refs"]["audit"] = {{"type", "tag"},
                               {"snapshot-id", document["snapshots"][0]["snapshot-id"]}};
  document["snapshots"][1]["summary"]["flink.job-id"] = "job";
  const Json before = document["snapshots"];
  const std::string path = kFolder + "/metadata/00041-other.metadata.json";
  ASSERT_TRUE(files_.create(path, document.dump()));
  location_ = "file://" + path;
  ASSERT_TRUE(expire_to(2, 7));
  const Json after = metadata();
  ASSERT_THAT(after["snapshots"], SizeIs(4));
  EXPECT_EQ(after["snapshots"][0], before[0]);  // a tag
  EXPECT_EQ(after["snapshots"][1], before[1]);  // Flink's marker
  EXPECT_EQ(after["snapshots"][2], before[4]);
  EXPECT_EQ(after["snapshots"][3], before[5]);
  EXPECT_THAT(after["snapshot-log"], SizeIs(2));  // without holes
  EXPECT_EQ(after["current-snapshot-id"], before[5]["snapshot-id"]);
  EXPECT_THAT(plan_for("uk").files, SizeIs(6));
  EXPECT_FALSE(expire_to(2, 8));  // nothing to forget
  append_files(order_schema(), {data_file("uk", 5, 9)}, 9);
  EXPECT_THAT(plan_for("uk").files, SizeIs(7));
}

TEST_F(MaintenanceTest, TheCurrentSnapshotStaysWhereNoBranchNamesIt) {
  append_many(3);
  Json document = metadata();
  document.erase("refs");
  document["current-snapshot-id"] = document["snapshots"][0]["snapshot-id"];
  for (Json& snapshot : document["snapshots"]) snapshot["summary"].erase("assay.writer");
  const std::string path = kFolder + "/metadata/00041-other.metadata.json";
  ASSERT_TRUE(files_.create(path, document.dump()));
  location_ = "file://" + path;
  ASSERT_TRUE(expire_to(1, 7));
  EXPECT_THAT(metadata()["snapshots"], SizeIs(2));
  EXPECT_THAT(paths(plan_for("uk")), ElementsAre("uk-5-1.parquet"));
}

TEST_F(MaintenanceTest, WhatIsForgottenIsNotReachableAnyMore) {
  append_many(4);
  const auto all = reachable(files_, *location_);
  ASSERT_TRUE(all) << all.error().to_text();
  // 4 data files, manifests, lists and metadata files each.
  EXPECT_THAT(*all, SizeIs(16));
  const auto commit = try_replace({data_file("uk", 5, 1).path, data_file("uk", 5, 2).path,
                                   data_file("uk", 5, 3).path, data_file("uk", 5, 4).path},
                                  {merged(5, 20, 11 + 12 + 13 + 14)}, 5);
  ASSERT_TRUE(commit);
  location_ = commit->swap.new_location;
  ASSERT_TRUE(expire_to(1, 6));
  const auto now = reachable(files_, *location_);
  ASSERT_TRUE(now);
  EXPECT_FALSE(now->contains(data_file("uk", 5, 1).path));
  EXPECT_TRUE(now->contains(merged(5, 20, 0).path));
  EXPECT_TRUE(now->contains(io::from_uri(*location_)));
  // The data file, its manifest and list, and six metadata files.
  EXPECT_THAT(*now, SizeIs(9));
}

}  // namespace
}  // namespace assay::lake
