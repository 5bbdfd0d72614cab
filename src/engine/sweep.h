#pragma once
// After a new plan: which refused records it may cure.

#include <string>
#include <vector>

#include "base/result.h"
#include "engine/session.h"
#include "plan/plan.h"

namespace assay::engine {

/// What of an application's refusals under `then` may turn out otherwise under `now`.
struct Curable {
  bool unknown_shapes = false;        ///< refused for want of a schema version, or by a limit
  std::vector<std::string> versions;  ///< whose rules, or whose columns' types, are not the same
  bool operator==(const Curable&) const = default;
};
Curable curable(const plan::Plan& then, const plan::Plan& now, const std::string& application);

/// Queues a reprocessing of the refusals that the plans now in force may cure. Each plan looks
/// through a tenant's quarantine once. A run does this before its first epoch.
Status queue_curable(Session& session);

}  // namespace assay::engine
