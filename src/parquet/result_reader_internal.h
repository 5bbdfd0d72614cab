#pragma once
// DuckDB's chunks as batches.

#include <duckdb.h>

#include "column/batch.h"
#include "column/schema.h"

namespace assay::parquet {

/// Appends all rows of a chunk, whose columns have types that column_type maps to the schema's.
void append_chunk(duckdb_data_chunk chunk, const column::TableSchema& schema,
                  column::BatchBuilder& builder);

}  // namespace assay::parquet
