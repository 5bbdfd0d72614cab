#pragma once
// A quarantined record's payload replaced by an edited one. Bronze never changes: the new payload
// is a record of its own, whose coordinates name the one that it supersedes, and a release row in
// the same commit ends the refusal of the old one.

#include <string>

#include "base/hash.h"
#include "base/result.h"
#include "control/control.h"
#include "engine/session.h"

namespace assay::engine {

struct FixRequest {
  std::string tenant;  ///< empty: look in all
  std::string record;  ///< hexadecimal id, or its beginning
  std::string payload;
  std::string actor;
  std::string reason;
};

struct Fixed {
  std::string tenant;
  Hash128 superseded;
  Hash128 record_id;
  std::string manifest_id;  ///< of the new record's bronze manifest
};

/// Commits the new record; `run` refines it. Errors: row_unknown where nothing in quarantine has
/// that id, usage where several have or where the record is nobody's.
Result<Fixed> fix(Session& session, const FixRequest& request);

/// Repeats the fix that an intent stands for.
Status repeat_fix(Session& session, const control::Intent& intent);

}  // namespace assay::engine
