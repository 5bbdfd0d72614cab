#pragma once
// Why a value refuses its record, in words.

#include <cstdint>
#include <span>

#include "refine/block.h"
#include "refine/compute.h"
#include "refine/convert.h"
#include "refine/map_column.h"

namespace assay::refine {

/// A leaf that does not convert.
Fault misfit_fault(const Document& document, const FieldProgram& field, const Misfit& misfit);
/// An expression that has no value for the row whose innermost instance is `instance`.
Fault computed_fault(const Document& document, const FieldProgram& field,
                     const std::vector<std::uint32_t>& chain, std::uint32_t instance,
                     const ComputedMisfit& misfit);
/// A field that must be there and is not: of the row whose innermost instance is `instance`.
Fault missing_fault(const Document& document, const FieldProgram& field,
                    const std::vector<std::uint32_t>& chain, std::uint32_t instance);

}  // namespace assay::refine
