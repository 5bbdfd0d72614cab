#pragma once
// After a crash: the epoch whose intent stands is repeated as intended, then the state catches up.

#include <cstdint>
#include <optional>

#include "base/result.h"
#include "engine/session.h"

namespace assay::engine {

struct Recovery {
  std::int64_t repeated = 0;      ///< epochs
  std::optional<Error> given_up;  ///< why an epoch could not be repeated; its manifests say so too
};

/// Repeats the interrupted epoch, if there is one. An epoch that cannot be repeated (its input is
/// gone or changed, a table is damaged) fails; nothing of it was ever visible.
Result<Recovery> recover(Session& session);

/// Whether the fault lies with the machine and its moment, not with the work: the same step may
/// succeed at another time.
bool is_passing(const Error& error);

}  // namespace assay::engine
