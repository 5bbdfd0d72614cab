#pragma once
// How large the rendition of a payload may get.

#include <algorithm>
#include <cstddef>

#include "base/limits.h"

namespace assay::decode {

/// Bytes that the rendition of a payload of that size may have: no more than any record, and no
/// more than a payload that is no bomb needs.
inline std::size_t rendition_size_max(std::size_t payload_size, const PayloadLimits& limits,
                                      std::size_t free = kRenditionFree) {
  const std::size_t fair = std::max(free, kRenditionPerInputMax * payload_size);
  return std::min(limits.record_size_max, fair);
}

/// What the rendition of one of the many records of an Avro or CSV file may always have.
inline constexpr std::size_t kRowRenditionFree = std::size_t{4} << 10;

}  // namespace assay::decode
