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
#include "refine/program.h"
#include "refine/rows.h"

namespace assay::refine {

struct Record;

/// Which rows to append: all of the first `count`, or the chosen ones.
struct RowChoice {
  std::uint32_t count = 0;
  const std::uint32_t* chosen = nullptr;
  RowChoice(std::uint32_t all) : count(all) {}       // NOLINT: a number of rows is a choice
  RowChoice(const std::vector<std::uint32_t>& rows)  // NOLINT: and so is a list
      : count(static_cast<std::uint32_t>(rows.size())), chosen(rows.data()) {}
};

/// Use: begin() a batch and say which columns are not filled by value; then again and again:
/// reserve(), the same rows of every other column, add_rows(); then finish(). Columns that are the
/// same in all rows, and record ids, cost nothing a row. One thread.
class TableWriter {
 public:
  TableWriter(const column::TableSchema& schema, std::shared_ptr<BufferPool> pool);

  void begin();
  void constant_text(int column, std::string_view text);
  void constant_int64(int column, std::int64_t value);
  /// The column takes the 16 bytes of the id of each row's record at finish().
  void record_id(int column) { columns_[index(column)].fill = Fill::record_id; }
  /// The column is filled by append_hashes() alone.
  void hash_column(int column) { columns_[index(column)].fill = Fill::hash; }

  std::uint32_t rows() const { return rows_; }
  /// Makes room for so many more rows.
  void reserve(std::size_t rows);
  /// The columns that rows bring. REQUIRES: 64 readable bytes behind every text.
  void append(const std::vector<ColumnProgram>& columns, const Rows& rows, RowChoice choice);
  void append_hashes(int column, const Hash128* hashes, RowChoice choice);
  void append_int64(int column, const std::int64_t* values, RowChoice choice);
  /// Texts without nulls. REQUIRES: 64 readable bytes behind each.
  void append_texts(int column, const Cell* cells, RowChoice choice);
  /// The rows appended last are whole: row i is of records[of_rows[i]].
  void add_rows(const Record* records, const std::vector<std::uint32_t>& of_rows);
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
  enum class Fill : std::uint8_t { value, constant_text, constant_int64, record_id, hash };
  struct Column {
    column::Type type = column::Type::string;
    Fill fill = Fill::value;
    bool is_text = false;
    bool has_nulls = false;
    std::uint32_t width = 0;
    char* values = nullptr;  ///< offsets for texts; one byte a row for booleans; hashes
    char* data = nullptr;
    std::size_t data_size = 0;
    std::size_t data_capacity = 0;
    std::size_t last_data_size = 0;
    BufferRef values_ref;
    BufferRef data_ref;
    std::vector<std::uint8_t> present;  ///< of each row, where has_nulls
    std::string constant;               ///< constant_text: what the shared buffers repeat
    std::int64_t constant_value = 0;    ///< constant_int64
    std::uint32_t constant_rows = 0;    ///< rows that the shared buffers hold
    BufferRef constant_values;
    BufferRef constant_data;

    std::int32_t* offsets() const { return reinterpret_cast<std::int32_t*>(values); }
  };
  struct Layout;
  struct Exported;

  static std::size_t index(int column) { return static_cast<std::size_t>(column); }
  bool grow_data(Column& column, std::size_t more);
  void append_column(Column& column, const Cell* cells, RowChoice choice);
  void append_presence(Column& column, const std::uint8_t* present, RowChoice choice);
  void append_text(Column& column, const Cell* cells, RowChoice choice);
  void fill_constant(Column& column);
  void fill_record_ids(Column& column, std::span<const Hash128> record_ids);
  void fill_hash_offsets(Column& column);
  /// Validity, values or offsets, and text of a column, as Arrow wants them.
  std::array<BufferRef, 3> parts(std::size_t column, std::span<const Hash128> record_ids,
                                 std::int64_t& null_count);
  void export_column(std::size_t column, std::span<const Hash128> record_ids,
                     const std::shared_ptr<Exported>& exported);
  BufferRef validity(const Column& column, std::int64_t& null_count);
  BufferRef packed(const char* bytes);

  std::shared_ptr<const Layout> layout_;
  std::shared_ptr<BufferPool> pool_;
  std::vector<Column> columns_;
  std::vector<std::uint32_t> records_;
  std::uint32_t rows_ = 0;
  std::uint32_t capacity_ = 0;
  std::uint32_t last_rows_ = 0;
  bool fits_ = true;
};

}  // namespace assay::refine
