#pragma once
// What the commits of a table have in common: the files that they write, the snapshot that they
// add, and the metadata file that they end with.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "io/file_system.h"
#include "io/milestones.h"
#include "lake/lake.h"
#include "lake/manifest_internal.h"
#include "lake/metadata_internal.h"

namespace assay::lake {

/// What a commit is of. Borrows.
struct CommitTarget {
  const std::string& table;
  const std::string& folder;                   ///< absolute, plain
  const std::optional<std::string>& location;  ///< of the metadata that it builds on
  const CommitIdentity& identity;
};

/// The files that one commit writes, in the order of writing.
class FileWriter {
 public:
  FileWriter(io::FileSystem& files, io::Milestones& milestones, std::string table,
             std::string folder)
      : files_(files),
        milestones_(milestones),
        table_(std::move(table)),
        folder_(std::move(folder)) {}

  /// Gives the path.
  Result<std::string> create(const std::string& name, const std::string& kind,
                             std::string_view bytes) {
    std::string path = folder_ + "/" + name;
    io::StepScope step(milestones_, io::Step::iceberg_metadata);
    ASSAY_TRY_VOID(files_.create(path, bytes));
    step.done();
    records_.push_back({.path = path,
                        .size = bytes.size(),
                        .sha256 = sha256(bytes),
                        .table = table_,
                        .kind = kind});
    return path;
  }
  /// Makes the names durable. To be called after the last file.
  Status finish() { return files_.sync_folder(folder_); }
  std::vector<FileRecord> take_records() { return std::move(records_); }

 private:
  io::FileSystem& files_;
  io::Milestones& milestones_;
  const std::string table_;
  const std::string folder_;
  std::vector<FileRecord> records_;
};

/// What a commit changes of what a snapshot's summary adds up.
struct Change {
  std::int64_t files = 0;
  std::int64_t rows = 0;
  std::int64_t bytes = 0;
};
Change sum_of(const std::vector<DataFile>& files);

/// The metadata at the target's location. lake_unsupported where the table has been moved.
Result<TableMetadata> load_base(io::FileSystem& files, const CommitTarget& target);

/// All Iceberg manifests of the base's current snapshot.
Result<std::vector<ManifestFile>> parent_manifests(io::FileSystem& files,
                                                   const TableMetadata& base);

/// A snapshot without its manifest list and its summary. lake_conflict where it was made before.
Result<Json> begin_snapshot(const TableMetadata& base, const CommitTarget& target);

/// The summary but for what the operation alone knows.
Json begin_summary(const TableMetadata& base, const CommitTarget& target, const char* operation,
                   const Change& change);

/// A manifest of entries of one spec, written under a name that `part` makes the commit's only one.
Result<ManifestFile> write_manifest_file(const TableMetadata& base, const CommitTarget& target,
                                         const Json& snapshot, const Spec& spec, int part,
                                         const std::vector<ManifestEntry>& entries,
                                         FileWriter& writer);

/// Writes the list of the snapshot's manifests and makes it the table's current snapshot.
Status add_snapshot(TableMetadata& base, const CommitTarget& target, Json snapshot,
                    const std::vector<ManifestFile>& manifests, FileWriter& writer);

/// Writes the metadata file. Gives the commit without a snapshot id.
Result<Commit> finish_commit(TableMetadata& base, const CommitTarget& target, FileWriter& writer);

/// The list under `key` of an object, made where it is missing or of another type.
Json& list_of(Json& document, const char* key);

}  // namespace assay::lake
