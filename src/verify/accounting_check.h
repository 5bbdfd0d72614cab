#pragma once
// The equations: of records, of leaves, and of every operator.

#include "verify/row_check.h"
#include "verify/workspace_state.h"

namespace assay::verify {

/// Compares what the manifests say with the rows that `sums` counted in the files, and adds the
/// tenant's totals to the report.
void check_accounting(WorkspaceState& state, Findings& findings, const std::string& tenant,
                      const RowSums& sums);

}  // namespace assay::verify
