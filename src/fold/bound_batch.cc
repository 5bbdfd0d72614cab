#include "fold/bound_batch.h"

#include <fmt/format.h>

#include <limits>

#include "base/assert.h"

namespace assay::fold {

BoundBatch::BoundBatch(const column::Batch& batch, const column::TableSchema& schema)
    : rows_(static_cast<std::uint32_t>(batch.rows())),
      knowledge_column_(schema.index_of_id(column::field_id::kKnowledgeTime)) {
  ASSAY_ASSERT(batch.columns() == static_cast<int>(schema.fields.size()));
  views_.reserve(schema.fields.size());
  for (int i = 0; i < batch.columns(); ++i) views_.emplace_back(batch, i);
}

Micros BoundBatch::knowledge_time(std::uint32_t row) const {
  if (knowledge_column_ < 0 || column(knowledge_column_).is_null(row)) return 0;
  return column(knowledge_column_).int64(row);
}

Result<std::vector<BoundBatch>> bind(std::span<const Input> inputs, int table,
                                     const column::TableSchema& schema) {
  std::vector<BoundBatch> bound;
  for (const Input& input : inputs) {
    if (input.table != table || input.batch->rows() == 0) continue;
    if (input.batch->columns() != static_cast<int>(schema.fields.size()) ||
        input.batch->rows() > std::numeric_limits<std::uint32_t>::max()) {
      return make_error(Code::internal,
                        fmt::format("a batch of {} columns and {} rows for table \"{}\"",
                                    input.batch->columns(), input.batch->rows(), schema.name));
    }
    bound.emplace_back(*input.batch, schema);
  }
  return bound;
}

Result<Hash128> hash_at(const BoundBatch& batch, int column, std::uint32_t row) {
  const auto& view = batch.column(column);
  if (view.is_null(row) || view.bytes(row).size() != 16) {
    return make_error(Code::internal,
                      fmt::format("column {} holds no hash in row {}", column, row));
  }
  return Hash128::from_bytes(view.bytes(row));
}

}  // namespace assay::fold
