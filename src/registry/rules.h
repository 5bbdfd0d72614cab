#pragma once
// The two halves of a plan: what refine does with a payload, and what fold does with the rows.

#include <vector>

#include "model/workspace.h"
#include "plan/plan.h"

namespace assay::registry {

/// One schema version as the kernel runs it. REQUIRES: `plan` has all tables of the workspace.
plan::VersionPlan version_plan(const model::Workspace& workspace, const plan::Plan& plan,
                               const model::SchemaVersion& version);

/// The keyed operators in the order of running. REQUIRES: as above.
std::vector<plan::OperatorRule> operator_rules(const model::Workspace& workspace,
                                               const plan::Plan& plan);

/// The table of that name. REQUIRES: the plan has it.
int table_of(const plan::Plan& plan, const std::string& name);
/// The column of that name in a table of the plan. REQUIRES: the table has it.
int column_of(const plan::Plan& plan, int table, std::string_view name);
std::vector<int> columns_of(const plan::Plan& plan, int table,
                            const std::vector<std::string>& names);

}  // namespace assay::registry
