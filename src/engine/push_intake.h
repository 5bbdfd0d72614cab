#pragma once
// From the body of a pushed request to an entry of the push log: decompressed, cut into records,
// checked, written.

#include <cstdint>
#include <string>
#include <string_view>

#include "base/limits.h"
#include "base/result.h"
#include "engine/push_log.h"
#include "io/clock.h"

namespace assay::engine {

struct PushRequest {
  std::string tenant;  ///< as the credential proves it
  std::string application;
  std::string content_type;      ///< empty: application/json
  std::string content_encoding;  ///< empty, "identity", "gzip" or "zstd"
  std::string idempotency_key;
  std::string_view body;
};

/// Any thread.
class PushIntake {
 public:
  struct Limits {
    std::size_t expanded_size_max = kPushExpandedSizeMax;
    std::size_t record_size_max = PayloadLimits{}.record_size_max;
    std::size_t records_max = kPushRecordsMax;
  };
  /// All must outlive it.
  PushIntake(io::FileSystem& files, io::Clock& clock, PushLog& log, Limits limits)
      : files_(files), clock_(clock), log_(log), limits_(limits) {}

  /// Takes all records or none. When it comes back without an error they are on the disk. Errors:
  /// tenant_unknown, content_unsupported, request_invalid, request_too_large, json_syntax with the
  /// record's place, source_compressed, and those of PushLog::append.
  Result<PushLog::Receipt> take(const PushRequest& request);

 private:
  io::FileSystem& files_;
  io::Clock& clock_;
  PushLog& log_;
  const Limits limits_;
};

}  // namespace assay::engine
