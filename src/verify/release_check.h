#pragma once
// Records that left quarantine: each refusal ends at most once, by a manifest that says so.

#include <string>

#include "verify/findings.h"
#include "verify/workspace_state.h"

namespace assay::verify {

void check_releases(WorkspaceState& state, Findings& findings, const std::string& tenant);

}  // namespace assay::verify
