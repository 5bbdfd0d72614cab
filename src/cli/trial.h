#pragma once
// assay plan --data: the pending plans over stored bronze, beside the applied ones.

#include <string>

#include "base/result.h"
#include "base/time.h"
#include "cli/command.h"
#include "cli/pending_changes.h"
#include "engine/trial.h"

namespace assay::cli {

/// "7d", "12h", "30m" before `now`, or an instant. Code::usage.
Result<Micros> data_since(const std::string& text, Micros now);

using Trials = std::map<std::string, engine::TenantTrial>;  ///< by tenant
/// Every tenant whose plan would change.
Result<Trials> try_pending(const Globals& globals, const AppliedState& applied,
                           const PendingChanges& pending, const model::Workspace& next,
                           Micros since);

std::string trials_json(const Trials& trials, Micros since);
void print_trials(const Trials& trials, Micros since);

}  // namespace assay::cli
