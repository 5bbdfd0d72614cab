#pragma once
// One value of a batch into the typed row encoding.

#include <cstdint>

#include "column/batch.h"
#include "column/row_encoder.h"
#include "column/schema.h"

namespace assay::column {

/// Appends the value at (view, row) under `id`.
/// REQUIRES: the view has that type and the row is not null.
void encode_value(RowEncoder& encoder, int id, const DataType& type, const ColumnView& view,
                  std::int64_t row);

}  // namespace assay::column
