#pragma once
// Column buffers that come back when their batch is released: fresh pages cost more than filling
// them.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

namespace assay::refine {

class BufferPool;

/// A block of bytes, aligned to 64. Goes back to its pool with the last reference.
struct Buffer {
  char* data = nullptr;
  std::size_t capacity = 0;
};
using BufferRef = std::shared_ptr<Buffer>;

/// Thread-safe: batches may be released by any thread, also after the kernel that made them.
class BufferPool : public std::enable_shared_from_this<BufferPool> {
 public:
  static constexpr std::size_t kKeptBytes = std::size_t{64}
                                            << 20;  ///< idle blocks beyond are freed

  BufferPool() = default;
  ~BufferPool();
  BufferPool(const BufferPool&) = delete;
  BufferPool& operator=(const BufferPool&) = delete;

  /// A block of at least `size` bytes, contents undefined.
  BufferRef take(std::size_t size);

 private:
  void give_back(char* data, std::size_t capacity);

  std::mutex mutex_;
  std::vector<Buffer> idle_;    // guarded by mutex_
  std::size_t idle_bytes_ = 0;  // guarded by mutex_
};

}  // namespace assay::refine
