#pragma once
// Loads the workspace around the current folder and shows all of its mistakes at once.

#include <optional>

#include "base/result.h"
#include "cli/command.h"
#include "model/workspace.h"

namespace assay::cli {

/// Nothing where the workspace has mistakes: they are printed then (as a JSON document with an
/// array of them where --json is given), and the exit code is set.
Result<std::optional<model::Workspace>> load_workspace(Globals& globals);

}  // namespace assay::cli
