#pragma once
// Which queries a mapping takes, and how they are split: what the single walk follows, and the
// rest.

#include <string_view>

#include "path/json_path.h"

namespace assay::path {

/// A path of a mapping. Names, indices and wildcards in front become steps of their own; from the
/// first segment on that is none of these the text is the last step, a query. A query takes lists
/// of names, indices, slices, descendants, and filters that compare texts or ask for existence;
/// Code::path_invalid names the first thing that it does not take.
///
/// Where "$" stands behind names and indices, as in "@.buyer$.parties[?@.id == @@.id].name", the
/// query is a lookup: it begins at the payload's root, and "@@" in its filters is the node in front
/// of the "$".
Result<JsonPath> split_mapping(std::string_view text);

}  // namespace assay::path
