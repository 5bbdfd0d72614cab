#pragma once
// verify's own reading of the control database (docs/control-database.md), by SQL over SQLite.
// Everything is read in one read transaction, so that a commit in between cannot tear it.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/result.h"

namespace assay::verify {

struct FileRow {
  std::string path;  ///< relative to the data folder
  std::uint64_t size = 0;
  std::string sha256;
  std::string table;
  std::string kind;
};

struct ManifestRow {
  std::string manifest_id, tenant_id, source_system, batch_id, status, layer, application, plan_id;
  std::int64_t record_count = 0;
  std::int64_t epoch = 0;
  int attempt = 1;
  bool current = true;
  std::vector<std::string> lineage;
  std::string ranges, tables, accounting, equations, snapshots;  ///< JSON
  /// Of a release, which takes records out of quarantine: "reprocess" or "discard"; else empty.
  std::string release;
  std::int64_t start_time = 0;
  std::optional<std::int64_t> end_time;
  std::int64_t ingest_time = 0;
};

struct OffsetRow {
  std::string source, source_id, layer;
  std::int64_t generation = 0;
  std::int64_t partition = 0;
  std::int64_t next_offset = 0;
};

struct LedgerRow {
  std::int64_t epoch = 0;
  std::int64_t generation = 0;
  std::string writer;
};

/// A row whose digest does not fit, is missing, or belongs to no row.
struct DigestFault {
  std::string table;
  std::string key;
  std::string message;
};

struct ControlRows {
  std::vector<FileRow> files;
  std::vector<ManifestRow> manifests;               ///< by epoch, bronze before silver before gold
  std::map<std::string, std::string> locations;     ///< "namespace.table" -> metadata file, a URI
  std::map<std::string, std::string> plans;         ///< plan id -> JSON
  std::map<std::string, std::string> tenant_plans;  ///< tenant -> id of the plan applied last
  std::string workspace;                            ///< JSON of the one applied last; may be empty
  std::vector<OffsetRow> offsets;
  std::vector<LedgerRow> ledger;
  std::vector<DigestFault> digest_faults;
  std::int64_t digests = 0;
  bool intent_open = false;

  /// Places of the manifests by id, and by the id of their first parent.
  std::unordered_map<std::string, std::size_t> place_of_manifest;
  std::unordered_multimap<std::string, std::size_t> places_of_children;

  const ManifestRow* manifest(const std::string& manifest_id) const;
  /// Current manifests whose only parent this is.
  std::vector<const ManifestRow*> children(const std::string& manifest_id) const;
};

enum class ControlPart { files, all };
/// REQUIRES: the file exists. Errors: control_database, control_schema.
Result<ControlRows> read_control(const std::string& database_path, ControlPart part);

}  // namespace assay::verify
