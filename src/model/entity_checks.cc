// Entities: keys, times, parents and roles.

#include <fmt/format.h>

#include <algorithm>

#include "model/checks.h"
#include "model/extension_names.h"

namespace assay::model {
namespace {

void check_key(const Draft<Entity>& draft, ProblemList& problems) {
  const Entity& entity = draft.value;
  if (entity.key.empty()) {
    const Node* key = draft.node->find("key");
    if (key == nullptr) {
      problems.add(draft.node->location, Code::yaml_missing_key,
                   fmt::format("entity \"{}\" lacks the key \"key\"", entity.name),
                   "a list of its fields that identify a row");
    } else if (key->kind == Node::Kind::list && key->items.empty()) {
      problems.add(key->location, Code::yaml_bad_value,
                   fmt::format("\"key\" of entity \"{}\" is an empty list", entity.name),
                   "at least one field");
    }
  }
  for (std::size_t index = 0; index < entity.key.size(); ++index) {
    const std::string& name = entity.key[index];
    const Location location = locate(*draft.node, {"key", index});
    const Field* field = entity.field(name);
    if (field == nullptr) {
      problems.add(location, Code::reference_unknown,
                   fmt::format("key field \"{}\" is no field of entity \"{}\"", name, entity.name),
                   expected_kind("a field of the entity", name, field_names(entity)));
    } else if (field->type.type == column::Type::float64) {
      problems.add(location, Code::yaml_bad_value,
                   fmt::format("key field \"{}\" is a float64", name),
                   "a type whose values are exact");
    }
    if (std::count(entity.key.begin(), entity.key.begin() + static_cast<std::ptrdiff_t>(index),
                   name) > 0) {
      problems.add(
          location, Code::name_duplicate,
          fmt::format("key field \"{}\" of entity \"{}\" stands there twice", name, entity.name),
          "each field once");
    }
  }
}

/// A name that a field had belongs to no other field.
void check_renames(const Draft<Entity>& draft, ProblemList& problems) {
  const Entity& entity = draft.value;
  for (const Field& field : entity.fields) {
    if (field.renamed_from.empty() || entity.field(field.renamed_from) == nullptr) continue;
    problems.add(field.location, Code::yaml_bad_value,
                 fmt::format("field \"{}\" is renamed from \"{}\", which the entity still has",
                             field.name, field.renamed_from),
                 "a name that no field has any more");
  }
}

/// A field that holds instants, named by `key` ("event_time" or "order_by").
void check_time_field(const Draft<Entity>& draft, std::string_view key, std::string_view name,
                      std::string_view other, ProblemList& problems) {
  const Entity& entity = draft.value;
  const Field* field = entity.field(name);
  const Location location = locate(*draft.node, {key});
  const std::string expected = fmt::format("a timestamp field of the entity, or \"{}\"", other);
  if (field == nullptr) {
    std::vector<std::string_view> names{other};
    for (const Field& known : entity.fields) {
      if (known.type.type == column::Type::timestamp) names.push_back(known.name);
    }
    problems.add(location, Code::reference_unknown,
                 fmt::format("\"{}\" of entity \"{}\" names \"{}\", which is no field of it", key,
                             entity.name, name),
                 expected_kind(expected, name, names));
  } else if (field->type.type != column::Type::timestamp && type_is_known(draft, name)) {
    problems.add(location, Code::yaml_bad_value,
                 fmt::format("\"{}\" of entity \"{}\" names \"{}\", which has type {}", key,
                             entity.name, name, column::to_string(field->type)),
                 expected);
  }
}

bool puts_in_order(column::Type type) {
  return type == column::Type::int32 || type == column::Type::int64 ||
         type == column::Type::decimal || type == column::Type::date ||
         type == column::Type::timestamp;
}

/// The order of a key's versions, and what deletes one.
void check_versions(const Draft<Entity>& draft, ProblemList& problems) {
  const Entity& entity = draft.value;
  for (std::size_t index = 0; index < entity.version_order.size(); ++index) {
    const std::string& name = entity.version_order[index];
    const Location location = locate(*draft.node, {"order_by", index});
    const Field* field = entity.field(name);
    if (field == nullptr) {
      problems.add(location, Code::reference_unknown,
                   fmt::format("\"order_by\" of entity \"{}\" names \"{}\", no field of it",
                               entity.name, name),
                   expected_kind("a field of the entity", name, field_names(entity)));
    } else if (!puts_in_order(field->type.type) && type_is_known(draft, name)) {
      problems.add(
          location, Code::yaml_bad_value,
          fmt::format("field \"{}\", which orders versions, is a {}", name,
                      column::to_string(field->type)),
          "int32, int64, decimal, date or timestamp: a text puts \"10\" before \"9\", and a "
          "float64 is not exact");
    }
  }
  const Node* deletion = draft.node->find_key("deleted_when");
  if (deletion == nullptr || entity.deletion_field.empty()) return;
  const Field* field = entity.field(entity.deletion_field);
  const bool text = field != nullptr && (field->type.type == column::Type::string ||
                                         !type_is_known(draft, entity.deletion_field));
  if (!text || entity.deletion_values.empty()) {
    problems.add(deletion->location, Code::yaml_bad_value,
                 fmt::format("\"deleted_when\" of entity \"{}\" names no text field with values",
                             entity.name),
                 "{field: [text, ...]} with a string field of the entity");
  }
}

void check_root(const Draft<Entity>& draft, ProblemList& problems) {
  check_key(draft, problems);
  check_versions(draft, problems);
  const Entity& entity = draft.value;
  if (!draft.node->find("event_time")) {
    problems.add(draft.node->location, Code::yaml_missing_key,
                 fmt::format("entity \"{}\" lacks the key \"event_time\"", entity.name),
                 "a timestamp field of the entity, or \"ingest\"");
  } else if (!entity.event_time.empty() && entity.event_time != "ingest") {
    check_time_field(draft, "event_time", entity.event_time, "ingest", problems);
  }
}

/// An item of its parent's payload: identified by the parent's key and its place in the array.
void check_child(const Drafts& drafts, const Draft<Entity>& draft, ProblemList& problems) {
  const Entity& entity = draft.value;
  for (const std::string_view key : {"key", "event_time", "dedupe"}) {
    const Node* name = draft.node->find_key(key);
    if (name == nullptr) continue;
    problems.add(
        name->location, Code::yaml_unknown_key,
        fmt::format("entity \"{}\" has a parent and takes \"{}\" from it", entity.name, key),
        "no such key");
  }
  const Location location = locate(*draft.node, {"parent"});
  const Draft<Entity>* parent = drafts.entity(entity.parent);
  if (parent == nullptr) {
    problems.add(
        location, Code::reference_unknown,
        fmt::format("parent \"{}\" of entity \"{}\" is no entity", entity.parent, entity.name),
        expected_kind("an event entity", entity.parent, entity_names(drafts, Entity::Kind::event)));
    return;
  }
  if (!kind_is_known(*parent)) return;
  const std::string message =
      fmt::format("parent \"{}\" of entity \"{}\"", entity.parent, entity.name);
  if (parent->value.kind == Entity::Kind::master) {
    problems.add(location, Code::yaml_bad_value, message + " is a master", "an event entity");
  } else if (parent->value.name == entity.name) {
    problems.add(location, Code::yaml_bad_value, message + " is the entity itself",
                 "another event entity");
  } else if (!parent->value.parent.empty()) {
    problems.add(location, Code::yaml_bad_value, message + " has a parent itself",
                 "the record's own entity; deeper items are reached by \"rows\" with several [*]");
  }
}

void check_roles(const Drafts& drafts, const Draft<Entity>& draft, ProblemList& problems) {
  for (const Role& role : draft.value.roles) {
    if (role.entity.empty()) continue;  // reported as missing
    const Location location = locate(*draft.node, {"masters", role.name, "entity"});
    const Draft<Entity>* master = drafts.entity(role.entity);
    if (master == nullptr) {
      problems.add(
          location, Code::reference_unknown,
          fmt::format("master \"{}\" of entity \"{}\" refers to \"{}\", which is no entity",
                      role.name, draft.value.name, role.entity),
          expected_kind("a master entity", role.entity,
                        entity_names(drafts, Entity::Kind::master)));
    } else if (kind_is_known(*master) && master->value.kind != Entity::Kind::master) {
      problems.add(location, Code::yaml_bad_value,
                   fmt::format("master \"{}\" of entity \"{}\" refers to \"{}\", which is an event",
                               role.name, draft.value.name, role.entity),
                   expected_kind("a master entity", role.entity,
                                 entity_names(drafts, Entity::Kind::master)));
    }
  }
}

/// Names that the tables of silver have for themselves.
void check_table_names(const Drafts& drafts, ProblemList& problems) {
  for (const Draft<Entity>& draft : drafts.entities) {
    const Entity& entity = draft.value;
    if (entity.name == "residue") {
      problems.add(entity.location, Code::yaml_bad_value,
                   "\"residue\" is a table that every workspace has", "another name");
    }
    if (entity.name.find(kExtensionMark) != std::string::npos) {
      problems.add(entity.location, Code::yaml_bad_value,
                   fmt::format("\"{}\" has \"{}\" in it, which parts an entity from the tenant of "
                               "an extension",
                               entity.name, kExtensionMark),
                   "a name with single \"_\"");
    }
    if (const auto* taken = drafts.entity(entity.name + "_status");
        taken != nullptr && !entity.version_order.empty()) {
      problems.add(taken->value.location, Code::yaml_bad_value,
                   fmt::format("silver.{}_status is a view of \"{}\", which has dedupe: key",
                               entity.name, entity.name),
                   "another name");
    }
    const bool of_master = entity.name.ends_with("_content") || entity.name.ends_with("_history");
    if (entity.kind != Entity::Kind::event || !of_master) continue;
    problems.add(
        entity.location, Code::yaml_bad_value,
        fmt::format("the table of event \"{}\" would look like one of a master", entity.name),
        "a name that does not end in _content or _history");
  }
}

}  // namespace

const Draft<Entity>* Drafts::entity(std::string_view entity_name) const {
  for (const Draft<Entity>& draft : entities) {
    if (draft.value.name == entity_name) return &draft;
  }
  return nullptr;
}

std::vector<std::string_view> entity_names(const Drafts& drafts, Entity::Kind kind) {
  std::vector<std::string_view> names;
  for (const Draft<Entity>& draft : drafts.entities) {
    if (draft.value.kind == kind) names.push_back(draft.value.name);
  }
  return names;
}

std::vector<std::string_view> field_names(const Entity& entity) {
  std::vector<std::string_view> names;
  for (const Field& field : entity.fields) names.push_back(field.name);
  return names;
}

void report_duplicate(std::string_view what, std::string_view name, const Location& first,
                      const Location& second, ProblemList& problems) {
  problems.add(
      second, Code::name_duplicate,
      fmt::format("{} \"{}\" is defined twice, first at {}:{}", what, name, first.file, first.line),
      "each name once");
}

void check_entities(const Drafts& drafts, ProblemList& problems) {
  check_unique(
      drafts.entities, "entity", [](const Entity& entity) { return entity.name; }, problems);
  for (const Draft<Entity>& draft : drafts.entities) {
    const Entity& entity = draft.value;
    check_renames(draft, problems);
    if (!kind_is_known(draft)) continue;
    if (entity.kind == Entity::Kind::master) {
      check_key(draft, problems);
      if (entity.order_by != "event_time") {
        check_time_field(draft, "order_by", entity.order_by, "event_time", problems);
      }
      continue;
    }
    if (draft.node->find("parent") == nullptr) {
      check_root(draft, problems);
    } else {
      check_child(drafts, draft, problems);
    }
    check_roles(drafts, draft, problems);
  }
  check_table_names(drafts, problems);
}

}  // namespace assay::model
