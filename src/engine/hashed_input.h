#pragma once
// A stream of bytes with the part that is being looked at in memory, and the hash of what is done.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/hash.h"
#include "base/result.h"
#include "io/file_system.h"

namespace assay::engine {

/// Views of it are good until the next `fill`.
class HashedInput {
 public:
  explicit HashedInput(std::unique_ptr<io::Reader> reader) : reader_(std::move(reader)) {}

  std::string_view unread() const { return std::string_view(buffer_).substr(read_); }
  std::int64_t position() const { return position_; }
  Sha256 prefix_sha256() const { return hasher_.digest_so_far(); }

  /// Reads more behind `unread`; false at the end of the stream.
  Result<bool> fill();
  /// Until `unread` has that many bytes; false where the stream ends before.
  Result<bool> fill_to(std::size_t count);
  /// REQUIRES: count <= unread().size().
  void advance(std::size_t count);

 private:
  std::unique_ptr<io::Reader> reader_;
  std::string buffer_;
  std::size_t read_ = 0;
  std::int64_t position_ = 0;
  Sha256Hasher hasher_;
  bool at_end_ = false;
};

}  // namespace assay::engine
