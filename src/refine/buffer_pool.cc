#include "refine/buffer_pool.h"

#include <bit>
#include <cstdlib>
#include <new>

namespace assay::refine {
namespace {

constexpr std::size_t kAlignment = 64;
constexpr std::size_t kSmallest = 1024;

/// Sizes go up by quarters of a power of two, so that blocks fit again although batches differ a
/// little.
std::size_t rounded(std::size_t size) {
  if (size <= kSmallest) return kSmallest;
  const std::size_t step = std::bit_floor(size) / 4;
  return (size + step - 1) / step * step;
}

}  // namespace

BufferPool::~BufferPool() {
  for (const Buffer& buffer : idle_) std::free(buffer.data);  // NOLINT: aligned_alloc
}

BufferRef BufferPool::take(std::size_t size) {
  const std::size_t capacity = rounded(size);
  Buffer taken;
  {
    const std::lock_guard lock(mutex_);
    for (std::size_t i = idle_.size(); i > 0; --i) {
      Buffer& candidate = idle_[i - 1];
      if (candidate.capacity != capacity) continue;
      taken = candidate;
      candidate = idle_.back();
      idle_.pop_back();
      idle_bytes_ -= capacity;
      break;
    }
  }
  if (taken.data == nullptr) {
    taken.data = static_cast<char*>(std::aligned_alloc(kAlignment, capacity));
    if (taken.data == nullptr) throw std::bad_alloc();
    taken.capacity = capacity;
  }
  auto pool = shared_from_this();
  return {new Buffer(taken), [pool = std::move(pool)](Buffer* buffer) {
            pool->give_back(buffer->data, buffer->capacity);
            delete buffer;
          }};
}

void BufferPool::give_back(char* data, std::size_t capacity) {
  const std::lock_guard lock(mutex_);
  if (idle_bytes_ + capacity > kKeptBytes) {
    std::free(data);  // NOLINT
    return;
  }
  idle_.push_back({data, capacity});
  idle_bytes_ += capacity;
}

}  // namespace assay::refine
