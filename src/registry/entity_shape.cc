#include "registry/entity_shape.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/assert.h"

namespace assay::registry {
namespace {

const model::Entity& entity_named(const model::Workspace& workspace, std::string_view name) {
  const model::Entity* entity = workspace.entity(name);
  ASSAY_ASSERT(entity != nullptr);
  return *entity;
}

const model::Field& field_named(const model::Entity& entity, std::string_view name) {
  const model::Field* field = entity.field(name);
  ASSAY_ASSERT(field != nullptr);
  return *field;
}

}  // namespace

bool is_master(const model::Entity& entity) { return entity.kind == model::Entity::Kind::master; }

const model::Entity& root_of(const model::Workspace& workspace, const model::Entity& entity) {
  return entity.parent.empty() ? entity : entity_named(workspace, entity.parent);
}

std::vector<model::Field> inherited_fields(const model::Workspace& workspace,
                                           const model::Entity& entity) {
  std::vector<model::Field> fields;
  if (entity.parent.empty()) return fields;
  const model::Entity& parent = root_of(workspace, entity);
  for (const std::string& key : parent.key) fields.push_back(field_named(parent, key));
  const bool in_key = is_key_field(parent, parent.event_time);
  if (parent.event_time != "ingest" && !in_key) {
    fields.push_back(field_named(parent, parent.event_time));
  }
  return fields;
}

std::vector<std::string> key_columns(const model::Workspace& workspace,
                                     const model::Entity& event) {
  std::vector<std::string> columns = root_of(workspace, event).key;
  if (!event.parent.empty()) columns.emplace_back(kItemIndex);
  return columns;
}

std::string event_time_column(const model::Workspace& workspace, const model::Entity& event) {
  return takes_ingest_time(workspace, event) ? "event_time" : root_of(workspace, event).event_time;
}

bool takes_ingest_time(const model::Workspace& workspace, const model::Entity& event) {
  return root_of(workspace, event).event_time == "ingest";
}

std::vector<model::Field> descriptive_fields(const model::Entity& entity) {
  std::vector<model::Field> fields;
  for (const model::Field& field : entity.fields) {
    if (!is_key_field(entity, field.name)) fields.push_back(field);
  }
  return fields;
}

bool is_key_field(const model::Entity& entity, std::string_view field) {
  return std::find(entity.key.begin(), entity.key.end(), field) != entity.key.end();
}

const model::Entity& master_of(const model::Workspace& workspace, const model::Role& role) {
  return entity_named(workspace, role.entity);
}

std::vector<std::string> reference_columns(const model::Workspace& workspace,
                                           const model::Role& role) {
  std::vector<std::string> columns;
  for (const std::string& key : master_of(workspace, role).key) {
    columns.push_back(role_column(role, key));
  }
  return columns;
}

std::string reference_hash(const model::Role& role) { return role.name + "_content_hash"; }

bool has_own_order(const model::Entity& master) { return master.order_by != "event_time"; }

std::string reference_order(const model::Role& role) { return role.name + "_order"; }

std::string role_column(const model::Role& role, std::string_view field) {
  return fmt::format("{}_{}", role.name, field);
}

std::string silver_table(const model::Entity& event) { return "silver." + event.name; }
std::string content_table(const model::Entity& master) {
  return fmt::format("silver.{}_content", master.name);
}
std::string history_table(const model::Entity& master) {
  return fmt::format("silver.{}_history", master.name);
}
std::string hub_table(const model::Entity& entity) { return "vault.hub_" + entity.name; }
std::string link_table(const model::Entity& event) { return "vault.link_" + event.name; }
std::string satellite_table(const model::Entity& entity) { return "vault.sat_" + entity.name; }
std::string mart_table(const model::Entity& entity) { return "mart." + entity.name; }
std::string feature_table(const model::FeatureView& view) { return "feature." + view.name; }

bool has_hub(const model::Entity& entity) { return is_master(entity) || entity.parent.empty(); }

bool has_link(const model::Entity& entity) {
  return !is_master(entity) && (!entity.roles.empty() || !entity.parent.empty());
}

column::DataType measure_type(const model::Workspace& workspace,
                              const model::FeatureMeasure& measure) {
  if (measure.factors.empty()) return {column::Type::int64};
  const model::Entity& source = entity_named(workspace, measure.source);
  int scale = 0;
  for (const std::string& factor : measure.factors) {
    const column::DataType& type = field_named(source, factor).type;
    if (type.type == column::Type::float64) return {column::Type::float64};
    scale += type.scale;
  }
  constexpr int kPrecision = 38;  // sums of products grow; the widest type leaves them room
  return {column::Type::decimal, kPrecision, scale};
}

std::vector<std::string> measure_sources(const model::FeatureView& view) {
  std::vector<std::string> sources;
  for (const model::FeatureMeasure& measure : view.measures) {
    if (std::find(sources.begin(), sources.end(), measure.source) == sources.end()) {
      sources.push_back(measure.source);
    }
  }
  return sources;
}

}  // namespace assay::registry
