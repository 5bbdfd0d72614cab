#pragma once

#include <soci/soci.h>

#include <vector>

#include "control/control.h"

namespace assay::control {

std::vector<PausedFlow> read_paused_flows(soci::session& sql);

}  // namespace assay::control
