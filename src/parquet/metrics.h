#pragma once
// Exact metrics of the rows that go into one file.

#include <map>
#include <span>

#include "parquet/parquet.h"
#include "parquet/row_selection.h"

namespace assay::parquet {

/// By field id: counts and bounds (binary columns have no bounds); sizes are left 0.
std::map<int, ColumnMetrics> measure(const BatchSet& set, std::span<const RowReference> rows);

}  // namespace assay::parquet
