#pragma once
// What keeps the lake small under many small commits: compaction, expiry, and the removal of files
// that nobody needs. Rows never change: compaction carries them over with the ids of their
// manifests, so verify proves the same before and after.
//
//   compact: small files of a partition -> one, as a "replace" snapshot
//   expire:  old snapshots are forgotten; files that no table leads to any more are retired
//   remove_orphans: what was retired longer than the grace ago goes, and what no commit ever named

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "engine/session.h"

namespace assay::engine {

struct MaintenanceScope {
  std::optional<std::string> table;  ///< "silver.order"; nothing: all
  bool dry_run = false;              ///< says what it would do
};

struct CompactOptions {
  MaintenanceScope scope;
  std::uint64_t target_bytes = std::uint64_t{128} << 20;
  std::size_t files_min = 5;  ///< small files that a partition must have
};
struct Compacted {
  std::string table;
  std::int64_t files_before = 0;  ///< of the whole table
  std::int64_t files_after = 0;
  std::int64_t bytes_before = 0;  ///< of the files that were replaced
  std::int64_t bytes_after = 0;
  std::int64_t rows = 0;
};
/// Tables with nothing to do are left out. Each table is one commit, or several where it is large;
/// interrupted, it goes on where it was. In a dry run `files_after` is what would be left.
Result<std::vector<Compacted>> compact(Session& session, const CompactOptions& options);

struct ExpireOptions {
  MaintenanceScope scope;
  std::size_t snapshots_kept = 100;
};
/// In a dry run `files` are those that nothing leads to already.
struct Expired {
  std::string table;
  std::int64_t snapshots = 0;  ///< forgotten
  std::int64_t files = 0;      ///< retired
  std::int64_t bytes = 0;
};
Result<std::vector<Expired>> expire(Session& session, const ExpireOptions& options);

struct OrphanOptions {
  MaintenanceScope scope;
  Micros grace = kMicrosPerDay;  ///< readers that began so long ago may still read
};
struct Orphans {
  std::int64_t retired = 0;   ///< files removed that had been retired
  std::int64_t unlisted = 0;  ///< files removed that no commit had named
  std::int64_t bytes = 0;
  std::int64_t waiting = 0;  ///< retired or unlisted, but not for long enough
};
Result<Orphans> remove_orphans(Session& session, const OrphanOptions& options);

}  // namespace assay::engine
