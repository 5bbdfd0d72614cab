#pragma once
// What a plan must hold beyond its form, so that the kernel may trust every index in it.

#include "base/result.h"
#include "plan/plan.h"

namespace assay::plan {

/// Code::plan_invalid with the JSON Pointer of the first index, name or path that does not fit.
Status check(const Plan& plan);

}  // namespace assay::plan
