#include "parquet/row_selection.h"

#include <fmt/format.h>

#include <string>

namespace assay::parquet {

RawColumn::RawColumn(const column::Batch& batch, int column) {
  const ArrowArray& rows = batch.array();
  const ArrowArray& array = *rows.children[column];
  const auto buffer = [&array](std::int64_t index) {
    return index < array.n_buffers ? static_cast<const char*>(array.buffers[index]) : nullptr;
  };
  validity_ = array.null_count == 0 ? nullptr : buffer(0);
  values_ = buffer(1);
  data_ = buffer(2);
  offset_ = static_cast<std::uint64_t>(rows.offset + array.offset);
}

BatchSet::BatchSet(const column::TableSchema& table_schema,
                   std::span<const column::Batch* const> batches)
    : schema(&table_schema) {
  const int width = static_cast<int>(table_schema.fields.size());
  for (const column::Batch* batch : batches) {
    if (batch->rows() == 0) continue;  // may have no columns at all
    rows_per_batch.push_back(static_cast<std::uint32_t>(batch->rows()));
    for (int column = 0; column < width; ++column) columns.emplace_back(*batch, column);
  }
}

Status check_batches(const column::TableSchema& schema,
                     std::span<const column::Batch* const> batches) {
  for (const column::Batch* batch : batches) {
    if (batch->rows() == 0) continue;
    if (batch->columns() != static_cast<int>(schema.fields.size())) {
      return make_error(Code::internal,
                        fmt::format("a batch of table \"{}\" has {} columns, its schema {}",
                                    schema.name, batch->columns(), schema.fields.size()));
    }
    for (std::size_t i = 0; i < schema.fields.size(); ++i) {
      const std::string expected = column::arrow_format(schema.fields[i].type);
      const char* format = batch->schema().children[i]->format;
      if (expected == format) continue;
      return make_error(
          Code::internal,
          fmt::format("column \"{}\" of table \"{}\" is \"{}\" in Arrow, expected \"{}\"",
                      schema.fields[i].name, schema.name, format, expected));
    }
  }
  return {};
}

std::vector<RowReference> all_rows(const BatchSet& set) {
  std::vector<RowReference> rows;
  for (std::uint32_t batch = 0; batch < set.rows_per_batch.size(); ++batch) {
    for (std::uint32_t row = 0; row < set.rows_per_batch[batch]; ++row)
      rows.push_back({batch, row});
  }
  return rows;
}

}  // namespace assay::parquet
