#pragma once
// What the makers of operators ask of a rule's columns.

#include <string_view>

#include "base/result.h"
#include "column/schema.h"
#include "plan/plan.h"

namespace assay::fold {

Error misfit(const plan::OperatorRule& rule, std::string_view what);
/// The rule names a column of that type in its input table.
Status require_column(const plan::Plan& plan, const plan::OperatorRule& rule, int column,
                      column::Type type, std::string_view what);
Status require_key(const plan::OperatorRule& rule);

}  // namespace assay::fold
