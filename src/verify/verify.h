#pragma once
// The proof (docs/proof.md): everything that Assay claims, recomputed from the stored files with
// code that shares nothing with the write path but the hashing primitive.

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "io/file_system.h"

namespace assay::verify {

struct Options {
  std::string root;                                ///< the workspace's folder, absolute
  bool files_only = false;                         ///< check nothing but the bytes of the files
  bool deep = false;                               ///< derive silver from bronze again
  std::optional<std::string> tenant;               ///< nothing = all
  std::function<void(std::string_view)> progress;  ///< called with what is being done; may be empty
};

/// One statement that was checked, for one tenant, layer and table (empty where it spans them).
struct Check {
  std::string tenant;
  std::string layer;
  std::string table;
  std::string name;  ///< "content checksums", "references", "derived again from bronze" ...
  std::map<std::string, std::int64_t> counts;
  bool ok = true;
};

/// A place where the proof does not hold.
struct Problem {
  std::string
      kind;  ///< "file", "chain", "control", "rows", "accounting", "references", "derivation"
  std::string path;  ///< of a file, relative to the data folder
  std::string table;
  std::string tenant;
  std::string manifest;  ///< manifest id
  std::string message;
};

/// What a tenant's records became: in = refined + quarantined + duplicates + discarded + fixed +
/// waiting.
struct Totals {
  std::int64_t records = 0;
  std::int64_t refined = 0;
  std::int64_t quarantined = 0;  ///< now; what was released since is among the others
  std::int64_t duplicates = 0;
  std::int64_t discarded = 0;  ///< by name, from quarantine
  std::int64_t fixed = 0;      ///< superseded by a record of their own, which counts for itself
  std::int64_t released = 0;   ///< refusals that are over, in all
  std::int64_t waiting = 0;    ///< in bronze, not taken by a silver manifest yet
  std::int64_t leaves = 0;
  std::int64_t leaves_mapped = 0;
  std::int64_t leaves_master = 0;
  std::int64_t leaves_residue = 0;
};

struct Report {
  bool ok = true;
  std::vector<Check> checks;
  std::vector<Problem> problems;         ///< at most kProblemsMax; `problem_count` has them all
  std::vector<std::string> notices;      ///< for example files of an epoch that was not committed
  std::map<std::string, Totals> totals;  ///< by tenant
  std::int64_t problem_count = 0;
  std::int64_t files = 0;
  std::int64_t bytes = 0;
  bool deep = false;
};

inline constexpr std::size_t kProblemsMax = 1000;

/// Checks the workspace. What does not hold is in the report; an error means that nothing could be
/// checked (no workspace, no control database).
Result<Report> verify(io::FileSystem& files, const Options& options);

/// Which value to walk back.
struct WhyQuestion {
  std::string root;
  std::string table;  ///< "silver.invoice", "mart.customer", or the last part where unique
  std::string key;    ///< "536365", "536365,3" or "invoice_no=536365,item_index=3"
  std::optional<std::string> column;
  std::optional<std::string> tenant;
};

/// A manifest on the way back.
struct WhyManifest {
  std::string manifest_id;
  std::string layer;
  std::string status;
  std::string plan_id;
  std::string batch_id;
  std::string ended;
};

/// How one column came out of the payload.
struct WhyMapping {
  std::string column;
  std::string path;           ///< JSONPath of the mapping, or "constant", or how it is derived
  std::string normalisation;  ///< JSON of what is not the default; empty = none
  std::string application;
  std::string version;
  std::string plan_id;
  std::string pointer;  ///< JSON Pointer of the leaf in this payload; empty where it is absent
};

struct WhyAnswer {
  std::string table;
  std::string tenant;
  std::vector<std::pair<std::string, std::string>> row;  ///< column, value as text
  std::optional<std::string> column;
  std::vector<WhyManifest> manifests;  ///< from the row's own down to bronze
  std::vector<WhyMapping> mappings;    ///< of the column, or of all columns
  std::string record_id;
  std::string source, source_id, path;  ///< source coordinates
  std::int64_t partition = 0;
  std::int64_t offset = 0;
  std::string ingest_time;
  std::string payload;
  std::size_t mark_begin = 0,
              mark_end = 0;  ///< bytes of the payload that hold the value; equal = none
  /// Rows of the same key that this one superseded, or that superseded it, oldest first.
  std::vector<std::vector<std::pair<std::string, std::string>>> history;
  std::vector<std::string> notes;
};

/// Errors: table_unknown and row_unknown with the nearest names, tenant_unknown, usage for a
/// malformed key.
Result<WhyAnswer> why(io::FileSystem& files, const WhyQuestion& question);

}  // namespace assay::verify
