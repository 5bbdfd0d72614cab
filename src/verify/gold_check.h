#pragma once
// References between tables, and gold computed again from silver by SQL and by verify's own key
// hashes.

#include "verify/workspace_state.h"

namespace assay::verify {

/// One tenant. Silver: every master reference has its content row, and the other way round; the
/// current view of each history is that of the events' observations. Gold: hubs, links and
/// satellites hold exactly what silver gives, under the right keys; features are the products that
/// their measures say; a mart holds silver's rows joined to their contents.
void check_gold(WorkspaceState& state, Findings& findings, const std::string& tenant);

}  // namespace assay::verify
