#pragma once
// What an answer is true for, and what may be missing in it: from the manifests that it touches.

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"
#include "control/control.h"

namespace assay::ask {

struct Caveat {
  std::string kind;  ///< "quarantined", "waiting", "failed", "paused", "processing", "personal"
  std::string text;  ///< for people
  std::int64_t records = 0;
  std::vector<std::string> manifests;
  bool operator==(const Caveat&) const = default;
};

struct Provenance {
  std::vector<std::string> manifests;        ///< gold manifests that the answer reads
  std::optional<Micros> knowledge_frontier;  ///< ingest time of the newest complete gold manifest
  std::vector<Caveat> caveats;
};

struct ProvenanceRequest {
  TenantId tenant;
  std::optional<Micros> known_at;
  /// Gold manifests with rows in the period; nullopt = all of the tenant's.
  std::optional<std::set<std::string>> touched;
};

/// Quarantined records are those of the batches touched, and of batches in which no record came
/// through, since nobody knows their period. Manifests that are not complete count whatever their
/// period would be.
Result<Provenance> provenance(control::Database& control, const ProvenanceRequest& request);

}  // namespace assay::ask
