#pragma once
// What a plan must hold beyond its form, so that the kernel may trust every index in it.

#include <string>

#include "base/result.h"
#include "plan/plan.h"

namespace assay::plan {

/// Code::plan_invalid with the JSON Pointer of the first index, name or path that does not fit.
Status check(const Plan& plan);
/// The same for one operator; `at` is where it stands.
Status check_operator(const Plan& plan, const OperatorRule& rule, const std::string& at);

}  // namespace assay::plan
