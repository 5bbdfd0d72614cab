#include "fold/rule_checks.h"

#include <fmt/format.h>

namespace assay::fold {

Error misfit(const plan::OperatorRule& rule, std::string_view what) {
  return make_error(Code::plan_invalid, fmt::format("operator \"{}\": {}", rule.name, what));
}

Status require_column(const plan::Plan& plan, const plan::OperatorRule& rule, int column,
                      column::Type type, std::string_view what) {
  if (column < 0) return misfit(rule, fmt::format("it names no {}", what));
  const column::TableSchema& input = plan.tables[static_cast<std::size_t>(rule.input)];
  const column::Field& field = input.fields[static_cast<std::size_t>(column)];
  if (field.type.type == type) return {};
  return misfit(rule, fmt::format("its {} \"{}\" has type {} where {} is needed", what, field.name,
                                  column::to_string(field.type), column::to_string({type})));
}

Status require_key(const plan::OperatorRule& rule) {
  if (rule.key_columns.empty()) return misfit(rule, "it names no key columns");
  return {};
}

}  // namespace assay::fold
