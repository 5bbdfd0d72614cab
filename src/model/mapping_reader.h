#pragma once
// A field mapping: where a value comes from and how it is normalised.

#include <optional>
#include <string>
#include <string_view>

#include "model/document.h"
#include "model/problems.h"
#include "model/workspace.h"

namespace assay::model {

/// The path that a scalar holds; reports what is no path (path_invalid).
std::optional<path::JsonPath> read_path(const Node& node, ProblemList& problems);

/// Either the path alone or a map with `path` or `constant` and the normalisation.
FieldMapping read_field_mapping(const Node& name, const Node& value, ProblemList& problems);

}  // namespace assay::model
