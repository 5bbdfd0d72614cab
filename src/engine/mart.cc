#include "engine/mart.h"

#include <fmt/format.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "engine/collect.h"
#include "registry/registry.h"

namespace assay::engine {
namespace {

constexpr const char* kSilverRows = "silver_rows";

const column::TableSchema& schema_of(const plan::Plan& plan, const std::string& table) {
  return plan.tables[static_cast<std::size_t>(plan.table_index(table))];
}

/// SQL of a content table as it will be when the epoch is committed, for one tenant.
Result<std::string> contents_relation(Session& session, const Epoch& epoch, const plan::Plan& plan,
                                      const std::string& table) {
  std::vector<std::string> paths = epoch.staged_paths(table);
  ASSAY_TRY(const auto location, session.control().table_location(table));
  if (location) {
    ASSAY_TRY(const auto scan,
              lake::plan(session.files(), *location, lake::TenantScope{TenantId(plan.tenant)}));
    for (const lake::DataFile& file : scan.files) paths.push_back(file.path);
  }
  return fmt::format("(SELECT * FROM ({}) WHERE tenant_id = {})",
                     parquet::scan_sql(schema_of(plan, table), paths),
                     parquet::sql_literal(plan.tenant));
}

Result<column::Batch> mart_rows(Session& session, const Epoch& epoch, const plan::Plan& plan,
                                const registry::MartSql& mart,
                                const std::vector<column::Batch>& silver_rows,
                                const control::Manifest& gold) {
  std::vector<const column::Batch*> batches;
  for (const column::Batch& batch : silver_rows) batches.push_back(&batch);
  ASSAY_TRY_VOID(
      session.parquet().register_table(kSilverRows, schema_of(plan, mart.silver_table), batches));
  std::map<std::string, std::string> relations{{mart.silver_table, kSilverRows}};
  for (const std::string& contents : mart.content_tables) {
    ASSAY_TRY(relations[contents], contents_relation(session, epoch, plan, contents));
  }
  const std::string sql =
      registry::mart_select(session.workspace(), plan, mart, relations, gold.manifest_id);
  ASSAY_TRY(auto selected, collect(session.parquet(), sql, schema_of(plan, mart.mart_table)));
  ASSAY_TRY_VOID(session.parquet().drop_table(kSilverRows));
  return selected;
}

}  // namespace

Status make_marts(Session& session, const Epoch& epoch, const plan::Plan& plan,
                  TableBatches silver_rows, const control::Manifest& gold, const TableSink& sink) {
  for (const registry::MartSql& mart : registry::marts(session.workspace())) {
    const auto rows = silver_rows.extract(plan.table_index(mart.silver_table));
    if (rows.empty()) continue;
    std::vector<column::Batch> made;
    ASSAY_TRY(made.emplace_back(), mart_rows(session, epoch, plan, mart, rows.mapped(), gold));
    ASSAY_TRY_VOID(sink(plan.table_index(mart.mart_table), std::move(made)));
  }
  return {};
}

}  // namespace assay::engine
