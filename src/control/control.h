#pragma once
// The control database: manifests, ledger, intents, leases, offsets, files, registry, and Iceberg's
// SQL catalog (JDBC layout V1, catalog name "lake"). SQLite in WAL mode with synchronous=FULL. It
// does not see the lake: it carries out swaps and keeps records that others made.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"

namespace assay::control {

enum class ManifestStatus { received, processing, complete, failed, paused };
std::string_view to_string(ManifestStatus status);  ///< "RECEIVED" ...
Result<ManifestStatus> parse_manifest_status(std::string_view text);
/// The state table of design section 8.
bool may_move(ManifestStatus from, ManifestStatus to);

/// One unit of work in one layer for one tenant. The first eleven are the columns that users see,
/// by these names.
struct Manifest {
  std::string manifest_id;
  std::string tenant_id;
  std::string source_system;
  std::string batch_id;
  std::int64_t record_count = 0;  ///< input records, in every layer
  Micros start_time = 0;
  std::optional<Micros> end_time;
  ManifestStatus status = ManifestStatus::received;
  std::string quality_checks =
      "{}";           ///< JSON: schema_valid, null_check_pass, duplicate_count, and more
  std::string layer;  ///< "bronze", "silver", "gold"
  std::vector<std::string> lineage;  ///< parent manifest ids
  // What stands beside them.
  std::string application;
  std::string plan_id;
  std::int64_t epoch = 0;
  int attempt = 1;
  bool current = true;
  std::optional<std::string> superseded_by;
  std::string ranges =
      "[]";  ///< JSON: [{source, source_id, generation, partition, begin, end, path}]
  std::string tables = "{}";      ///< JSON: {table: {"rows": n, "checksum": hex}}
  std::string accounting = "{}";  ///< JSON: leaves, masters, bytes, quarantined_by_code, versions
  std::string equations = "[]";   ///< JSON: [{"operator", "in", "parts": {...}}]
  std::string snapshots = "{}";   ///< JSON: {table: snapshot id as string}
  std::string error;              ///< of a failed one
  Micros ingest_time = 0;
  int retries = 0;  ///< how often it went from FAILED back to PROCESSING; kept by the database
};

struct ManifestFilter {
  std::optional<std::string> tenant_id, layer, application;
  std::optional<ManifestStatus> status;
  std::optional<int> limit;  ///< the newest ones
};

/// What a source has given so far. A range's begin is unique, so nothing commits twice.
struct SourceOffset {
  std::string source;     ///< name in the workspace
  std::string source_id;  ///< SHA-256 of a file's content at first ingest, hex
  std::int64_t generation = 0;
  std::int32_t partition = 0;
  std::string layer = "bronze";
  std::int64_t next_offset = 0;
  std::string mark;  ///< in the source's own words: what it needs to know its last record again
};

/// A file that was ingested before, under one of the paths that it had.
struct SourceFile {
  std::string source;
  std::string source_id;
  std::string tenant_id;
  std::string application;
  std::string path;
  std::int64_t length = 0;    ///< decompressed bytes committed so far
  std::string prefix_sha256;  ///< SHA-256 of the first `length` decompressed bytes, hex
  std::int64_t stored_size =
      0;  ///< bytes on disk when last read, and its modification time: a quick "unchanged"
  Micros modified = 0;
};

struct OffsetMove {
  SourceOffset from;  ///< next_offset = begin of the range
  std::int64_t to = 0;
  std::string mark;  ///< the new one; empty: it stays
};

/// What a client was told of one request under its idempotency key.
struct PushReceipt {
  std::string tenant_id;
  std::string application;
  std::string key;
  std::string sha256;        ///< hex, of what came with the key
  std::int64_t first = 0;    ///< offset of its first record
  std::int64_t records = 0;  ///< how many offsets it took
  Micros received = 0;
};

struct CatalogSwap {
  std::string table;  ///< "namespace.name"
  std::optional<std::string> old_location;
  std::string new_location;
};

struct FileEntry {
  std::string path;  ///< relative to the data folder
  std::uint64_t size = 0;
  std::string sha256;  ///< hex
  std::string table;
  std::string kind;
};

/// Written before the first file of an epoch; recovery repeats the epoch as intended.
struct Intent {
  std::int64_t epoch = 0;
  std::int64_t generation = 0;
  std::string writer;
  std::string kind;  ///< "ingest" or "run"
  std::string body;  ///< JSON: ranges or manifests, plan ids, ingest time
  Micros created = 0;
};

/// A manifest that its epoch leaves out, and why.
struct FailedManifest {
  std::string manifest_id;
  std::string reason;
};

/// All that an epoch moves, in one transaction.
struct EpochCommit {
  std::int64_t epoch = 0;
  std::int64_t generation = 0;
  std::string writer;
  std::vector<CatalogSwap> swaps;
  std::vector<Manifest> inserted;   ///< new manifests, e.g. the RECEIVED children
  std::vector<Manifest> completed;  ///< PROCESSING -> COMPLETE, with all their columns
  std::vector<OffsetMove> offsets;
  std::vector<SourceFile> source_files;
  std::vector<FileEntry> files;
  std::vector<PushReceipt> receipts;  ///< of what the offsets move over; old ones are forgotten
  Micros time = 0;
  /// PROCESSING -> FAILED: a tenant whose step fails is left out, never waited for. Manifests of
  /// the epoch that are neither completed nor named here fail without a reason of their own.
  std::vector<FailedManifest> failed;
};

/// A tenant's flow from bronze upwards that is not to be taken on. Bronze goes on.
struct PausedFlow {
  std::string tenant_id;
  std::string application;  ///< empty: all of them
  Micros since = 0;
  std::string actor;
  std::string reason;
};
/// Whether its flow is one of these.
bool is_paused(const std::vector<PausedFlow>& flows, const Manifest& manifest);

/// Who wants what of which flow.
struct FlowCommand {
  std::string tenant_id;
  std::string application;  ///< empty: all of them
  std::string actor;
  std::string reason;
  Micros time = 0;
};
struct FlowChange {
  bool changed = false;        ///< false: it was so already
  std::int64_t manifests = 0;  ///< moved
};
/// A command that changed something: kept for ever.
struct CommandRow {
  FlowCommand command;
  std::string action;  ///< "pause", "resume"
  std::int64_t manifests = 0;
};

/// What work on stored files moves, in one transaction: no manifest and no offset.
struct MaintenanceCommit {
  std::int64_t generation = 0;
  std::int64_t epoch = 0;  ///< that names its files; from next_epoch
  std::vector<CatalogSwap> swaps;
  std::vector<FileEntry> files;      ///< new ones
  std::vector<std::string> retired;  ///< relative paths that no table leads to any more
  Micros time = 0;
};

/// A file that no table leads to, and since when. Readers that began before may still read it.
struct RetiredFile {
  std::string path;
  std::string table;
  std::uint64_t size = 0;
  Micros retired = 0;
};

struct Lease {
  std::int64_t generation = 0;
  std::string holder;
};

/// One stored version of what `assay apply` made.
struct AppliedPlan {
  std::string tenant_id;
  std::string plan_id;
  std::string plan_json;
  Micros applied = 0;
};

/// The workspace and the plans that one `assay apply` left in force.
struct InForce {
  std::int64_t version = 0;  ///< of the workspace; grows with every apply
  std::string workspace_json;
  std::map<std::string, std::string> plan_of_tenant;  ///< tenant -> plan id
};

/// One connection. One thread at a time.
class Database {
 public:
  /// Makes the file and its tables where `create` is set and they are missing. Errors:
  /// control_database, control_schema, disk_full, file_permission.
  struct OpenOptions {
    std::string path;
    bool create = false;
    bool read_only = false;
  };
  static Result<Database> open(const OpenOptions& options);
  ~Database();
  Database(Database&&) noexcept;
  Database& operator=(Database&&) noexcept;

  // Lease: generation grows by one with every taking.
  Result<Lease> take_lease(const std::string& holder, Micros now);
  Status release_lease(const Lease& lease);

  // Epochs.
  Result<std::int64_t> next_epoch();  ///< never used before
  Status write_intent(const Intent& intent,
                      std::span<const Manifest>
                          processing);  ///< also inserts or moves these manifests to PROCESSING
  Result<std::optional<Intent>> open_intent();  ///< the one that was not committed
  Status take_over_intent(std::int64_t epoch, std::int64_t generation);
  /// One transaction. generation_stale, offset_moved, lake_conflict, manifest_state roll all back.
  Status commit(const EpochCommit& commit);
  /// The epoch failed for a reason that is not a crash: manifests to FAILED with the reason, intent
  /// closed.
  Status fail_epoch(std::int64_t epoch, const std::string& reason, Micros now);
  /// State follows the commit: the last epoch that was applied to the state store, kept for reports
  /// only.
  Result<std::vector<std::int64_t>> committed_epochs_after(std::int64_t epoch);

  // Manifests, in the order of their start, bronze before silver before gold.
  Result<std::vector<Manifest>> manifests(const ManifestFilter& filter);
  Result<Manifest> manifest(
      const std::string& manifest_id);  ///< a unique prefix is enough; manifest_unknown
  Result<std::vector<Manifest>> children(const std::string& manifest_id);
  /// Puts manifests into the queue as RECEIVED, all or none. Needs no lease: whoever holds it takes
  /// them with its next epochs. manifest_state where an id exists.
  Status queue(std::span<const Manifest> waiting);

  // Flows. Neither needs a lease: whoever holds it takes nothing of a paused flow into its next
  // epoch, and finishes what it has taken.
  /// Silver manifests that wait or failed become PAUSED, and those that come wait.
  Result<FlowChange> pause(const FlowCommand& command);
  /// PAUSED ones become RECEIVED. manifest_state where an application is named and all of its
  /// tenant is paused.
  Result<FlowChange> resume(const FlowCommand& command);
  Result<std::vector<PausedFlow>> paused_flows();
  Result<std::vector<CommandRow>> commands(int limit);  ///< the newest first

  // Sources.
  Result<std::optional<std::int64_t>> next_offset(const SourceOffset& source);
  /// All of bronze whose `source` ends with this text, with their marks.
  Result<std::vector<SourceOffset>> offsets_ending(const std::string& source_end);
  Result<std::vector<SourceFile>> source_files(const std::string& tenant_id);
  Result<std::optional<PushReceipt>> push_receipt(const std::string& tenant_id,
                                                  const std::string& application,
                                                  const std::string& key);

  // Catalog (Iceberg JDBC V1).
  Result<std::optional<std::string>> table_location(const std::string& table);
  Result<std::map<std::string, std::string>> table_locations();

  // Files, by relative path.
  Result<std::vector<FileEntry>> files();
  /// generation_stale, lake_conflict and file_exists roll all back.
  Status commit_maintenance(const MaintenanceCommit& commit);
  Result<std::vector<RetiredFile>> retired_files();
  /// Before they are removed from the disk: what is removed must not be missed.
  Status forget_files(std::int64_t generation, std::span<const std::string> paths);

  // Registry: plans, ids of fields, and the workspace as applied.
  struct FieldChanges {
    std::map<std::string, int> added;            ///< "table/field" -> id
    std::map<std::string, std::string> renamed;  ///< "table/new" -> "table/old"
  };
  Status apply(std::span<const AppliedPlan> plans, const FieldChanges& fields,
               const std::string& workspace_json, Micros now);
  Result<std::map<std::string, int>> field_ids();  ///< "table/field" -> id
  /// Names that columns had before: "table/old" -> "table/new", chains followed to their end.
  Result<std::map<std::string, std::string>> renamed_fields();
  Result<std::optional<AppliedPlan>> current_plan(const std::string& tenant_id);
  Result<std::vector<AppliedPlan>> current_plans();
  Result<AppliedPlan> plan(const std::string& plan_id);
  Result<std::optional<std::string>> applied_workspace();
  /// Everything that is in force, read at one instant; nothing before the first apply.
  Result<std::optional<InForce>> in_force();
  Result<std::string> workspace(std::int64_t version);  ///< plan_not_applied
  /// The plan with which a tenant's quarantine was last looked through for what it may cure.
  Result<std::map<std::string, std::string>> swept_plans();  ///< by tenant
  Status set_swept(const std::string& tenant_id, const std::string& plan_id);

 private:
  struct Impl;
  explicit Database(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace assay::control
