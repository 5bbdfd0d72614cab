#pragma once

#include <soci/soci.h>

#include <cstdint>

#include "base/result.h"

namespace assay::control {

/// Only the newest generation may write: generation_stale for any other.
Status check_generation(soci::session& sql, std::int64_t generation);

}  // namespace assay::control
