#pragma once
// What the checks of relations between tables share: the tenant's views and how a query that must
// find nothing becomes a problem.

#include <string>
#include <string_view>
#include <vector>

#include "verify/plan_document.h"
#include "verify/workspace_state.h"

namespace assay::verify {

/// One check over one tenant's views. Table names are SQL names already.
class RelationCheck {
 public:
  RelationCheck(WorkspaceState& state, const PlanDocument& plan, CheckScope& scope,
                std::string tenant)
      : state_(state), plan_(plan), scope_(scope), tenant_(std::move(tenant)) {}

  WorkspaceState& state() { return state_; }
  const PlanDocument& plan() const { return plan_; }
  CheckScope& scope() { return scope_; }
  const std::string& tenant() const { return tenant_; }

  /// Every row of the query is one too many. `what` is said with their number and the first of
  /// them.
  void expect_none(const std::string& query, const std::string& what);
  /// Two relations hold the same rows, as sets.
  void expect_equal(const std::string& stored, const std::string& wanted, const std::string& what);
  /// Adds to a count of the check.
  void count(const std::string& name, const std::string& relation);
  void run(const std::string& statement);
  void problem(const std::string& message) { scope_.problem("references", message); }

  bool has_table(int table) const { return state_.tables.contains(table_of(table).name); }
  const PlanTable& table_of(int table) const {
    return plan_.tables[static_cast<std::size_t>(table)];
  }
  const PlanColumn& column_of(int table, int column) const {
    return table_of(table).columns[static_cast<std::size_t>(column)];
  }
  /// SQL name of a table's view; of silver rows whose gold manifest is complete.
  std::string view(int table) const { return sql_name(table_of(table).name); }
  std::string done(int table) const { return sql_name("done " + table_of(table).name); }
  std::string column(int table, int column) const {
    return sql_name(column_of(table, column).name);
  }
  std::vector<std::string> columns(int table, const std::vector<int>& columns) const;

 private:
  WorkspaceState& state_;
  const PlanDocument& plan_;
  CheckScope& scope_;
  std::string tenant_;
};

std::string join_texts(const std::vector<std::string>& parts, std::string_view separator);
/// "a AS k0, b AS k1": key columns under names that two tables share.
std::string as_keys(const std::vector<std::string>& columns);
/// "k0, k1"
std::string key_names(std::size_t count);
/// "a.x = b.y AND ..."
std::string equal_keys(std::string_view left, const std::vector<std::string>& left_columns,
                       std::string_view right, const std::vector<std::string>& right_columns);

/// The current view (design section 9) over observations (key columns, valid_from, priority, hash):
/// in that order, the last of equal times wins, and equal neighbours are one. `key` lists the key
/// columns.
std::string current_view(const std::string& observations, const std::string& key);

void check_references(WorkspaceState& state, const PlanDocument& plan, Findings& findings,
                      const std::string& tenant);
void check_vault(WorkspaceState& state, const PlanDocument& plan, Findings& findings,
                 const std::string& tenant);
void check_features(WorkspaceState& state, const PlanDocument& plan, Findings& findings,
                    const std::string& tenant);
void check_marts(WorkspaceState& state, const PlanDocument& plan, Findings& findings,
                 const std::string& tenant);

}  // namespace assay::verify
