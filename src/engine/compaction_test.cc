#include "engine/compaction.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>
#include <set>

namespace assay::engine {
namespace {

lake::DataFile file_of(const std::string& tenant, int number, std::int64_t size) {
  lake::DataFile file;
  file.path = fmt::format("/t/{}-{:05}.parquet", tenant, number);
  file.partition = {parquet::PartitionValue{.text = tenant, .number = {}}};
  file.size_bytes = size;
  file.record_count = 1;
  return file;
}

TEST(Compaction, OnlySmallFilesOfOnePartitionComeTogether) {
  const std::vector<lake::DataFile> files = {file_of("de", 1, 10), file_of("uk", 2, 10),
                                             file_of("uk", 1, 20), file_of("uk", 3, 90),
                                             file_of("uk", 4, 30)};
  const auto groups = compaction_groups(files, {.target_bytes = 100, .files_min = 2});
  ASSERT_EQ(groups.size(), 1U);  // "de" has one file, and 90 of 100 bytes are enough
  ASSERT_EQ(groups[0].files.size(), 3U);
  EXPECT_EQ(groups[0].files[0].path, "/t/uk-00001.parquet");
  EXPECT_EQ(groups[0].bytes, 60);
}

TEST(Compaction, GroupsEndAtTheTarget) {
  std::vector<lake::DataFile> files;
  for (int i = 0; i < 10; ++i) files.push_back(file_of("uk", i, 30));
  const auto groups = compaction_groups(files, {.target_bytes = 100, .files_min = 2});
  ASSERT_EQ(groups.size(), 3U);  // three of three files; the last one is alone
  for (const CompactionGroup& group : groups) EXPECT_EQ(group.bytes, 90);
}

TEST(Compaction, ManyFilesOfAQuarterOfTheTargetAreStillMany) {
  std::vector<lake::DataFile> files;
  for (int i = 0; i < 100; ++i) files.push_back(file_of("uk", i, 30));
  const auto groups = compaction_groups(files, {.target_bytes = 100, .files_min = 16});
  EXPECT_EQ(groups.size(), 33U);  // of three each, though sixteen would not fit into one
  files.resize(15);
  EXPECT_TRUE(compaction_groups(files, {.target_bytes = 100, .files_min = 16}).empty());
}

TEST(Compaction, RoundsTakeEachGroupOnceAndEachPartitionOnceARound) {
  EXPECT_TRUE(rc::check("rounds", [] {
    std::vector<lake::DataFile> files;
    const int count = *rc::gen::inRange(0, 60);
    for (int i = 0; i < count; ++i) {
      const std::string tenant(1, static_cast<char>('a' + *rc::gen::inRange(0, 4)));
      files.push_back(file_of(tenant, i, *rc::gen::inRange(1, 80)));
    }
    const auto groups = compaction_groups(files, {.target_bytes = 100, .files_min = 2});
    std::map<std::string, int> seen;
    for (const auto& round : compaction_rounds(groups, 150)) {
      RC_ASSERT(!round.empty());
      std::set<std::string> partitions;
      std::int64_t bytes = 0;
      for (const CompactionGroup& group : round) {
        RC_ASSERT(partitions.insert(*group.files[0].partition[0].text).second);
        bytes += group.bytes;
        for (const lake::DataFile& file : group.files) {
          RC_ASSERT(file.partition == group.files[0].partition);
          ++seen[file.path];
        }
      }
      RC_ASSERT(round.size() == 1 || bytes <= 150);
    }
    std::size_t grouped = 0;
    for (const CompactionGroup& group : groups) grouped += group.files.size();
    RC_ASSERT(seen.size() == grouped);
    for (const auto& [path, times] : seen) RC_ASSERT(times == 1);
  }));
}

}  // namespace
}  // namespace assay::engine
