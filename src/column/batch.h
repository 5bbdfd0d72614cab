#pragma once
// A batch of rows that owns its Arrow C structs.

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "column/arrow_c_data.h"
#include "column/schema.h"

namespace assay::column {

/// Rows of one table as one Arrow struct array (a child a field, in the order of the table's schema).
/// Move-only; releases both structs in its destructor. Immutable after construction; any thread may read it.
class Batch {
 public:
  Batch() = default;
  /// Takes ownership of both; the sources' release pointers are cleared.
  Batch(ArrowSchema* schema, ArrowArray* array);
  ~Batch();
  Batch(Batch&& other) noexcept;
  Batch& operator=(Batch&& other) noexcept;

  std::int64_t rows() const { return array_.release == nullptr ? 0 : array_.length; }
  int columns() const { return array_.release == nullptr ? 0 : static_cast<int>(array_.n_children); }
  const ArrowSchema& schema() const { return schema_; }
  const ArrowArray& array() const { return array_; }
  /// Hands both structs to the caller, who must release them; the batch is empty afterwards.
  void export_to(ArrowSchema* schema, ArrowArray* array) &&;

 private:
  ArrowSchema schema_{};
  ArrowArray array_{};
};

/// Typed reading of one column of a batch. Borrows: the batch must outlive it.
/// REQUIRES for each getter: the column has that type and the row is not null.
class ColumnView {
 public:
  ColumnView(const Batch& batch, int column);
  bool is_null(std::int64_t row) const;
  bool boolean(std::int64_t row) const;
  std::int32_t int32(std::int64_t row) const;  ///< int32, date
  std::int64_t int64(std::int64_t row) const;  ///< int64, timestamp (micros)
  double float64(std::int64_t row) const;
  __extension__ typedef __int128 Int128;
  Int128 decimal(std::int64_t row) const;  ///< unscaled value
  std::string_view bytes(std::int64_t row) const;  ///< string, binary

 private:
  const ArrowArray* array_;
  const void* values_;
  const void* data_;
};

/// Rows appended value by value in the order of the schema's fields; `finish` gives a batch and starts anew
/// with the same schema. One thread. Every field must get exactly one call a row.
class BatchBuilder {
 public:
  explicit BatchBuilder(const TableSchema& schema);
  ~BatchBuilder();
  BatchBuilder(BatchBuilder&&) noexcept;
  BatchBuilder& operator=(BatchBuilder&&) noexcept;
  void null(int column);
  void boolean(int column, bool value);
  void int32(int column, std::int32_t value);
  void int64(int column, std::int64_t value);
  void float64(int column, double value);
  void decimal(int column, ColumnView::Int128 unscaled);
  void bytes(int column, std::string_view value);
  void hash(int column, const Hash128& value);
  /// Copies the value at (view, row), null included. REQUIRES: the same type.
  void copy(int column, const ColumnView& view, std::int64_t row);
  std::int64_t rows() const;
  Batch finish();

 private:
  struct Impl;
  Impl* impl_;
};

/// Checks what came from outside: type, lengths, offsets, UTF-8. Code::internal names the first fault.
Status validate(const Batch& batch, const TableSchema& schema);

/// The rows of `batch` whose keep[row] is true, as a new batch of the same schema.
Batch filter(const Batch& batch, const TableSchema& schema, std::span<const bool> keep);

/// Hash of each row's content columns by the typed row encoding (docs/formats/row-encoding.md).
std::vector<Hash128> row_hashes(const Batch& batch, const TableSchema& schema);

}  // namespace assay::column
