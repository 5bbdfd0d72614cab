#pragma once
// Named bounds (style rule 24). Sizes are bytes unless the name says otherwise.

#include <cstddef>
#include <cstdint>

namespace assay {

/// Limits of one payload; a record beyond one of them goes to quarantine with its code.
struct PayloadLimits {
  std::size_t record_size_max = std::size_t{16} << 20;  ///< bytes of one record
  std::size_t depth_max = 256;                          ///< nesting of objects and arrays
  std::size_t object_keys_max = 65'536;                 ///< keys of one object
};

/// Limits of one JSONPath and of one evaluation of it; beyond one of them it ends with
/// Code::path_limit.
struct PathLimits {
  std::size_t steps_max = 100'000'000;  ///< nodes looked at, bytes matched by patterns
  std::size_t results_max = 1'000'000;  ///< nodes of one node list, those in between included
  std::size_t descendant_depth_max = 256;  ///< levels that ".." goes down
};
inline constexpr std::size_t kPathSizeMax = std::size_t{16} << 10;  ///< bytes of one JSONPath
inline constexpr int kPathNestingMax = 32;  ///< filters, parentheses and calls within one another

/// Bytes of a rendition for each byte of its payload, and those that it may always have; beyond
/// them the payload is a bomb.
inline constexpr std::size_t kRenditionPerInputMax = 64;
inline constexpr std::size_t kRenditionFree = std::size_t{64} << 10;
inline constexpr std::size_t kAvroBlockSizeMax =
    std::size_t{64} << 20;  ///< bytes of one block of an Avro file, decompressed
inline constexpr std::size_t kInputHeaderSizeMax =
    std::size_t{1} << 20;  ///< bytes of a CSV header line, or of an Avro file's schema

inline constexpr std::size_t kEpochBytes = std::size_t{64}
                                           << 20;  ///< input bytes an epoch takes when draining
inline constexpr std::size_t kQuarantineInlineBytes =
    std::size_t{64} << 10;  ///< bytes of a quarantined record kept in the table
inline constexpr std::size_t kPayloadPadding =
    64;  ///< readable bytes that a slab keeps behind its last record
inline constexpr std::size_t kSlabBytes = std::size_t{4}
                                          << 20;  ///< payload bytes of one call of the kernel
inline constexpr std::size_t kPushBodySizeMax = std::size_t{16}
                                                << 20;  ///< bytes of a pushed body as it comes
inline constexpr std::size_t kPushExpandedSizeMax =
    std::size_t{32} << 20;                              ///< bytes of a pushed body, decompressed
inline constexpr std::size_t kPushRecordsMax = 50'000;  ///< records of one pushed body
inline constexpr std::size_t kPushSegmentBytes =
    std::size_t{16} << 20;  ///< from then on a segment of the push log takes no more
inline constexpr std::size_t kPushBacklogBytes =
    std::size_t{256} << 20;  ///< of the push log that are not in bronze yet
inline constexpr std::size_t kIdempotencyKeySizeMax = 255;
inline constexpr std::int64_t kIdempotencyKeysMax = 100'000;  ///< remembered, of one tenant
inline constexpr std::int64_t kIdempotencyHours = 24;         ///< that one is remembered
inline constexpr int kRetriesMax = 5;  ///< attempts of a failed manifest before a person is asked

}  // namespace assay
