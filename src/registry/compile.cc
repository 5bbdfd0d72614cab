// Workspace to plans: the tables first, then what refine and fold do with them.

#include <fmt/format.h>

#include "plan/standard_tables.h"
#include "registry/entity_shape.h"
#include "registry/extension.h"
#include "registry/registry.h"
#include "registry/rules.h"

namespace assay::registry {
namespace {

/// The shared tables keep their indices; the tenant's own follow.
plan::Plan tenant_plan(const model::Workspace& workspace, const plan::Plan& shared,
                       const std::string& tenant, FieldIds& ids) {
  plan::Plan plan = shared;
  plan.tenant = tenant;
  for (column::TableSchema& table : extension_tables(workspace, tenant, ids))
    plan.tables.push_back(std::move(table));
  for (const model::SchemaVersion& version : workspace.versions) {
    if (version.tenant == tenant) plan.versions.push_back(version_plan(workspace, plan, version));
  }
  return plan;
}

/// What the plans of all tenants have in common.
plan::Plan shared_plan(const model::Workspace& workspace, FieldIds& ids) {
  plan::Plan plan;
  plan.limits = workspace.limits;
  plan.tables = tables(workspace, ids);
  plan.quarantine_table = plan.table_index(plan::bronze_quarantine().name);
  plan.residue_table = plan.table_index(plan::silver_residue().name);
  plan.operators = operator_rules(workspace, plan);
  for (const model::Entity& entity : workspace.entities) {
    if (!is_master(entity) && entity.parent.empty()) {
      plan.dedupe.emplace_back(entity.name, entity.dedupe);
    }
  }
  return plan;
}

}  // namespace

Result<Compiled> compile(const model::Workspace& workspace, const FieldIds& known) {
  FieldIds ids = known;
  const plan::Plan shared = shared_plan(workspace, ids);
  Compiled compiled;
  for (const std::string& tenant : workspace.tenants()) {
    plan::Plan plan = tenant_plan(workspace, shared, tenant, ids);
    // A plan is stored as text and read again by each host: what does not come back whole is our
    // mistake.
    if (auto read = plan::from_json(plan::to_json(plan)); !read) {
      return std::move(read).error().with_context(
          fmt::format("while compiling the plan of tenant \"{}\"", tenant));
    }
    compiled.plans.push_back(std::move(plan));
  }
  std::map<std::pair<std::string, int>, std::string> old_names;  // that the tables have no more
  const auto table_of = [](const std::string& key) { return key.substr(0, key.find('/')); };
  for (const auto& [field, id] : known) {
    if (!ids.contains(field)) old_names[{table_of(field), id}] = field;
  }
  for (const auto& [field, id] : ids) {
    if (known.contains(field)) continue;
    const auto old = old_names.find({table_of(field), id});
    if (old == old_names.end())
      compiled.new_field_ids.emplace(field, id);
    else
      compiled.renamed_fields.emplace(field, old->second);
  }
  return compiled;
}

}  // namespace assay::registry
