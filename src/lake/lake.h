#pragma once
// Iceberg v2 tables on files: append and replace commits, expiry, and planning of scans. Knows no
// catalog: a commit returns the swap that the control transaction carries out. Specification:
// apache/iceberg format/spec.md.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"
#include "column/schema.h"
#include "io/file_system.h"
#include "io/milestones.h"
#include "parquet/parquet.h"

namespace assay::lake {

/// A file that the control database will keep size and SHA-256 of.
struct FileRecord {
  std::string path;  ///< absolute, plain
  std::uint64_t size = 0;
  Sha256 sha256{};
  std::string table;
  std::string kind;  ///< "data", "manifest", "manifest_list", "metadata", "quarantine"
};

struct DataFile {
  std::string path;  ///< absolute, plain; in Avro and JSON as file:///
  std::vector<parquet::PartitionValue> partition;
  std::int64_t record_count = 0;
  std::int64_t size_bytes = 0;
  std::map<int, parquet::ColumnMetrics> metrics;
  std::vector<std::int64_t> split_offsets;
};

/// Who commits; goes into file names, snapshot ids and the snapshot's summary.
struct CommitIdentity {
  std::string writer;  ///< name of the engine's instance
  std::int64_t generation = 0;
  std::int64_t epoch = 0;
  int attempt = 0;
  Micros time = 0;                             ///< snapshot timestamp
  std::map<std::string, std::string> summary;  ///< user keys, e.g. "assay.manifests"
};

/// A pointer of the catalog to be moved: nullopt old location = the table is made.
struct Swap {
  std::string table;
  std::optional<std::string> old_location;  ///< file:///...metadata.json
  std::string new_location;
};

struct Commit {
  Swap swap;
  std::int64_t snapshot_id = 0;
  std::vector<FileRecord> files;  ///< Iceberg's own files that this commit wrote
};

/// Moves staged files to <location>/data/<writer>-<generation>-<epoch>-<sequence>.parquet (with the
/// partition as folders), computes their SHA-256 and syncs files and folders. Refuses to overwrite.
struct Adopted {
  std::vector<DataFile> data_files;
  std::vector<FileRecord> files;
};
Result<Adopted> adopt(io::FileSystem& files, io::Milestones& milestones,
                      std::span<const parquet::StagedFile> staged, const std::string& table,
                      const std::string& table_folder, const CommitIdentity& identity);

/// Appends data files as one snapshot, evolving the table's schema (new optional columns by new
/// ids) where `schema` asks for it. With no current location the table is made in `table_folder`
/// (empty `appended` allowed only then). Files are created only if absent and synced. Errors:
/// lake_format, lake_unsupported.
struct AppendRequest {
  column::TableSchema schema;
  std::string table_folder;                     ///< absolute, plain
  std::optional<std::string> current_location;  ///< from the catalog
  std::vector<DataFile> appended;
  CommitIdentity identity;
};
Result<Commit> append(io::FileSystem& files, io::Milestones& milestones,
                      const AppendRequest& request);

/// Puts data files in the place of others that hold the same rows, as one snapshot of the operation
/// "replace", and gathers the table's manifests. With nothing to replace it gathers them alone.
/// Errors: lake_format, lake_unsupported; lake_conflict where one of the replaced is not live.
struct ReplaceRequest {
  std::string table;
  std::string table_folder;
  std::string current_location;
  std::vector<std::string> replaced;  ///< paths, absolute and plain
  std::vector<DataFile> replacing;
  CommitIdentity identity;
};
Result<Commit> replace(io::FileSystem& files, io::Milestones& milestones,
                       const ReplaceRequest& request);

/// Forgets old snapshots: only metadata is written, no file goes. Kept are the newest
/// `snapshots_kept`, the heads of all branches and tags, and the newest snapshot of each writer
/// that looks for its own marker there. Nothing where there is nothing to forget.
struct ExpireRequest {
  std::string table;
  std::string table_folder;
  std::string current_location;
  std::size_t snapshots_kept = 0;
  bool dry_run = false;  ///< only counts
  CommitIdentity identity;
};
struct Expiry {
  std::int64_t snapshots = 0;    ///< forgotten
  std::optional<Commit> commit;  ///< nothing where there is nothing to forget
};
Result<Expiry> expire(io::FileSystem& files, io::Milestones& milestones,
                      const ExpireRequest& request);

/// Everything that a table's metadata leads to, itself included: absolute, plain paths.
Result<std::set<std::string>> reachable(io::FileSystem& files,
                                        const std::string& metadata_location);

/// What a reader may see. Empty tenant = everything (verify and interop tests only).
struct TenantScope {
  TenantId tenant;
  static TenantScope all() { return {}; }
};

struct ScanPlan {
  column::TableSchema schema;
  std::vector<DataFile> files;  ///< current snapshot, pruned to the scope
  std::int64_t snapshot_id = -1;
};
/// The live data files of a table that a scope may read. A table without the tenant partition gives
/// an error for any scope but all().
Result<ScanPlan> plan(io::FileSystem& files, const std::string& metadata_location,
                      const TenantScope& scope);

/// 63 bits of hash(table, writer, epoch, attempt), never 0.
std::int64_t snapshot_id_of(std::string_view table, const CommitIdentity& identity);

}  // namespace assay::lake
