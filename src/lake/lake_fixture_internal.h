#pragma once
// What the tests of this folder share: a table in memory, with a pointer as a catalog would keep
// it.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "io/memory_file_system.h"
#include "lake/avro.h"
#include "lake/lake.h"
#include "lake/metadata_internal.h"
#include "parquet/single_value.h"

namespace assay::lake::testing {

inline const std::string kFolder = "/w/.assay/lake/silver/order";

inline column::TableSchema order_schema() {
  return {.name = "silver.order",
          .fields =
              {{1, "tenant_id", {.type = column::Type::string}, true, column::Role::provenance, ""},
               {16,
                "ordered",
                {.type = column::Type::timestamp},
                true,
                column::Role::content,
                "When it was ordered."},
               {17, "amount", {column::Type::decimal, 9, 2}, false, column::Role::content, ""},
               {18, "pieces", {.type = column::Type::int32}, false, column::Role::content, ""},
               {19, "note", {.type = column::Type::string}, false, column::Role::content, ""}},
          .partition = {{.source = "tenant_id"},
                        {.source = "ordered", .transform = column::Transform::day}}};
}

inline CommitIdentity identity_of(std::int64_t epoch) {
  return {.writer = "main",
          .generation = 3,
          .epoch = epoch,
          .attempt = 1,
          .time = 1'700'000'000'000'000 + epoch,
          .summary = {{"assay.manifests", "m1"}, {"added-records", "lies"}}};
}

inline DataFile data_file(const std::string& tenant, int day, int number) {
  DataFile file{.path = fmt::format("{}/data/{}-{}-{}.parquet", kFolder, tenant, day, number),
                .partition = {parquet::PartitionValue{.text = tenant},
                              parquet::PartitionValue{.number = day}},
                .record_count = 10 + number,
                .size_bytes = 1000 + number,
                .metrics = {},
                .split_offsets = {4, 500}};
  file.metrics[1] = {.size_bytes = 20,
                     .value_count = 10,
                     .null_count = 0,
                     .nan_count = {},
                     .lower = tenant,
                     .upper = tenant};
  file.metrics[17] = {.size_bytes = 40,
                      .value_count = 10,
                      .null_count = 2,
                      .nan_count = {},
                      .lower = parquet::decimal_single_value(-5),
                      .upper = parquet::decimal_single_value(1420)};
  file.metrics[19] = {.size_bytes = 99,
                      .value_count = 10,
                      .null_count = 10,
                      .nan_count = {},
                      .lower = {},
                      .upper = {}};
  return file;
}

/// A table in memory, and its pointer as a catalog would keep it.
class LakeTest : public ::testing::Test {
 protected:
  Result<Commit> try_append(const column::TableSchema& schema, std::vector<DataFile> appended,
                            std::int64_t epoch) {
    return append(files_, *milestones_,
                  {.schema = schema,
                   .table_folder = kFolder,
                   .current_location = location_,
                   .appended = std::move(appended),
                   .identity = identity_of(epoch)});
  }
  Commit append_files(const column::TableSchema& schema, std::vector<DataFile> appended,
                      std::int64_t epoch) {
    auto commit = try_append(schema, std::move(appended), epoch);
    EXPECT_TRUE(commit) << commit.error().to_text();
    EXPECT_EQ(commit->swap.old_location, location_);
    location_ = commit->swap.new_location;
    return std::move(*commit);
  }
  ScanPlan plan_for(const std::string& tenant) {
    auto scan = plan(files_, *location_, {.tenant = TenantId(tenant)});
    EXPECT_TRUE(scan) << scan.error().to_text();
    return std::move(*scan);
  }
  Json metadata() { return Json::parse(*files_.read(io::from_uri(*location_))); }
  struct AvroFile {
    std::map<std::string, std::string> metadata;
    avro::Items rows;
  };
  AvroFile avro_file(const std::string& uri) {
    AvroFile file;
    const auto header =
        avro::read(*files_.read(io::from_uri(uri)), [&](const avro::Value& row) -> Status {
          file.rows.push_back(row);
          return {};
        });
    EXPECT_TRUE(header) << header.error().to_text();
    file.metadata = header->metadata;
    return file;
  }

  io::MemoryFileSystem files_;
  std::unique_ptr<io::Milestones> milestones_ = io::no_milestones();
  std::optional<std::string> location_;
};

inline std::vector<std::string> paths(const ScanPlan& scan) {
  std::vector<std::string> out;
  for (const DataFile& file : scan.files)
    out.push_back(file.path.substr(file.path.find_last_of('/') + 1));
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace assay::lake::testing
