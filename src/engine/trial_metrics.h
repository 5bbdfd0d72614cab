#pragma once
// Metrics over what two plans make of the same records.

#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "engine/trial.h"
#include "engine/trial_rows.h"

namespace assay::engine {

/// Collects the values that each simple metric aggregates, from the marts' rows of each slab, in
/// tables of the database. One thread.
class TrialMetrics {
 public:
  TrialMetrics(parquet::Database& database, const model::Workspace& applied,
               const model::Workspace& pending);

  Status prepare();
  Status add(const TrialTables& applied, const TrialTables& pending);
  /// The metrics that differ or that only one side has; the tables are dropped.
  Result<std::map<std::string, MetricDifference>> finish();

 private:
  struct Simple {
    const model::Metric* metric;
    std::string table;  ///< of its values
  };
  using Side = std::vector<Simple>;
  static Side side_of(const model::Workspace& workspace, const std::string& name);
  Status add_side(const Side& side, const TrialTables& rows);
  Result<std::map<std::string, std::string>> results(const Side& side,
                                                     const model::Workspace& workspace);

  parquet::Database& database_;
  const model::Workspace& applied_workspace_;
  const model::Workspace& pending_workspace_;
  Side applied_;
  Side pending_;
};

}  // namespace assay::engine
