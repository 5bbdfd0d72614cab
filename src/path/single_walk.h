#pragma once
// Which queries the kernel's single walk can take.

#include <string_view>

#include "path/json_path.h"
#include "path/syntax.h"

namespace assay::path {

/// Names, indices from the front and wildcards become a JsonPath; the first thing that is not one
/// of these is Code::path_invalid with its byte in `text`.
Result<JsonPath> single_walk(const QuerySyntax& query, std::string_view text);

}  // namespace assay::path
