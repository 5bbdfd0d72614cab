#include "registry/expression_rules.h"

#include <algorithm>

#include "base/assert.h"
#include "registry/entity_shape.h"

namespace assay::registry {
namespace {

constexpr int kCandidate = 1 << 20;  ///< numbers of names that are no column yet

/// A value that an expression may name and that no column holds.
struct Candidate {
  std::string name;
  column::DataType type;
  plan::FieldRule rule;
};

/// Gives a column another number; false where the tree does not name it.
bool renumber(expression::Node& node, int from, int to) {
  bool found = node.op == expression::Op::column && node.index == from;
  if (found) node.index = to;
  for (expression::Node& argument : node.arguments) found |= renumber(argument, from, to);
  return found;
}

const plan::FieldRule* rule_of(const std::vector<plan::FieldRule>& fields, int column) {
  const auto found = std::find_if(fields.begin(), fields.end(),
                                  [&](const auto& rule) { return rule.column == column; });
  return found == fields.end() ? nullptr : &*found;
}

/// What the scope calls a name and a column holds.
std::vector<expression::Name> columns_of(const MappingScope& scope,
                                         const std::vector<plan::FieldRule>& fields,
                                         const column::TableSchema& table) {
  std::vector<expression::Name> names;
  for (const plan::FieldRule& rule : fields) {
    const column::Field& field = table.fields[static_cast<std::size_t>(rule.column)];
    const bool is_index = !scope.entity.parent.empty() && field.name == kItemIndex;
    const bool is_mapped =
        std::any_of(scope.mappings.begin(), scope.mappings.end(),
                    [&](const model::FieldMapping& each) { return each.field == field.name; });
    if (rule.source == plan::FieldRule::Source::expression || !(is_index || is_mapped)) continue;
    names.push_back({field.name, field.type, rule.column});
  }
  return names;
}

/// Inputs of the mapping, and mapped fields that the table at hand does not hold.
std::vector<Candidate> candidates_for(const MappingScope& scope, const model::FieldMapping& mapping,
                                      const std::vector<expression::Name>& columns) {
  std::vector<Candidate> found;
  for (const model::FieldMapping& input : mapping.inputs)
    found.push_back({input.field, *input.input_type, source_rule(input, scope.rows, 0)});
  for (const model::FieldMapping& other : scope.mappings) {
    const bool is_column =
        std::any_of(columns.begin(), columns.end(),
                    [&](const expression::Name& name) { return name.name == other.field; });
    if (other.expression || is_column) continue;
    found.push_back(
        {other.field, scope.entity.field(other.field)->type, source_rule(other, scope.rows, 0)});
  }
  return found;
}

expression::Expression compiled(const model::FieldMapping& mapping,
                                const std::vector<expression::Name>& names,
                                const column::DataType& type) {
  auto made = expression::compile(*mapping.expression, names, type);
  ASSAY_ASSERT(made);
  return std::move(made).value();
}

}  // namespace

path::JsonPath absolute(const path::JsonPath& path, const path::JsonPath& rows) {
  if (!path.relative) return path;
  path::JsonPath resolved = rows;
  resolved.relative = false;
  resolved.steps.insert(resolved.steps.end(), path.steps.begin(), path.steps.end());
  return resolved;
}

plan::FieldRule source_rule(const model::FieldMapping& mapping, const path::JsonPath& rows,
                            int column) {
  plan::FieldRule rule;
  rule.column = column;
  rule.fallback = mapping.fallback;
  rule.normalisation = mapping.normalisation;
  if (mapping.constant) {
    rule.source = plan::FieldRule::Source::constant;
    rule.constant = *mapping.constant;
  } else if (mapping.expression) {
    rule.source = plan::FieldRule::Source::expression;
  } else {
    rule.path = absolute(mapping.path, rows);
  }
  return rule;
}

void complete_expressions(const MappingScope& scope, const column::TableSchema& table,
                          std::vector<plan::FieldRule>& fields,
                          std::vector<plan::InputRule>& inputs) {
  const std::vector<expression::Name> columns = columns_of(scope, fields, table);
  for (const model::FieldMapping& mapping : scope.mappings) {
    const int column = table.index_of(mapping.field);
    const plan::FieldRule* const rule = rule_of(fields, column);
    if (!mapping.expression || rule == nullptr || rule->expression) continue;
    const column::DataType& type = table.fields[static_cast<std::size_t>(column)].type;
    const std::vector<Candidate> candidates = candidates_for(scope, mapping, columns);
    std::vector<expression::Name> names = columns;
    for (std::size_t i = 0; i < candidates.size(); ++i)
      names.push_back({candidates[i].name, candidates[i].type, kCandidate + static_cast<int>(i)});
    expression::Expression made = compiled(mapping, names, type);
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      const auto behind = static_cast<int>(table.fields.size() + inputs.size());
      if (!renumber(made.root, kCandidate + static_cast<int>(i), behind)) continue;
      inputs.push_back({column, candidates[i].name, candidates[i].type, candidates[i].rule});
      inputs.back().rule.column = behind;
    }
    fields[static_cast<std::size_t>(rule - fields.data())].expression = std::move(made);
  }
}

}  // namespace assay::registry
