#pragma once
// The control rows against their digests and against each other.

#include "verify/workspace_state.h"

namespace assay::verify {

/// Digests; every manifest's state, identity and place in its chain bronze -> silver -> gold; the
/// ledger; plans by their hash; the ranges of each source, without gap or overlap, up to its
/// offset.
void check_control(WorkspaceState& state, Findings& findings);

}  // namespace assay::verify
