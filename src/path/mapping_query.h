#pragma once
// Which queries a mapping takes, and how they are split: what the single walk follows, and the
// rest.

#include <string_view>

#include "path/json_path.h"
#include "path/syntax.h"

namespace assay::path {

/// Names, indices and wildcards in front become steps of their own; from the first segment on that
/// is none of these the text is the last step, a query. A query takes lists of names, indices,
/// slices, descendants, and filters that compare texts or ask for existence; Code::path_invalid
/// names the first thing that it does not take.
Result<JsonPath> split_mapping(const QuerySyntax& query, std::string_view text);

}  // namespace assay::path
