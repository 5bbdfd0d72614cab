#pragma once
// One epoch on its way to the one transaction that makes it true (design section 7):
//   stage each table's rows -> adopt the files into the lake -> append Iceberg snapshots
//   -> one control transaction -> clean up.
// A crash anywhere before the transaction leaves the old world; after it, the new one.

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "engine/manifest_draft.h"
#include "engine/session.h"
#include "lake/lake.h"

namespace assay::engine {

/// What the lake's commits of an epoch carry.
lake::CommitIdentity commit_identity(const Session& session, std::int64_t epoch, Micros time);

/// What control keeps of files that the lake has written.
void add_files(const Session& session, const std::vector<lake::FileRecord>& records,
               std::vector<control::FileEntry>& entries);

class Epoch {
 public:
  Epoch(Session& session, std::int64_t number, Micros time);

  std::int64_t number() const { return number_; }
  /// Writes rows of a table into the staging folder; nothing is visible yet.
  Status stage(const column::TableSchema& schema, std::span<const column::Batch* const> batches);
  /// Paths of what this epoch staged for a table.
  std::vector<std::string> staged_paths(const std::string& table) const;
  /// A file that was written into the quarantine folder beside the tables.
  void add_file(control::FileEntry entry) { files_.push_back(std::move(entry)); }
  void add_receipt(control::PushReceipt receipt) { receipts_.push_back(std::move(receipt)); }
  /// Adopts, appends, and moves everything in one control transaction. Fills the drafts' snapshots
  /// and sums.
  Status commit(std::vector<ManifestDraft> completed, std::vector<control::Manifest> inserted,
                std::vector<control::OffsetMove> offsets,
                std::vector<control::SourceFile> source_files);
  /// Removes the files of an epoch that has failed: staged, adopted and of the snapshots.
  /// REQUIRES: control says so (`fail_epoch`), so that nothing refers to them.
  Status take_back();

 private:
  struct Table {
    column::TableSchema schema;
    std::vector<parquet::StagedFile> staged;
  };
  Status append(const std::string& name, const Table& table, control::EpochCommit& commit);

  Session& session_;
  std::int64_t number_;
  Micros time_;
  std::string staging_;
  int stagings_ = 0;
  std::map<std::string, Table> tables_;
  std::map<std::string, std::int64_t> snapshots_;
  std::vector<control::FileEntry> files_;
  std::vector<control::PushReceipt> receipts_;
  std::vector<std::string> placed_;  ///< in the lake, absolute
};

}  // namespace assay::engine
