#include "ask/fact_conditions.h"

#include <fmt/format.h>

#include <algorithm>

#include "ask/alternatives.h"
#include "ask/session_views.h"
#include "ask/spelling.h"
#include "parquet/parquet.h"

namespace assay::ask {
namespace {

using parquet::sql_literal;
using parquet::sql_name;

std::string mart(const std::string& entity) { return "mart." + sql_name(entity); }

/// NULL is not "in Germany", so it is "not in Germany".
std::string negation(const std::string& condition, bool negated) {
  return negated ? fmt::format("({}) IS NOT TRUE", condition) : condition;
}

std::string value_condition(const std::string& column, const FilterChoice& filter) {
  if (filter.values.empty()) return negation(column, filter.negated);
  std::vector<std::string> literals;
  for (const std::string& value : filter.values) {
    literals.push_back(filter.dimension.type.type == column::Type::string
                           ? sql_literal(value)
                           : fmt::format("CAST({} AS {})", sql_literal(value),
                                         parquet::sql_type(filter.dimension.type)));
  }
  if (literals.size() == 1)
    return negation(fmt::format("{} = {}", column, literals[0]), filter.negated);
  return negation(fmt::format("{} IN ({})", column, fmt::join(literals, ", ")), filter.negated);
}

std::string filter_condition(const FactTable& facts, const FilterChoice& filter) {
  const std::string column = sql_name(filter.dimension.column);
  if (filter.dimension.entity == facts.entity->name) return value_condition("f." + column, filter);
  return fmt::format("f.record_id IN (SELECT record_id FROM {} WHERE {})",
                     mart(filter.dimension.entity), value_condition(column, filter));
}

/// Rows of an event with the fields of their masters as they are now.
std::string judged_now(const model::Entity& event, const model::Workspace& workspace) {
  std::string replaced;
  std::string joins;
  for (const model::Role& role : event.roles) {
    const model::Entity* master = workspace.entity(role.entity);
    if (master == nullptr) continue;
    const std::string alias = sql_name("now_" + role.name);
    joins += fmt::format(" LEFT JOIN {} AS {} ON {}.is_current", mart(master->name + "_current"),
                         alias, alias);
    for (const std::string& key : master->key) {
      joins +=
          fmt::format(" AND {}.{} = e.{}", alias, sql_name(key), sql_name(role.name + "_" + key));
    }
    for (const model::Field& field : master->fields) {
      if (std::find(master->key.begin(), master->key.end(), field.name) != master->key.end())
        continue;
      replaced += fmt::format("{}{}.{} AS {}", replaced.empty() ? "" : ", ", alias,
                              sql_name(field.name), sql_name(role.name + "_" + field.name));
    }
  }
  const std::string columns = replaced.empty() ? "e.*" : fmt::format("e.* REPLACE ({})", replaced);
  return fmt::format("(SELECT {} FROM {} AS e{})", columns, mart(event.name), joins);
}

/// A segment of the fact table's own event, or of one that shares its record.
std::string event_segment(const FactTable& facts, const SegmentChoice& choice,
                          const model::Workspace& workspace) {
  const model::Segment& segment = *choice.segment;
  const model::Entity& event = *workspace.entity(segment.entity);
  const bool now = segment.judged == "now";
  const std::string condition = fmt::format("({})", segment.filter);
  const std::string relation = now ? judged_now(event, workspace) : mart(event.name);
  if (&event != facts.entity) {
    const std::string exists =
        fmt::format("f.record_id IN (SELECT record_id FROM {} WHERE {})", relation, condition);
    return choice.negated ? "NOT " + exists : exists;
  }
  if (!now) return negation(condition, choice.negated);
  const std::string exists =
      fmt::format("(f.record_id, f.pointer) IN (SELECT (record_id, pointer) FROM {} WHERE {})",
                  relation, condition);
  return choice.negated ? "NOT " + exists : exists;
}

/// A segment of a master, judged for the rows of `event` under an alias.
std::string master_condition(const model::Entity& master, const model::Role& role,
                             const SegmentChoice& choice, const std::string& alias) {
  std::vector<std::string> keys;
  std::vector<std::string> references;
  for (const std::string& key : master.key) {
    keys.push_back(sql_name(key));
    references.push_back(alias + "." + sql_name(role.name + "_" + key));
  }
  if (choice.segment->judged == "now") {
    const bool one = keys.size() == 1;
    const std::string condition =
        fmt::format("{0}{2}{1} IN (SELECT {0}{3}{1} FROM {4} WHERE is_current AND ({5}))",
                    one ? "" : "(", one ? "" : ")", fmt::join(references, ", "),
                    fmt::join(keys, ", "), mart(master.name + "_current"), choice.segment->filter);
    return negation(condition, choice.negated);
  }
  std::vector<std::string> fields;
  for (const model::Field& field : master.fields) {
    fields.push_back(fmt::format("{}.{} AS {}", alias, sql_name(role.name + "_" + field.name),
                                 sql_name(field.name)));
  }
  return negation(fmt::format("(SELECT {} FROM (SELECT {}))",
                              fmt::format("({})", choice.segment->filter), fmt::join(fields, ", ")),
                  choice.negated);
}

std::vector<const model::Role*> roles_to(const model::Entity* event, const std::string& master) {
  std::vector<const model::Role*> roles;
  if (event == nullptr) return roles;
  for (const model::Role& role : event->roles) {
    if (role.entity == master) roles.push_back(&role);
  }
  return roles;
}

Error unreachable(const SegmentChoice& choice, const FactTable& facts) {
  return make_error(
      Code::question_unknown,
      fmt::format("segment '{}' does not say anything about {}", choice.words, facts.entity->name),
      fmt::format("It is defined on {}.", choice.segment->entity));
}

Result<std::string> master_segment(const FactTable& facts, const SegmentChoice& choice,
                                   const model::Entity& master) {
  if (facts.entity == &master)
    return negation(fmt::format("({})", choice.segment->filter), choice.negated);
  const auto own = roles_to(facts.entity, master.name);
  const auto of_root = roles_to(facts.root, master.name);
  const auto& roles = own.empty() ? of_root : own;
  if (roles.empty()) return unreachable(choice, facts);
  if (roles.size() > 1) {
    std::vector<std::string> names;
    for (const model::Role* role : roles) names.push_back(role->name + " " + choice.words);
    return make_error(
        Code::question_ambiguous, fmt::format("'{}' has {} readings", choice.words, names.size()),
        fmt::format(
            "The segment could be judged by {}; define it on {} with the fields of one role.",
            quoted_list(names), facts.entity->name));
  }
  if (!own.empty()) return master_condition(master, *roles[0], choice, "f");
  return fmt::format("f.record_id IN (SELECT r.record_id FROM {} AS r WHERE {})",
                     mart(facts.root->name), master_condition(master, *roles[0], choice, "r"));
}

const model::Entity* root_of(const model::Entity* entity, const model::Workspace& workspace) {
  while (entity != nullptr && !entity->parent.empty()) entity = workspace.entity(entity->parent);
  return entity;
}

Result<std::string> segment_condition(const FactTable& facts, const SegmentChoice& choice,
                                      const model::Workspace& workspace) {
  const model::Entity* entity = workspace.entity(choice.segment->entity);
  if (entity == nullptr) return unreachable(choice, facts);
  if (entity->kind == model::Entity::Kind::master) return master_segment(facts, choice, *entity);
  if (facts.master || root_of(entity, workspace) != root_of(facts.entity, workspace)) {
    return unreachable(choice, facts);
  }
  return event_segment(facts, choice, workspace);
}

}  // namespace

Result<std::vector<std::string>> row_conditions(const FactTable& facts,
                                                const Interpretation& interpretation,
                                                const Vocabulary& vocabulary) {
  std::vector<std::string> conditions;
  if (facts.master) conditions.push_back("f.is_current");
  for (const auto& group : alternatives(interpretation)) {
    std::vector<std::string> each;
    for (const Restriction& restriction : group) {
      ASSAY_TRY(each.emplace_back(),
                restriction.segment != nullptr
                    ? segment_condition(facts, *restriction.segment, vocabulary.workspace())
                    : filter_condition(facts, *restriction.filter));
    }
    conditions.push_back(each.size() == 1 ? each[0] : fmt::format("({})", fmt::join(each, " OR ")));
  }
  if (interpretation.visible_to && !facts.master) {
    conditions.push_back(fmt::format("f.{} <= {}", sql_name(facts.time_column),
                                     instant_literal(*interpretation.visible_to)));
  }
  return conditions;
}

std::vector<std::string> period_conditions(const FactTable& facts,
                                           const Interpretation& interpretation) {
  std::vector<std::string> conditions;
  if (facts.master || !interpretation.period) return conditions;
  const Period& period = *interpretation.period;
  const std::string time = "f." + sql_name(facts.time_column);
  if (period.from) {
    conditions.push_back(
        fmt::format("{} {} {}", time, period.rolling ? ">" : ">=", instant_literal(*period.from)));
  }
  if (period.to) {
    conditions.push_back(
        fmt::format("{} {} {}", time, period.rolling ? "<=" : "<", instant_literal(*period.to)));
  }
  return conditions;
}

std::string where_clause(const std::vector<std::string>& conditions, std::string_view indent) {
  std::string text;
  for (const std::string& condition : conditions) {
    text += fmt::format("\n{}{} {}", indent, text.empty() ? "WHERE" : "  AND", condition);
  }
  return text;
}

}  // namespace assay::ask
