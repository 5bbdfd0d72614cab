#include "ask/question_sql.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "ask/fact_conditions.h"
#include "parquet/parquet.h"

namespace assay::ask {
namespace {

using parquet::sql_name;

/// Whether an expression reads a column of doubles, whose sums depend on their order.
bool reads_doubles(const model::Entity& event, const model::Workspace& workspace,
                   const std::string& expression) {
  const auto is_double = [](const model::Field* field) {
    return field != nullptr && field->type.type == column::Type::float64;
  };
  std::string word;
  for (std::size_t i = 0; i <= expression.size(); ++i) {
    const char c = i < expression.size() ? expression[i] : ' ';
    if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_') {
      word += c;
      continue;
    }
    if (is_double(event.field(word))) return true;
    for (const model::Role& role : event.roles) {
      const model::Entity* master = workspace.entity(role.entity);
      const bool prefixed = word.starts_with(role.name + "_");
      if (prefixed && master != nullptr &&
          is_double(master->field(word.substr(role.name.size() + 1))))
        return true;
    }
    word.clear();
  }
  return false;
}

std::string aggregate(const model::Metric& metric, const FactTable& facts,
                      const model::Workspace& workspace) {
  std::string text;
  if (metric.agg == "count") {
    text = fmt::format("count({})", metric.expr.empty() ? "*" : metric.expr);
  } else if (metric.agg == "count_distinct") {
    text = fmt::format("count(DISTINCT {})", metric.expr);
  } else {
    const bool ordered = (metric.agg == "sum" || metric.agg == "avg") &&
                         reads_doubles(*facts.entity, workspace, metric.expr);
    text = ordered ? fmt::format("{0}({1} ORDER BY {1})", metric.agg, metric.expr)
                   : fmt::format("{}({})", metric.agg, metric.expr);
  }
  return metric.filter.empty() ? text : fmt::format("{} FILTER (WHERE {})", text, metric.filter);
}

std::string row_count(const model::Metric& metric) {
  return metric.filter.empty() ? "count(*)"
                               : fmt::format("count(*) FILTER (WHERE {})", metric.filter);
}

/// Columns of the groups: the unit of time first, then the dimensions.
std::vector<std::string> group_names(const Interpretation& interpretation) {
  std::vector<std::string> names;
  if (interpretation.grain) names.emplace_back(to_string(*interpretation.grain));
  for (const Dimension& group : interpretation.groups) {
    const bool taken = std::find(names.begin(), names.end(), group.column) != names.end();
    names.push_back(taken ? group.entity + "_" + group.column : group.column);
  }
  return names;
}

std::string grain_expression(Grain grain, const FactTable& facts) {
  const std::string time = fmt::format("date_trunc('{}', f.{} AT TIME ZONE 'UTC')",
                                       to_string(grain), sql_name(facts.time_column));
  return grain == Grain::hour ? time : fmt::format("CAST({} AS DATE)", time);
}

/// Dimensions of the root, one row a record, so that the join repeats no row.
std::string root_join(const FactTable& facts, const Interpretation& interpretation) {
  std::string columns;
  for (const Dimension& group : interpretation.groups) {
    if (facts.root == nullptr || group.entity != facts.root->name) continue;
    columns += fmt::format(", {} AS {}", sql_name(group.column), sql_name("root_" + group.column));
  }
  if (columns.empty()) return "";
  return fmt::format(
      "\n  LEFT JOIN (SELECT record_id AS root_record_id{} FROM mart.{}) AS root ON root_record_id "
      "= f.record_id",
      columns, sql_name(facts.root->name));
}

/// The aggregates of one fact table at the grain of the question.
struct FactQuery {
  FactTable facts;
  std::vector<const model::Metric*> metrics;
};

Result<std::string> fact_select(const FactQuery& query, const Interpretation& interpretation,
                                const Vocabulary& vocabulary) {
  const FactTable& facts = query.facts;
  const std::vector<std::string> names = group_names(interpretation);
  std::vector<std::string> columns;
  if (interpretation.grain) {
    columns.push_back(grain_expression(*interpretation.grain, facts) + " AS " + sql_name(names[0]));
  }
  for (std::size_t i = 0; i < interpretation.groups.size(); ++i) {
    const Dimension& group = interpretation.groups[i];
    const bool own = group.entity == facts.entity->name;
    columns.push_back(fmt::format(
        "{} AS {}",
        own ? "f." + sql_name(group.column) : "root." + sql_name("root_" + group.column),
        sql_name(names[i + (interpretation.grain ? 1 : 0)])));
  }
  for (const model::Metric* metric : query.metrics) {
    columns.push_back(aggregate(*metric, facts, vocabulary.workspace()) + " AS " +
                      sql_name(metric->name));
    columns.push_back(row_count(*metric) + " AS " + sql_name(metric->name + "_rows"));
  }
  ASSAY_TRY(const auto rows, row_conditions(facts, interpretation, vocabulary));
  std::vector<std::string> conditions = period_conditions(facts, interpretation);
  conditions.insert(conditions.end(), rows.begin(), rows.end());
  return fmt::format("  SELECT {}\n  FROM {} AS f{}{}{}", fmt::join(columns, ",\n    "),
                     facts.relation, root_join(facts, interpretation),
                     where_clause(conditions, "  "), names.empty() ? "" : "\n  GROUP BY ALL");
}

std::vector<FactQuery> fact_queries(const Interpretation& interpretation,
                                    const Vocabulary& vocabulary) {
  std::vector<FactQuery> queries;
  for (const MetricChoice& choice : interpretation.metrics) {
    for (const model::Metric* part : vocabulary.parts(*choice.metric)) {
      auto query = std::find_if(queries.begin(), queries.end(), [&](const FactQuery& one) {
        return one.facts.entity->name == part->entity;
      });
      if (query == queries.end()) {
        query = queries.insert(queries.end(), {vocabulary.fact_table(*part), {}});
      }
      auto& metrics = query->metrics;
      if (std::find(metrics.begin(), metrics.end(), part) == metrics.end()) metrics.push_back(part);
    }
  }
  return queries;
}

std::string facts_name(std::size_t index, std::size_t count) {
  return count == 1 ? "facts" : fmt::format("facts_{}", index + 1);
}

/// The group's value wherever it is not missing.
std::string merged(const std::string& name, std::size_t tables, std::size_t count) {
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < tables; ++i)
    parts.push_back(facts_name(i, count) + "." + sql_name(name));
  return parts.size() == 1 ? parts[0] : fmt::format("coalesce({})", fmt::join(parts, ", "));
}

/// Joins the aggregated facts on their groups, NULL groups included; totals are one row each.
std::string facts_join(const std::vector<std::string>& groups, std::size_t count) {
  std::string text = "\nFROM " + facts_name(0, count);
  for (std::size_t i = 1; i < count; ++i) {
    const std::string name = facts_name(i, count);
    if (groups.empty()) {
      text += "\nCROSS JOIN " + name;
      continue;
    }
    std::vector<std::string> conditions;
    for (const std::string& group : groups) {
      conditions.push_back(fmt::format("{} IS NOT DISTINCT FROM {}.{}", merged(group, i, count),
                                       name, sql_name(group)));
    }
    text += fmt::format("\nFULL JOIN {} ON {}", name, fmt::join(conditions, " AND "));
  }
  return text;
}

/// Ranked by the first metric where a rank was asked or the groups have no order of their own.
std::string order_clause(const Interpretation& interpretation,
                         const std::vector<std::string>& groups) {
  if (groups.empty()) return "";
  std::vector<std::string> keys;
  for (const std::string& group : groups) keys.push_back(sql_name(group) + " ASC NULLS LAST");
  const std::string metric = sql_name(interpretation.metrics.front().metric->name);
  if (interpretation.top) {
    keys.insert(keys.begin(),
                metric + (interpretation.top->ascending ? " ASC NULLS LAST" : " DESC NULLS LAST"));
  } else if (!interpretation.grain) {
    keys.insert(keys.begin(), metric + " DESC NULLS LAST");
  }
  const std::string limit =
      interpretation.top ? fmt::format("\nLIMIT {}", interpretation.top->count) : "";
  return fmt::format("\nORDER BY {}{}", fmt::join(keys, ", "), limit);
}

/// The columns of one metric of the answer, as SELECT items.
MetricColumns select_metric(const model::Metric& metric, const Vocabulary& vocabulary,
                            std::vector<std::string>& columns) {
  MetricColumns result{.value = metric.name, .parts = {}, .rows = {}};
  const auto parts = vocabulary.parts(metric);
  const auto add = [&columns](const std::string& item) {
    if (std::find(columns.begin(), columns.end(), item) == columns.end()) columns.push_back(item);
  };
  if (metric.kind == model::Metric::Kind::ratio) {
    add(fmt::format("{} / nullif({}, 0) AS {}", sql_name(metric.numerator),
                    sql_name(metric.denominator), sql_name(metric.name)));
    result.parts = {metric.numerator, metric.denominator};
  }
  for (const model::Metric* part : parts) {
    add(sql_name(part->name));
    result.rows.push_back(part->name + "_rows");
  }
  for (const model::Metric* part : parts) add(sql_name(part->name + "_rows"));
  return result;
}

}  // namespace

Result<QuestionSql> question_sql(const Interpretation& interpretation,
                                 const Vocabulary& vocabulary) {
  const std::vector<FactQuery> queries = fact_queries(interpretation, vocabulary);
  QuestionSql result;
  result.groups = group_names(interpretation);
  std::string with;
  for (std::size_t i = 0; i < queries.size(); ++i) {
    ASSAY_TRY(const std::string select, fact_select(queries[i], interpretation, vocabulary));
    with += fmt::format("{}{} AS (\n{}\n)", i == 0 ? "WITH " : ", ", facts_name(i, queries.size()),
                        select);
  }
  std::vector<std::string> columns;
  for (const std::string& group : result.groups) {
    const std::string value = merged(group, queries.size(), queries.size());
    columns.push_back(fmt::format("{} AS {}", value, sql_name(group)));
  }
  for (const MetricChoice& choice : interpretation.metrics) {
    result.metrics.push_back(select_metric(*choice.metric, vocabulary, columns));
  }
  result.sql = fmt::format("{}\nSELECT {}{}{}", with, fmt::join(columns, ", "),
                           facts_join(result.groups, queries.size()),
                           order_clause(interpretation, result.groups));
  const FactTable& first = queries.front().facts;
  if (first.master) return result;
  ASSAY_TRY(const auto rows, row_conditions(first, interpretation, vocabulary));
  result.last_day_sql =
      fmt::format("SELECT max(f.{}) AS last_event FROM {} AS f{}", sql_name(first.time_column),
                  first.relation, where_clause(rows, ""));
  result.manifests_sql =
      fmt::format("SELECT DISTINCT f.manifest_id FROM {} AS f{}\nORDER BY 1", first.relation,
                  where_clause(period_conditions(first, interpretation), ""));
  return result;
}

std::string formula(const Vocabulary& vocabulary, const model::Metric& metric) {
  if (metric.kind == model::Metric::Kind::ratio) {
    std::vector<std::string> parts;
    for (const model::Metric* part : vocabulary.parts(metric)) {
      parts.push_back(friendly(part->business_name, part->name));
    }
    return fmt::format("{}", fmt::join(parts, " / "));
  }
  std::string text = metric.expr.empty()
                         ? fmt::format("count of {}", metric.entity)
                         : fmt::format("{}({}) of {}", metric.agg, metric.expr, metric.entity);
  if (!metric.filter.empty()) text += fmt::format(" where {}", metric.filter);
  return text;
}

}  // namespace assay::ask
