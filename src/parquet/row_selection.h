#pragma once
// Rows of several batches of one table, picked by (batch, row), with direct access to their
// columns.

#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "column/batch.h"
#include "column/schema.h"
#include "parquet/single_value.h"

namespace assay::parquet {

struct RowReference {
  std::uint32_t batch = 0;
  std::uint32_t row = 0;
};

/// One column of one batch. Borrows the batch.
/// REQUIRES for each getter: the column has that type and the row is not null.
class RawColumn {
 public:
  RawColumn(const column::Batch& batch, int column);
  bool is_null(std::uint32_t row) const {
    return validity_ != nullptr && !bit(validity_, offset_ + row);
  }
  bool boolean(std::uint32_t row) const { return bit(values_, offset_ + row); }
  template <typename T>
  T fixed(std::uint32_t row) const {
    T value;
    std::memcpy(&value, values_ + (offset_ + row) * sizeof(T), sizeof(T));
    return value;
  }
  std::string_view bytes(std::uint32_t row) const {
    std::int32_t ends[2];
    std::memcpy(ends, values_ + (offset_ + row) * sizeof(std::int32_t), sizeof ends);
    return {data_ + ends[0], static_cast<std::size_t>(ends[1] - ends[0])};
  }

 private:
  static bool bit(const char* bits, std::uint64_t index) {
    return ((static_cast<unsigned char>(bits[index / 8]) >> (index % 8)) & 1) != 0;
  }
  const char* validity_ = nullptr;  ///< null pointer: no row is null
  const char* values_ = nullptr;    ///< values, or offsets of strings and binaries
  const char* data_ = nullptr;
  std::uint64_t offset_ = 0;
};

/// All batches that have rows, of one write or one registered table. Borrows schema and batches.
/// Immutable. REQUIRES: check_batches passed.
struct BatchSet {
  BatchSet(const column::TableSchema& table_schema, std::span<const column::Batch* const> batches);
  const RawColumn& at(RowReference row, int column) const {
    return columns[row.batch * schema->fields.size() + static_cast<std::size_t>(column)];
  }

  const column::TableSchema* schema;
  std::vector<RawColumn> columns;  ///< batch by batch
  std::vector<std::uint32_t> rows_per_batch;
};

/// Code::internal where a batch has not the columns of the schema.
Status check_batches(const column::TableSchema& schema,
                     std::span<const column::Batch* const> batches);

/// Every row of the set, in order.
std::vector<RowReference> all_rows(const BatchSet& set);

}  // namespace assay::parquet
