#include "ask/tenant_tables.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "ask/spelling.h"
#include "feature/feature_sql.h"
#include "lake/lake.h"
#include "model/extension_names.h"
#include "parquet/parquet.h"
#include "plan/plan.h"
#include "plan/standard_tables.h"

namespace assay::ask {
namespace {

/// Schemas by name: those of the plan, or the tables that every deployment has.
Result<std::map<std::string, column::TableSchema>> planned_schemas(control::Database& control,
                                                                   const TenantId& tenant) {
  std::map<std::string, column::TableSchema> schemas;
  for (const auto* table : {&plan::bronze_record(), &plan::bronze_quarantine(),
                            &plan::quarantine_release(), &plan::silver_residue()}) {
    schemas[table->name] = *table;
  }
  ASSAY_TRY(const auto applied, control.current_plan(tenant.text()));
  if (!applied) return schemas;
  ASSAY_TRY(const plan::Plan parsed, plan::from_json(applied->plan_json));
  for (const column::TableSchema& table : parsed.tables) schemas[table.name] = table;
  return schemas;
}

/// What earlier applies left behind in a table: columns that the plan has no more, other names.
struct Heritage {
  std::map<std::string, int> field_ids;        ///< "table/field", "table/field:type" -> id
  std::map<std::string, std::string> renamed;  ///< "table/old" -> "table/new"
};

/// Columns that only stored files have stay readable, by the rule of the lake: under their name, or
/// with their id behind it where another column has taken the name.
void keep_stored_columns(const column::TableSchema& stored, column::TableSchema& shown) {
  for (const column::Field& field : stored.fields) {
    if (shown.index_of_id(field.id) >= 0) continue;
    column::Field kept = field;
    if (shown.index_of(kept.name) >= 0) kept.name = fmt::format("{}_{}", field.name, field.id);
    if (shown.index_of(kept.name) < 0) shown.fields.push_back(std::move(kept));
  }
}

/// Of a field that was retyped, the view shows every stored column as one, the newest type's first.
void join_retyped(const Heritage& heritage, VisibleTable& table) {
  const std::string prefix = table.schema.name + "/";
  std::map<std::string, std::vector<int>> ids_of_name;
  for (auto at = heritage.field_ids.lower_bound(prefix);
       at != heritage.field_ids.end() && at->first.starts_with(prefix); ++at) {
    const std::string name = at->first.substr(prefix.size());
    ids_of_name[name.substr(0, name.find(':'))].push_back(at->second);
  }
  for (const auto& [name, ids] : ids_of_name) {
    const int shown = table.schema.index_of(name);
    if (ids.size() < 2 || shown < 0) continue;
    const column::Field& field = table.schema.fields[static_cast<std::size_t>(shown)];
    std::string expression = parquet::sql_name(name);
    for (const int id : ids) {
      const int other = table.schema.index_of_id(id);
      if (other < 0 || other == shown) continue;
      expression +=
          fmt::format(", TRY_CAST({} AS {})",
                      parquet::sql_name(table.schema.fields[static_cast<std::size_t>(other)].name),
                      parquet::sql_type(field.type));
    }
    table.derived.push_back({name, fmt::format("coalesce({})", expression)});
  }
}

void add_old_names(const Heritage& heritage, VisibleTable& table) {
  const std::string prefix = table.schema.name + "/";
  for (auto at = heritage.renamed.lower_bound(prefix);
       at != heritage.renamed.end() && at->first.starts_with(prefix); ++at) {
    const auto plain = [&](const std::string& key) {
      const std::string name = key.substr(prefix.size());
      return name.substr(0, name.find(':'));
    };
    const std::string old = plain(at->first);
    const std::string name = plain(at->second);
    if (table.schema.index_of(old) >= 0 || table.schema.index_of(name) < 0) continue;
    table.derived.push_back({old, parquet::sql_name(name)});
  }
}

bool has_feature_table(const std::map<std::string, VisibleTable>& tables,
                       const model::FeatureView& view) {
  return tables.contains("feature." + view.name);
}

VisibleVersions versions_of(const model::Workspace& workspace, const model::Entity& event) {
  VisibleVersions versions{
      event.name, event.key, event.version_order, event.deletion_field, event.deletion_values, {}};
  for (const model::Entity& entity : workspace.entities) {
    if (entity.parent == event.name) versions.items.push_back(entity.name);
  }
  return versions;
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
  for (const auto& [name, schema] : schemas) tables[name] = {schema, {}, {}};
  ASSAY_TRY(const auto locations, control.table_locations());
  for (const auto& [name, location] : locations) {
    if (model::is_extension_of_other(name, request.tenant.text())) continue;
    ASSAY_TRY(lake::ScanPlan scan, lake::plan(files, location, {request.tenant}));
    VisibleTable& table = tables[name];
    if (table.schema.name.empty()) table.schema = scan.schema;
    table.schema.name = name;
    keep_stored_columns(scan.schema, table.schema);
    for (const lake::DataFile& file : scan.files) table.paths.push_back(file.path);
    std::sort(table.paths.begin(), table.paths.end());
  }
  Heritage heritage;
  ASSAY_TRY(heritage.field_ids, control.field_ids());
  ASSAY_TRY(heritage.renamed, control.renamed_fields());
  for (auto& [name, table] : tables) {
    join_retyped(heritage, table);
    add_old_names(heritage, table);
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
    if (!entity.version_order.empty()) visible.versions.push_back(versions_of(workspace, entity));
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
