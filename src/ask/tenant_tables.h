#pragma once
// What one tenant may see of a lake: its tables by plan and catalog, and the files of its scope.

#include <optional>
#include <string>

#include "ask/locked_sql.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"
#include "control/control.h"
#include "io/file_system.h"
#include "model/workspace.h"

namespace assay::ask {

struct TenantRequest {
  TenantId tenant;
  std::optional<Micros> known_at;
};

/// The tenant that a command means: the named one, or the only one of the workspace. Errors:
/// tenant_unknown with the nearest names, or with all of them where none was named.
Result<TenantId> choose_tenant(const model::Workspace& workspace, const std::string& name);

/// Tables of the tenant's plan and of the catalog, with the files that lake::plan gives for the
/// scope, the masters of the workspace, and a table macro `feature.<view>_at` for each feature
/// view.
Result<Visible> tenant_tables(io::FileSystem& files, control::Database& control,
                              const model::Workspace& workspace, const TenantRequest& request);

}  // namespace assay::ask
