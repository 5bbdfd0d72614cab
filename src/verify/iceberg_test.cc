#include "verify/iceberg.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace assay::verify {
namespace {

using nlohmann::json;

std::string number(std::int64_t value) {
  auto coded = (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
  std::string bytes;
  for (; coded >= 0x80; coded >>= 7) bytes += static_cast<char>((coded & 0x7f) | 0x80);
  return bytes + static_cast<char>(coded);
}
std::string text(const std::string& value) {
  return number(static_cast<std::int64_t>(value.size())) + value;
}
std::string container(const json& schema, const std::vector<std::string>& rows) {
  const std::string sync(16, 's');
  std::string block;
  for (const std::string& row : rows) block += row;
  return std::string("Obj\x01", 4) + number(1) + text("avro.schema") + text(schema.dump()) +
         number(0) + sync + number(static_cast<std::int64_t>(rows.size())) + text(block) + sync;
}
json field(const char* name, const json& type, int id) {
  return {{"name", name}, {"type", type}, {"field-id", id}};
}

/// A table of one snapshot, one manifest and two data files, with numbers that tests may bend.
struct Bent {
  std::int64_t manifest_length = -1;  ///< -1: the right one
  std::int64_t added_rows = 5;
  std::int64_t second_size = 6;
  std::string second_path = "/t/data/2.parquet";
  std::string total_records = "5";
};

class Iceberg : public ::testing::Test {
 protected:
  std::string manifest_file(const Bent& bent) {
    const json partition = {
        {"type", "record"},
        {"name", "r102"},
        {"fields", json::array({field("tenant_id", json::array({"null", "string"}), 1000)})}};
    const json data_file = {
        {"type", "record"},
        {"name", "r2"},
        {"fields",
         json::array({field("content", "int", 134), field("file_path", "string", 100),
                      field("partition", partition, 102), field("record_count", "long", 103),
                      field("file_size_in_bytes", "long", 104)})}};
    const json schema = {
        {"type", "record"},
        {"name", "manifest_entry"},
        {"fields", json::array({field("status", "int", 0), field("data_file", data_file, 2)})}};
    const auto entry = [](const std::string& path, std::int64_t rows, std::int64_t size) {
      return number(1) + number(0) + text("file://" + path) + number(1) + text("acme") +
             number(rows) + number(size);
    };
    return container(
        schema, {entry("/t/data/1.parquet", 2, 5), entry(bent.second_path, 3, bent.second_size)});
  }

  std::string list_file(const Bent& bent, std::size_t manifest_size) {
    const json schema = {
        {"type", "record"},
        {"name", "manifest_file"},
        {"fields",
         json::array(
             {field("manifest_path", "string", 500), field("manifest_length", "long", 501),
              field("partition_spec_id", "int", 502), field("content", "int", 517),
              field("sequence_number", "long", 515), field("added_snapshot_id", "long", 503),
              field("added_files_count", "int", 504), field("existing_files_count", "int", 505),
              field("deleted_files_count", "int", 506), field("added_rows_count", "long", 512),
              field("existing_rows_count", "long", 513),
              field("deleted_rows_count", "long", 514)})}};
    const std::int64_t length =
        bent.manifest_length < 0 ? static_cast<std::int64_t>(manifest_size) : bent.manifest_length;
    return container(schema, {text("file:///t/metadata/m.avro") + number(length) + number(0) +
                              number(0) + number(1) + number(77) + number(2) + number(0) +
                              number(0) + number(bent.added_rows) + number(0) + number(0)});
  }

  ChainWalk walk(const Bent& bent) {
    const std::string manifest = manifest_file(bent);
    const json metadata = {
        {"format-version", 2},
        {"location", "file:///t"},
        {"current-schema-id", 0},
        {"schemas",
         json::array(
             {{{"schema-id", 0},
               {"fields",
                json::array(
                    {{{"id", 1}, {"name", "tenant_id"}, {"type", "string"}, {"required", true}},
                     {{"id", 16},
                      {"name", "price"},
                      {"type", "decimal(18, 3)"},
                      {"required", false}}})}}})},
        {"partition-specs",
         json::array({{{"spec-id", 0},
                       {"fields", json::array({{{"source-id", 1},
                                                {"field-id", 1000},
                                                {"name", "tenant_id"},
                                                {"transform", "identity"}}})}}})},
        {"current-snapshot-id", 77},
        {"snapshots", json::array({{{"snapshot-id", 77},
                                    {"sequence-number", 1},
                                    {"manifest-list", "file:///t/metadata/l.avro"},
                                    {"summary",
                                     {{"operation", "append"},
                                      {"total-records", bent.total_records},
                                      {"total-data-files", "2"}}}}})},
        {"metadata-log", json::array({{{"metadata-file", "file:///t/metadata/0.json"}}})}};
    EXPECT_TRUE(files_->create("/t/metadata/1.json", metadata.dump()));
    EXPECT_TRUE(files_->create("/t/metadata/l.avro", list_file(bent, manifest.size())));
    EXPECT_TRUE(files_->create("/t/metadata/m.avro", manifest));
    EXPECT_TRUE(files_->create("/t/data/1.parquet", "12345"));
    EXPECT_TRUE(files_->create("/t/data/2.parquet", "123456"));
    auto walked = walk_chain(*files_, "silver.order", "/t/metadata/1.json");
    EXPECT_TRUE(walked) << walked.error().message;
    return std::move(walked).value();
  }

  std::unique_ptr<io::FileSystem> files_ = io::memory_file_system();
};

TEST_F(Iceberg, FollowsTheChain) {
  const ChainWalk walked = walk({});
  EXPECT_TRUE(walked.faults.empty()) << walked.faults.front().message;
  ASSERT_EQ(walked.table.files.size(), 2U);
  EXPECT_EQ(walked.table.files[0].tenant, "acme");
  EXPECT_EQ(walked.table.files[1].rows, 3);
  EXPECT_EQ(walked.table.fields[1].type.scale, 3);
  EXPECT_EQ(walked.table.reachable.size(), 6U);
}

void expect_fault(const ChainWalk& walked, const std::string& path, const std::string& word) {
  ASSERT_EQ(walked.faults.size(), 1U);
  EXPECT_EQ(walked.faults[0].path, path);
  EXPECT_NE(walked.faults[0].message.find(word), std::string::npos) << walked.faults[0].message;
}

TEST_F(Iceberg, ALengthThatLies) {
  expect_fault(walk({.manifest_length = 9}), "/t/metadata/l.avro", "manifest_length 9");
}
TEST_F(Iceberg, ACountThatLies) {
  expect_fault(walk({.added_rows = 6}), "/t/metadata/l.avro", "added_rows_count");
}
TEST_F(Iceberg, ASizeThatLies) {
  expect_fault(walk({.second_size = 7}), "/t/metadata/m.avro", "file_size_in_bytes 7");
}
TEST_F(Iceberg, ATotalThatLies) {
  expect_fault(walk({.total_records = "4"}), "/t/metadata/1.json", "total-records");
}
TEST_F(Iceberg, AFileThatIsNotThere) {
  const ChainWalk walked = walk({.second_path = "/t/data/3.parquet"});
  expect_fault(walked, "/t/metadata/m.avro", "/t/data/3.parquet");
}
TEST_F(Iceberg, AFileListedTwice) {
  const ChainWalk walked = walk({.second_size = 5, .second_path = "/t/data/1.parquet"});
  ASSERT_GE(walked.faults.size(), 1U);
  EXPECT_NE(walked.faults[0].message.find("twice"), std::string::npos);
}

TEST_F(Iceberg, WhatIsNoMetadataIsAnError) {
  ASSERT_TRUE(files_->create("/t/x.json", "{}"));
  ASSERT_TRUE(files_->create("/t/y.json", "not json"));
  EXPECT_EQ(walk_chain(*files_, "a.b", "/t/x.json").error().code, Code::lake_format);
  EXPECT_EQ(walk_chain(*files_, "a.b", "/t/y.json").error().code, Code::lake_format);
  EXPECT_EQ(walk_chain(*files_, "a.b", "/t/z.json").error().code, Code::file_not_found);
}

}  // namespace
}  // namespace assay::verify
