#pragma once
// The makers of the operators, one file an operator. make_operator.cc has the table.
//
// To add an operator: its kind in plan/plan.h and its text in plan/document_internal.h; a file
// here; a row in the table; its parts in the comment of Equation; a golden case and a property;
// what fills its output columns in the comment of OperatorRule.

#include <memory>

#include "base/result.h"
#include "fold/operator.h"
#include "plan/plan.h"

namespace assay::fold {

/// Code::plan_invalid where the rule does not fit its tables.
/// REQUIRES for each: plan::check_operator(plan, rule).
using OperatorResult = Result<std::unique_ptr<Operator>>;
OperatorResult make_content(const plan::Plan& plan, const plan::OperatorRule& rule);
OperatorResult make_history(const plan::Plan& plan, const plan::OperatorRule& rule);
OperatorResult make_hub(const plan::Plan& plan, const plan::OperatorRule& rule);
OperatorResult make_link(const plan::Plan& plan, const plan::OperatorRule& rule);
OperatorResult make_satellite(const plan::Plan& plan, const plan::OperatorRule& rule);
OperatorResult make_feature(const plan::Plan& plan, const plan::OperatorRule& rule);

}  // namespace assay::fold
