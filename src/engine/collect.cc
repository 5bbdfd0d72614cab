#include "engine/collect.h"

namespace assay::engine {

Result<column::Batch> collect(parquet::Database& database, const std::string& sql,
                              const column::TableSchema& schema) {
  column::BatchBuilder rows(schema);
  ASSAY_TRY_VOID(database.query(sql, [&](const column::Batch& batch) -> Status {
    for (int column = 0; column < batch.columns(); ++column) {
      const column::ColumnView view(batch, column);
      for (std::int64_t row = 0; row < batch.rows(); ++row) rows.copy(column, view, row);
    }
    return {};
  }));
  return rows.finish();
}

}  // namespace assay::engine
