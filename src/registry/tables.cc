// The tables of a workspace: columns in the order in which people read them, ids that never change.

#include <algorithm>

#include "column/schema.h"
#include "plan/standard_tables.h"
#include "registry/entity_shape.h"
#include "registry/extension.h"
#include "registry/registry.h"

namespace assay::registry {
namespace {

namespace id = column::field_id;
using column::Role;
using column::TableSchema;
using column::Transform;
using column::Type;

/// Adds columns in order; own columns get the id that they had, or the next one of their table.
class TableBuilder {
 public:
  TableBuilder(std::string name, FieldIds& ids) : ids_(ids) { table_.name = std::move(name); }

  void own(const std::string& name, const column::DataType& type, bool required = false) {
    table_.fields.push_back({id_of(name, {}), name, type, required, Role::content, ""});
  }
  /// A column that a field makes; `role` where it is a master's field as an event shows it.
  void of_field(const model::Field& field, bool required, const model::Role* role = nullptr) {
    const auto column = [&](const std::string& name) {
      return role == nullptr || name.empty() ? name : role_column(*role, name);
    };
    const std::string tag = field.retyped_from ? ":" + column::to_string(field.type) : "";
    const std::string old = column(field.renamed_from);
    table_.fields.push_back({id_of(column(field.name) + tag, old.empty() ? old : old + tag),
                             column(field.name), field.type, required, Role::content, ""});
  }
  void shared(int field_id, const char* name, Type type, Role role, bool required = true) {
    table_.fields.push_back({field_id, name, {type}, required, role, ""});
  }

  void tenant() { shared(id::kTenantId, "tenant_id", Type::string, Role::provenance); }
  void record() {
    shared(id::kRecordId, "record_id", Type::binary, Role::provenance);
    shared(id::kPointer, "pointer", Type::string, Role::provenance);
  }
  void knowledge() {
    shared(id::kKnowledgeTime, "knowledge_time", Type::timestamp, Role::provenance);
    shared(id::kManifestId, "manifest_id", Type::string, Role::provenance);
  }
  void source() { shared(id::kRecordSource, "record_source", Type::string, Role::provenance); }
  void nulls() { shared(id::kNullFields, "null_fields", Type::binary, Role::content, false); }
  void event_time(Role role) { shared(id::kEventTime, "event_time", Type::timestamp, role, false); }
  void valid_from() { shared(id::kValidFrom, "valid_from", Type::timestamp, Role::content, false); }

  TableSchema finish(std::vector<column::PartitionField> partition) {
    table_.partition = std::move(partition);
    return std::move(table_);
  }

 private:
  int id_of(const std::string& name, const std::string& old) {
    const std::string prefix = table_.name + "/";
    const auto known = ids_.find(prefix + name);
    if (known != ids_.end()) return known->second;
    if (const auto before = ids_.find(prefix + old); !old.empty() && before != ids_.end()) {
      auto renamed = ids_.extract(before);
      renamed.key() = prefix + name;
      return ids_.insert(std::move(renamed)).position->second;
    }
    int next = id::kFirstOwn;
    for (auto at = ids_.lower_bound(prefix); at != ids_.end() && at->first.starts_with(prefix);
         ++at) {
      next = std::max(next, at->second + 1);
    }
    ids_.emplace(prefix + name, next);
    return next;
  }

  FieldIds& ids_;
  TableSchema table_;
};

const std::vector<column::PartitionField> kByTenant = {{"tenant_id", Transform::identity}};

std::vector<column::PartitionField> by_tenant_and(std::string time, Transform transform) {
  return {{"tenant_id", Transform::identity}, {std::move(time), transform}};
}

void add_key(const model::Entity& entity, TableBuilder& table) {
  for (const std::string& key : entity.key) table.of_field(*entity.field(key), true);
}

void add_fields(const model::Entity& entity, TableBuilder& table) {
  for (const model::Field& field : entity.fields) {
    table.of_field(field, is_key_field(entity, field.name));
  }
}

/// Content columns of an event, as silver has them and the mart takes them over.
void add_event_columns(const model::Workspace& workspace, const model::Entity& event,
                       TableBuilder& table) {
  const model::Entity& root = root_of(workspace, event);
  for (const model::Field& field : inherited_fields(workspace, event)) {
    table.of_field(field, is_key_field(root, field.name));
  }
  if (!event.parent.empty()) table.own(std::string(kItemIndex), {Type::int64}, true);
  add_fields(event, table);
  for (const model::Role& role : event.roles) {
    const model::Entity& master = master_of(workspace, role);
    for (const std::string& key : master.key) {
      table.of_field(*master.field(key), false, &role);
    }
    table.own(reference_hash(role), {Type::binary});
    if (has_own_order(master)) table.own(reference_order(role), {Type::timestamp});
  }
}

void add_row_provenance(const model::Workspace& workspace, const model::Entity& event,
                        TableBuilder& table) {
  if (takes_ingest_time(workspace, event)) table.event_time(Role::provenance);
  table.record();
  table.shared(id::kIngestTime, "ingest_time", Type::timestamp, Role::provenance);
  table.knowledge();
  table.shared(id::kRowHash, "row_hash", Type::binary, Role::provenance);
}

TableSchema silver_event(const model::Workspace& workspace, const model::Entity& event,
                         FieldIds& ids) {
  TableBuilder table(silver_table(event), ids);
  table.tenant();
  add_event_columns(workspace, event, table);
  table.nulls();
  add_row_provenance(workspace, event, table);
  return table.finish(by_tenant_and(event_time_column(workspace, event), Transform::day));
}

TableSchema silver_content(const model::Entity& master, FieldIds& ids) {
  TableBuilder table(content_table(master), ids);
  table.tenant();
  add_fields(master, table);
  table.nulls();
  table.shared(id::kContentHash, "content_hash", Type::binary, Role::provenance);
  table.event_time(Role::provenance);
  table.shared(id::kRecordId, "record_id", Type::binary, Role::provenance);
  table.knowledge();
  return table.finish(kByTenant);
}

TableSchema silver_history(const model::Entity& master, FieldIds& ids) {
  TableBuilder table(history_table(master), ids);
  table.tenant();
  add_key(master, table);
  table.shared(id::kContentHash, "content_hash", Type::binary, Role::content);
  table.valid_from();
  table.shared(id::kSourcePriority, "source_priority", Type::int32, Role::content);
  table.knowledge();
  return table.finish(kByTenant);
}

TableSchema vault_hub(const model::Entity& entity, FieldIds& ids) {
  TableBuilder table(hub_table(entity), ids);
  table.tenant();
  table.shared(id::kHubKey, "hub_key", Type::binary, Role::content);
  add_key(entity, table);
  table.source();
  table.knowledge();
  return table.finish(kByTenant);
}

TableSchema vault_link(const model::Workspace& workspace, const model::Entity& event,
                       FieldIds& ids) {
  TableBuilder table(link_table(event), ids);
  table.tenant();
  table.shared(id::kLinkKey, "link_key", Type::binary, Role::content);
  table.own(root_of(workspace, event).name + "_hub_key", {Type::binary}, true);
  for (const model::Role& role : event.roles) table.own(role.name + "_hub_key", {Type::binary});
  if (!event.parent.empty()) table.own(std::string(kItemIndex), {Type::int64}, true);
  table.source();
  table.knowledge();
  return table.finish(kByTenant);
}

TableSchema vault_satellite(const model::Entity& entity, FieldIds& ids) {
  TableBuilder table(satellite_table(entity), ids);
  table.tenant();
  if (has_hub(entity)) {
    table.shared(id::kHubKey, "hub_key", Type::binary, Role::content);
  } else {
    table.shared(id::kLinkKey, "link_key", Type::binary, Role::content);
  }
  table.shared(id::kContentHash, "hashdiff", Type::binary, Role::content);
  table.valid_from();
  for (const model::Field& field : descriptive_fields(entity)) table.of_field(field, false);
  table.source();
  table.knowledge();
  return table.finish(by_tenant_and("knowledge_time", Transform::month));
}

TableSchema event_mart(const model::Workspace& workspace, const model::Entity& event,
                       FieldIds& ids) {
  TableBuilder table(mart_table(event), ids);
  table.tenant();
  add_event_columns(workspace, event, table);
  for (const model::Role& role : event.roles) {
    for (const model::Field& field : descriptive_fields(master_of(workspace, role))) {
      table.of_field(field, false, &role);
    }
  }
  add_row_provenance(workspace, event, table);
  return table.finish(by_tenant_and(event_time_column(workspace, event), Transform::day));
}

TableSchema master_mart(const model::Entity& master, FieldIds& ids) {
  TableBuilder table(mart_table(master), ids);
  table.tenant();
  add_fields(master, table);
  table.shared(id::kContentHash, "content_hash", Type::binary, Role::content);
  table.valid_from();
  table.shared(id::kSourcePriority, "source_priority", Type::int32, Role::content);
  table.knowledge();
  return table.finish(kByTenant);
}

TableSchema feature_contributions(const model::Workspace& workspace, const model::FeatureView& view,
                                  FieldIds& ids) {
  TableBuilder table(feature_table(view), ids);
  table.tenant();
  add_key(*workspace.entity(view.entity), table);
  table.event_time(Role::content);
  for (const model::FeatureMeasure& measure : view.measures) {
    table.own(measure.name, measure_type(workspace, measure));
  }
  table.record();
  table.knowledge();
  return table.finish(by_tenant_and("knowledge_time", Transform::month));
}

}  // namespace

std::vector<TableSchema> extension_tables(const model::Workspace& workspace,
                                          const std::string& tenant, FieldIds& ids) {
  std::vector<TableSchema> made;
  for (const model::Extension& extension : workspace.extensions) {
    if (extension.tenant != tenant) continue;
    const model::Entity& event = *workspace.entity(extension.entity);
    const model::Entity& root = root_of(workspace, event);
    TableBuilder table(extension_table(extension), ids);
    table.tenant();
    for (const model::Field& field : extension_shared_fields(workspace, extension))
      table.of_field(field, is_key_field(root, field.name));
    if (!event.parent.empty()) table.own(std::string(kItemIndex), {Type::int64}, true);
    for (const model::Field& field : extension.fields) table.of_field(field, false);
    table.nulls();
    add_row_provenance(workspace, event, table);
    made.push_back(
        table.finish(by_tenant_and(event_time_column(workspace, event), Transform::day)));
  }
  return made;
}

std::vector<TableSchema> tables(const model::Workspace& workspace, FieldIds& ids) {
  std::vector<TableSchema> made = {plan::bronze_record(), plan::bronze_quarantine(),
                                   plan::silver_residue()};
  for (const model::Entity& entity : workspace.entities) {
    if (is_master(entity)) {
      made.push_back(silver_content(entity, ids));
      made.push_back(silver_history(entity, ids));
    } else {
      made.push_back(silver_event(workspace, entity, ids));
    }
  }
  for (const model::Entity& entity : workspace.entities) {
    if (has_hub(entity)) made.push_back(vault_hub(entity, ids));
    if (has_link(entity)) made.push_back(vault_link(workspace, entity, ids));
    made.push_back(vault_satellite(entity, ids));
    made.push_back(is_master(entity) ? master_mart(entity, ids)
                                     : event_mart(workspace, entity, ids));
  }
  for (const model::FeatureView& view : workspace.feature_views) {
    made.push_back(feature_contributions(workspace, view, ids));
  }
  return made;
}

}  // namespace assay::registry
