#include "engine/hashed_input.h"

#include <utility>

namespace assay::engine {
namespace {

constexpr std::size_t kReadBytes = std::size_t{1} << 20;

}  // namespace

Result<bool> HashedInput::fill() {
  if (at_end_) return false;
  if (read_ > kReadBytes || read_ == buffer_.size()) {
    buffer_.erase(0, read_);
    read_ = 0;
  }
  const std::size_t size = buffer_.size();
  buffer_.resize(size + kReadBytes);
  auto count = reader_->read(buffer_.data() + size, kReadBytes);
  buffer_.resize(size + (count ? *count : 0));
  if (!count) return unexpected(std::move(count).error());
  at_end_ = *count == 0;
  return !at_end_;
}

Result<bool> HashedInput::fill_to(std::size_t count) {
  while (unread().size() < count) {
    ASSAY_TRY(const bool more, fill());
    if (!more) return false;
  }
  return true;
}

void HashedInput::advance(std::size_t count) {
  hasher_.update(unread().substr(0, count));
  read_ += count;
  position_ += static_cast<std::int64_t>(count);
}

}  // namespace assay::engine
