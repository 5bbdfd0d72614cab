// Mappings to rules of the kernel.

#include <algorithm>

#include "base/assert.h"
#include "model/extension_names.h"
#include "registry/entity_shape.h"
#include "registry/expression_rules.h"
#include "registry/extension.h"
#include "registry/rules.h"

namespace assay::registry {
namespace {

/// Orders the versions of a key, or says that it is deleted.
bool is_version_field(const model::Entity& entity, const std::string& field) {
  const auto& order = entity.version_order;
  return field == entity.deletion_field ||
         std::find(order.begin(), order.end(), field) != order.end();
}

plan::FieldRule field_rule(const model::Entity& entity, const model::FieldMapping& mapping,
                           const path::JsonPath& rows, int column) {
  plan::FieldRule rule = source_rule(mapping, rows, column);
  rule.is_key = is_key_field(entity, mapping.field);
  const bool orders =
      entity.kind == model::Entity::Kind::master && entity.order_by == mapping.field;
  rule.required = mapping.required || orders || is_version_field(entity, mapping.field) ||
                  entity.field(mapping.field)->required;
  return rule;
}

const model::FieldMapping* mapping_of(const std::vector<model::FieldMapping>& mappings,
                                      std::string_view field) {
  const auto found = std::find_if(mappings.begin(), mappings.end(),
                                  [&](const auto& mapping) { return mapping.field == field; });
  return found == mappings.end() ? nullptr : &*found;
}

/// Where the columns of one table of the plan get their values from.
struct Target {
  const plan::Plan& plan;
  int table;
  const column::TableSchema& schema() const { return plan.tables[static_cast<std::size_t>(table)]; }
};

/// Rules for the mapped fields of an entity, in the order of the entity's fields.
std::vector<plan::FieldRule> field_rules(const Target& target, const model::Entity& entity,
                                         const std::vector<model::FieldMapping>& mappings,
                                         const path::JsonPath& rows) {
  std::vector<plan::FieldRule> rules;
  for (const model::Field& field : entity.fields) {
    const model::FieldMapping* mapping = mapping_of(mappings, field.name);
    if (mapping == nullptr) continue;
    rules.push_back(
        field_rule(entity, *mapping, rows, column_of(target.plan, target.table, field.name)));
  }
  return rules;
}

/// The mapped fields of an entity, and what their expressions need.
void add_own(const MappingScope& scope, const Target& target, plan::EntityRule& rule) {
  for (plan::FieldRule& own : field_rules(target, scope.entity, scope.mappings, scope.rows))
    rule.fields.push_back(std::move(own));
  complete_expressions(scope, target.schema(), rule.fields, rule.inputs);
}

/// An item's copies of its parent's key and event time, and its index.
void inherit(const model::Workspace& workspace, const Target& target, const model::Entity& item,
             const model::EntityMapping& root_mapping, plan::EntityRule& rule) {
  const model::Entity& root = root_of(workspace, item);
  for (const model::Field& field : inherited_fields(workspace, item)) {
    const model::FieldMapping* mapping = mapping_of(root_mapping.fields, field.name);
    ASSAY_ASSERT(mapping != nullptr);
    rule.fields.push_back(field_rule(root, *mapping, root_mapping.rows,
                                     column_of(target.plan, target.table, field.name)));
  }
  plan::FieldRule index;
  index.column = column_of(target.plan, target.table, kItemIndex);
  index.source = plan::FieldRule::Source::item_index;
  index.is_key = true;
  rule.fields.push_back(std::move(index));
  complete_expressions({root, root_mapping.fields, root_mapping.rows}, target.schema(), rule.fields,
                       rule.inputs);
}

plan::MasterRule master_rule(const model::Workspace& workspace, const Target& target,
                             const model::Role& role, const model::RoleMapping& mapping,
                             const path::JsonPath& rows) {
  const model::Entity& master = master_of(workspace, role);
  plan::MasterRule rule;
  rule.role = role.name;
  rule.entity = master.name;
  rule.content_table = table_of(target.plan, content_table(master));
  const Target contents{target.plan, rule.content_table};
  rule.fields = field_rules(contents, master, mapping.fields, rows);
  complete_expressions({master, mapping.fields, rows}, contents.schema(), rule.fields, rule.inputs);
  rule.reference_keys = columns_of(target.plan, target.table, reference_columns(workspace, role));
  rule.reference_hash = column_of(target.plan, target.table, reference_hash(role));
  if (has_own_order(master)) {
    rule.order_column = column_of(target.plan, target.table, reference_order(role));
    rule.order_field = column_of(target.plan, rule.content_table, master.order_by);
  }
  return rule;
}

/// What a row that deletes its key needs: the key, its place in the order, and that it deletes.
std::optional<plan::DeletionRule> deletion_rule(const model::Entity& entity, const Target& target) {
  if (entity.deletion_field.empty()) return std::nullopt;
  plan::DeletionRule rule;
  rule.column = column_of(target.plan, target.table, entity.deletion_field);
  rule.values = entity.deletion_values;
  for (const model::Field& field : entity.fields) {
    if (!is_key_field(entity, field.name) && !is_version_field(entity, field.name)) continue;
    rule.needed.push_back(column_of(target.plan, target.table, field.name));
  }
  return rule;
}

/// The rows of an entity again, with the tenant's own fields behind the key. Needed is what the
/// entity itself needs, so that both refuse the same records.
plan::EntityRule extension_rule(const model::Workspace& workspace, const plan::Plan& plan,
                                const model::Extension& extension,
                                const model::EntityMapping& mapping,
                                const model::EntityMapping& root_mapping) {
  const model::Entity& event = *workspace.entity(mapping.entity);
  plan::EntityRule rule;
  rule.table = table_of(plan, extension_table(extension));
  rule.entity = model::extension_name(extension.entity, extension.tenant);
  rule.rows = mapping.rows;
  if (!takes_ingest_time(workspace, event))
    rule.event_time_column = column_of(plan, rule.table, event_time_column(workspace, event));
  model::Entity own;
  own.name = rule.entity;
  own.fields = extension.fields;
  const Target target{plan, rule.table};
  if (event.parent.empty()) {
    model::Entity shared = event;
    shared.fields = extension_shared_fields(workspace, extension);
    rule.deletion = deletion_rule(shared, target);
    add_own({shared, mapping.fields, mapping.rows}, target, rule);
  } else {
    inherit(workspace, target, event, root_mapping, rule);
  }
  add_own({own, mapping.extension, mapping.rows}, target, rule);
  return rule;
}

plan::EntityRule entity_rule(const model::Workspace& workspace, const plan::Plan& plan,
                             const model::EntityMapping& mapping,
                             const model::EntityMapping& root_mapping) {
  const model::Entity& entity = *workspace.entity(mapping.entity);
  plan::EntityRule rule;
  rule.entity = entity.name;
  rule.table = table_of(plan, silver_table(entity));
  rule.rows = mapping.rows;
  rule.root = entity.parent.empty();
  if (!takes_ingest_time(workspace, entity)) {
    rule.event_time_column = column_of(plan, rule.table, event_time_column(workspace, entity));
  }
  const Target target{plan, rule.table};
  rule.deletion = deletion_rule(entity, target);
  if (!rule.root) inherit(workspace, target, entity, root_mapping, rule);
  add_own({entity, mapping.fields, mapping.rows}, target, rule);
  for (const model::Role& role : entity.roles) {
    for (const model::RoleMapping& role_mapping : mapping.roles) {
      if (role_mapping.role != role.name) continue;
      rule.masters.push_back(master_rule(workspace, target, role, role_mapping, mapping.rows));
    }
  }
  return rule;
}

}  // namespace

plan::VersionPlan version_plan(const model::Workspace& workspace, const plan::Plan& plan,
                               const model::SchemaVersion& version) {
  plan::VersionPlan made;
  made.application = version.application;
  made.version = version.version;
  made.match = version.match;
  made.envelope_version = version.envelope_version;
  const auto is_root = [&](const model::EntityMapping& mapping) {
    return workspace.entity(mapping.entity)->parent.empty();
  };
  const auto root = std::find_if(version.mappings.begin(), version.mappings.end(), is_root);
  ASSAY_ASSERT(root != version.mappings.end());
  made.entities.push_back(entity_rule(workspace, plan, *root, *root));
  for (const model::EntityMapping& mapping : version.mappings) {
    if (!is_root(mapping)) made.entities.push_back(entity_rule(workspace, plan, mapping, *root));
  }
  for (const model::EntityMapping& mapping : version.mappings) {
    if (mapping.extension.empty()) continue;
    const model::Extension* extension = workspace.extension(version.tenant, mapping.entity);
    ASSAY_ASSERT(extension != nullptr);
    made.entities.push_back(extension_rule(workspace, plan, *extension, mapping, *root));
  }
  return made;
}

int table_of(const plan::Plan& plan, const std::string& name) {
  const int index = plan.table_index(name);
  ASSAY_ASSERT(index >= 0);
  return index;
}

int column_of(const plan::Plan& plan, int table, std::string_view name) {
  const int index = plan.tables[static_cast<std::size_t>(table)].index_of(name);
  ASSAY_ASSERT(index >= 0);
  return index;
}

std::vector<int> columns_of(const plan::Plan& plan, int table,
                            const std::vector<std::string>& names) {
  std::vector<int> columns;
  for (const std::string& name : names) columns.push_back(column_of(plan, table, name));
  return columns;
}

}  // namespace assay::registry
