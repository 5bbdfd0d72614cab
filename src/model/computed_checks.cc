#include "model/computed_checks.h"

#include <fmt/format.h>

#include <algorithm>

#include "expression/expression.h"
#include "model/scalars.h"
#include "model/units.h"
#include "model/variants.h"

namespace assay::model {
namespace {

constexpr int kFirstInput = 1 << 20;  ///< numbers of inputs among the names, behind all fields

bool is_key(const Entity& entity, const std::string& field) {
  return std::find(entity.key.begin(), entity.key.end(), field) != entity.key.end();
}

/// What the expression may name: fields by their place in the entity, inputs behind them.
std::vector<expression::Name> names_for(const MappingGroup& group, const FieldMapping& computed) {
  std::vector<expression::Name> names;
  const Entity& entity = group.entity.value;
  for (const FieldMapping& mapping : group.mappings) {
    const Field* field = entity.field(mapping.field);
    if (field == nullptr || mapping.expression || !type_is_known(group.entity, mapping.field))
      continue;
    names.push_back({field->name, field->type, static_cast<int>(field - entity.fields.data())});
  }
  if (!entity.parent.empty())
    names.push_back({"item_index", {column::Type::int64, 0, 0}, kFirstInput - 1});
  int number = kFirstInput;
  for (const FieldMapping& input : computed.inputs)
    names.push_back({input.field, *input.input_type, number++});
  return names;
}

bool uses(const expression::Node& node, int index) {
  if (node.op == expression::Op::column && node.index == index) return true;
  return std::any_of(node.arguments.begin(), node.arguments.end(),
                     [&](const expression::Node& argument) { return uses(argument, index); });
}

void check_inputs(const MappingGroup& group, const FieldMapping& computed,
                  const expression::Expression* compiled, ProblemList& problems) {
  int number = kFirstInput;
  for (const FieldMapping& input : computed.inputs) {
    const auto taken = std::find_if(
        group.mappings.begin(), group.mappings.end(),
        [&](const FieldMapping& other) { return other.field == input.field && !other.expression; });
    if (taken != group.mappings.end()) {
      problems.add(input.location, Code::name_duplicate,
                   fmt::format("input \"{}\" has the name of a mapped field", input.field),
                   "another name");
    } else if (compiled != nullptr && !uses(compiled->root, number)) {
      problems.add(input.location, Code::yaml_bad_value,
                   fmt::format("the expression of \"{}\" does not use the input \"{}\"",
                               computed.field, input.field),
                   "only inputs that it names");
    }
    const bool wrong = input.fallback && !is_value_of(*input.fallback, *input.input_type);
    if (wrong) {
      problems.add(input.location, Code::yaml_bad_value,
                   fmt::format("\"{}\" is no value of type {}", *input.fallback,
                               column::to_string(*input.input_type)),
                   fmt::format("a default of input \"{}\"", input.field));
    }
    ++number;
  }
}

/// Normalisation belongs to texts: what an expression gives of another type is final.
void check_finality(const Node& value, const FieldMapping& computed,
                    const expression::Expression& compiled, ProblemList& problems) {
  if (compiled.root.type.type == column::Type::string) return;
  for (const std::string_view key :
       {"format", "timezone", "scale10", "trim", "case", "null_if", "map"}) {
    const Node* said = value.find_key(key);
    if (said == nullptr) continue;
    problems.add(said->location, Code::yaml_bad_value,
                 fmt::format("\"{}\" does not fit the expression of \"{}\", which gives no text",
                             key, computed.field),
                 "such a key where the expression gives a text");
  }
}

}  // namespace

void check_expression(const MappingGroup& group, const FieldMapping& mapping, const Field& field,
                      ProblemList& problems) {
  if (!mapping.expression) return;
  const Node& value = *group.declared.find(mapping.field);
  const Entity& entity = group.entity.value;
  if (entity.kind == Entity::Kind::master && is_key(entity, mapping.field)) {
    problems.add(locate(value, {"expression"}), Code::yaml_bad_value,
                 fmt::format("\"{}\" is a key of master \"{}\"", mapping.field, entity.name),
                 "a path: a master is there where its key stands in the payload");
    return;
  }
  auto compiled = expression::compile(*mapping.expression, names_for(group, mapping), field.type);
  check_inputs(group, mapping, compiled ? &*compiled : nullptr, problems);
  if (compiled) return check_finality(value, mapping, *compiled, problems);
  const Error& wrong = compiled.error();
  problems.add(locate(value, {"expression"}), Code::expression_invalid,
               fmt::format("the expression of \"{}\": {}", mapping.field, wrong.message),
               wrong.hint.empty() ? "an expression over mapped fields and inputs" : wrong.hint);
}

void check_variant(const MappingGroup& group, const FieldMapping& mapping, const Field& field,
                   ProblemList& problems) {
  if (!mapping.keeps_variant) return;
  const Entity& entity = group.entity.value;
  const Location place = locate(*group.declared.find(mapping.field), {"on_error"});
  const auto& order = entity.version_order;
  const bool needed = is_key(entity, field.name) || field.required || mapping.required ||
                      field.name == entity.event_time || field.name == entity.order_by ||
                      std::find(order.begin(), order.end(), field.name) != order.end();
  if (needed) {
    problems.add(place, Code::yaml_bad_value,
                 fmt::format("\"{}\" must not be null, a variant would leave it so", field.name),
                 "quarantine, for a field that rows need");
  } else if (field.type.type == column::Type::string || mapping.path_text.empty()) {
    problems.add(place, Code::yaml_bad_value, fmt::format("\"{}\" always converts", field.name),
                 "a variant of a path to a field of another type than string");
  } else if (entity.field(variant_name(field.name)) != nullptr) {
    problems.add(
        place, Code::name_duplicate,
        fmt::format("\"{}\" is a field of \"{}\" already", variant_name(field.name), entity.name),
        "no field of that name: the variant takes it");
  }
}

void check_unit(const MappingGroup& group, const FieldMapping& mapping, const Field& field,
                ProblemList& problems) {
  if (mapping.unit.empty() || mapping.unit == field.unit) return;
  const Location place = locate(*group.declared.find(mapping.field), {"unit"});
  const auto wrong = [&](std::string message, std::string expected) {
    problems.add(place, Code::yaml_bad_value, std::move(message), std::move(expected));
  };
  const bool number =
      field.type.type == column::Type::int32 || field.type.type == column::Type::int64 ||
      field.type.type == column::Type::decimal || field.type.type == column::Type::float64;
  if (field.unit.empty() || !number || mapping.path_text.empty()) {
    return wrong(fmt::format("\"{}\" has no unit to convert to", field.name),
                 "a unit of a path to a number whose field declares its own");
  }
  const std::string both = fmt::format("\"{}\" is counted in {}, the field in {}", mapping.field,
                                       mapping.unit, field.unit);
  if (is_currency(mapping.unit) && is_currency(field.unit)) {
    return wrong(both,
                 "a field of that currency, or an expression with a rate that the payload has");
  }
  const auto factor = factor_between(mapping.unit, field.unit);
  if (!factor) {
    return wrong(both,
                 "units of one kind with an exact factor, or an expression that rounds, like "
                 "round(x / 3600, 2)");
  }
  if (factor->multiplier == 1) return;
  if (mapping.keeps_variant || is_key(group.entity.value, field.name))
    wrong(both, "an expression, or no variant: the value is computed");
}

void check_default(const MappingGroup& group, const FieldMapping& mapping, const Field& field,
                   ProblemList& problems) {
  if (!mapping.fallback) return;
  const Location place = locate(*group.declared.find(mapping.field), {"default"});
  if (is_key(group.entity.value, mapping.field)) {
    problems.add(place, Code::yaml_bad_value,
                 fmt::format("\"{}\" is a key of \"{}\"", mapping.field, group.entity.value.name),
                 "no default: rows without a key are no rows");
  } else if (!is_value_of(*mapping.fallback, field.type)) {
    problems.add(place, Code::yaml_bad_value,
                 fmt::format("\"{}\" is no value of type {}", *mapping.fallback,
                             column::to_string(field.type)),
                 fmt::format("a value of field \"{}\"", mapping.field));
  }
}

}  // namespace assay::model
