#pragma once

#include <memory>

#include "control/connection_internal.h"
#include "control/control.h"

namespace assay::control {

struct Database::Impl {
  std::unique_ptr<Connection> connection;
};

}  // namespace assay::control
