// Row hashes of whole batches.

#include <algorithm>

#include "base/assert.h"
#include "column/batch.h"
#include "column/encode_value.h"

namespace assay::column {
namespace {

struct EncodedColumn {
  int id;
  DataType type;
  ColumnView view;
};

/// The content columns of a batch, in the order of the encoding.
std::vector<EncodedColumn> content_columns(const Batch& batch, const TableSchema& schema) {
  std::vector<EncodedColumn> columns;
  for (std::size_t i = 0; i < schema.fields.size(); ++i) {
    const Field& field = schema.fields[i];
    if (field.role != Role::content) continue;
    columns.push_back({field.id, field.type, ColumnView(batch, static_cast<int>(i))});
  }
  std::sort(columns.begin(), columns.end(),
            [](const auto& a, const auto& b) { return a.id < b.id; });
  return columns;
}

}  // namespace

std::vector<Hash128> row_hashes(const Batch& batch, const TableSchema& schema) {
  std::vector<Hash128> hashes;
  if (batch.rows() == 0) return hashes;
  ASSAY_ASSERT(batch.columns() == static_cast<int>(schema.fields.size()));
  const auto columns = content_columns(batch, schema);
  hashes.reserve(static_cast<std::size_t>(batch.rows()));
  RowEncoder encoder;
  for (std::int64_t row = 0; row < batch.rows(); ++row) {
    encoder.clear();
    for (const EncodedColumn& column : columns) {
      if (!column.view.is_null(row))
        encode_value(encoder, column.id, column.type, column.view, row);
    }
    hashes.push_back(encoder.hash());
  }
  return hashes;
}

}  // namespace assay::column
