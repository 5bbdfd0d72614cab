#pragma once
// One field of many rows at once: leaves -> a column of typed values.

#include <cstdint>
#include <vector>

#include "refine/convert.h"
#include "refine/document.h"
#include "refine/program.h"
#include "refine/rows.h"

namespace assay::refine {

/// A leaf that quarantines its record.
struct Misfit {
  std::uint32_t row = 0;
  std::uint32_t node = 0;
  Outcome outcome = Outcome::wrong_type;
};

/// What the columns of a block are mapped from and to. Borrows everything.
struct ColumnMapper {
  Document* document = nullptr;
  TextRoom* room = nullptr;
  std::vector<Misfit> misfits;  ///< of the last map()

  /// Fills rows [first, first + count) of the field's column. Row `first + i` takes its leaf from
  /// the slots at bases[i]; neighbours with the same base share one leaf, which is looked at once.
  /// A leaf that is used gets the mark.
  void map(const FieldProgram& field, const std::uint32_t* bases, std::uint32_t count, Rows& rows,
           std::uint32_t first, Uses mark);
};

}  // namespace assay::refine
