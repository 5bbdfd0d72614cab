#pragma once
// The type of a leaf, from its values and what its name says.

#include "registry/family_view.h"
#include "registry/inference.h"

namespace assay::registry {

/// The leaf as a field without a name: type, score, format, notes.
InferredField infer_leaf(const FamilyView& view, std::uint32_t leaf);

/// A type that takes the values of both.
column::DataType common_type(const column::DataType& a, const column::DataType& b);

}  // namespace assay::registry
