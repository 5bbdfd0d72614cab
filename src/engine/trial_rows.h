#pragma once
// The rows that two plans make of the same slab, compared by SQL.

#include <map>
#include <set>
#include <string>

#include "base/hash.h"
#include "base/result.h"
#include "engine/trial.h"
#include "refine/refine.h"

namespace assay::engine {

/// What one side made of a slab, as tables of the database while they are looked at. Borrows all.
class TrialTables {
 public:
  TrialTables(const model::Workspace& workspace, const plan::Plan& plan, const std::string& side,
              const refine::RefineResult& result)
      : workspace_(workspace), plan_(plan), side_(side), result_(result) {}

  Status put_into(parquet::Database& database) const;
  Status take_from(parquet::Database& database) const;
  /// SQL of a table's rows in the slab: no rows where the side made none.
  std::string relation(const std::string& table) const;
  const column::TableSchema* schema(const std::string& table) const;
  const model::Workspace& workspace() const { return workspace_; }
  const plan::Plan& plan() const { return plan_; }
  const std::string& side() const { return side_; }
  bool has_rows(const std::string& table) const;

  struct Refusal {
    int code = 0;
    std::string pointer;
    bool operator==(const Refusal&) const = default;
  };
  std::map<Hash128, Refusal> refusals() const;

 private:
  std::string name_of(const std::string& table) const { return side_ + " " + table; }

  const model::Workspace& workspace_;
  const plan::Plan& plan_;
  const std::string& side_;
  const refine::RefineResult& result_;
};

/// Adds what differs to `tables`, and the records whose rows differ to `touched`.
Status compare_tables(parquet::Database& database, const TrialTables& applied,
                      const TrialTables& pending, std::map<std::string, TableDifference>& tables,
                      std::set<Hash128>& touched);

}  // namespace assay::engine
