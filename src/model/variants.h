#pragma once
// Variants: what a payload says where that does not convert to its field (`on_error: variant`).

#include <string>
#include <string_view>

#include "model/workspace.h"

namespace assay::model {

/// The field that holds the texts that do not convert to `field`.
std::string variant_name(std::string_view field);

/// Gives each entity and extension whose mappings keep variants a text field for each, and those
/// mappings an expression that fills it. REQUIRES: a workspace without problems.
void keep_variants(Workspace& workspace);

}  // namespace assay::model
