#pragma once
// Which files of a table are worth putting together, and which of them at once.

#include <cstdint>
#include <span>
#include <vector>

#include "lake/lake.h"

namespace assay::engine {

/// Files of one partition that become one.
struct CompactionGroup {
  std::vector<lake::DataFile> files;
  std::int64_t bytes = 0;
};

struct CompactionGoal {
  std::uint64_t target_bytes = 0;  ///< files of three quarters of it are left alone
  std::size_t files_min = 2;       ///< a partition with fewer small ones is left alone
};

/// Groups of small files in the order of their paths, each up to the target.
std::vector<CompactionGroup> compaction_groups(std::span<const lake::DataFile> files,
                                               const CompactionGoal& goal);

/// Groups that are rewritten together: of one partition at most one, since what is written is one
/// file a partition, and not more than `bytes_max` unless one group alone is.
std::vector<std::vector<CompactionGroup>> compaction_rounds(std::vector<CompactionGroup> groups,
                                                            std::uint64_t bytes_max);

}  // namespace assay::engine
