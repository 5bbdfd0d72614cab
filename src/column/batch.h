#pragma once
// A batch of rows that owns its Arrow C structs.

#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "base/assert.h"
#include "base/hash.h"
#include "base/result.h"
#include "column/arrow_c_data.h"
#include "column/schema.h"

namespace assay::column {

/// Rows of one table as one Arrow struct array (a child a field, in the order of the table's
/// schema). Move-only; releases both structs in its destructor. Immutable after construction; any
/// thread may read it.
class Batch {
 public:
  Batch() = default;
  /// Takes ownership of both; the sources' release pointers are cleared.
  Batch(ArrowSchema* schema, ArrowArray* array);
  ~Batch();
  Batch(Batch&& other) noexcept;
  Batch& operator=(Batch&& other) noexcept;

  std::int64_t rows() const { return array_.release == nullptr ? 0 : array_.length; }
  int columns() const {
    return array_.release == nullptr ? 0 : static_cast<int>(array_.n_children);
  }
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

  bool is_null(std::int64_t row) const { return validity_ != nullptr && !bit(validity_, row); }
  bool boolean(std::int64_t row) const {
    return bit(static_cast<const std::uint8_t*>(values_), row);
  }
  /// int32, date
  std::int32_t int32(std::int64_t row) const { return value<std::int32_t>(row); }
  /// int64, timestamp (micros)
  std::int64_t int64(std::int64_t row) const { return value<std::int64_t>(row); }
  double float64(std::int64_t row) const { return value<double>(row); }
  __extension__ typedef __int128 Int128;
  /// Unscaled value.
  Int128 decimal(std::int64_t row) const { return value<Int128>(row); }
  /// string, binary
  std::string_view bytes(std::int64_t row) const {
    const auto begin = value<std::int32_t>(row);
    return {data_ + begin, static_cast<std::size_t>(value<std::int32_t>(row + 1) - begin)};
  }

 private:
  bool bit(const std::uint8_t* bits, std::int64_t row) const {
    const std::int64_t at = row + offset_;
    return ((bits[at >> 3] >> (at & 7)) & 1) != 0;
  }
  // Buffers from other libraries need not be aligned for 128 bits, hence the copy.
  template <typename T>
  T value(std::int64_t row) const {
    T result;
    std::memcpy(&result,
                static_cast<const char*>(values_) + (row + offset_) * std::int64_t{sizeof(T)},
                sizeof(T));
    return result;
  }

  const std::uint8_t* validity_ = nullptr;  ///< null where no row is null
  const void* values_ = nullptr;            ///< values, bits or int32 offsets
  const char* data_ = "";                   ///< bytes of strings and binaries
  std::int64_t offset_ = 0;                 ///< of the batch's first row in the buffers
};

/// Rows appended value by value in the order of the schema's fields; `finish` gives a batch and
/// starts anew with the same schema. One thread. Every field must get exactly one call a row.
///
/// Buffers are plain grown arrays; after the first batch they start at the size that the last one
/// needed.
class BatchBuilder {
 public:
  explicit BatchBuilder(const TableSchema& schema);
  ~BatchBuilder();
  BatchBuilder(BatchBuilder&&) noexcept;
  BatchBuilder& operator=(BatchBuilder&&) noexcept;
  void null(int column);
  void boolean(int column, bool value);
  void int32(int column, std::int32_t value) { append(column, value); }
  void int64(int column, std::int64_t value) { append(column, value); }
  void float64(int column, double value) { append(column, value); }
  void decimal(int column, ColumnView::Int128 unscaled) { append(column, unscaled); }
  void bytes(int column, std::string_view value) {
    Column& target = columns_[static_cast<std::size_t>(column)];
    ASSAY_DASSERT(target.has_data);
    if (target.length == target.capacity) [[unlikely]]
      grow_rows(target);
    if (target.data_capacity - target.data_size < value.size()) [[unlikely]]
      grow_data(target, value.size());
    if (!value.empty()) std::memcpy(target.data + target.data_size, value.data(), value.size());
    target.data_size += value.size();
    ++target.length;
    const auto end = static_cast<std::int32_t>(target.data_size);
    std::memcpy(target.values + target.length * std::int64_t{sizeof(end)}, &end, sizeof(end));
  }
  void hash(int column, const Hash128& value);
  /// Copies the value at (view, row), null included. REQUIRES: the same type.
  void copy(int column, const ColumnView& view, std::int64_t row);
  std::int64_t rows() const { return columns_.empty() ? 0 : columns_[0].length; }
  Batch finish();

 private:
  /// One column's buffers, from malloc: a batch takes them over and frees them. Validity bits
  /// beyond `length` are 1, so that only nulls write there.
  struct Column {
    std::int64_t length = 0;
    std::int64_t capacity = 0;  ///< rows that values and validity have room for
    char* values = nullptr;
    std::uint8_t* validity = nullptr;
    std::int64_t null_count = 0;
    char* data = nullptr;  ///< bytes of strings and binaries
    std::size_t data_size = 0;
    std::size_t data_capacity = 0;
    std::int64_t last_rows = 0;      ///< rows of the last batch
    std::size_t last_data_size = 0;  ///< data bytes of the last batch
    int width = 0;                   ///< bytes of a value; 0 for booleans
    bool has_data = false;
    Type type = Type::string;
  };

  template <typename T>
  void append(int column, T value) {
    Column& target = columns_[static_cast<std::size_t>(column)];
    ASSAY_DASSERT(target.width == sizeof(T) && !target.has_data);
    if (target.length == target.capacity) [[unlikely]]
      grow_rows(target);
    std::memcpy(target.values + target.length * std::int64_t{sizeof(T)}, &value, sizeof(T));
    ++target.length;
  }
  static void grow_rows(Column& column);
  static void grow_data(Column& column, std::size_t more);
  static void free_buffers(std::vector<Column>& columns);

  struct Layout;  ///< names and formats, which the batches share
  std::shared_ptr<const Layout> layout_;
  std::vector<Column> columns_;
};

/// Checks what came from outside: type, lengths, offsets, UTF-8. Code::internal names the first
/// fault.
Status validate(const Batch& batch, const TableSchema& schema);

/// The rows of `batch` whose keep[row] is true, as a new batch of the same schema.
Batch filter(const Batch& batch, const TableSchema& schema, std::span<const bool> keep);

/// Hash of each row's content columns by the typed row encoding (docs/formats/row-encoding.md).
std::vector<Hash128> row_hashes(const Batch& batch, const TableSchema& schema);

}  // namespace assay::column
