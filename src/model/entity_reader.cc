// entities/*.yaml: one canonical entity a document.

#include "model/entity_reader.h"

#include <fmt/format.h>

#include "model/drafts.h"
#include "model/map_reader.h"
#include "model/names.h"

namespace assay::model {
namespace {

const std::vector<std::string_view> kEntityKeys = {
    "entity",   "kind",   "business_name", "description", "owner",
    "synonyms", "key",    "parent",        "event_time",  "source_priority",
    "order_by", "dedupe", "fields",        "masters",     "deleted_when"};
const std::vector<std::string_view> kFieldKeys = {"type",          "required",    "renamed_from",
                                                  "retyped_from",  "unit",        "sensitivity",
                                                  "business_name", "description", "synonyms"};
constexpr std::string_view kTypesText =
    "boolean, int32, int64, float64, decimal(precision,scale), date, timestamp, string or binary";

}  // namespace

Field read_field(const Node& name, const Node& value, ProblemList& problems) {
  MapReader map(value, {fmt::format("field \"{}\"", name.text), kFieldKeys}, problems);
  Field field;
  field.name = name.text;
  field.location = name.location;
  check_name(name, "a field", problems);
  if (is_reserved_column(name.text)) {
    problems.add(name.location, Code::yaml_bad_value,
                 fmt::format("\"{}\" is a column that every table has on its own", name.text),
                 "another name");
  }
  map.require("type", kTypesText);
  if (const Node* type = value.find("type"); type != nullptr) {
    const auto parsed = column::parse_data_type(map.text("type"));
    if (parsed) {
      field.type = *parsed;
    } else if (type->kind == Node::Kind::scalar) {
      map.bad_value("type", fmt::format("\"{}\" is no type", type->text), std::string(kTypesText));
    }
  }
  field.required = map.boolean("required").value_or(false);
  field.renamed_from = map.text("renamed_from");
  if (const std::string before = map.text("retyped_from"); !before.empty()) {
    field.retyped_from = column::parse_data_type(before);
    if (!field.retyped_from) {
      map.bad_value("retyped_from", fmt::format("\"{}\" is no type", before),
                    std::string(kTypesText));
    }
  }
  field.unit = map.text("unit");
  field.sensitivity =
      map.choice("sensitivity", {"public", "internal", "personal", "secret"}).value_or("internal");
  field.business_name = map.text("business_name");
  field.description = map.text("description");
  field.synonyms = map.texts("synonyms");
  return field;
}

namespace {

Role read_role(const Node& name, const Node& value, ProblemList& problems) {
  MapReader map(value, {fmt::format("master \"{}\"", name.text), {"entity", "business_name"}},
                problems);
  check_name(name, "a master's role", problems);
  map.require("entity", "the name of a master entity");
  return {name.text, map.text("entity"), map.text("business_name"), name.location};
}

void read_kind(MapReader& map, Entity& entity) {
  map.require("kind", "master or event");
  if (map.choice("kind", {"master", "event"}).value_or("event") == "master") {
    entity.kind = Entity::Kind::master;
  }
}

bool is_keyed(const Draft<Entity>& draft) {
  const Node* dedupe = draft.node->find("dedupe");
  return dedupe != nullptr && dedupe->text == "key";
}

/// Which rows are the current ones of their keys, and which say that a key was deleted.
void read_versions(MapReader& map, Entity& entity) {
  entity.dedupe = plan::Dedupe::key_content;
  map.require("order_by", "a list of fields that put the versions of a key in order");
  entity.version_order = map.texts("order_by");
  if (map.has("order_by") && entity.version_order.empty()) {
    map.bad_value("order_by", "\"order_by\" names no field",
                  "a list of fields that put the versions of a key in order");
  }
  const Node* deletion = map.map("deleted_when");
  if (deletion == nullptr) return;
  if (deletion->entries.size() != 1) {
    map.bad_value("deleted_when", "\"deleted_when\" names not one field", "{field: [text, ...]}");
    return;
  }
  const auto& [field, values] = deletion->entries.front();
  entity.deletion_field = field.text;
  for (const Node& value : values.items) entity.deletion_values.push_back(value.text);
}

/// Keys that only one kind of entity has.
void check_keys_of_kind(const Draft<Entity>& draft, ProblemList& problems) {
  if (!kind_is_known(draft)) return;
  const bool master = draft.value.kind == Entity::Kind::master;
  std::vector<std::string_view> foreign;
  if (master) {
    foreign = {"parent", "event_time", "dedupe", "masters", "source_priority", "deleted_when"};
  } else if (!is_keyed(draft)) {
    foreign = {"order_by", "deleted_when"};
  }
  for (const std::string_view key : foreign) {
    const Node* name = draft.node->find_key(key);
    if (name == nullptr) continue;
    problems.add(name->location, Code::yaml_unknown_key,
                 fmt::format("{} \"{}\" has no key \"{}\"", master ? "master" : "event",
                             draft.value.name, key),
                 key == "deleted_when" ? "such a key with \"dedupe: key\" only"
                 : master              ? "such a key in an event only"
                                       : "such a key in a master, or with \"dedupe: key\"");
  }
}

}  // namespace

bool kind_is_known(const Draft<Entity>& entity) {
  const Node* kind = entity.node->find("kind");
  return kind != nullptr && (kind->text == "master" || kind->text == "event");
}

bool type_is_known(const Draft<Entity>& entity, std::string_view field) {
  const Node* fields = entity.node->find("fields");
  const Node* declared = fields == nullptr ? nullptr : fields->find(field);
  const Node* type = declared == nullptr ? nullptr : declared->find("type");
  return type != nullptr && column::parse_data_type(type->text).has_value();
}

void read_entity(const Node& document, Drafts& drafts, ProblemList& problems) {
  const Node* name = document.find("entity");
  const std::string what = name != nullptr && name->kind == Node::Kind::scalar
                               ? fmt::format("entity \"{}\"", name->text)
                               : std::string("an entity");
  MapReader map(document, {what, kEntityKeys}, problems);
  Draft<Entity> draft{{}, &document};
  Entity& entity = draft.value;
  entity.location = name == nullptr ? document.location : name->location;
  map.require("entity", "the entity's name");
  entity.name = map.text("entity");
  if (name != nullptr && name->kind == Node::Kind::scalar) check_name(*name, "an entity", problems);
  read_kind(map, entity);
  entity.business_name = map.text("business_name");
  entity.description = map.text("description");
  entity.owner = map.text("owner");
  entity.synonyms = map.texts("synonyms");
  entity.key = map.texts("key");
  entity.parent = map.text("parent");
  entity.event_time = map.text("event_time");
  const bool keyed = is_keyed(draft) && entity.kind == Entity::Kind::event;
  if (!keyed) entity.order_by = map.text_or("order_by", "event_time");
  entity.source_priority =
      static_cast<int>(map.integer("source_priority", {-1'000'000, 1'000'000}).value_or(0));
  const auto dedupe = map.choice("dedupe", {"coordinates", "key+content", "key"});
  if (dedupe == "key+content") entity.dedupe = plan::Dedupe::key_content;
  if (keyed) read_versions(map, entity);
  map.require("fields", "a map of field names");
  if (const Node* fields = map.map("fields"); fields != nullptr) {
    for_each_named(*fields, fmt::format("\"fields\" of {}", what), problems,
                   [&](const Node& field, const Node& value) {
                     entity.fields.push_back(read_field(field, value, problems));
                   });
  }
  if (const Node* masters = map.map("masters"); masters != nullptr) {
    for_each_named(*masters, fmt::format("\"masters\" of {}", what), problems,
                   [&](const Node& role, const Node& value) {
                     entity.roles.push_back(read_role(role, value, problems));
                   });
  }
  check_keys_of_kind(draft, problems);
  drafts.entities.push_back(std::move(draft));
}

}  // namespace assay::model
