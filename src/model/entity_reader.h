#pragma once
// What readers of entities and of their extensions share.

#include "model/document.h"
#include "model/problems.h"
#include "model/workspace.h"

namespace assay::model {

/// One field of "fields": its name and the map that declares it.
Field read_field(const Node& name, const Node& value, ProblemList& problems);

}  // namespace assay::model
