#include "plan/check.h"

#include <fmt/format.h>

#include <set>

namespace assay::plan {
namespace {

constexpr int kRowWildcardsMax = 4;  // nesting of arrays that refine walks for one entity

Error mistake(const std::string& at, std::string_view what) {
  return make_error(Code::plan_invalid, fmt::format("{} at \"{}\"", what, at));
}

/// How many things an index may point to, and whether -1 ("there is none") is one of its values.
struct Range {
  std::size_t size = 0;
  bool may_be_absent = false;
};

Status check_index(int index, const Range& range, const std::string& at, std::string_view what) {
  if (index == -1 && range.may_be_absent) return {};
  if (index >= 0 && static_cast<std::size_t>(index) < range.size) return {};
  return mistake(at, fmt::format("expected the index of a {} (there are {})", what, range.size));
}

Status check_columns(const std::vector<int>& columns, std::size_t size, const std::string& at) {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    ASSAY_TRY_VOID(check_index(columns[i], {size}, fmt::format("{}/{}", at, i), "column"));
  }
  return {};
}

int wildcards(const path::JsonPath& path) {
  int count = 0;
  for (const path::Step& step : path.steps) {
    if (step.kind == path::Step::Kind::wildcard) ++count;
  }
  return count;
}

Status check_table(const column::TableSchema& table, const std::string& at) {
  const std::size_t dot = table.name.find('.');
  if (dot == std::string::npos || dot == 0 || dot + 1 == table.name.size()) {
    return mistake(at + "/name", "expected \"namespace.table\"");
  }
  std::set<std::string_view> names;
  std::set<int> ids;
  for (std::size_t i = 0; i < table.fields.size(); ++i) {
    const column::Field& field = table.fields[i];
    const std::string field_at = fmt::format("{}/fields/{}", at, i);
    if (field.name.empty() || !names.insert(field.name).second) {
      return mistake(field_at + "/name", "expected a name that the table has once");
    }
    if (field.id <= 0 || !ids.insert(field.id).second) {
      return mistake(field_at + "/id", "expected a positive id that the table has once");
    }
  }
  for (std::size_t i = 0; i < table.partition.size(); ++i) {
    if (names.contains(table.partition[i].source)) continue;
    return mistake(fmt::format("{}/partition/{}/source", at, i), "expected the name of a field");
  }
  return {};
}

Status check_tables(const Plan& plan) {
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < plan.tables.size(); ++i) {
    const std::string at = fmt::format("/tables/{}", i);
    ASSAY_TRY_VOID(check_table(plan.tables[i], at));
    if (!names.insert(plan.tables[i].name).second) {
      return mistake(at + "/name", "expected a name that the plan has once");
    }
  }
  const Range tables{plan.tables.size(), true};
  ASSAY_TRY_VOID(check_index(plan.quarantine_table, tables, "/quarantine_table", "table"));
  return check_index(plan.residue_table, tables, "/residue_table", "table");
}

Status check_source(const FieldRule& rule, const std::string& at) {
  const bool computed = rule.source == FieldRule::Source::expression;
  if (computed != rule.expression.has_value())
    return mistake(at + "/expression", "expected it of the source \"expression\" alone");
  if (rule.path.relative) return mistake(at + "/path", "expected a path that starts with \"$\"");
  return {};
}

/// What an expression may name: its inputs, then the columns that other rules fill.
std::vector<expression::Name> names_for(const FieldRule& computed,
                                        const std::vector<FieldRule>& rules,
                                        const std::vector<InputRule>& inputs,
                                        const column::TableSchema& table) {
  std::vector<expression::Name> names;
  for (const InputRule& input : inputs) {
    if (input.of == computed.column) names.push_back({input.name, input.type, input.rule.column});
  }
  for (const FieldRule& rule : rules) {
    if (rule.source == FieldRule::Source::expression) continue;
    const column::Field& field = table.fields[static_cast<std::size_t>(rule.column)];
    names.push_back({field.name, field.type, rule.column});
  }
  return names;
}

Status check_inputs(const std::vector<InputRule>& inputs, const column::TableSchema& table,
                    const std::string& at) {
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const FieldRule& rule = inputs[i].rule;
    const std::string rule_at = fmt::format("{}/{}/rule", at, i);
    ASSAY_TRY_VOID(check_source(rule, rule_at));
    if (static_cast<std::size_t>(rule.column) != table.fields.size() + i)
      return mistake(rule_at + "/column", "expected the place behind the table's columns");
    const bool given =
        rule.source == FieldRule::Source::path || rule.source == FieldRule::Source::constant;
    if (!given || rule.is_key || rule.required)
      return mistake(rule_at, "expected a path or a constant, and no key");
  }
  return {};
}

/// The tree of an expression is the one that its text has.
Status check_expression(const FieldRule& rule, const std::vector<expression::Name>& names,
                        const column::TableSchema& table, const std::string& at) {
  const column::Field& field = table.fields[static_cast<std::size_t>(rule.column)];
  auto compiled = expression::compile(rule.expression->text, names, field.type);
  if (!compiled) return mistake(at + "/text", compiled.error().message);
  if (compiled->root == rule.expression->root) return {};
  return mistake(at + "/root", "expected the tree of the text");
}

struct FieldRules {
  const std::vector<FieldRule>& fields;
  const std::vector<InputRule>& inputs;
};

Status check_fields(const FieldRules& rules, const column::TableSchema& table,
                    const std::string& at) {
  for (std::size_t i = 0; i < rules.fields.size(); ++i) {
    const FieldRule& rule = rules.fields[i];
    const std::string rule_at = fmt::format("{}/fields/{}", at, i);
    ASSAY_TRY_VOID(check_index(rule.column, {table.fields.size()}, rule_at + "/column", "column"));
    ASSAY_TRY_VOID(check_source(rule, rule_at));
  }
  ASSAY_TRY_VOID(check_inputs(rules.inputs, table, at + "/inputs"));
  for (std::size_t i = 0; i < rules.fields.size(); ++i) {
    if (!rules.fields[i].expression) continue;
    const auto names = names_for(rules.fields[i], rules.fields, rules.inputs, table);
    ASSAY_TRY_VOID(check_expression(rules.fields[i], names, table,
                                    fmt::format("{}/fields/{}/expression", at, i)));
  }
  return {};
}

Status check_master(const Plan& plan, const EntityRule& entity, const MasterRule& rule,
                    const std::string& at) {
  const Range columns{plan.tables[static_cast<std::size_t>(entity.table)].fields.size(), true};
  ASSAY_TRY_VOID(
      check_index(rule.content_table, {plan.tables.size()}, at + "/content_table", "table"));
  const auto& contents = plan.tables[static_cast<std::size_t>(rule.content_table)];
  ASSAY_TRY_VOID(check_fields({rule.fields, rule.inputs}, contents, at));
  ASSAY_TRY_VOID(check_columns(rule.reference_keys, columns.size, at + "/reference_keys"));
  ASSAY_TRY_VOID(check_index(rule.reference_hash, columns, at + "/reference_hash", "column"));
  ASSAY_TRY_VOID(check_index(rule.order_column, columns, at + "/order_column", "column"));
  ASSAY_TRY_VOID(
      check_index(rule.order_field, {contents.fields.size(), true}, at + "/order_field", "column"));
  if ((rule.order_column < 0) != (rule.order_field < 0))
    return mistake(at + "/order_field",
                   "expected it where there is an order_column, and only there");
  if (rule.order_field < 0) return {};
  const auto& from = contents.fields[static_cast<std::size_t>(rule.order_field)].type;
  const auto& to = plan.tables[static_cast<std::size_t>(entity.table)]
                       .fields[static_cast<std::size_t>(rule.order_column)]
                       .type;
  const bool times = from.type == column::Type::timestamp && to.type == column::Type::timestamp;
  return times ? Status() : mistake(at + "/order_field", "expected two timestamps to order by");
}

Status check_deletion(const EntityRule& rule, const column::TableSchema& table,
                      const std::string& at) {
  if (!rule.deletion) return {};
  const std::size_t columns = table.fields.size();
  ASSAY_TRY_VOID(check_index(rule.deletion->column, {columns}, at + "/column", "column"));
  const auto& field = table.fields[static_cast<std::size_t>(rule.deletion->column)];
  if (field.type.type != column::Type::string) {
    return mistake(at + "/column", "expected a column of texts");
  }
  return check_columns(rule.deletion->needed, columns, at + "/needed");
}

Status check_entity(const Plan& plan, const EntityRule& rule, const std::string& at) {
  ASSAY_TRY_VOID(check_index(rule.table, {plan.tables.size()}, at + "/table", "table"));
  const column::TableSchema& table = plan.tables[static_cast<std::size_t>(rule.table)];
  const Range columns{table.fields.size(), true};
  if (rule.rows.relative || wildcards(rule.rows) > kRowWildcardsMax) {
    return mistake(at + "/rows", fmt::format("expected a path that starts with \"$\" and has at "
                                             "most {} wildcards",
                                             kRowWildcardsMax));
  }
  if (rule.root && !rule.rows.steps.empty()) {
    return mistake(at + "/rows", "expected \"$\" for the record's own entity");
  }
  ASSAY_TRY_VOID(check_index(rule.event_time_column, columns, at + "/event_time_column", "column"));
  ASSAY_TRY_VOID(check_fields({rule.fields, rule.inputs}, table, at));
  ASSAY_TRY_VOID(check_deletion(rule, table, at + "/deletion"));
  for (std::size_t i = 0; i < rule.masters.size(); ++i) {
    ASSAY_TRY_VOID(check_master(plan, rule, rule.masters[i], fmt::format("{}/masters/{}", at, i)));
  }
  return {};
}

Status check_version(const Plan& plan, const VersionPlan& version, const std::string& at) {
  for (std::size_t i = 0; i < version.match.size(); ++i) {
    const path::JsonPath& path = version.match[i].path;
    if (path.relative || wildcards(path) != 0) {
      return mistake(fmt::format("{}/match/{}/path", at, i), "expected a path to one leaf");
    }
  }
  if (version.envelope_version &&
      (version.envelope_version->relative || wildcards(*version.envelope_version) != 0)) {
    return mistake(at + "/envelope_version", "expected a path to one leaf");
  }
  if (version.entities.empty()) return mistake(at + "/entities", "expected at least one entity");
  for (std::size_t i = 0; i < version.entities.size(); ++i) {
    const std::string entity_at = fmt::format("{}/entities/{}", at, i);
    if (version.entities[i].root != (i == 0)) {
      return mistake(entity_at + "/root", "expected the record's own entity first, and only there");
    }
    ASSAY_TRY_VOID(check_entity(plan, version.entities[i], entity_at));
  }
  return {};
}

}  // namespace

Status check_operator(const Plan& plan, const OperatorRule& rule, const std::string& at) {
  const Range tables{plan.tables.size(), true};
  ASSAY_TRY_VOID(check_index(rule.input, {tables.size}, at + "/input", "table"));
  ASSAY_TRY_VOID(check_index(rule.output, tables, at + "/output", "table"));
  ASSAY_TRY_VOID(check_index(rule.contents, tables, at + "/contents", "table"));
  const auto size_of = [&](int table) {
    return table < 0 ? 0 : plan.tables[static_cast<std::size_t>(table)].fields.size();
  };
  const std::size_t input = size_of(rule.input);
  const std::size_t output = size_of(rule.output);
  ASSAY_TRY_VOID(check_columns(rule.key_columns, input, at + "/key_columns"));
  ASSAY_TRY_VOID(check_index(rule.hash_column, {input, true}, at + "/hash_column", "column"));
  ASSAY_TRY_VOID(check_index(rule.order_column, {input, true}, at + "/order_column", "column"));
  ASSAY_TRY_VOID(check_columns(rule.dependent_child, input, at + "/dependent_child"));
  for (std::size_t i = 0; i < rule.hubs.size(); ++i) {
    ASSAY_TRY_VOID(check_columns(rule.hubs[i].second, input, fmt::format("{}/hubs/{}/1", at, i)));
  }
  const std::size_t copied = rule.contents < 0 ? input : size_of(rule.contents);
  for (std::size_t i = 0; i < rule.copies.size(); ++i) {
    const std::string pair = fmt::format("{}/copies/{}", at, i);
    ASSAY_TRY_VOID(check_index(rule.copies[i].first, {output}, pair + "/0", "column"));
    ASSAY_TRY_VOID(check_index(rule.copies[i].second, {copied}, pair + "/1", "column"));
  }
  for (std::size_t i = 0; i < rule.measures.size(); ++i) {
    const std::string measure = fmt::format("{}/measures/{}", at, i);
    ASSAY_TRY_VOID(check_index(rule.measures[i].output_column, {output}, measure + "/output_column",
                               "column"));
    ASSAY_TRY_VOID(check_columns(rule.measures[i].factors, input, measure + "/factors"));
  }
  return {};
}

Status check(const Plan& plan) {
  ASSAY_TRY_VOID(check_tables(plan));
  for (std::size_t i = 0; i < plan.versions.size(); ++i) {
    ASSAY_TRY_VOID(check_version(plan, plan.versions[i], fmt::format("/versions/{}", i)));
  }
  for (std::size_t i = 0; i < plan.operators.size(); ++i) {
    ASSAY_TRY_VOID(check_operator(plan, plan.operators[i], fmt::format("/operators/{}", i)));
  }
  return {};
}

}  // namespace assay::plan
