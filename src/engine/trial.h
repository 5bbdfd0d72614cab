#pragma once
// A plan that is not applied yet, run over stored bronze beside the applied one: what would differ.
// Changes nothing, takes no lease, and keeps nothing.

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "control/control.h"
#include "io/file_system.h"
#include "model/workspace.h"
#include "parquet/parquet.h"
#include "plan/plan.h"

namespace assay::engine {

/// One of the two sides: a workspace and its plan of one tenant.
struct TrialSide {
  const model::Workspace* workspace = nullptr;
  plan::Plan plan;
};

struct ColumnDifference {
  std::int64_t changed = 0;
  std::string record, applied, pending;  ///< an example
};

/// Rows of one table; those of one record and place are the same row.
struct TableDifference {
  std::int64_t added = 0;
  std::int64_t removed = 0;
  std::int64_t changed = 0;
  std::map<std::string, ColumnDifference> columns;  ///< by the pending name
};

/// A metric over all records that were looked at; nothing where one side does not have it.
struct MetricDifference {
  std::optional<std::string> applied, pending;
};

struct TenantTrial {
  std::int64_t records = 0;
  std::int64_t alike = 0;  ///< refined by both to the same rows, or refused by both alike
  std::int64_t now_refined = 0;
  std::int64_t now_refused = 0;
  std::int64_t refused_otherwise = 0;  ///< by both, with another code or at another place
  std::int64_t refined_otherwise = 0;
  std::map<int, std::int64_t> applied_codes, pending_codes;
  std::map<std::string, TableDifference> tables;  ///< those that differ
  std::map<std::string, MetricDifference> metrics;
};

struct TrialRequest {
  std::string tenant;
  Micros since = 0;  ///< ingest time
  TrialSide applied, pending;
  std::function<void(std::string_view)> progress;  ///< may be empty
};

/// Goes bronze manifest by bronze manifest, so that memory depends on neither the time nor the
/// tenant; values of metrics wait in `database`, which spills them. Records that a run would drop
/// as duplicates count on both sides.
Result<TenantTrial> try_out(io::FileSystem& files, control::Database& control,
                            parquet::Database& database, const TrialRequest& request);

}  // namespace assay::engine
