#pragma once
// Opens the engine as the CLI does: real files and clock, progress on stderr, kill points from the
// environment.

#include "base/result.h"
#include "cli/command.h"
#include "engine/session.h"

namespace assay::cli {

/// The machine as it is. `ASSAY_KILL_AT` (docs/testing.md) makes the process end itself at a
/// durable effect, for kill tests.
Result<engine::Seams> session_seams();
Result<engine::Session> open_session(const Globals& globals, Progress& progress);

}  // namespace assay::cli
