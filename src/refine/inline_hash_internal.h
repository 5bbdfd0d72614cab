#pragma once
// XXH3 compiled into the caller: hashes of short texts are most of the kernel's hashing, and a call
// into the library costs as much as they do. The values are those of base/hash.h.

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <cstdint>
#include <string_view>

#include "base/hash.h"

namespace assay::refine {

inline Hash128 hash128(std::string_view bytes) {
  const XXH128_hash_t hash = XXH3_128bits(bytes.data(), bytes.size());
  return {hash.high64, hash.low64};
}
inline std::uint64_t hash64(std::string_view bytes) {
  return XXH3_64bits(bytes.data(), bytes.size());
}

}  // namespace assay::refine
