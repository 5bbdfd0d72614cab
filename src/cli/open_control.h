#pragma once
// Opens the control database for commands that need no engine; they work beside a running one.

#include "base/result.h"
#include "cli/command.h"
#include "control/control.h"
#include "engine/session.h"

namespace assay::cli {

/// Errors: no_workspace, plan_not_applied.
enum class ControlAccess { read, write };
Result<control::Database> open_control(const Globals& globals,
                                       ControlAccess access = ControlAccess::read);
/// Where the workspace keeps its data. Error: no_workspace.
Result<engine::Paths> data_paths(const Globals& globals);

}  // namespace assay::cli
