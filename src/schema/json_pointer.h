#pragma once
// JSON Pointers (RFC 6901) of the nodes of a document, for errors that name a place.

#include <optional>
#include <string>
#include <string_view>

#include "path/json_document.h"

namespace assay::schema {

/// "/fields/0/type"; the root is "".
std::string json_pointer(const path::JsonDocument& document, path::NodeId node);
/// One step, with "~" and "/" escaped: "~0", "~1".
std::string pointer_token(std::string_view name);
/// The member of an object with this name, or nothing.
std::optional<path::NodeId> member(const path::JsonDocument& document, path::NodeId object,
                                   std::string_view name);

}  // namespace assay::schema
