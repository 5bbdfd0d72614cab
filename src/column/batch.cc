#include "column/batch.h"

#include <utility>

#include "base/assert.h"

namespace assay::column {
namespace {

void release_both(ArrowSchema& schema, ArrowArray& array) {
  if (array.release != nullptr) array.release(&array);
  if (schema.release != nullptr) schema.release(&schema);
}

}  // namespace

Batch::Batch(ArrowSchema* schema, ArrowArray* array) : schema_(*schema), array_(*array) {
  schema->release = nullptr;
  array->release = nullptr;
}

Batch::~Batch() { release_both(schema_, array_); }

Batch::Batch(Batch&& other) noexcept
    : schema_(std::exchange(other.schema_, {})), array_(std::exchange(other.array_, {})) {}

Batch& Batch::operator=(Batch&& other) noexcept {
  if (this != &other) {
    release_both(schema_, array_);
    schema_ = std::exchange(other.schema_, {});
    array_ = std::exchange(other.array_, {});
  }
  return *this;
}

void Batch::export_to(ArrowSchema* schema, ArrowArray* array) && {
  *schema = std::exchange(schema_, {});
  *array = std::exchange(array_, {});
}

ColumnView::ColumnView(const Batch& batch, int column) {
  ASSAY_ASSERT(column >= 0 && column < batch.columns());
  const ArrowArray& child = *batch.array().children[column];
  if (child.null_count != 0) validity_ = static_cast<const std::uint8_t*>(child.buffers[0]);
  values_ = child.buffers[1];
  if (child.n_buffers == 3 && child.buffers[2] != nullptr)
    data_ = static_cast<const char*>(child.buffers[2]);
  offset_ = batch.array().offset + child.offset;
}

}  // namespace assay::column
