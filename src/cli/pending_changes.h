#pragma once
// What `assay plan` shows and `assay apply` does: the workspace against what is applied.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "cli/command.h"
#include "control/control.h"
#include "model/workspace.h"
#include "registry/registry.h"

namespace assay::cli {

/// What the control database says is applied.
struct AppliedState {
  std::optional<model::Workspace> workspace;
  registry::FieldIds field_ids;
  std::map<std::string, std::string> plan_of_tenant;  ///< tenant -> plan id
  bool has_tables = false;  ///< false: nothing is stored that a change could break
};
Result<AppliedState> read_applied(control::Database& control);

struct PendingChanges {
  std::vector<registry::Change> changes;
  registry::Compiled compiled;
  std::vector<std::string> recompiled;  ///< tenants whose plan differs, whatever the reason
  bool has_tables = false;

  bool empty() const { return changes.empty() && recompiled.empty(); }
  /// Changes that would break what is stored.
  std::vector<const registry::Change*> breaking() const;
};
Result<PendingChanges> pending_changes(const AppliedState& applied, const model::Workspace& next);

/// "1 change", "2 changes".
std::string counted(std::size_t count, std::string_view noun);
/// "+ entity order", "~ entity order, field total: type ...", with an indented line a break.
std::string change_text(const registry::Change& change);
/// The changes as a JSON document without what the caller adds: `extra` is a JSON object.
std::string changes_json(const PendingChanges& pending, const std::string& extra);

}  // namespace assay::cli
