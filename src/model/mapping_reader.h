#pragma once
// A field mapping: where a value comes from and how it is normalised.

#include <optional>
#include <string>
#include <string_view>

#include "model/document.h"
#include "model/problems.h"
#include "model/workspace.h"
#include "path/xpath.h"

namespace assay::model {

/// What the paths of a schema version are written in: XPath where it declares namespaces, else
/// JSONPath, which "$" in front always means.
struct PathLanguage {
  std::optional<path::XmlNamespaces> namespaces;
};

/// The path that a scalar holds; reports what is no path (path_invalid).
std::optional<path::JsonPath> read_path(const Node& node, const PathLanguage& language,
                                        path::XPathUse use, ProblemList& problems);

/// Either the path alone or a map with `path`, `constant` or `expression` and the normalisation.
FieldMapping read_field_mapping(const Node& name, const Node& value, const PathLanguage& language,
                                ProblemList& problems);

}  // namespace assay::model
