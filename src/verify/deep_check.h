#pragma once
// Silver, derived again from the payloads in bronze by the second interpreter.

#include "verify/workspace_state.h"

namespace assay::verify {

/// One tenant: every record of every live bronze manifest whose silver manifest is live. Rows are
/// compared by record id, pointer and content hash (check_rows has compared the hashes with the
/// values), quarantine by code and pointer, residue by its leaves, and all counts with the
/// manifest's. Then the sets of master contents, and that each dropped duplicate has a record that
/// was kept.
void check_derivation(WorkspaceState& state, Findings& findings, const std::string& tenant);

}  // namespace assay::verify
