#pragma once
// Copying texts of unknown size, most of them short.

#include <cstddef>
#include <cstring>

namespace assay::refine {

/// In steps of 16. REQUIRES: 64 readable bytes behind the text, 64 writable behind out + size.
inline void copy_text(char* out, const char* from, std::size_t size) {
  std::memcpy(out, from, 16);
  if (size <= 16) return;
  std::memcpy(out + 16, from + 16, 16);
  if (size <= 32) return;
  std::memcpy(out + 32, from + 32, size - 32);
}

}  // namespace assay::refine
