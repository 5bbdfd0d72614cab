#pragma once

#include <algorithm>
#include <cstring>
#include <string>
#include <utility>

#include "io/file_system.h"

namespace assay::engine {

/// Gives a text in chunks of a fixed size, so that every boundary is met.
class ChunkReader final : public io::Reader {
 public:
  ChunkReader(std::string text, std::size_t chunk) : text_(std::move(text)), chunk_(chunk) {}
  Result<std::size_t> read(char* buffer, std::size_t capacity) override {
    const std::size_t count = std::min({chunk_, capacity, text_.size() - position_});
    std::memcpy(buffer, text_.data() + position_, count);
    position_ += count;
    return count;
  }

 private:
  std::string text_;
  std::size_t chunk_;
  std::size_t position_ = 0;
};

}  // namespace assay::engine
