#pragma once
// What is kept of a partition's last record, to know it again.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/hash.h"
#include "base/time.h"

namespace assay::engine {

/// A topic that was deleted and made again has another record at this offset, or none.
struct KafkaMark {
  std::int64_t offset = 0;
  Micros timestamp = 0;
  Hash128 hash;  ///< of the payload
  bool operator==(const KafkaMark&) const = default;

  std::string to_text() const;  ///< "<offset> <timestamp> <hash, hex>"
  static std::optional<KafkaMark> parse(std::string_view text);
};

}  // namespace assay::engine
