#pragma once
// A tenant's own fields of an event as tables and rules: a further entity with the rows and the
// key of the one that it extends, in the plan of that tenant alone.

#include <string>
#include <vector>

#include "column/schema.h"
#include "model/workspace.h"
#include "registry/registry.h"

namespace assay::registry {

/// "silver.order__acme".
std::string extension_table(const model::Extension& extension);
/// Fields that the extension's table takes over: the key, the event time, and what tells that a key
/// was deleted. REQUIRES: a workspace without problems (all functions here).
std::vector<model::Field> extension_shared_fields(const model::Workspace& workspace,
                                                  const model::Extension& extension);
/// The extension tables of one tenant, in the order in which the workspace declares them.
std::vector<column::TableSchema> extension_tables(const model::Workspace& workspace,
                                                  const std::string& tenant, FieldIds& ids);

}  // namespace assay::registry
