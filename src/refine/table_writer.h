#pragma once
// Grows the columns of one table and hands them over as a batch.

#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "column/batch.h"
#include "column/schema.h"
#include "refine/buffer_pool.h"
#include "refine/cell.h"
#include "refine/row_bytes.h"

namespace assay::refine {

/// Use: begin() a batch and name the columns that are the same in all rows; for each row
/// start_row(), one value or null for every other column, finish_row(); then finish(). Columns that
/// are the same in all rows, and record ids, cost nothing a row. One thread.
class TableWriter {
 public:
  TableWriter(const column::TableSchema& schema, std::shared_ptr<BufferPool> pool);

  void begin();
  void constant_text(int column, std::string_view text);
  void constant_int64(int column, std::int64_t value);
  /// The column takes the 16 bytes of the id of each row's record at finish().
  void record_id(int column) { columns_[index(column)].fill = Fill::record_id; }

  std::uint32_t rows() const { return rows_; }
  void start_row() {
    if (rows_ == capacity_) [[unlikely]]
      grow_rows();
    std::memset(row_nulls_.data(), 0, row_nulls_.size() * sizeof(std::uint64_t));
  }
  void null(int column) {
    Column& target = columns_[index(column)];
    row_nulls_[index(column) / 64] |= std::uint64_t{1} << (column % 64);
    if (target.is_text)
      target.offsets()[rows_ + 1] = static_cast<std::int32_t>(target.data_size);
    else
      std::memset(target.values + rows_ * target.width, 0, target.width);
  }
  void boolean(int column, bool value) { put<std::uint8_t>(column, value ? 1 : 0); }
  void int32(int column, std::int32_t value) { put(column, value); }
  void int64(int column, std::int64_t value) { put(column, value); }
  void float64(int column, double value) { put(column, value); }
  void decimal(int column, const Cell& cell) { put(column, cell); }
  /// REQUIRES: 64 readable bytes behind the text.
  void text(int column, std::string_view text) {
    Column& target = columns_[index(column)];
    if (target.data_capacity < target.data_size + text.size() + kSlack) [[unlikely]] {
      if (!grow_data(target, text.size())) return;
    }
    copy_text(target.data + target.data_size, text.data(), text.size());
    target.data_size += text.size();
    target.offsets()[rows_ + 1] = static_cast<std::int32_t>(target.data_size);
  }
  void hash(int column, const Hash128& value) {
    Column& target = columns_[index(column)];
    if (target.data_capacity < target.data_size + sizeof(Hash128) + kSlack) [[unlikely]] {
      if (!grow_data(target, sizeof(Hash128))) return;
    }
    const std::uint64_t halves[2] = {__builtin_bswap64(value.high), __builtin_bswap64(value.low)};
    std::memcpy(target.data + target.data_size, halves, sizeof halves);
    target.data_size += sizeof halves;
    target.offsets()[rows_ + 1] = static_cast<std::int32_t>(target.data_size);
  }
  void finish_row(std::uint32_t record) {
    records_[rows_] = record;
    for (std::size_t i = 0; i < row_nulls_.size(); ++i) {
      nulls_[rows_ * row_nulls_.size() + i] = row_nulls_[i];
      any_nulls_[i] |= row_nulls_[i];
    }
    ++rows_;
  }
  /// Makes row `row`, written before, a row of that record; int64 columns can be written anew.
  void move_row(std::uint32_t row, std::uint32_t record) { records_[row] = record; }
  void overwrite_int64(int column, std::uint32_t row, std::int64_t value) {
    std::memcpy(columns_[index(column)].values + row * sizeof value, &value, sizeof value);
  }

  std::span<const std::uint32_t> record_of_row() const { return {records_.data(), rows_}; }
  /// False when a column outgrew 2 GiB: the rows are not whole, and the batch must not be used.
  bool fits() const { return fits_; }
  /// `record_ids` gives the id of each record of the slab.
  column::Batch finish(std::span<const Hash128> record_ids);

 private:
  static constexpr std::size_t kSlack = 64;
  enum class Fill : std::uint8_t { value, constant_text, constant_int64, record_id };
  struct Column {
    column::Type type = column::Type::string;
    Fill fill = Fill::value;
    bool is_text = false;
    std::uint32_t width = 0;
    char* values = nullptr;  ///< offsets for texts; one byte a row for booleans
    char* data = nullptr;
    std::size_t data_size = 0;
    std::size_t data_capacity = 0;
    std::size_t last_data_size = 0;
    BufferRef values_ref;
    BufferRef data_ref;
    std::string constant;             ///< constant_text: what the shared buffers repeat
    std::int64_t constant_value = 0;  ///< constant_int64
    std::uint32_t constant_rows = 0;  ///< rows that the shared buffers hold
    BufferRef constant_values;
    BufferRef constant_data;

    std::int32_t* offsets() const { return reinterpret_cast<std::int32_t*>(values); }
  };
  struct Layout;
  struct Exported;

  static std::size_t index(int column) { return static_cast<std::size_t>(column); }
  template <typename T>
  void put(int column, const T& value) {
    std::memcpy(columns_[index(column)].values + rows_ * sizeof(T), &value, sizeof(T));
  }
  void grow_rows();
  bool grow_data(Column& column, std::size_t more);
  void fill_constant(Column& column);
  void fill_record_ids(Column& column, std::span<const Hash128> record_ids);
  /// Validity, values or offsets, and text of a column, as Arrow wants them.
  std::array<BufferRef, 3> parts(std::size_t column, std::span<const Hash128> record_ids,
                                 std::int64_t& null_count);
  void export_column(std::size_t column, std::span<const Hash128> record_ids,
                     const std::shared_ptr<Exported>& exported);
  BufferRef validity(std::size_t column, std::int64_t& null_count);
  BufferRef packed(const Column& column);

  std::shared_ptr<const Layout> layout_;
  std::shared_ptr<BufferPool> pool_;
  std::vector<Column> columns_;
  std::vector<std::uint64_t> row_nulls_;  ///< bits of the row being written
  std::vector<std::uint64_t> any_nulls_;
  std::vector<std::uint64_t> nulls_;  ///< row_nulls_ of all rows
  std::vector<std::uint32_t> records_;
  std::uint32_t rows_ = 0;
  std::uint32_t capacity_ = 0;
  std::uint32_t last_rows_ = 0;
  bool fits_ = true;
};

}  // namespace assay::refine
