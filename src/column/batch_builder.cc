// Grows a batch's buffers and hands them over as Arrow C structs.

#include <algorithm>
#include <array>
#include <cstdlib>
#include <limits>
#include <new>
#include <string>
#include <utility>

#include "base/assert.h"
#include "column/batch.h"

namespace assay::column {
namespace {

constexpr std::int64_t kRowsFirst = 64;        // rows of a column's first allocation
constexpr std::size_t kDataBytesFirst = 1024;  // bytes of a text column's first allocation
constexpr std::size_t kDataBytesMax =
    std::numeric_limits<std::int32_t>::max();  // offsets are int32

int width_of(Type type) {
  switch (type) {
    case Type::boolean: return 0;
    case Type::int32:
    case Type::date:
    case Type::string:
    case Type::binary: return 4;
    case Type::int64:
    case Type::timestamp:
    case Type::float64: return 8;
    case Type::decimal: return 16;
  }
  return 0;
}

template <typename T>
T* grow(T* buffer, std::size_t bytes) {
  void* grown =
      std::realloc(buffer, bytes);  // NOLINT: buffers go out as C structs, whose release frees them
  if (grown == nullptr) throw std::bad_alloc();
  return static_cast<T*>(grown);
}

/// Bytes that the values of `rows` rows take: bits for booleans, one offset more than rows for
/// text.
std::size_t values_size(int width, bool has_data, std::int64_t rows) {
  const auto count = static_cast<std::size_t>(rows);
  if (width == 0) return count / 8;
  return static_cast<std::size_t>(width) * (count + (has_data ? 1 : 0));
}

}  // namespace

/// Names and formats of a table's columns. Immutable; the schemas of all batches point into it.
struct BatchBuilder::Layout {
  struct Text {
    std::string name;
    std::string format;
    bool nullable = true;
  };
  std::vector<Text> columns;
};

BatchBuilder::BatchBuilder(const TableSchema& schema) {
  auto layout = std::make_shared<Layout>();
  for (const Field& field : schema.fields) {
    layout->columns.push_back({field.name, arrow_format(field.type), !field.required});
    Column column;
    column.type = field.type.type;
    column.width = width_of(column.type);
    column.has_data = column.type == Type::string || column.type == Type::binary;
    columns_.push_back(column);
  }
  layout_ = std::move(layout);
}

BatchBuilder::~BatchBuilder() { free_buffers(columns_); }

BatchBuilder::BatchBuilder(BatchBuilder&& other) noexcept
    : layout_(std::move(other.layout_)), columns_(std::exchange(other.columns_, {})) {}

BatchBuilder& BatchBuilder::operator=(BatchBuilder&& other) noexcept {
  if (this != &other) {
    free_buffers(columns_);
    layout_ = std::move(other.layout_);
    columns_ = std::exchange(other.columns_, {});
  }
  return *this;
}

void BatchBuilder::free_buffers(std::vector<Column>& columns) {
  for (Column& column : columns) {
    std::free(column.values);    // NOLINT
    std::free(column.validity);  // NOLINT
    std::free(column.data);      // NOLINT
  }
}

void BatchBuilder::grow_rows(Column& column) {
  const bool first = column.capacity == 0;
  // Whole groups of 64 rows keep the bit buffers at whole words.
  const std::int64_t wanted = first ? std::max(kRowsFirst, column.last_rows) : column.capacity * 2;
  const std::int64_t capacity = (wanted + 63) / 64 * 64;
  const auto old_bits = static_cast<std::size_t>(column.capacity / 8);
  const auto new_bits = static_cast<std::size_t>(capacity / 8);
  column.validity = grow(column.validity, new_bits);
  std::memset(column.validity + old_bits, 0xff, new_bits - old_bits);
  column.values = grow(column.values, values_size(column.width, column.has_data, capacity));
  if (column.type == Type::boolean) std::memset(column.values + old_bits, 0, new_bits - old_bits);
  if (column.has_data && first) {
    std::memset(column.values, 0, sizeof(std::int32_t));
    grow_data(column, std::max(kDataBytesFirst, column.last_data_size));
  }
  column.capacity = capacity;
}

void BatchBuilder::grow_data(Column& column, std::size_t more) {
  const std::size_t needed = column.data_size + more;
  ASSAY_ASSERT(needed <= kDataBytesMax);
  const std::size_t capacity = std::min(kDataBytesMax, std::max(needed, column.data_capacity * 2));
  column.data = grow(column.data, capacity);
  column.data_capacity = capacity;
}

void BatchBuilder::null(int column) {
  Column& target = columns_[static_cast<std::size_t>(column)];
  if (target.length == target.capacity) [[unlikely]]
    grow_rows(target);
  const std::int64_t row = target.length;
  target.validity[row >> 3] &= static_cast<std::uint8_t>(~(1U << (row & 7)));
  ++target.null_count;
  if (target.has_data) {
    bytes(column, {});
    return;
  }
  // A defined value keeps batches equal byte by byte where their rows are.
  const auto width = static_cast<std::size_t>(target.width);
  std::memset(target.values + static_cast<std::size_t>(row) * width, 0, width);
  ++target.length;
}

void BatchBuilder::boolean(int column, bool value) {
  Column& target = columns_[static_cast<std::size_t>(column)];
  ASSAY_DASSERT(target.type == Type::boolean);
  if (target.length == target.capacity) [[unlikely]]
    grow_rows(target);
  if (value) target.values[target.length >> 3] |= static_cast<char>(1U << (target.length & 7));
  ++target.length;
}

void BatchBuilder::hash(int column, const Hash128& value) {
  const auto canonical = value.to_bytes();
  bytes(column, {reinterpret_cast<const char*>(canonical.data()), canonical.size()});
}

void BatchBuilder::copy(int column, const ColumnView& view, std::int64_t row) {
  if (view.is_null(row)) {
    null(column);
    return;
  }
  switch (columns_[static_cast<std::size_t>(column)].type) {
    case Type::boolean: return boolean(column, view.boolean(row));
    case Type::int32:
    case Type::date: return int32(column, view.int32(row));
    case Type::int64:
    case Type::timestamp: return int64(column, view.int64(row));
    case Type::float64: return float64(column, view.float64(row));
    case Type::decimal: return decimal(column, view.decimal(row));
    case Type::string:
    case Type::binary: return bytes(column, view.bytes(row));
  }
}

namespace {

struct ArrayNode {
  std::array<const void*, 3> buffers{};
  std::vector<ArrowArray> children;
  std::vector<ArrowArray*> child_pointers;
};

void release_array(ArrowArray* array) {
  auto* node = static_cast<ArrayNode*>(array->private_data);
  for (ArrowArray& child : node->children) {
    if (child.release != nullptr) child.release(&child);
  }
  for (const void* buffer : node->buffers) std::free(const_cast<void*>(buffer));  // NOLINT
  delete node;
  array->release = nullptr;
}

struct SchemaNode {
  std::shared_ptr<const void> layout;  ///< owner of the texts
  std::vector<ArrowSchema> children;
  std::vector<ArrowSchema*> child_pointers;
};

void release_schema(ArrowSchema* schema) {
  auto* node = static_cast<SchemaNode*>(schema->private_data);
  for (ArrowSchema& child : node->children) {
    if (child.release != nullptr) child.release(&child);
  }
  delete node;
  schema->release = nullptr;
}

template <typename Node, typename Struct>
void adopt_children(Node& node, Struct& parent) {
  for (auto& child : node.children) node.child_pointers.push_back(&child);
  parent.n_children = static_cast<std::int64_t>(node.children.size());
  parent.children = node.child_pointers.data();
}

ArrowSchema make_schema(std::shared_ptr<const void> layout, const char* format, const char* name) {
  ArrowSchema schema{};
  schema.format = format;
  schema.name = name;
  schema.release = &release_schema;
  schema.private_data = new SchemaNode{std::move(layout), {}, {}};
  return schema;
}

ArrowArray make_array(std::int64_t length, std::int64_t null_count, int buffer_count) {
  ArrowArray array{};
  array.length = length;
  array.null_count = null_count;
  array.n_buffers = buffer_count;
  auto* node = new ArrayNode{};
  array.buffers = node->buffers.data();
  array.release = &release_array;
  array.private_data = node;
  return array;
}

}  // namespace

Batch BatchBuilder::finish() {
  const std::int64_t length = rows();
  ArrowSchema schema = make_schema(layout_, "+s", "");
  ArrowArray array = make_array(length, 0, 1);
  auto& schema_node = *static_cast<SchemaNode*>(schema.private_data);
  auto& array_node = *static_cast<ArrayNode*>(array.private_data);
  for (std::size_t i = 0; i < columns_.size(); ++i) {
    Column& column = columns_[i];
    ASSAY_ASSERT(column.length == length);
    if (column.capacity == 0) grow_rows(column);  // readers expect buffers, also for no rows
    const auto& text = layout_->columns[i];
    ArrowSchema child = make_schema(layout_, text.format.c_str(), text.name.c_str());
    child.flags = text.nullable ? ARROW_FLAG_NULLABLE : 0;
    schema_node.children.push_back(child);
    ArrowArray values = make_array(length, column.null_count, column.has_data ? 3 : 2);
    auto& buffers = static_cast<ArrayNode*>(values.private_data)->buffers;
    if (column.null_count == 0) std::free(std::exchange(column.validity, nullptr));  // NOLINT
    buffers = {column.validity, column.values, column.data};
    array_node.children.push_back(values);

    Column fresh;
    fresh.type = column.type;
    fresh.width = column.width;
    fresh.has_data = column.has_data;
    fresh.last_rows = length;
    fresh.last_data_size = column.data_size;
    column = fresh;
  }
  adopt_children(schema_node, schema);
  adopt_children(array_node, array);
  return Batch(&schema, &array);
}

Batch filter(const Batch& batch, const TableSchema& schema, std::span<const bool> keep) {
  ASSAY_ASSERT(static_cast<std::int64_t>(keep.size()) == batch.rows());
  ASSAY_ASSERT(batch.columns() == static_cast<int>(schema.fields.size()) || batch.rows() == 0);
  BatchBuilder builder(schema);
  for (int column = 0; column < batch.columns(); ++column) {
    const ColumnView view(batch, column);
    for (std::int64_t row = 0; row < batch.rows(); ++row) {
      if (keep[static_cast<std::size_t>(row)]) builder.copy(column, view, row);
    }
  }
  return builder.finish();
}

}  // namespace assay::column
