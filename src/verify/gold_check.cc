#include "verify/gold_check.h"

#include <fmt/format.h>

#include "verify/lake_view.h"
#include "verify/relation_check.h"

namespace assay::verify {

void RelationCheck::expect_none(const std::string& query, const std::string& what) {
  const auto rows = state_.sql.rows(
      fmt::format("SELECT *, count(*) OVER () AS all_of_them FROM ({}) LIMIT 1", query));
  if (!rows) return problem(fmt::format("{}: {}", what, rows.error().message));
  if (rows->empty()) return;
  const TextRow& first = rows->front();
  std::string example;
  for (std::size_t i = 0; i + 1 < first.size(); ++i)
    example += (i == 0 ? "" : ", ") + first[i].value_or("null");
  problem(fmt::format("{}: {} rows, for example ({})", what, first.back().value_or("?"), example));
}

void RelationCheck::expect_equal(const std::string& stored, const std::string& wanted,
                                 const std::string& what) {
  expect_none(fmt::format("({}) EXCEPT ({})", wanted, stored), what + ": missing");
  expect_none(fmt::format("({}) EXCEPT ({})", stored, wanted), what + ": not accounted for");
}

void RelationCheck::count(const std::string& name, const std::string& relation) {
  const auto rows = state_.sql.count("SELECT count(*) FROM " + relation);
  if (rows) scope_.count(name) += *rows;
}

void RelationCheck::run(const std::string& statement) {
  if (const auto status = state_.sql.execute(statement); !status) problem(status.error().message);
}

std::vector<std::string> RelationCheck::columns(int table, const std::vector<int>& columns) const {
  std::vector<std::string> names;
  for (const int index : columns) names.push_back(column(table, index));
  return names;
}

std::string join_texts(const std::vector<std::string>& parts, std::string_view separator) {
  std::string joined;
  for (const std::string& part : parts)
    joined += (joined.empty() ? "" : std::string(separator)) + part;
  return joined;
}

std::string as_keys(const std::vector<std::string>& columns) {
  std::string list;
  for (std::size_t i = 0; i < columns.size(); ++i)
    list += fmt::format("{}{} AS k{}", i == 0 ? "" : ", ", columns[i], i);
  return list;
}

std::string key_names(std::size_t count) {
  std::string list;
  for (std::size_t i = 0; i < count; ++i) list += fmt::format("{}k{}", i == 0 ? "" : ", ", i);
  return list;
}

std::string equal_keys(std::string_view left, const std::vector<std::string>& left_columns,
                       std::string_view right, const std::vector<std::string>& right_columns) {
  std::string text;
  for (std::size_t i = 0; i < left_columns.size(); ++i) {
    text += fmt::format("{}{}.{} = {}.{}", i == 0 ? "" : " AND ", left, left_columns[i], right,
                        right_columns[i]);
  }
  return text;
}

std::string current_view(const std::string& observations, const std::string& key) {
  return fmt::format(
      "SELECT {0}, valid_from, hash FROM (SELECT *, lag(hash) OVER (PARTITION BY {0} ORDER BY "
      "valid_from) AS before "
      "FROM (SELECT *, lead(valid_from) OVER (PARTITION BY {0} ORDER BY valid_from, priority, "
      "hash) AS next_from "
      "FROM (SELECT DISTINCT * FROM ({1}))) WHERE next_from IS NULL OR next_from <> valid_from) "
      "WHERE before IS NULL OR before <> hash",
      key, observations);
}

namespace {

/// chain(silver, gold): which gold manifest took which silver one. Views "done silver.x" show
/// silver rows that gold has taken.
Status prepare(WorkspaceState& state, const std::string& tenant) {
  ASSAY_TRY_VOID(create_views(state.sql, state.tables, tenant, state.plan_of(tenant)));
  ASSAY_TRY_VOID(state.sql.execute("CREATE OR REPLACE TABLE chain (silver VARCHAR, gold VARCHAR)"));
  for (const ManifestRow& gold : state.control.manifests) {
    if (gold.tenant_id != tenant || gold.layer != "gold" || !is_live(gold) ||
        gold.lineage.size() != 1)
      continue;
    ASSAY_TRY_VOID(state.sql.execute(fmt::format("INSERT INTO chain VALUES ({}, {})",
                                                 sql_literal(gold.lineage.front()),
                                                 sql_literal(gold.manifest_id))));
  }
  for (const auto& [name, table] : state.tables) {
    if (!name.starts_with("silver.")) continue;
    ASSAY_TRY_VOID(
        state.sql.execute(fmt::format("CREATE OR REPLACE VIEW {} AS SELECT * FROM {} WHERE "
                                      "manifest_id IN (SELECT silver FROM chain)",
                                      sql_name("done " + name), sql_name(name))));
  }
  return {};
}

}  // namespace

void check_gold(WorkspaceState& state, Findings& findings, const std::string& tenant) {
  const PlanDocument* plan = state.plan_of(tenant);
  if (plan == nullptr) return;
  if (const auto status = prepare(state, tenant); !status) {
    Problem problem;
    problem.kind = "references";
    problem.tenant = tenant;
    problem.message = status.error().message;
    return findings.problem(std::move(problem));
  }
  state.progress(fmt::format("tenant {}: checking references", tenant));
  check_references(state, *plan, findings, tenant);
  state.progress(fmt::format("tenant {}: checking the vault", tenant));
  check_vault(state, *plan, findings, tenant);
  state.progress(fmt::format("tenant {}: checking features and marts", tenant));
  check_features(state, *plan, findings, tenant);
  check_marts(state, *plan, findings, tenant);
}

}  // namespace assay::verify
