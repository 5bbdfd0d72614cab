#pragma once
// Bronze to silver and gold: takes the RECEIVED silver manifests in order, an epoch at a time,
// until none is left.

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "engine/manifest_draft.h"
#include "engine/recovery.h"
#include "engine/session.h"

namespace assay::engine {

struct RunReport {
  std::int64_t epochs = 0;
  Recovery recovery;
  std::int64_t manifests = 0;  ///< silver manifests completed, and as many gold ones
  std::int64_t records = 0;
  std::int64_t refined = 0;
  std::int64_t quarantined = 0;
  std::int64_t duplicates = 0;
  std::int64_t reprocessed = 0;  ///< of the records: those that had been in quarantine
  std::int64_t cured = 0;        ///< of these: refined, or a duplicate of what was
  std::int64_t discarded = 0;    ///< records that left quarantine for good; not among the records
  std::int64_t masters_seen = 0;
  std::int64_t bytes = 0;
  std::map<int, std::int64_t> quarantined_by_code;
  std::map<std::string, std::int64_t> rows_by_table;
  VariantCounts variants;  ///< values kept as texts since they did not convert
  std::map<std::string, std::string> failed_tenants;  ///< tenant -> reason; the others went on
};

/// Drains. Running again without new input does nothing. Errors: only those of the machine.
Result<RunReport> run(Session& session);

/// The same for a process that stays: plans and state are kept from one draining to the next. After
/// an error it is of no more use, and neither is its session. One thread.
class Refinery {
 public:
  /// Brings the state up to the last commit. REQUIRES: no intent stands; the session outlives it.
  static Result<Refinery> open(Session& session);
  ~Refinery();
  Refinery(Refinery&&) noexcept;
  Refinery& operator=(Refinery&&) noexcept;

  struct Options {
    std::set<std::string> left_out;  ///< tenants that are not touched this time
  };
  Result<RunReport> drain(const Options& options);

 private:
  struct Impl;
  explicit Refinery(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Repeats the run epoch that an intent stands for.
Status repeat_run(Session& session, const control::Intent& intent);

}  // namespace assay::engine
