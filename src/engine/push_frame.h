#pragma once
// The bytes of the push log: a segment's header, and one frame a request. docs/formats/push-log.md
// specifies them.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/time.h"

namespace assay::engine {

struct PushedRecord {
  std::string_view headers;  ///< JSON, or empty
  std::string_view payload;
};

/// One request: all of its records, or none. Borrows its texts.
struct PushEntry {
  std::int64_t number = 0;  ///< in the log, without gaps
  std::string_view tenant;
  std::string_view application;
  std::string_view idempotency_key;  ///< may be empty
  Sha256 sha256{};                   ///< of the body, where there is a key
  std::int64_t first = 0;            ///< offset of its first record among the application's
  Micros received = 0;
  std::vector<PushedRecord> records;
};

/// `durable`: bytes of the segment that were synced before this frame was written. It is what tells
/// damage from a write that a crash cut off: nobody vouched for the latter.
void append_frame(std::string& out, const PushEntry& entry, std::uint64_t durable);

struct PushFrame {
  PushEntry entry;
  std::uint64_t durable = 0;
  std::size_t size = 0;
};
/// The frame at the start of `bytes`; nothing where it is cut off, or not as it was written.
std::optional<PushFrame> read_frame(std::string_view bytes);
/// Whether a good frame somewhere behind `at` says that the byte at `at` was durable.
bool is_vouched_for(std::string_view segment, std::size_t at);

/// What a segment says of itself and of the one before it.
struct SegmentHeader {
  std::int64_t ordinal = 0;
  std::int64_t first_number = 0;   ///< of its first entry
  std::uint64_t previous_end = 0;  ///< bytes of the segment before that count; 0 for the first
  bool operator==(const SegmentHeader&) const = default;
};
inline constexpr std::size_t kSegmentHeaderSize = 48;
std::string segment_header(const SegmentHeader& header);
std::optional<SegmentHeader> read_segment_header(std::string_view bytes);

}  // namespace assay::engine
