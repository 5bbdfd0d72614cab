// Row hashes of whole batches.

#include <algorithm>

#include "base/assert.h"
#include "column/batch.h"
#include "column/row_encoder.h"

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

void encode(RowEncoder& encoder, const EncodedColumn& column, std::int64_t row) {
  const ColumnView& view = column.view;
  switch (column.type.type) {
    case Type::boolean: return encoder.boolean(column.id, view.boolean(row));
    case Type::int32: return encoder.integer(column.id, view.int32(row));
    case Type::int64: return encoder.integer(column.id, view.int64(row));
    case Type::float64: return encoder.float64(column.id, view.float64(row));
    case Type::decimal: return encoder.decimal(column.id, column.type.scale, view.decimal(row));
    case Type::date: return encoder.date(column.id, view.int32(row));
    case Type::timestamp: return encoder.timestamp(column.id, view.int64(row));
    case Type::string: return encoder.string(column.id, view.bytes(row));
    case Type::binary: return encoder.binary(column.id, view.bytes(row));
  }
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
      if (!column.view.is_null(row)) encode(encoder, column, row);
    }
    hashes.push_back(encoder.hash());
  }
  return hashes;
}

}  // namespace assay::column
