#include "refine/table_writer.h"

#include <algorithm>
#include <array>
#include <limits>
#include <utility>

#include "refine/block.h"
#include "refine/copy_text.h"

namespace assay::refine {
namespace {

constexpr std::uint32_t kRowsFirst = 64;
constexpr std::size_t kDataFirst = 1024;
constexpr std::size_t kDataMax = std::numeric_limits<std::int32_t>::max();  // offsets are int32

std::uint32_t width_of(column::Type type) {
  switch (type) {
    case column::Type::boolean: return 1;
    case column::Type::int32:
    case column::Type::date:
    case column::Type::string:
    case column::Type::binary: return 4;
    case column::Type::int64:
    case column::Type::timestamp:
    case column::Type::float64: return 8;
    case column::Type::decimal: return 16;
  }
  return 0;
}

}  // namespace

/// Names and formats; the schemas of all batches point into it.
struct TableWriter::Layout {
  struct Text {
    std::string name;
    std::string format;
    bool nullable = true;
  };
  std::vector<Text> columns;
};

TableWriter::TableWriter(const column::TableSchema& schema, std::shared_ptr<BufferPool> pool)
    : pool_(std::move(pool)) {
  auto layout = std::make_shared<Layout>();
  for (const column::Field& field : schema.fields) {
    layout->columns.push_back({field.name, column::arrow_format(field.type), !field.required});
    Column column;
    column.type = field.type.type;
    column.width = width_of(column.type);
    column.is_text = column.type == column::Type::string || column.type == column::Type::binary;
    columns_.push_back(std::move(column));
  }
  layout_ = std::move(layout);
}

void TableWriter::begin() {
  if (rows_ > 0) last_rows_ = rows_;
  rows_ = 0;
  capacity_ = 0;
  fits_ = true;
  for (Column& column : columns_) {
    if (column.data_size > 0) column.last_data_size = column.data_size;
    column.data_size = column.data_capacity = 0;
    column.values_ref.reset();
    column.data_ref.reset();
    column.values = column.data = nullptr;
    column.fill = Fill::value;
    column.has_nulls = false;
  }
}

void TableWriter::constant_text(int number, std::string_view text) {
  Column& column = columns_[index(number)];
  column.fill = Fill::constant_text;
  if (column.constant == text) return;
  column.constant = std::string(text);
  column.constant_rows = 0;
}

void TableWriter::constant_int64(int number, std::int64_t value) {
  Column& column = columns_[index(number)];
  column.fill = Fill::constant_int64;
  if (column.constant_value == value) return;
  column.constant_value = value;
  column.constant_rows = 0;
}

void TableWriter::reserve(std::size_t rows) {
  const std::size_t needed = rows_ + rows;
  if (needed <= capacity_) return;
  const std::size_t first = last_rows_ + last_rows_ / 8;
  const std::size_t wanted =
      std::max({needed, std::size_t{capacity_} * 2, std::size_t{kRowsFirst}, first});
  for (Column& column : columns_) {
    if (column.fill != Fill::value && column.fill != Fill::hash) continue;
    const std::size_t width = column.fill == Fill::hash ? sizeof(Hash128) : column.width;
    BufferRef grown = pool_->take(width * (wanted + 1));
    if (rows_ > 0) std::memcpy(grown->data, column.values, width * (rows_ + std::size_t{1}));
    column.values_ref = std::move(grown);
    column.values = column.values_ref->data;
    if (column.is_text && column.fill == Fill::value && rows_ == 0) column.offsets()[0] = 0;
    if (column.has_nulls) column.present.resize(wanted);
  }
  records_.resize(std::max(records_.size(), wanted));
  capacity_ = static_cast<std::uint32_t>(wanted);
}

namespace {

/// Calls `each` with the number of each chosen row, in order.
template <typename Each>
inline void for_each(RowChoice choice, const Each& each) {
  if (choice.chosen == nullptr) {
    for (std::uint32_t i = 0; i < choice.count; ++i) each(i, i);
  } else {
    for (std::uint32_t i = 0; i < choice.count; ++i) each(i, choice.chosen[i]);
  }
}

template <typename T>
void append_numbers(char* values, const Cell* cells, RowChoice choice) {
  for_each(choice, [&](std::uint32_t to, std::uint32_t row) {
    const auto value = static_cast<T>(cells[row].low);
    std::memcpy(values + to * sizeof(T), &value, sizeof(T));
  });
}

void append_decimals(char* values, const Cell* cells, RowChoice choice) {
  for_each(choice, [&](std::uint32_t to, std::uint32_t row) {
    std::memcpy(values + to * sizeof(Cell), &cells[row], sizeof(Cell));
  });
}

}  // namespace

void TableWriter::append_presence(Column& column, const std::uint8_t* present, RowChoice choice) {
  bool any = false;
  if (choice.chosen == nullptr)
    any = std::memchr(present, Rows::kNull, choice.count) != nullptr;
  else
    for_each(choice, [&](std::uint32_t, std::uint32_t row) { any |= present[row] == Rows::kNull; });
  if (!any && !column.has_nulls) return;
  if (!column.has_nulls) {
    column.has_nulls = true;
    column.present.resize(capacity_);
    std::memset(column.present.data(), Rows::kValue, rows_);
  }
  std::uint8_t* const to = column.present.data() + rows_;
  for_each(choice, [&](std::uint32_t i, std::uint32_t row) { to[i] = present[row]; });
}

void TableWriter::append_text(Column& column, const Cell* cells, RowChoice choice) {
  std::size_t more = 0;
  for_each(choice, [&](std::uint32_t, std::uint32_t row) { more += cells[row].high; });
  if (column.data_capacity < column.data_size + more + kSlack && !grow_data(column, more)) {
    std::fill_n(column.offsets() + rows_ + 1, choice.count,
                static_cast<std::int32_t>(column.data_size));
    return;
  }
  char* const data = column.data;
  std::size_t size = column.data_size;
  std::int32_t* const ends = column.offsets() + rows_ + 1;
  for_each(choice, [&](std::uint32_t i, std::uint32_t row) {
    const Cell cell = cells[row];
    if (cell.high != 0) copy_text(data + size, cell.bytes().data(), cell.high);
    size += cell.high;
    ends[i] = static_cast<std::int32_t>(size);
  });
  column.data_size = size;
}

void TableWriter::append_column(Column& column, const Cell* cells, RowChoice choice) {
  char* const values = column.values + rows_ * std::size_t{column.width};
  switch (column.type) {
    case column::Type::boolean: return append_numbers<std::uint8_t>(values, cells, choice);
    case column::Type::int32:
    case column::Type::date: return append_numbers<std::uint32_t>(values, cells, choice);
    case column::Type::int64:
    case column::Type::timestamp:
    case column::Type::float64: return append_numbers<std::uint64_t>(values, cells, choice);
    case column::Type::decimal: return append_decimals(values, cells, choice);
    case column::Type::string:
    case column::Type::binary: return append_text(column, cells, choice);
  }
}

void TableWriter::append(const std::vector<ColumnProgram>& columns, const Rows& rows,
                         RowChoice choice) {
  for (const ColumnProgram& column : columns) {
    Column& to = columns_[index(column.column)];
    append_presence(to, rows.present(column.column), choice);
    append_column(to, rows.cells(column.column), choice);
  }
}

void TableWriter::append_hashes(int number, const Hash128* hashes, RowChoice choice) {
  if (number < 0) return;
  char* const values = columns_[index(number)].values + rows_ * sizeof(Hash128);
  for_each(choice, [&](std::uint32_t to, std::uint32_t row) {
    const std::uint64_t halves[2] = {__builtin_bswap64(hashes[row].high),
                                     __builtin_bswap64(hashes[row].low)};
    std::memcpy(values + to * sizeof halves, halves, sizeof halves);
  });
}

void TableWriter::append_int64(int number, const std::int64_t* values, RowChoice choice) {
  if (number < 0) return;
  char* const to = columns_[index(number)].values + rows_ * sizeof(std::int64_t);
  for_each(choice, [&](std::uint32_t i, std::uint32_t row) {
    std::memcpy(to + i * sizeof(std::int64_t), &values[row], sizeof(std::int64_t));
  });
}

void TableWriter::add_rows(const Record* records, const std::vector<std::uint32_t>& of_rows) {
  std::uint32_t* const to = records_.data() + rows_;
  for (std::size_t i = 0; i < of_rows.size(); ++i) to[i] = records[of_rows[i]].index;
  rows_ += static_cast<std::uint32_t>(of_rows.size());
}

void TableWriter::append_texts(int number, const Cell* cells, RowChoice choice) {
  if (number >= 0) append_text(columns_[index(number)], cells, choice);
}

bool TableWriter::grow_data(Column& column, std::size_t more) {
  const std::size_t needed = column.data_size + more + kSlack;
  if (needed > kDataMax) {
    fits_ = false;
    return false;
  }
  const std::size_t first = column.last_data_size + column.last_data_size / 8 + kDataFirst;
  const std::size_t wanted =
      std::max(needed, column.data_capacity == 0 ? first : column.data_capacity * 2);
  BufferRef grown = pool_->take(wanted);
  if (column.data_size > 0) std::memcpy(grown->data, column.data, column.data_size);
  column.data_capacity = grown->capacity;
  column.data_ref = std::move(grown);
  column.data = column.data_ref->data;
  return true;
}

void TableWriter::fill_constant(Column& column) {
  // Batches share these buffers, since nobody writes to a batch: they are filled once, not once a
  // batch.
  if (column.constant_values != nullptr && column.constant_rows >= rows_ &&
      column.constant_rows > 0)
    return;
  const std::uint32_t rows = rows_ + rows_ / 2 + kRowsFirst;
  if (column.fill == Fill::constant_int64) {
    column.constant_values = pool_->take(std::size_t{8} * rows);
    std::fill_n(reinterpret_cast<std::int64_t*>(column.constant_values->data), rows,
                column.constant_value);
  } else {
    const std::size_t size = column.constant.size();
    fits_ = fits_ && size * rows <= kDataMax;
    const std::uint32_t held = fits_ ? rows : 0;
    column.constant_values = pool_->take(std::size_t{4} * (rows + std::size_t{1}));
    column.constant_data = pool_->take(size * held + 1);
    auto* offsets = reinterpret_cast<std::int32_t*>(column.constant_values->data);
    for (std::uint32_t i = 0; i <= held; ++i) offsets[i] = static_cast<std::int32_t>(i * size);
    for (std::uint32_t i = 0; i < held; ++i) {
      std::memcpy(column.constant_data->data + i * size, column.constant.data(), size);
    }
  }
  column.constant_rows = rows;
}

void TableWriter::fill_record_ids(Column& column, std::span<const Hash128> record_ids) {
  constexpr std::size_t kSize = sizeof(Hash128);
  fill_hash_offsets(column);
  column.data_ref = pool_->take(fits_ ? std::size_t{rows_} * kSize : 0);
  for (std::uint32_t row = 0; fits_ && row < rows_; ++row) {
    const Hash128& id = record_ids[records_[row]];
    const std::uint64_t halves[2] = {__builtin_bswap64(id.high), __builtin_bswap64(id.low)};
    std::memcpy(column.data_ref->data + row * kSize, halves, kSize);
  }
}

/// One shared buffer of offsets 0, 16, 32 ...: hashes have one width.
void TableWriter::fill_hash_offsets(Column& column) {
  constexpr std::size_t kSize = sizeof(Hash128);
  fits_ = fits_ && std::size_t{rows_} * kSize <= kDataMax;
  if (column.constant_values != nullptr && column.constant_rows >= rows_) return;
  column.constant_rows = rows_ + rows_ / 2 + kRowsFirst;
  column.constant_values = pool_->take(std::size_t{4} * (column.constant_rows + std::size_t{1}));
  auto* offsets = reinterpret_cast<std::int32_t*>(column.constant_values->data);
  for (std::uint32_t i = 0; i <= column.constant_rows; ++i)
    offsets[i] = static_cast<std::int32_t>(i * kSize);
}

BufferRef TableWriter::validity(const Column& column, std::int64_t& null_count) {
  null_count = 0;
  if (!column.has_nulls) return nullptr;
  null_count = std::count(column.present.begin(), column.present.begin() + rows_, Rows::kNull);
  return packed(reinterpret_cast<const char*>(column.present.data()));
}

/// One bit for each of the bytes 0 and 1.
BufferRef TableWriter::packed(const char* bytes) {
  BufferRef buffer = pool_->take(rows_ / 8 + std::size_t{1});
  auto* const bits = reinterpret_cast<std::uint8_t*>(buffer->data);
  const std::uint32_t whole = rows_ / 8;
  for (std::uint32_t i = 0; i < whole; ++i) {
    std::uint64_t eight = 0;
    std::memcpy(&eight, bytes + std::size_t{i} * 8, sizeof eight);
    // Byte k times 2^(56 - 7k) puts its bit at 56 + k: no two meet below the top byte.
    constexpr std::uint64_t kGather = 0x0102040810204080;
    bits[i] = static_cast<std::uint8_t>(eight * kGather >> 56);
  }
  bits[whole] = 0;
  for (std::uint32_t row = whole * 8; row < rows_; ++row)
    bits[whole] = static_cast<std::uint8_t>(bits[whole] | (bytes[row] & 1) << (row & 7));
  return buffer;
}

/// What keeps a batch's buffers alive: every part that the consumer may move out holds a share.
struct TableWriter::Exported {
  std::shared_ptr<const Layout> layout;
  std::vector<ArrowSchema> schemas;
  std::vector<ArrowSchema*> schema_pointers;
  std::vector<ArrowArray> arrays;
  std::vector<ArrowArray*> array_pointers;
  std::vector<std::array<const void*, 3>> buffers;
  std::vector<BufferRef> held;

  using Share = std::shared_ptr<Exported>;
  template <typename Struct>
  static void release_leaf(Struct* part) {
    part->release = nullptr;
    delete static_cast<Share*>(part->private_data);
  }
  template <typename Struct>
  static void release_parent(Struct* part) {
    for (std::int64_t i = 0; i < part->n_children; ++i) {
      if (part->children[i]->release != nullptr) part->children[i]->release(part->children[i]);
    }
    release_leaf(part);
  }
};

namespace {

/// Readers expect a data buffer also where there are no bytes.
const char kNoBytes[64] = {};

}  // namespace

std::array<BufferRef, 3> TableWriter::parts(std::size_t number, std::span<const Hash128> record_ids,
                                            std::int64_t& null_count) {
  Column& column = columns_[number];
  switch (column.fill) {
    case Fill::record_id:
      fill_record_ids(column, record_ids);
      return {nullptr, column.constant_values, column.data_ref};
    case Fill::constant_text:
      fill_constant(column);
      return {nullptr, column.constant_values, column.constant_data};
    case Fill::constant_int64:
      fill_constant(column);
      return {nullptr, column.constant_values, nullptr};
    case Fill::hash:
      fill_hash_offsets(column);
      return {nullptr, column.constant_values, column.values_ref};
    case Fill::value: break;
  }
  BufferRef bits = validity(column, null_count);
  return {std::move(bits),
          column.type == column::Type::boolean ? packed(column.values) : column.values_ref,
          column.data_ref};
}

void TableWriter::export_column(std::size_t number, std::span<const Hash128> record_ids,
                                const std::shared_ptr<Exported>& exported) {
  std::int64_t null_count = 0;
  std::array<BufferRef, 3> held = parts(number, record_ids, null_count);
  auto& buffers = exported->buffers[number];
  for (std::size_t part = 0; part < held.size(); ++part) {
    if (held[part] == nullptr) continue;
    buffers[part] = held[part]->data;
    exported->held.push_back(std::move(held[part]));
  }
  const Column& column = columns_[number];
  if (column.is_text && buffers[2] == nullptr) buffers[2] = kNoBytes;
  const Layout::Text& text = layout_->columns[number];
  ArrowSchema& schema = exported->schemas[number];
  schema.format = text.format.c_str();
  schema.name = text.name.c_str();
  schema.flags = text.nullable ? ARROW_FLAG_NULLABLE : 0;
  schema.release = &Exported::release_leaf<ArrowSchema>;
  schema.private_data = new Exported::Share(exported);
  ArrowArray& array = exported->arrays[number];
  array.length = rows_;
  array.null_count = null_count;
  array.n_buffers = column.is_text ? 3 : 2;
  array.buffers = buffers.data();
  array.release = &Exported::release_leaf<ArrowArray>;
  array.private_data = new Exported::Share(exported);
}

column::Batch TableWriter::finish(std::span<const Hash128> record_ids) {
  if (capacity_ == 0) reserve(1);
  auto exported = std::make_shared<Exported>();
  exported->layout = layout_;
  const std::size_t count = columns_.size();
  exported->schemas.resize(count);
  exported->arrays.resize(count);
  exported->buffers.resize(count + 1);
  for (std::size_t i = 0; i < count; ++i) {
    export_column(i, record_ids, exported);
    exported->schema_pointers.push_back(&exported->schemas[i]);
    exported->array_pointers.push_back(&exported->arrays[i]);
  }
  ArrowSchema schema{};
  schema.format = "+s";
  schema.name = "";
  schema.n_children = static_cast<std::int64_t>(count);
  schema.children = exported->schema_pointers.data();
  schema.release = &Exported::release_parent<ArrowSchema>;
  schema.private_data = new Exported::Share(exported);
  ArrowArray array{};
  array.length = rows_;
  array.n_buffers = 1;
  array.buffers = exported->buffers[count].data();
  array.n_children = static_cast<std::int64_t>(count);
  array.children = exported->array_pointers.data();
  array.release = &Exported::release_parent<ArrowArray>;
  array.private_data = new Exported::Share(exported);
  return column::Batch(&schema, &array);
}

}  // namespace assay::refine
