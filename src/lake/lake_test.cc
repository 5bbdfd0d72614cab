#include "lake/lake.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <nlohmann/json.hpp>

#include "lake/avro.h"
#include "lake/lake_fixture_internal.h"
#include "lake/manifest_internal.h"
#include "lake/metadata_internal.h"
#include "parquet/single_value.h"

namespace assay::lake {
namespace {

using column::Field;
using column::Role;
using column::TableSchema;
using column::Transform;
using column::Type;
using parquet::PartitionValue;
using testing::data_file;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::identity_of;
using ::testing::IsEmpty;
using testing::kFolder;
using testing::LakeTest;
using testing::order_schema;
using testing::paths;
using ::testing::SizeIs;

TEST_F(LakeTest, TwoAppendsAreBothInThePlanAndEachTenantSeesItsOwn) {
  append_files(order_schema(), {data_file("uk", 5, 1), data_file("de", 5, 2)}, 1);
  const Commit second = append_files(order_schema(), {data_file("uk", 6, 3)}, 2);
  EXPECT_THAT(paths(plan_for("")),
              ElementsAre("de-5-2.parquet", "uk-5-1.parquet", "uk-6-3.parquet"));
  EXPECT_THAT(paths(plan_for("uk")), ElementsAre("uk-5-1.parquet", "uk-6-3.parquet"));
  EXPECT_THAT(paths(plan_for("fr")), IsEmpty());
  EXPECT_THAT(paths(plan_for("zz")), IsEmpty());
  EXPECT_EQ(plan_for("uk").snapshot_id, second.snapshot_id);
  EXPECT_EQ(plan_for("uk").schema, order_schema());
}

TEST_F(LakeTest, DataFilesComeBackWithAllThatIsKnownOfThem) {
  DataFile file = data_file("uk", -3, 1);
  file.partition[1] = {};  // a null partition is not day 0
  append_files(order_schema(), {file}, 1);
  const ScanPlan scan = plan_for("uk");
  ASSERT_THAT(scan.files, SizeIs(1));
  const DataFile& found = scan.files[0];
  EXPECT_EQ(found.partition, file.partition);
  EXPECT_EQ(found.record_count, file.record_count);
  EXPECT_EQ(found.size_bytes, file.size_bytes);
  EXPECT_EQ(found.split_offsets, file.split_offsets);
  ASSERT_EQ(found.metrics.size(), file.metrics.size());
  for (const auto& [id, metrics] : file.metrics) {
    EXPECT_EQ(found.metrics.at(id).lower, metrics.lower) << id;
    EXPECT_EQ(found.metrics.at(id).upper, metrics.upper) << id;
    EXPECT_EQ(found.metrics.at(id).null_count, metrics.null_count) << id;
    EXPECT_EQ(found.metrics.at(id).size_bytes, metrics.size_bytes) << id;
  }
}

TEST_F(LakeTest, MetadataHasWhatTheFormatDemands) {
  const Commit commit = append_files(order_schema(), {data_file("uk", 5, 1)}, 7);
  EXPECT_THAT(commit.swap.new_location,
              ::testing::MatchesRegex("file:///w/.assay/lake/silver/order/metadata/00000-"
                                      "[0-9a-f-]+\\.metadata\\.json"));
  Json document = metadata();
  const Json snapshot = document["snapshots"][0];
  EXPECT_EQ(snapshot["summary"]["added-records"], "11");  // a caller's key never wins
  EXPECT_EQ(snapshot["summary"]["assay.manifests"], "m1");
  EXPECT_EQ(snapshot["summary"]["assay.epoch"], "7");
  document.erase("snapshots");
  const Json expected =
      Json::parse(fmt::format(R"json({{
    "format-version": 2, "table-uuid": "{0}", "location": "file:///w/.assay/lake/silver/order",
    "last-sequence-number": 1, "last-updated-ms": 1700000000000, "last-column-id": 19, "current-schema-id": 0,
    "schemas": [{{"type": "struct", "schema-id": 0, "fields": [
      {{"id": 1, "name": "tenant_id", "required": true, "type": "string"}},
      {{"id": 16, "name": "ordered", "required": true, "type": "timestamptz", "doc": "When it was ordered."}},
      {{"id": 17, "name": "amount", "required": false, "type": "decimal(9, 2)"}},
      {{"id": 18, "name": "pieces", "required": false, "type": "int"}},
      {{"id": 19, "name": "note", "required": false, "type": "string"}}]}}],
    "default-spec-id": 0, "partition-specs": [{{"spec-id": 0, "fields": [
      {{"source-id": 1, "field-id": 1000, "name": "tenant_id", "transform": "identity"}},
      {{"source-id": 16, "field-id": 1001, "name": "ordered_day", "transform": "day"}}]}}],
    "last-partition-id": 1001, "default-sort-order-id": 0, "sort-orders": [{{"order-id": 0, "fields": []}}],
    "properties": {{"assay.table": "silver.order", "assay.provenance-field-ids": "1",
      "write.format.default": "parquet", "write.parquet.compression-codec": "zstd"}},
    "current-snapshot-id": {1}, "refs": {{"main": {{"type": "branch", "snapshot-id": {1}}}}},
    "snapshot-log": [{{"timestamp-ms": 1700000000000, "snapshot-id": {1}}}], "metadata-log": []}})json",
                              document["table-uuid"].get<std::string>(), commit.snapshot_id));
  EXPECT_EQ(document, expected) << document.dump(1);
}

TEST_F(LakeTest, SnapshotsAddUp) {
  append_files(order_schema(), {data_file("uk", 5, 1), data_file("uk", 6, 2)}, 1);
  append_files(order_schema(), {data_file("de", 5, 3)}, 2);
  const Json document = metadata();
  ASSERT_EQ(document["snapshots"].size(), 2U);
  const Json& first = document["snapshots"][0];
  const Json& second = document["snapshots"][1];
  EXPECT_FALSE(first.contains("parent-snapshot-id"));
  EXPECT_EQ(second["parent-snapshot-id"], first["snapshot-id"]);
  EXPECT_EQ(second["sequence-number"], 2);
  EXPECT_EQ(first["summary"]["changed-partition-count"], "2");
  EXPECT_EQ(second["summary"]["total-records"], "36");
  EXPECT_EQ(second["summary"]["total-data-files"], "3");
  EXPECT_EQ(second["summary"]["total-files-size"], "3006");
  EXPECT_EQ(second["summary"]["manifests-kept"], "1");
  EXPECT_EQ(document["metadata-log"].size(), 1U);
  EXPECT_THAT(location_.value(), HasSubstr("/00001-"));
}

TEST_F(LakeTest, AvroHeadersAndEntriesAreAsReadersWantThem) {
  append_files(order_schema(), {data_file("uk", 5, 1)}, 1);
  append_files(order_schema(), {data_file("de", 5, 2)}, 2);
  const Json snapshot = metadata()["snapshots"][1];
  const AvroFile list = avro_file(snapshot["manifest-list"]);
  EXPECT_EQ(list.metadata.at("format-version"), "2");
  EXPECT_EQ(list.metadata.at("sequence-number"), "2");
  EXPECT_EQ(list.metadata.at("snapshot-id"), snapshot["snapshot-id"].dump());
  EXPECT_EQ(list.metadata.at("parent-snapshot-id"), snapshot["parent-snapshot-id"].dump());
  ASSERT_THAT(list.rows, SizeIs(2));
  EXPECT_EQ(*avro::field(*list.rows[1].record(), 515).integer(),
            1);  // carried over with its own number
  const AvroFile manifest = avro_file(*avro::field(*list.rows[0].record(), 500).text());
  EXPECT_EQ(Json::parse(manifest.metadata.at("schema")), metadata()["schemas"][0]);
  EXPECT_EQ(Json::parse(manifest.metadata.at("partition-spec")),
            metadata()["partition-specs"][0]["fields"]);
  EXPECT_EQ(manifest.metadata.at("partition-spec-id"), "0");
  EXPECT_EQ(manifest.metadata.at("schema-id"), "0");
  EXPECT_EQ(manifest.metadata.at("content"), "data");
  const avro::Record& entry = *manifest.rows[0].record();
  EXPECT_EQ(*avro::field(entry, 0).integer(), 1);
  EXPECT_TRUE(avro::field(entry, 3).is_null());  // inherited, so that a manifest survives a retry
  EXPECT_EQ(*avro::field(*avro::field(entry, 2).record(), 100).text(),
            "file://" + data_file("de", 5, 2).path);
}

TEST_F(LakeTest, AFreshTableMayBeEmpty) {
  const Commit commit = append_files(order_schema(), {}, 1);
  EXPECT_EQ(commit.snapshot_id, -1);
  EXPECT_THAT(commit.files, SizeIs(1));
  EXPECT_THAT(plan_for("uk").files, IsEmpty());
  append_files(order_schema(), {data_file("uk", 5, 1)}, 2);
  EXPECT_THAT(plan_for("uk").files, SizeIs(1));
}

TEST_F(LakeTest, SchemasGrowById) {
  append_files(order_schema(), {data_file("uk", 5, 1)}, 1);
  TableSchema next = order_schema();
  next.fields[4].name = "comment";               // renamed
  next.fields[3].type = {.type = Type::int64};   // widened
  next.fields[2].type = {Type::decimal, 18, 2};  // widened
  next.fields.push_back({25, "colour", {.type = Type::string}, false, Role::provenance, ""});
  append_files(next, {data_file("uk", 5, 2)}, 2);
  EXPECT_EQ(plan_for("uk").schema, next);
  EXPECT_EQ(metadata()["last-column-id"], 25);
  EXPECT_EQ(metadata()["schemas"].size(), 2U);
  EXPECT_EQ(metadata()["snapshots"][1]["schema-id"], 1);
  // A workspace that lacks a column does not drop it; a type never shrinks; an equal schema is not
  // listed twice.
  TableSchema less = next;
  less.fields.erase(less.fields.begin() + 4);
  less.fields[3].type = {.type = Type::int32};
  append_files(less, {data_file("uk", 5, 3)}, 3);
  EXPECT_GE(plan_for("uk").schema.index_of("comment"), 0);
  EXPECT_EQ(plan_for("uk").schema.fields[3].type.type, Type::int64);
  append_files(next, {data_file("uk", 5, 4)}, 4);
  EXPECT_EQ(plan_for("uk").schema, next);
  EXPECT_EQ(metadata()["schemas"].size(), 3U);
}

TEST_F(LakeTest, ANewIdMayTakeTheNameOfAnOldColumn) {
  append_files(order_schema(), {data_file("uk", 5, 1)}, 1);
  TableSchema next = order_schema();
  next.fields[4] = {26, "note", {.type = Type::int64}, false, Role::content, ""};
  append_files(next, {data_file("uk", 5, 2)}, 2);
  const TableSchema schema = plan_for("uk").schema;
  EXPECT_EQ(schema.fields[static_cast<std::size_t>(schema.index_of("note"))].id, 26);
  EXPECT_EQ(schema.fields[static_cast<std::size_t>(schema.index_of("note_19"))].id, 19);
}

TEST_F(LakeTest, ChangesThatOldFilesContradictAreRefused) {
  append_files(order_schema(), {data_file("uk", 5, 1)}, 1);
  const auto refused = [&](const TableSchema& schema) {
    const auto commit = try_append(schema, {data_file("uk", 5, 2)}, 2);
    return !commit && commit.error().code == Code::lake_unsupported;
  };
  TableSchema other_type = order_schema();
  other_type.fields[4].type = {.type = Type::int64};
  EXPECT_TRUE(refused(other_type));
  TableSchema other_scale = order_schema();
  other_scale.fields[2].type = {Type::decimal, 9, 3};
  EXPECT_TRUE(refused(other_scale));
  TableSchema required = order_schema();
  required.fields.push_back({30, "must", {.type = Type::string}, true, Role::content, ""});
  EXPECT_TRUE(refused(required));
  TableSchema now_required = order_schema();
  now_required.fields[4].required = true;
  EXPECT_TRUE(refused(now_required));
  TableSchema other_partition = order_schema();
  other_partition.partition.pop_back();
  EXPECT_TRUE(refused(other_partition));
}

TEST_F(LakeTest, ATableWithoutTenantsIsForNoTenant) {
  TableSchema schema = order_schema();
  schema.partition.erase(schema.partition.begin());
  DataFile file = data_file("uk", 5, 1);
  file.partition.erase(file.partition.begin());
  append_files(schema, {file}, 1);
  EXPECT_THAT(plan_for("").files, SizeIs(1));
  const auto scoped = plan(files_, *location_, {.tenant = TenantId("uk")});
  ASSERT_FALSE(scoped);
  EXPECT_EQ(scoped.error().code, Code::lake_unsupported);
}

TEST_F(LakeTest, TheSameEpochTwiceIsAConflictAndNothingIsOverwritten) {
  append_files(order_schema(), {data_file("uk", 5, 1)}, 1);
  const auto again = try_append(order_schema(), {data_file("uk", 5, 1)}, 1);
  ASSERT_FALSE(again);
  EXPECT_EQ(again.error().code, Code::lake_conflict);
  location_.reset();
  const auto anew = try_append(order_schema(), {data_file("uk", 5, 1)}, 1);
  ASSERT_FALSE(anew);
  EXPECT_EQ(anew.error().code, Code::file_exists);
}

TEST_F(LakeTest, WhatOthersWroteIntoTheMetadataStays) {
  append_files(order_schema(), {data_file("uk", 5, 1)}, 1);
  Json document = metadata();
  document["statistics"] = Json::array({{{"snapshot-id", 1}}});
  document["refs"]["audit"] = {{"type", "tag"}, {"snapshot-id", document["current-snapshot-id"]}};
  const std::string path = kFolder + "/metadata/00041-other.metadata.json";
  ASSERT_TRUE(files_.create(path, document.dump()));
  location_ = "file:" + path;  // as Java spells it
  append_files(order_schema(), {data_file("uk", 5, 2)}, 2);
  EXPECT_EQ(metadata()["statistics"], document["statistics"]);
  EXPECT_EQ(metadata()["refs"]["audit"], document["refs"]["audit"]);
  EXPECT_THAT(*location_, HasSubstr("/00042-"));
  EXPECT_THAT(plan_for("uk").files, SizeIs(2));
}

TEST_F(LakeTest, OtherFormatVersionsAreNamed) {
  append_files(order_schema(), {data_file("uk", 5, 1)}, 1);
  Json document = metadata();
  document["format-version"] = 3;
  const auto parsed = parse_metadata(document.dump());
  ASSERT_FALSE(parsed);
  EXPECT_EQ(parsed.error().code, Code::lake_unsupported);
  EXPECT_THAT(parsed.error().message, HasSubstr("version 3"));
}

TEST_F(LakeTest, CommittedFilesSurviveAPowerCut) {
  ASSERT_TRUE(files_.create("/w/.assay/tmp/0.parquet", "PAR1 not really"));
  const parquet::StagedFile staged{.path = "/w/.assay/tmp/0.parquet",
                                   .partition = data_file("uk", 5, 1).partition,
                                   .partition_folder = "tenant_id=uk/ordered_day=1970-01-06",
                                   .record_count = 1,
                                   .size_bytes = 15,
                                   .metrics = {},
                                   .split_offsets = {4}};
  const auto adopted =
      adopt(files_, *milestones_, std::span(&staged, 1), "silver.order", kFolder, identity_of(9));
  ASSERT_TRUE(adopted) << adopted.error().to_text();
  const Commit commit = append_files(order_schema(), adopted->data_files, 9);
  files_.drop_unsynced();
  ASSERT_THAT(plan_for("uk").files, SizeIs(1));
  const std::string path = plan_for("uk").files[0].path;
  EXPECT_EQ(path, kFolder + "/data/tenant_id=uk/ordered_day=1970-01-06/main-3-9-00000.parquet");
  EXPECT_EQ(*files_.read(path), "PAR1 not really");
  EXPECT_EQ(adopted->files[0].sha256, sha256("PAR1 not really"));
  EXPECT_THAT(commit.files, SizeIs(3));
  for (const FileRecord& record : commit.files) {
    const std::string bytes = *files_.read(record.path);
    EXPECT_EQ(record.size, bytes.size());
    EXPECT_EQ(record.sha256, sha256(bytes));
  }
  const auto again =
      adopt(files_, *milestones_, std::span(&staged, 1), "silver.order", kFolder, identity_of(9));
  EXPECT_FALSE(again);
}

TEST_F(LakeTest, AdoptedFilesMustHaveTheSizeThatWasWritten) {
  ASSERT_TRUE(files_.create("/w/0.parquet", "short"));
  const parquet::StagedFile staged{.path = "/w/0.parquet",
                                   .partition = {},
                                   .partition_folder = "",
                                   .record_count = 1,
                                   .size_bytes = 6,
                                   .metrics = {},
                                   .split_offsets = {}};
  const auto adopted =
      adopt(files_, *milestones_, std::span(&staged, 1), "silver.order", kFolder, identity_of(9));
  ASSERT_FALSE(adopted);
  EXPECT_EQ(adopted.error().code, Code::parquet_write);
}

/// Counts both sides of each step.
class Counting final : public io::Milestones {
 public:
  void before(io::Step step) override { ++counts[io::to_string(step)].first; }
  void after(io::Step step) override { ++counts[io::to_string(step)].second; }
  std::map<std::string_view, std::pair<int, int>> counts;
};

TEST_F(LakeTest, MilestonesStandAroundEveryEffect) {
  std::vector<parquet::StagedFile> staged;
  for (int i = 0; i < 40; ++i) {
    staged.push_back({.path = fmt::format("/w/{}.parquet", i),
                      .partition = data_file("uk", i, 1).partition,
                      .partition_folder = fmt::format("day={}", i),
                      .record_count = 1,
                      .size_bytes = 1,
                      .metrics = {},
                      .split_offsets = {}});
    ASSERT_TRUE(files_.create(staged.back().path, "x"));
  }
  Counting counting;
  const auto adopted = adopt(files_, counting, staged, "silver.order", kFolder, identity_of(1));
  ASSERT_TRUE(adopted) << adopted.error().to_text();
  ASSERT_TRUE(append(files_, counting,
                     {.schema = order_schema(),
                      .table_folder = kFolder,
                      .current_location = {},
                      .appended = adopted->data_files,
                      .identity = identity_of(1)}));
  EXPECT_EQ(counting.counts["staging_file"], std::pair(2, 2));
  EXPECT_EQ(counting.counts["file_sync"], std::pair(3, 3));
  EXPECT_EQ(counting.counts["iceberg_metadata"], std::pair(3, 3));
}

TEST(SnapshotId, DependsOnTableWriterEpochAndAttemptButNotOnTheGeneration) {
  CommitIdentity identity = identity_of(1);
  const std::int64_t id = snapshot_id_of("silver.order", identity);
  EXPECT_GT(id, 0);
  EXPECT_NE(id, snapshot_id_of("silver.invoice", identity));
  identity.generation = 99;
  EXPECT_EQ(id, snapshot_id_of("silver.order", identity));
  identity.attempt = 2;
  EXPECT_NE(id, snapshot_id_of("silver.order", identity));
}

RC_GTEST_PROP(Bounds, CutBoundsStillBoundTheirText, (const std::vector<std::uint32_t>& points)) {
  std::string text;
  for (const std::uint32_t raw : points) {
    // All planes, with the greatest code point often, so that carries occur.
    const std::uint32_t point = raw % 3 == 0 ? 0x10ffff : raw % 0xd800;
    if (point < 0x80) {
      text += static_cast<char>(point);
    } else if (point < 0x800) {
      text += {static_cast<char>(0xc0 | point >> 6), static_cast<char>(0x80 | (point & 0x3f))};
    } else if (point < 0x10000) {
      text +=
          {static_cast<char>(0xe0 | point >> 12), static_cast<char>(0x80 | ((point >> 6) & 0x3f)),
           static_cast<char>(0x80 | (point & 0x3f))};
    } else {
      text += "\xf4\x8f\xbf\xbf";
    }
  }
  const std::string lower = cut_lower_bound(text);
  const auto upper = cut_upper_bound(text);
  RC_ASSERT(lower <= text);
  RC_ASSERT(lower.size() <= kBoundBytesMax);
  RC_ASSERT((!upper || text <= *upper));
  RC_ASSERT((!upper || upper->size() <= kBoundBytesMax + 3));
  RC_ASSERT((text.size() > kBoundBytesMax || (lower == text && upper == text)));
}

TEST(Bounds, TheLastCodePointIsRaised) {
  EXPECT_EQ(cut_upper_bound(std::string(100, 'a')), std::string(63, 'a') + "b");
  EXPECT_EQ(cut_upper_bound(std::string(62, 'a') + "\xc3\xbf" + "tail"),
            std::string(62, 'a') + "\xc4\x80");
  EXPECT_EQ(cut_upper_bound(std::string(61, 'a') + "\xed\x9f\xbf" + "x"),
            std::string(61, 'a') + "\xee\x80\x80");
  std::string greatest;
  for (int i = 0; i < 20; ++i) greatest += "\xf4\x8f\xbf\xbf";
  EXPECT_EQ(cut_upper_bound(greatest), std::nullopt);
  EXPECT_EQ(cut_lower_bound(std::string(63, 'a') + "\xc3\xbf"), std::string(63, 'a'));
}

RC_GTEST_PROP(LakeDamage, ADamagedFileIsAnErrorThatNamesIt, ()) {
  io::MemoryFileSystem files;
  const auto milestones = io::no_milestones();
  std::optional<std::string> location;
  for (int epoch = 1; epoch <= 2; ++epoch) {
    const auto commit = append(files, *milestones,
                               {.schema = order_schema(),
                                .table_folder = kFolder,
                                .current_location = location,
                                .appended = {data_file("uk", epoch, 1), data_file("de", epoch, 2)},
                                .identity = identity_of(epoch)});
    RC_ASSERT(commit.has_value());
    location = commit->swap.new_location;
  }
  const auto list = *files.list(kFolder);
  const std::string path = list[*rc::gen::inRange<std::size_t>(0, list.size())].path;
  std::string bytes = *files.read(path);
  const auto place = *rc::gen::inRange<std::size_t>(0, bytes.size());
  bytes[place] = static_cast<char>(bytes[place] ^ (1 << *rc::gen::inRange(0, 8)));
  if (*rc::gen::inRange(0, 4) == 0) bytes.resize(place);
  RC_ASSERT(files.remove(path).has_value());
  RC_ASSERT(files.create(path, bytes).has_value());
  const auto scan = plan(files, *location, {.tenant = TenantId("uk")});
  if (!scan) {
    const Code code = scan.error().code;
    RC_ASSERT((code == Code::lake_format || code == Code::lake_unsupported ||
               code == Code::file_not_found));
    return;
  }
  // What reads is whole; the next append must cope with it as well, by success or by an error.
  const auto next = append(files, *milestones,
                           {.schema = order_schema(),
                            .table_folder = kFolder,
                            .current_location = location,
                            .appended = {data_file("uk", 9, 3)},
                            .identity = identity_of(9)});
  RC_ASSERT((next.has_value() || next.error().code != Code::internal));
}

}  // namespace
}  // namespace assay::lake
