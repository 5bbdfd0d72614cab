#pragma once
// A query's rows as one batch.

#include <string>

#include "base/result.h"
#include "column/batch.h"
#include "parquet/parquet.h"

namespace assay::engine {

/// REQUIRES: the query's columns are those of the schema, in its order.
Result<column::Batch> collect(parquet::Database& database, const std::string& sql,
                              const column::TableSchema& schema);

}  // namespace assay::engine
