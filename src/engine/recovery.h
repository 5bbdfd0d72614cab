#pragma once
// After a crash: the epoch whose intent stands is repeated as intended, then the state catches up.

#include <cstdint>

#include "base/result.h"
#include "engine/session.h"

namespace assay::engine {

/// Repeats the interrupted epoch, if there is one; the number of epochs that were repeated. An
/// epoch that cannot be repeated (its input is gone or changed) fails, with the reason in its
/// manifests; nothing of it was ever visible.
Result<std::int64_t> recover(Session& session);

}  // namespace assay::engine
