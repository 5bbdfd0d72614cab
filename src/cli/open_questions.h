#pragma once
// Opens what sql, ask and feature need: the workspace as applied, and one tenant's locked SQL
// session.

#include <memory>
#include <optional>
#include <string>

#include "ask/locked_sql.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"
#include "cli/command.h"
#include "control/control.h"
#include "model/workspace.h"

namespace assay::cli {

struct Questions {
  control::Database control;
  model::Workspace workspace;  ///< as applied
  TenantId tenant;
  ask::LockedSql sql;
};

struct QuestionOptions {
  std::string tenant;              ///< empty: the only one
  std::optional<Micros> known_at;  ///< rows known later stay unseen
};

/// The applied workspace alone. Errors: no_workspace, plan_not_applied.
Result<model::Workspace> applied_workspace(control::Database& control);
Result<Questions> open_questions(const Globals& globals, const QuestionOptions& options);

/// The instant of an option such as --as-of; nullopt where the text is empty. Error: usage.
Result<std::optional<Micros>> instant_option(const std::string& name, const std::string& text);

}  // namespace assay::cli
