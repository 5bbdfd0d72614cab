#include "ask/tenant_tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "ask/spelling.h"
#include "feature/feature_sql.h"
#include "lake/lake.h"
#include "plan/plan.h"
#include "plan/standard_tables.h"

namespace assay::ask {
namespace {

/// Schemas by name: those of the plan, or the tables that every deployment has.
Result<std::map<std::string, column::TableSchema>> planned_schemas(control::Database& control,
                                                                   const TenantId& tenant) {
  std::map<std::string, column::TableSchema> schemas;
  for (const auto* table :
       {&plan::bronze_record(), &plan::bronze_quarantine(), &plan::silver_residue()}) {
    schemas[table->name] = *table;
  }
  ASSAY_TRY(const auto applied, control.current_plan(tenant.text()));
  if (!applied) return schemas;
  ASSAY_TRY(const plan::Plan parsed, plan::from_json(applied->plan_json));
  for (const column::TableSchema& table : parsed.tables) schemas[table.name] = table;
  return schemas;
}

bool has_feature_table(const std::map<std::string, VisibleTable>& tables,
                       const model::FeatureView& view) {
  return tables.contains("feature." + view.name);
}

}  // namespace

Result<TenantId> choose_tenant(const model::Workspace& workspace, const std::string& name) {
  std::vector<std::string> known = workspace.tenants();
  if (name.empty() && known.size() == 1) return TenantId(known.front());
  const bool unrouted = name == kUnroutedTenant.text();
  if (unrouted || std::find(known.begin(), known.end(), name) != known.end()) return TenantId(name);
  if (name.empty()) {
    return make_error(Code::tenant_unknown, "no tenant was named",
                      fmt::format("Add --tenant with {}.", quoted_list(known)));
  }
  const std::vector<std::string> near = nearest(name, known, 3);
  return make_error(Code::tenant_unknown, fmt::format("no tenant '{}'", name),
                    fmt::format("{} {}.", near.empty() ? "Tenants are" : "Did you mean",
                                quoted_list(near.empty() ? known : near)));
}

Result<Visible> tenant_tables(io::FileSystem& files, control::Database& control,
                              const model::Workspace& workspace, const TenantRequest& request) {
  ASSAY_TRY(const auto schemas, planned_schemas(control, request.tenant));
  std::map<std::string, VisibleTable> tables;
  for (const auto& [name, schema] : schemas) tables[name] = {schema, {}};
  ASSAY_TRY(const auto locations, control.table_locations());
  for (const auto& [name, location] : locations) {
    ASSAY_TRY(lake::ScanPlan scan, lake::plan(files, location, {request.tenant}));
    VisibleTable& table = tables[name];
    if (table.schema.name.empty()) table.schema = std::move(scan.schema);
    table.schema.name = name;
    for (const lake::DataFile& file : scan.files) table.paths.push_back(file.path);
    std::sort(table.paths.begin(), table.paths.end());
  }
  Visible visible{.tenant = request.tenant,
                  .tables = {},
                  .masters = {},
                  .macros = {},
                  .known_at = request.known_at};
  for (const model::Entity& entity : workspace.entities) {
    if (entity.kind == model::Entity::Kind::master) {
      visible.masters.push_back({entity.name, entity.key});
    }
  }
  for (const model::FeatureView& view : workspace.feature_views) {
    if (has_feature_table(tables, view)) {
      visible.macros.push_back(feature::macro_sql(workspace, view));
    }
  }
  for (auto& [name, table] : tables) visible.tables.push_back(std::move(table));
  return visible;
}

}  // namespace assay::ask
