#include "engine/compaction.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

namespace assay::engine {
namespace {

using Partition = std::vector<parquet::PartitionValue>;

/// Files of one partition, cut where the target is reached.
void add_groups(std::vector<const lake::DataFile*> files, const CompactionGoal& goal,
                std::vector<CompactionGroup>& groups) {
  std::ranges::sort(files, {}, [](const lake::DataFile* file) { return file->path; });
  CompactionGroup group;
  const auto close = [&] {
    if (group.files.size() > 1) groups.push_back(std::move(group));
    group = {};
  };
  for (const lake::DataFile* file : files) {
    if (static_cast<std::uint64_t>(group.bytes + file->size_bytes) > goal.target_bytes) close();
    group.files.push_back(*file);
    group.bytes += file->size_bytes;
  }
  close();
}

}  // namespace

std::vector<CompactionGroup> compaction_groups(std::span<const lake::DataFile> files,
                                               const CompactionGoal& goal) {
  std::map<Partition, std::vector<const lake::DataFile*>> small;
  for (const lake::DataFile& file : files) {
    if (static_cast<std::uint64_t>(file.size_bytes) < goal.target_bytes / 4 * 3)
      small[file.partition].push_back(&file);
  }
  std::vector<CompactionGroup> groups;
  for (auto& [partition, of_partition] : small) {
    if (of_partition.size() >= goal.files_min) add_groups(std::move(of_partition), goal, groups);
  }
  return groups;
}

std::vector<std::vector<CompactionGroup>> compaction_rounds(std::vector<CompactionGroup> groups,
                                                            std::uint64_t bytes_max) {
  std::vector<std::vector<CompactionGroup>> rounds;
  while (!groups.empty()) {
    std::set<Partition> taken;
    std::uint64_t bytes = 0;
    std::vector<CompactionGroup> round;
    std::vector<CompactionGroup> left;
    for (CompactionGroup& group : groups) {
      const auto size = static_cast<std::uint64_t>(group.bytes);
      const bool fits = round.empty() || bytes + size <= bytes_max;
      if (!fits || !taken.insert(group.files[0].partition).second) {
        left.push_back(std::move(group));
        continue;
      }
      bytes += size;
      round.push_back(std::move(group));
    }
    rounds.push_back(std::move(round));
    groups = std::move(left);
  }
  return rounds;
}

}  // namespace assay::engine
