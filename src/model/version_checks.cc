// Schema versions: what they map against what the entities declare.

#include <fmt/format.h>

#include <algorithm>

#include "model/checks.h"
#include "model/computed_checks.h"
#include "model/extension_names.h"
#include "model/scalars.h"

namespace assay::model {
namespace {

constexpr std::size_t kWildcardsOfRowsMax = 4;

std::size_t wildcards(std::span<const path::Step> steps) {
  return static_cast<std::size_t>(std::count_if(
      steps.begin(), steps.end(),
      [](const path::Step& step) { return step.kind == path::Step::Kind::wildcard; }));
}

/// The fields of one entity as one version maps them, for the entity itself or for a master in a
/// role.
struct MappedFields {
  const Draft<Entity>& entity;
  const std::vector<FieldMapping>& mappings;
  const path::JsonPath& rows;
  const Node& declared;             ///< the mapping or the role, which has the key of the fields
  std::string what;                 ///< `mapping "invoice"`
  std::vector<std::string> needed;  ///< fields that must be mapped
  std::string_view key = "fields";
};

/// A path to one value a row: from the row itself, or from the payload's root past the rows.
void check_value_path(const MappedFields& mapped, const FieldMapping& mapping, const Node& value,
                      ProblemList& problems) {
  const Node* text = value.kind == Node::Kind::scalar ? &value : value.find("path");
  if (text == nullptr || mapping.path_text.empty()) return;
  std::span<const path::Step> steps = mapping.path.steps;
  const std::vector<path::Step>& rows = mapped.rows.steps;
  const bool in_row =
      steps.size() >= rows.size() && std::equal(rows.begin(), rows.end(), steps.begin());
  if (!mapping.path.relative && in_row) steps = steps.subspan(rows.size());
  if (wildcards(steps) > 0) {
    problems.add(text->location, Code::yaml_bad_value,
                 fmt::format("{} of field \"{}\" leads to many values a row", describe(*text),
                             mapping.field),
                 rows.empty() ? "a path without [*]"
                              : fmt::format("a path without [*] behind the rows {}",
                                            path::to_string(mapped.rows)));
  } else if (steps.empty() && rows.empty()) {
    problems.add(
        text->location, Code::yaml_bad_value,
        fmt::format("{} of field \"{}\" is the whole payload", describe(*text), mapping.field),
        "a path to one value");
  }
}

struct KeyOfType {
  std::string_view key;
  std::vector<column::Type> types;
  std::string_view expected;
};

const std::vector<KeyOfType> kKeysOfTypes = {
    {"format", {column::Type::timestamp}, "such a key for a timestamp only"},
    {"timezone", {column::Type::timestamp}, "such a key for a timestamp only"},
    {"scale10",
     {column::Type::int32, column::Type::int64, column::Type::decimal},
     "such a key for int32, int64 and decimal only"},
    {"case", {column::Type::string}, "such a key for a string only"},
};

void check_normalisation(const Field& field, const FieldMapping& mapping, const Node& value,
                         ProblemList& problems) {
  for (const KeyOfType& row : kKeysOfTypes) {
    const Node* key = value.find_key(row.key);
    if (key == nullptr) continue;
    if (std::find(row.types.begin(), row.types.end(), field.type.type) != row.types.end()) continue;
    problems.add(key->location, Code::yaml_bad_value,
                 fmt::format("\"{}\" does not fit field \"{}\", which has type {}", row.key,
                             field.name, column::to_string(field.type)),
                 std::string(row.expected));
  }
  if (mapping.constant && !is_value_of(*mapping.constant, field.type)) {
    problems.add(locate(value, {"constant"}), Code::yaml_bad_value,
                 fmt::format("\"{}\" is no value of type {}", *mapping.constant,
                             column::to_string(field.type)),
                 fmt::format("a value of field \"{}\"", field.name));
  }
}

/// The inputs of an expression are read like fields.
void check_inputs(const MappedFields& mapped, const FieldMapping& mapping, const Node& value,
                  ProblemList& problems) {
  for (const FieldMapping& input : mapping.inputs) {
    const Node& node = *value.find("inputs")->find(input.field);
    Field field;
    field.name = input.field;
    field.type = *input.input_type;
    check_value_path(mapped, input, node, problems);
    check_normalisation(field, input, node, problems);
  }
}

void check_fields(const MappedFields& mapped, ProblemList& problems) {
  const Entity& entity = mapped.entity.value;
  for (const FieldMapping& mapping : mapped.mappings) {
    const Field* field = entity.field(mapping.field);
    if (field == nullptr) {
      problems.add(mapping.location, Code::reference_unknown,
                   fmt::format("{} maps \"{}\", which is no field of entity \"{}\"", mapped.what,
                               mapping.field, entity.name),
                   expected_kind("a field of the entity", mapping.field, field_names(entity)));
      continue;
    }
    const Node& value = *mapped.declared.find(mapped.key)->find(mapping.field);
    check_value_path(mapped, mapping, value, problems);
    check_inputs(mapped, mapping, value, problems);
    if (!type_is_known(mapped.entity, field->name)) continue;
    check_normalisation(*field, mapping, value, problems);
    const MappingGroup group{mapped.entity, mapped.mappings, *mapped.declared.find(mapped.key)};
    check_expression(group, mapping, *field, problems);
    check_default(group, mapping, *field, problems);
    check_variant(group, mapping, *field, problems);
    check_unit(group, mapping, *field, problems);
  }
  for (const std::string& name : mapped.needed) {
    const bool found =
        std::any_of(mapped.mappings.begin(), mapped.mappings.end(),
                    [&](const FieldMapping& mapping) { return mapping.field == name; });
    if (found || entity.field(name) == nullptr) continue;
    problems.add(locate_key(mapped.declared, {mapped.key}), Code::yaml_missing_key,
                 fmt::format("{} does not map the field \"{}\" of entity \"{}\"", mapped.what, name,
                             entity.name),
                 "all key fields, times of order and required fields mapped");
  }
}

/// Fields without which no row of the entity would pass the gate.
std::vector<std::string> needed_fields(const Entity& entity) {
  std::vector<std::string> needed = entity.key;
  const std::string& time =
      entity.kind == Entity::Kind::master ? entity.order_by : entity.event_time;
  if (entity.field(time) != nullptr) needed.push_back(time);
  needed.insert(needed.end(), entity.version_order.begin(), entity.version_order.end());
  if (!entity.deletion_field.empty()) needed.push_back(entity.deletion_field);
  for (const Field& field : entity.fields) {
    if (field.required) needed.push_back(field.name);
  }
  std::sort(needed.begin(), needed.end());
  needed.erase(std::unique(needed.begin(), needed.end()), needed.end());
  return needed;
}

void check_rows(const Draft<SchemaVersion>& version, const EntityMapping& mapping,
                const Entity& entity, ProblemList& problems) {
  const Node& node = *version.node->find("mappings")->find(mapping.entity);
  const Node* rows = node.find("rows");
  if (rows == nullptr) {
    if (entity.parent.empty()) return;
    problems.add(mapping.location, Code::yaml_missing_key,
                 fmt::format("mapping \"{}\" lacks the key \"rows\"", mapping.entity),
                 "the path of the items, like $.lines[*]");
    return;
  }
  if (mapping.rows_are_bad) return;
  const auto& steps = mapping.rows.steps;
  if (entity.parent.empty()) {
    if (steps.empty() && !mapping.rows.relative) return;
    problems.add(
        rows->location, Code::yaml_bad_value,
        fmt::format("rows {} of \"{}\", which has no parent", describe(*rows), entity.name),
        "$, since one record is one row of it");
    return;
  }
  const bool items = !steps.empty() && steps.back().kind == path::Step::Kind::wildcard;
  if (items && !mapping.rows.relative && wildcards(steps) <= kWildcardsOfRowsMax) return;
  problems.add(
      rows->location, Code::yaml_bad_value,
      fmt::format("rows {} of \"{}\" are no items of \"{}\"", describe(*rows), entity.name,
                  entity.parent),
      fmt::format("a path from $ that ends in [*], with at most {} of them", kWildcardsOfRowsMax));
}

void check_role_mappings(const Drafts& drafts, const Draft<SchemaVersion>& version,
                         const EntityMapping& mapping, const Entity& entity,
                         ProblemList& problems) {
  const Node& node = *version.node->find("mappings")->find(mapping.entity);
  for (const RoleMapping& role_mapping : mapping.roles) {
    const Role* role = entity.role(role_mapping.role);
    if (role == nullptr) {
      std::vector<std::string_view> known;
      for (const Role& each : entity.roles) known.push_back(each.name);
      problems.add(
          role_mapping.location, Code::reference_unknown,
          fmt::format("entity \"{}\" has no master \"{}\"", entity.name, role_mapping.role),
          expected_kind("a master of the entity", role_mapping.role, known));
      continue;
    }
    const Draft<Entity>* master = drafts.entity(role->entity);
    if (master == nullptr) continue;  // reported where the role is declared
    check_fields(
        {*master, role_mapping.fields, mapping.rows, *node.find("masters")->find(role_mapping.role),
         fmt::format("master \"{}\"", role_mapping.role), needed_fields(master->value)},
        problems);
  }
}

/// The tenant's own fields, as if they were those of an entity of their own.
void check_extension_mapping(const Drafts& drafts, const Draft<SchemaVersion>& version,
                             const EntityMapping& mapping, ProblemList& problems) {
  const Node& node = *version.node->find("mappings")->find(mapping.entity);
  const Node* key = node.find_key("extension");
  if (key == nullptr) return;
  const std::string& tenant = version.value.tenant;
  const Draft<Extension>* extension = drafts.extension(tenant, mapping.entity);
  if (extension == nullptr) {
    problems.add(key->location, Code::reference_unknown,
                 fmt::format("tenant \"{}\" has no extension of \"{}\"", tenant, mapping.entity),
                 fmt::format("tenants/{}/extensions.yaml with \"extends: {}\" and the fields",
                             tenant, mapping.entity));
    return;
  }
  Draft<Entity> own{{}, extension->node};
  own.value.name = extension_name(mapping.entity, tenant);
  own.value.fields = extension->value.fields;
  check_fields({own, mapping.extension, mapping.rows, node,
                fmt::format("the extension of mapping \"{}\"", mapping.entity),
                needed_fields(own.value), "extension"},
               problems);
}

void check_mapping(const Drafts& drafts, const Draft<SchemaVersion>& version,
                   const EntityMapping& mapping, ProblemList& problems) {
  const Draft<Entity>* entity = drafts.entity(mapping.entity);
  if (entity == nullptr || (kind_is_known(*entity) && entity->value.kind != Entity::Kind::event)) {
    problems.add(mapping.location, Code::reference_unknown,
                 fmt::format("mapping \"{}\" is of no event entity", mapping.entity),
                 expected_kind("an event entity", mapping.entity,
                               entity_names(drafts, Entity::Kind::event)));
    return;
  }
  const Node& node = *version.node->find("mappings")->find(mapping.entity);
  check_rows(version, mapping, entity->value, problems);
  check_fields({*entity, mapping.fields, mapping.rows, node,
                fmt::format("mapping \"{}\"", mapping.entity), needed_fields(entity->value)},
               problems);
  check_extension_mapping(drafts, version, mapping, problems);
  check_role_mappings(drafts, version, mapping, entity->value, problems);
}

/// One record has one entity of its own; the others are its items.
void check_root_of_version(const Drafts& drafts, const Draft<SchemaVersion>& version,
                           ProblemList& problems) {
  const EntityMapping* root = nullptr;
  for (const EntityMapping& mapping : version.value.mappings) {
    const Draft<Entity>* entity = drafts.entity(mapping.entity);
    if (entity == nullptr || !kind_is_known(*entity)) return;  // reported already
    if (entity->value.kind != Entity::Kind::event || !entity->value.parent.empty()) continue;
    if (root != nullptr) {
      problems.add(
          mapping.location, Code::yaml_bad_value,
          fmt::format("\"{}\" and \"{}\" are both without a parent", root->entity, mapping.entity),
          "one entity a record; the others are its items, by \"parent\"");
    }
    root = &mapping;
  }
  const Node* mappings = version.node->find("mappings");
  if (mappings == nullptr || mappings->kind != Node::Kind::map) return;
  if (root == nullptr) {
    problems.add(mappings->location, Code::yaml_bad_value,
                 "no mapping is of an entity without a parent", "the record's own entity");
    return;
  }
  for (const EntityMapping& mapping : version.value.mappings) {
    const Entity& entity = drafts.entity(mapping.entity)->value;
    if (entity.parent.empty() || entity.parent == root->entity) continue;
    if (drafts.entity(entity.parent) == nullptr) continue;
    problems.add(mapping.location, Code::yaml_bad_value,
                 fmt::format("\"{}\" is an item of \"{}\", which this version does not map",
                             mapping.entity, entity.parent),
                 fmt::format("an item of \"{}\"", root->entity));
  }
}

/// Whether some record of the mapping can give the field this text.
bool may_give(const FieldMapping& mapping, const std::string& text) {
  if (mapping.constant) return *mapping.constant == text;
  const auto& map = mapping.normalisation.value_map;
  return map.empty() || std::any_of(map.begin(), map.end(),
                                    [&](const auto& entry) { return entry.second == text; });
}

/// A deletion that no schema version can say would never be seen.
void check_deletions(const Drafts& drafts, ProblemList& problems) {
  for (const Draft<Entity>& draft : drafts.entities) {
    const Entity& entity = draft.value;
    const Field* told = entity.field(entity.deletion_field);
    if (told == nullptr || told->type.type != column::Type::string) continue;
    std::vector<const FieldMapping*> ways;
    for (const Draft<SchemaVersion>& version : drafts.versions) {
      for (const EntityMapping& mapping : version.value.mappings) {
        if (mapping.entity != entity.name) continue;
        for (const FieldMapping& field : mapping.fields) {
          if (field.field == entity.deletion_field) ways.push_back(&field);
        }
      }
    }
    for (const std::string& value : entity.deletion_values) {
      if (ways.empty() || std::any_of(ways.begin(), ways.end(), [&](const FieldMapping* way) {
            return may_give(*way, value);
          }))
        continue;
      problems.add(draft.node->find_key("deleted_when")->location, Code::yaml_bad_value,
                   fmt::format("no schema version gives field \"{}\" the value \"{}\"",
                               entity.deletion_field, value),
                   "a value that a map or a constant of the field gives");
    }
  }
}

}  // namespace

void check_versions(const Drafts& drafts, ProblemList& problems) {
  for (std::size_t index = 0; index < drafts.versions.size(); ++index) {
    const Draft<SchemaVersion>& version = drafts.versions[index];
    for (const EntityMapping& mapping : version.value.mappings) {
      check_mapping(drafts, version, mapping, problems);
    }
    check_root_of_version(drafts, version, problems);
    const auto identity = [](const SchemaVersion& each) {
      return std::tie(each.tenant, each.application, each.version);
    };
    for (std::size_t before = 0; before < index; ++before) {
      const SchemaVersion& first = drafts.versions[before].value;
      if (identity(first) != identity(version.value)) continue;
      report_duplicate("schema version", version.value.version, first.location,
                       version.value.location, problems);
    }
  }
  check_deletions(drafts, problems);
}

}  // namespace assay::model
