#pragma once
// What the tests of this module share: a database in a folder of its own, and short ways to fill
// it.

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "control/control.h"

namespace assay::control {

class ControlTest : public ::testing::Test {
 protected:
  ControlTest() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "assay-control-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    path_ = folder_ + "/control.db";
  }
  ~ControlTest() override { std::filesystem::remove_all(folder_); }

  Database open(bool read_only = false) {
    auto database = Database::open({.path = path_, .create = !read_only, .read_only = read_only});
    if (!database) throw std::runtime_error(database.error().to_text());
    return *std::move(database);
  }

  static Manifest manifest_of(const std::string& id, const std::string& layer = "bronze") {
    Manifest manifest;
    manifest.manifest_id = id;
    manifest.tenant_id = "uk";
    manifest.application = "shop";
    manifest.source_system = "files";
    manifest.batch_id = "00000001";
    manifest.record_count = 10;
    manifest.start_time = 1'000;
    manifest.layer = layer;
    manifest.ingest_time = 1'000;
    return manifest;
  }

  /// Opens an epoch with its intent and manifests in PROCESSING; returns what a commit of it starts
  /// from.
  static EpochCommit begin(Database& database, const Lease& lease,
                           const std::vector<Manifest>& manifests) {
    EpochCommit commit;
    commit.epoch = database.next_epoch().value_or(-1);
    commit.generation = lease.generation;
    commit.writer = "engine";
    commit.time = 2'000;
    const Status written = database.write_intent({.epoch = commit.epoch,
                                                  .generation = lease.generation,
                                                  .writer = "engine",
                                                  .kind = "ingest",
                                                  .body = "{}",
                                                  .created = 1'500},
                                                 manifests);
    if (!written) throw std::runtime_error(written.error().to_text());
    return commit;
  }

  static OffsetMove range(std::int64_t begin, std::int64_t end) {
    return {.from = {.source = "uk/shop/files", .source_id = "abc", .next_offset = begin},
            .to = end};
  }

  std::string folder_;
  std::string path_;
};

}  // namespace assay::control
