#pragma once
// Files into bronze: identify, cut into records, commit in epochs.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "engine/recovery.h"
#include "engine/session.h"

namespace assay::engine {

struct IngestOptions {
  std::vector<std::string> paths;     ///< absolute paths of files, each once (io::expand_paths)
  std::optional<std::string> tenant;  ///< instead of the routes; needs application too
  std::optional<std::string> application;
  bool finished = false;  ///< the files do not grow any more: a last row of CSV is taken as it is
};

struct InputReport {
  std::string path;
  std::string outcome;  ///< "ingested", "continued", "unchanged", "empty", "failed"
  std::string tenant, application;
  std::string source_id;
  std::int64_t records = 0;
  std::int64_t bytes = 0;  ///< decompressed, new ones
  std::string note;        ///< what a user should know: an incomplete last record, an earlier name
  std::optional<Error> error;
};

struct IngestReport {
  std::vector<InputReport> inputs;
  std::int64_t records = 0;
  std::int64_t bytes = 0;
  std::int64_t quarantined = 0;  ///< at once: beyond the size limit, or without a tenant
  std::int64_t epochs = 0;
  Recovery recovery;
};

/// Takes all inputs; one that fails is reported and the others go on. Running it again changes
/// nothing. Errors: only those of the machine (control database, disk).
Result<IngestReport> ingest(Session& session, const IngestOptions& options);

/// Repeats the ingest epoch that an intent stands for.
Status repeat_ingest(Session& session, const control::Intent& intent);

}  // namespace assay::engine
