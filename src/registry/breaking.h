#pragma once
// Which changes of a workspace would break what is applied and stored.

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "model/workspace.h"

namespace assay::registry {

/// (what of a Change, key that changed; empty where it was removed) -> what would break.
using Breaks = std::map<std::pair<std::string, std::string>, std::vector<std::string>>;
Breaks breaking_changes(const model::Workspace& applied, const model::Workspace& next);
/// The same keys -> what becomes of stored columns and their readers where nothing breaks.
Breaks effects_of_changes(const model::Workspace& applied, const model::Workspace& next);

/// The field of the next entity that an applied one became: the same name, or renamed from it.
const model::Field* successor(const model::Entity& next, const std::string& field);

/// Whether Iceberg may read values of `from` as values of `to` (specification, "Schema evolution").
bool may_promote(const column::DataType& from, const column::DataType& to);

/// Whether SQL text uses a column: the name stands there as a word of its own outside of literals.
bool mentions_column(std::string_view sql, std::string_view column);

}  // namespace assay::registry
