#pragma once
// Rows of an operator's input tables, ready to read by column.

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "column/batch.h"
#include "column/schema.h"
#include "fold/operator.h"

namespace assay::fold {

/// One batch with a view a column. Borrows the batch. Immutable; any thread may read it.
class BoundBatch {
 public:
  /// REQUIRES: the batch has the columns of the schema.
  BoundBatch(const column::Batch& batch, const column::TableSchema& schema);

  std::uint32_t rows() const { return rows_; }
  const column::ColumnView& column(int index) const {
    return views_[static_cast<std::size_t>(index)];
  }
  /// When the latest of what made the row became known; 0 where the table does not say.
  Micros knowledge_time(std::uint32_t row) const;

 private:
  std::vector<column::ColumnView> views_;
  std::uint32_t rows_ = 0;
  int knowledge_column_ = -1;
};

/// The batches of one table among the inputs; those without rows are left out. Code::internal where
/// a batch does not have the table's columns.
Result<std::vector<BoundBatch>> bind(std::span<const Input> inputs, int table,
                                     const column::TableSchema& schema);

/// A row by its place in a vector of bound batches.
struct RowRef {
  std::uint32_t batch = 0;
  std::uint32_t row = 0;
  auto operator<=>(const RowRef&) const = default;
};

/// The 16 bytes of a hash column. Code::internal where it holds anything else.
Result<Hash128> hash_at(const BoundBatch& batch, int column, std::uint32_t row);

/// The page that a 128-bit key has for itself, or starts with.
inline PageKey page_of(const Hash128& key, std::uint32_t page = 0) { return {key, page}; }

}  // namespace assay::fold
