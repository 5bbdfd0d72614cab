#pragma once
// The rows of one table that a block makes, column by column, before they are hashed and written.

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <utility>
#include <vector>

#include "refine/cell.h"

namespace assay::refine {

/// Column c of row r is cells(c)[r] where present(c)[r] is 1; where it is 0 the row is null there,
/// and the cell is zero. Buffers are kept from block to block; what begin() makes room for is not
/// initialised.
class Rows {
 public:
  static constexpr std::uint8_t kNull = 0;
  static constexpr std::uint8_t kValue = 1;

  /// Forgets all rows and makes room for as many as `rows_max` of `columns` columns.
  void begin(std::uint32_t columns, std::size_t rows_max) {
    size = 0;
    records.clear();
    repeats.clear();
    explicit_nulls.clear();
    stride_ = rows_max;
    const std::size_t wanted = columns * rows_max;
    if (wanted <= capacity_) return;
    capacity_ = wanted + wanted / 4;
    cells_ = std::make_unique_for_overwrite<Cell[]>(capacity_);
    present_ = std::make_unique_for_overwrite<std::uint8_t[]>(capacity_);
  }
  /// Gives back room that only huge records needed.
  void shrink() {
    if (capacity_ <= kCapacityKept) return;
    capacity_ = 0;
    cells_.reset();
    present_.reset();
  }

  Cell* cells(int column) { return cells_.get() + offset(column); }
  const Cell* cells(int column) const { return cells_.get() + offset(column); }
  std::uint8_t* present(int column) { return present_.get() + offset(column); }
  const std::uint8_t* present(int column) const { return present_.get() + offset(column); }

  /// Rows [first, first + count) of a column become null, or one value.
  void fill_null(int column, std::uint32_t first, std::uint32_t count) {
    std::fill_n(cells(column) + first, count, Cell{});
    std::fill_n(present(column) + first, count, kNull);
  }
  void fill(int column, std::uint32_t first, std::uint32_t count, const Cell& cell) {
    std::fill_n(cells(column) + first, count, cell);
    std::fill_n(present(column) + first, count, kValue);
  }

  bool any_null(int column, std::uint32_t first, std::uint32_t count) const {
    return count > 0 && std::memchr(present(column) + first, kNull, count) != nullptr;
  }

  std::uint32_t size = 0;
  std::vector<std::uint32_t> records;  ///< of each row, counted in the block
  /// Whether a row has the same instances around it as the row before: 1, else 0.
  std::vector<std::uint8_t> repeats;
  /// (row, column) of leaves that are a JSON null.
  std::vector<std::pair<std::uint32_t, int>> explicit_nulls;

 private:
  static constexpr std::size_t kCapacityKept = std::size_t{1} << 20;
  std::size_t offset(int column) const { return static_cast<std::size_t>(column) * stride_; }

  std::size_t stride_ = 0;
  std::size_t capacity_ = 0;
  std::unique_ptr<Cell[]> cells_;
  std::unique_ptr<std::uint8_t[]> present_;
};

}  // namespace assay::refine
