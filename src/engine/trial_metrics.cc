#include "engine/trial_metrics.h"

#include <fmt/format.h>

#include <set>

#include "registry/registry.h"

namespace assay::engine {
namespace {

using parquet::sql_name;

std::string aggregate_of(const model::Metric& metric) {
  return metric.agg == "count_distinct" ? "count(DISTINCT v)" : metric.agg + "(v)";
}

const registry::MartSql* mart_of(const std::vector<registry::MartSql>& marts,
                                 const std::string& entity) {
  for (const registry::MartSql& mart : marts) {
    if (mart.mart_table == "mart." + entity) return &mart;
  }
  return nullptr;
}

/// The mart rows of the slab: its contents are all in it, since each slab brings its own.
std::string mart_rows(const TrialTables& rows, const registry::MartSql& mart) {
  std::map<std::string, std::string> relations{
      {mart.silver_table, rows.relation(mart.silver_table)}};
  for (const std::string& contents : mart.content_tables)
    relations[contents] = rows.relation(contents);
  return registry::mart_select(rows.workspace(), rows.plan(), mart, relations, "trial");
}

}  // namespace

TrialMetrics::TrialMetrics(parquet::Database& database, const model::Workspace& applied,
                           const model::Workspace& pending)
    : database_(database),
      applied_workspace_(applied),
      pending_workspace_(pending),
      applied_(side_of(applied, "applied")),
      pending_(side_of(pending, "pending")) {}

TrialMetrics::Side TrialMetrics::side_of(const model::Workspace& workspace,
                                         const std::string& name) {
  Side side;
  for (const model::Metric& metric : workspace.metrics) {
    const model::Entity* entity = workspace.entity(metric.entity);
    // A master's mart comes from its history, which a slab alone does not have.
    if (metric.kind != model::Metric::Kind::simple || entity == nullptr ||
        entity->kind == model::Entity::Kind::master)
      continue;
    side.push_back({&metric, sql_name(fmt::format("{} metric {}", name, metric.name))});
  }
  return side;
}

Status TrialMetrics::prepare() {
  for (const Side* side : {&applied_, &pending_}) {
    for (const Simple& simple : *side)
      ASSAY_TRY_VOID(database_.execute("DROP TABLE IF EXISTS " + simple.table));
  }
  return {};
}

Status TrialMetrics::add_side(const Side& side, const TrialTables& rows) {
  const auto marts = registry::marts(rows.workspace());
  for (const Simple& simple : side) {
    const model::Metric& metric = *simple.metric;
    const registry::MartSql* mart = mart_of(marts, metric.entity);
    if (mart == nullptr || !rows.has_rows(mart->silver_table)) continue;
    const std::string select =
        fmt::format("SELECT {} AS v FROM ({}) AS {} WHERE {}",
                    metric.expr.empty() ? "1" : "(" + metric.expr + ")", mart_rows(rows, *mart),
                    sql_name(metric.entity), metric.filter.empty() ? "true" : metric.filter);
    ASSAY_TRY_VOID(
        database_.execute(fmt::format("CREATE TABLE IF NOT EXISTS {} AS SELECT * FROM "
                                      "({}) WHERE false",
                                      simple.table, select)));
    ASSAY_TRY_VOID(database_.execute(fmt::format("INSERT INTO {} {}", simple.table, select)));
  }
  return {};
}

Status TrialMetrics::add(const TrialTables& applied, const TrialTables& pending) {
  ASSAY_TRY_VOID(add_side(applied_, applied));
  return add_side(pending_, pending);
}

Result<std::map<std::string, std::string>> TrialMetrics::results(
    const Side& side, const model::Workspace& workspace) {
  std::map<std::string, std::string> values;
  for (const Simple& simple : side) {
    const std::string name = simple.table.substr(1, simple.table.size() - 2);
    ASSAY_TRY(const auto known, database_.rows(fmt::format(
                                    "SELECT count(*) FROM duckdb_tables() WHERE table_name = {}",
                                    parquet::sql_literal(name))));
    std::string value = simple.metric->agg.starts_with("count") ? "0" : "null";
    if (known.at(0).at(0) != "0") {
      ASSAY_TRY(const auto rows,
                database_.rows(fmt::format("SELECT CAST({} AS VARCHAR) FROM {}",
                                           aggregate_of(*simple.metric), simple.table)));
      value = rows.at(0).at(0).value_or("null");
      ASSAY_TRY_VOID(database_.execute("DROP TABLE " + simple.table));
    }
    values[simple.metric->name] = value;
  }
  for (const model::Metric& metric : workspace.metrics) {
    const auto above = values.find(metric.numerator);
    const auto below = values.find(metric.denominator);
    if (metric.kind != model::Metric::Kind::ratio || above == values.end() || below == values.end())
      continue;
    const auto literal = [](const std::string& text) {
      return fmt::format("TRY_CAST({} AS DOUBLE)", parquet::sql_literal(text));
    };
    ASSAY_TRY(const auto rows,
              database_.rows(fmt::format("SELECT CAST({} / nullif({}, 0) AS VARCHAR)",
                                         literal(above->second), literal(below->second))));
    values[metric.name] = rows.at(0).at(0).value_or("null");
  }
  return values;
}

Result<std::map<std::string, MetricDifference>> TrialMetrics::finish() {
  ASSAY_TRY(const auto applied, results(applied_, applied_workspace_));
  ASSAY_TRY(const auto pending, results(pending_, pending_workspace_));
  std::map<std::string, MetricDifference> differences;
  for (const auto& [name, value] : applied) differences[name].applied = value;
  for (const auto& [name, value] : pending) differences[name].pending = value;
  std::erase_if(differences,
                [](const auto& metric) { return metric.second.applied == metric.second.pending; });
  return differences;
}

}  // namespace assay::engine
