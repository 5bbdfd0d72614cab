#pragma once
// Taking records out of quarantine (docs/quarantine.md).
//
// A release is a silver manifest of its own: a further attempt at the silver step of one bronze
// manifest, over the records that earlier steps refused and that its order selects. It waits as
// RECEIVED like any other, with the order in `accounting`, and `run` takes it; so any process may
// ask for one, and a crash or another lease holder changes nothing.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "base/time.h"
#include "column/batch.h"
#include "control/control.h"
#include "engine/session.h"
#include "parquet/parquet.h"
#include "refine/refine.h"

namespace assay::engine {

enum class ReleaseAction : std::uint8_t { reprocess, discard, fix };
std::string_view to_string(ReleaseAction action);

/// Conditions on refusals; those that are left empty hold always.
struct ReleaseFilter {
  std::string record;           ///< hexadecimal id, or its beginning
  std::string manifest;         ///< of the step that refused, or its beginning
  std::optional<Micros> since;  ///< ingest time
  std::vector<int> codes;
  std::vector<std::string> versions;
  bool code_or_version = false;  ///< one of the two lists is enough
};

struct ReleaseOrder {
  ReleaseAction action = ReleaseAction::reprocess;
  ReleaseFilter filter;
  std::string actor;  ///< empty: the program itself, after a new plan
  std::string reason;
};

/// A refusal that a release ends.
struct Refusal {
  Hash128 record_id;
  std::string manifest_id;  ///< of the step that refused
  Micros ingest_time = 0;
  int code = 0;
};

/// The order as the member "release" of a manifest's accounting, and back; nothing where the
/// manifest is no release.
std::string waiting_accounting(const ReleaseOrder& order);
std::optional<ReleaseOrder> order_of(const control::Manifest& manifest);
/// `accounting` of the finished release: that of refine, what it took, and the order.
std::string released_accounting(const ReleaseOrder& order, const std::vector<Refusal>& released,
                                const std::string& refined_accounting);

/// SQL of what is in a tenant's quarantine now: the rows of bronze.quarantine that no release
/// ended.
Result<std::string> quarantine_relation(io::FileSystem& files, control::Database& control,
                                        const std::string& tenant);
/// SQL condition over quarantine_relation.
std::string condition_of(const ReleaseFilter& filter);

/// Refusals by what a decision over them depends on.
struct RefusalGroup {
  std::string manifest_id;  ///< of the step that refused
  std::string application;
  std::string schema_version;
  int code = 0;
  std::int64_t records = 0;
};
Result<std::vector<RefusalGroup>> refusal_groups(parquet::Database& database,
                                                 const std::string& relation,
                                                 const std::string& condition);

/// What an order would take from one bronze manifest.
struct ReleaseTarget {
  std::string bronze_manifest;
  std::int64_t records = 0;
};
/// Groups by bronze manifest. A record that bronze itself refused has no payload there, so that it
/// can be discarded and not reprocessed: such groups are left out of `reprocess`.
Result<std::vector<ReleaseTarget>> targets_of(control::Database& control,
                                              const std::vector<RefusalGroup>& groups,
                                              ReleaseAction action);
/// Queues one release for each target.
Status queue_releases(control::Database& control, const std::vector<ReleaseTarget>& targets,
                      const ReleaseOrder& order, Micros now);

/// What the order means at this moment, by record id.
Result<std::vector<Refusal>> select_refusals(Session& session, const control::Manifest& bronze,
                                             const ReleaseOrder& order);
/// Rows of bronze.quarantine_release. `superseded_by` is that of a fix.
column::Batch release_rows(const control::Manifest& manifest, const ReleaseOrder& order,
                           const std::vector<Refusal>& refusals, Micros knowledge_time,
                           std::optional<Hash128> superseded_by = {});

}  // namespace assay::engine
