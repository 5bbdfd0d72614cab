#include "registry/breaking.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "model/extension_names.h"
#include "registry/entity_shape.h"

namespace assay::registry {
namespace {

bool is_word(char letter) {
  return std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '_';
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(), [](unsigned char x, unsigned char y) {
    return std::tolower(x) == std::tolower(y);
  });
}

/// A column of a mart.
struct MartColumn {
  const model::Entity* entity;
  std::string name;
};

/// The mart columns that a field of an entity makes: its own, its items', and those of roles. None
/// where the entity stands for a tenant's extension.
std::vector<MartColumn> columns_of_field(const model::Workspace& workspace,
                                         const model::Entity& entity, const std::string& field) {
  std::vector<MartColumn> columns;
  if (workspace.entity(entity.name) == nullptr) return columns;
  columns.push_back({&entity, field});
  for (const model::Entity& other : workspace.entities) {
    if (is_master(other)) continue;
    for (const model::Field& inherited : inherited_fields(workspace, other)) {
      if (other.parent == entity.name && inherited.name == field)
        columns.push_back({&other, field});
    }
    for (const model::Role& role : other.roles) {
      if (role.entity == entity.name) columns.push_back({&other, role_column(role, field)});
    }
  }
  return columns;
}

/// What of the next workspace reads one of these columns by its SQL text.
std::vector<std::string> readers_of(const model::Workspace& next,
                                    const std::vector<MartColumn>& columns) {
  std::vector<std::string> readers;
  const auto reads = [&](const std::string& entity, std::string_view sql) {
    return std::any_of(columns.begin(), columns.end(), [&](const MartColumn& column) {
      return column.entity->name == entity && mentions_column(sql, column.name);
    });
  };
  for (const model::Metric& metric : next.metrics) {
    if (reads(metric.entity, metric.expr) || reads(metric.entity, metric.filter)) {
      readers.push_back(fmt::format("metric \"{}\" reads it", metric.name));
    }
  }
  for (const model::Segment& segment : next.segments) {
    if (reads(segment.entity, segment.filter)) {
      readers.push_back(fmt::format("segment \"{}\" reads it", segment.name));
    }
  }
  return readers;
}

bool maps_field(const std::vector<model::FieldMapping>& mappings, const std::string& field) {
  return std::any_of(mappings.begin(), mappings.end(),
                     [&](const auto& mapping) { return mapping.field == field; });
}

/// Mappings and measures of the next workspace that use a field of an entity by name.
void add_users(const model::Workspace& next, const model::Entity& entity, const std::string& field,
               std::vector<std::string>& users) {
  for (const model::SchemaVersion& version : next.versions) {
    for (const model::EntityMapping& mapping : version.mappings) {
      bool fills = mapping.entity == entity.name && maps_field(mapping.fields, field);
      const model::Entity* event = next.entity(mapping.entity);
      for (const model::RoleMapping& role_mapping : mapping.roles) {
        const model::Role* role = event == nullptr ? nullptr : event->role(role_mapping.role);
        fills = fills || (role != nullptr && role->entity == entity.name &&
                          maps_field(role_mapping.fields, field));
      }
      fills = fills || (entity.name == model::extension_name(mapping.entity, version.tenant) &&
                        maps_field(mapping.extension, field));
      if (fills) {
        users.push_back(fmt::format("schema version {}/{}/{} fills it", version.tenant,
                                    version.application, version.version));
      }
    }
  }
  for (const model::FeatureView& view : next.feature_views) {
    for (const model::FeatureMeasure& measure : view.measures) {
      if (measure.source != entity.name) continue;
      if (std::count(measure.factors.begin(), measure.factors.end(), field) == 0) continue;
      users.push_back(
          fmt::format("measure \"{}\" of feature view \"{}\" uses it", measure.name, view.name));
    }
  }
}

/// An extension as an entity of its own, as far as its fields go.
model::Entity as_entity(const model::Extension& extension) {
  model::Entity entity;
  entity.name = model::extension_name(extension.entity, extension.tenant);
  entity.fields = extension.fields;
  return entity;
}

bool is_numeric(const column::DataType& type) {
  using column::Type;
  return type.type == Type::int32 || type.type == Type::int64 || type.type == Type::float64 ||
         type.type == Type::decimal;
}

/// The applied names of fields as the next workspace calls them.
std::vector<std::string> renamed(const std::vector<std::string>& fields,
                                 const model::Entity& next) {
  std::vector<std::string> names;
  for (const std::string& field : fields) {
    const model::Field* kept = successor(next, field);
    names.push_back(kept == nullptr ? field : kept->name);
  }
  return names;
}

std::string renamed(const std::string& field, const model::Entity& next) {
  return renamed(std::vector{field}, next).front();
}

/// Tables that show a field, for people: "silver.order, mart.order as customer_city".
std::string tables_of(const std::vector<MartColumn>& columns, const model::Entity& entity,
                      const std::string& field) {
  std::string list = is_master(entity) ? content_table(entity) : silver_table(entity);
  if (is_master(entity)) list += ", " + mart_table(entity);
  for (const MartColumn& column : columns) {
    if (is_master(*column.entity)) continue;
    list += fmt::format(", {}{}", mart_table(*column.entity),
                        column.name == field ? "" : " as " + column.name);
  }
  return list;
}

/// Who may read a field that changes.
struct Readers {
  const std::vector<MartColumn>& columns;
  const model::Entity& changed;
};

/// Walks the two workspaces and notes what would break.
class BreakFinder {
 public:
  BreakFinder(const model::Workspace& applied, const model::Workspace& next)
      : applied_(applied), next_(next) {}

  Breaks take_effects() && { return std::move(effects_); }

  Breaks find() {
    for (const model::Entity& entity : applied_.entities) {
      const model::Entity* changed = next_.entity(entity.name);
      if (changed == nullptr) continue;  // what reads a removed entity is a mistake of its own
      check_shape(entity, *changed);
      const std::string what = fmt::format("entity {}", entity.name);
      for (const model::Field& field : entity.fields) check_field(what, entity, *changed, field);
      for (const model::Role& role : entity.roles) check_role(entity, *changed, role);
    }
    for (const model::Extension& extension : applied_.extensions) check_extension(extension);
    for (const model::FeatureView& view : applied_.feature_views) {
      for (const model::FeatureView& changed : next_.feature_views) {
        if (changed.name == view.name) check_view(view, changed);
      }
    }
    return std::move(breaks_);
  }

 private:
  void add(const std::string& what, const char* key, std::vector<std::string> reasons) {
    if (!reasons.empty()) breaks_[{what, key}] = std::move(reasons);
  }

  /// What the rows that are stored already were made by.
  void check_shape(const model::Entity& old, const model::Entity& changed) {
    const std::string what = fmt::format("entity {}", old.name);
    if (old.kind != changed.kind) {
      add(what, "kind", {"its stored rows are of the other kind; name the new one differently"});
      return;
    }
    if (renamed(old.key, changed) != changed.key) {
      add(what, "key", {"its stored rows, hub and link keys were made of the old key"});
    }
    if (old.parent != changed.parent) {
      add(what, "parent", {"its stored rows carry the key of the old parent"});
    }
    if (renamed(old.event_time, changed) != changed.event_time) {
      add(what, "event_time", {"its stored rows are partitioned by the old event time"});
    }
    if (renamed(old.order_by, changed) != changed.order_by) {
      add(what, "order_by", {fmt::format("{} is ordered by the old one", history_table(old))});
    }
  }

  void check_extension(const model::Extension& extension) {
    const std::string what = fmt::format("extension {} of {}", extension.entity, extension.tenant);
    const model::Entity entity = as_entity(extension);
    const model::Extension* kept = next_.extension(extension.tenant, extension.entity);
    if (kept == nullptr) {
      effects_[{what, ""}] = {
          fmt::format("{} stays readable, and takes no new rows", silver_table(entity))};
      return;
    }
    const model::Entity changed = as_entity(*kept);
    for (const model::Field& field : extension.fields) check_field(what, entity, changed, field);
  }

  /// `thing` names what has the field.
  void check_field(const std::string& thing, const model::Entity& entity,
                   const model::Entity& changed, const model::Field& field) {
    const std::string what = fmt::format("{}, field {}", thing, field.name);
    const model::Field* kept = successor(changed, field.name);
    const std::vector<MartColumn> columns = columns_of_field(applied_, entity, field.name);
    if (kept == nullptr) {
      std::vector<std::string> readers = readers_of(next_, columns);
      add_users(next_, changed, field.name, readers);
      if (readers.empty()) {
        effects_[{what, ""}] = {fmt::format("{} keep it for what is stored, and take no new value",
                                            tables_of(columns, entity, field.name))};
      } else {
        readers.push_back(fmt::format("it stands in {}", tables_of(columns, entity, field.name)));
      }
      return add(what, "", std::move(readers));
    }
    if (kept->name != field.name) check_renamed(what, columns, *kept, entity, field);
    if (field.retyped_from && !kept->retyped_from) {
      add(what, "retyped_from",
          {"it says which of two stored columns is meant, so it has to stay"});
    } else if (!(kept->type == field.type) && !may_promote(field.type, kept->type)) {
      check_retyped(what, {columns, changed}, *kept, entity, field);
    } else if (!(kept->type == field.type)) {
      effects_[{what, "type"}] = {
          fmt::format("{}: the same column, widened; stored values are read "
                      "as the new type",
                      tables_of(columns, entity, field.name))};
    }
  }

  void check_renamed(const std::string& what, const std::vector<MartColumn>& columns,
                     const model::Field& kept, const model::Entity& entity,
                     const model::Field& field) {
    std::vector<std::string> readers = readers_of(next_, columns);
    if (readers.empty()) {
      effects_[{what, "name"}] = {fmt::format(
          "{}: the same column under its new name \"{}\"; SQL finds it by the old one too",
          tables_of(columns, entity, field.name), kept.name)};
    }
    add(what, "name", std::move(readers));
  }

  /// A type as which stored values cannot be read: refused, unless it is declared and nothing
  /// computes with it.
  void check_retyped(const std::string& what, const Readers& readers, const model::Field& kept,
                     const model::Entity& entity, const model::Field& field) {
    const bool declared = kept.retyped_from && *kept.retyped_from == field.type;
    const bool structural = is_key_field(entity, field.name) || entity.event_time == field.name ||
                            entity.order_by == field.name;
    std::vector<std::string> reasons;
    if (!declared || structural) {
      reasons.push_back(fmt::format(
          "stored columns of type {} cannot be read as {}; {}", column::to_string(field.type),
          column::to_string(kept.type),
          structural ? "keys and times keep theirs: add a field of another name"
                     : fmt::format("add \"retyped_from: {}\", or a field of another name",
                                   column::to_string(field.type))));
    }
    std::vector<std::string> users;
    if (!declared) add_users(next_, readers.changed, kept.name, users);
    if (!is_numeric(kept.type) || !declared) {
      for (std::string& reader : readers_of(next_, readers.columns))
        users.push_back(std::move(reader));
    }
    if (declared) add_measures(entity, kept.name, users);
    reasons.insert(reasons.end(), users.begin(), users.end());
    if (!reasons.empty()) {
      reasons.push_back(
          fmt::format("it stands in {}", tables_of(readers.columns, entity, field.name)));
    } else {
      effects_[{what, "type"}] = {fmt::format(
          "{}: new rows go to a new column; SQL shows both as \"{}\" of type {}",
          tables_of(readers.columns, entity, field.name), kept.name, column::to_string(kept.type))};
    }
    add(what, "type", std::move(reasons));
  }

  /// What a feature view has stored of a measure is of the old type.
  void add_measures(const model::Entity& entity, const std::string& field,
                    std::vector<std::string>& users) const {
    for (const model::FeatureView& view : next_.feature_views) {
      for (const model::FeatureMeasure& measure : view.measures) {
        if (measure.source != entity.name ||
            std::count(measure.factors.begin(), measure.factors.end(), field) == 0)
          continue;
        users.push_back(
            fmt::format("measure \"{}\" of feature view \"{}\" uses it", measure.name, view.name));
      }
    }
  }

  void check_role(const model::Entity& entity, const model::Entity& changed,
                  const model::Role& role) {
    const std::string what = fmt::format("entity {}, master {}", entity.name, role.name);
    const model::Role* kept = changed.role(role.name);
    if (kept != nullptr) {
      if (kept->entity != role.entity) {
        add(what, "entity", {fmt::format("its stored columns refer to \"{}\"", role.entity)});
      }
      return;
    }
    std::vector<MartColumn> columns;
    for (const model::Field& field : master_of(applied_, role).fields) {
      columns.push_back({&entity, role_column(role, field.name)});
    }
    columns.push_back({&entity, reference_hash(role)});
    columns.push_back({&entity, reference_order(role)});
    add(what, "", readers_of(next_, columns));
  }

  void check_view(const model::FeatureView& view, const model::FeatureView& changed) {
    const std::string what = fmt::format("feature view {}", view.name);
    const std::string stored = fmt::format(
        "{} holds what the old one gave; name the new one "
        "differently",
        feature_table(view));
    if (view.entity != changed.entity) add(what, "entity", {stored});
    if (view.role != changed.role) add(what, "role", {stored});
    for (const model::FeatureMeasure& measure : view.measures) {
      for (const model::FeatureMeasure& next : changed.measures) {
        if (next.name != measure.name) continue;
        const std::string place = fmt::format("{}, measure {}", what, measure.name);
        if (next.source != measure.source) add(place, "source", {stored});
        const model::Entity* source = next_.entity(measure.source);
        const auto factors =
            source == nullptr ? measure.factors : renamed(measure.factors, *source);
        if (next.factors != factors) add(place, "factors", {stored});
      }
    }
  }

  const model::Workspace& applied_;
  const model::Workspace& next_;
  Breaks breaks_;
  Breaks effects_;
};

}  // namespace

bool may_promote(const column::DataType& from, const column::DataType& to) {
  using column::Type;
  if (from == to) return true;
  if (from.type == Type::int32 && to.type == Type::int64) return true;
  return from.type == Type::decimal && to.type == Type::decimal && from.scale == to.scale &&
         from.precision <= to.precision;
}

bool mentions_column(std::string_view sql, std::string_view column) {
  for (std::size_t at = 0; at < sql.size();) {
    if (sql[at] == '\'') {  // a literal; a doubled quote opens the next one at once
      const std::size_t end = sql.find('\'', at + 1);
      at = end == std::string_view::npos ? sql.size() : end + 1;
    } else if (is_word(sql[at])) {
      std::size_t end = at;
      while (end < sql.size() && is_word(sql[end])) ++end;
      if (equal_ignoring_case(sql.substr(at, end - at), column)) return true;
      at = end;
    } else {
      ++at;
    }
  }
  return false;
}

Breaks breaking_changes(const model::Workspace& applied, const model::Workspace& next) {
  return BreakFinder(applied, next).find();
}

Breaks effects_of_changes(const model::Workspace& applied, const model::Workspace& next) {
  BreakFinder finder(applied, next);
  finder.find();
  return std::move(finder).take_effects();
}

const model::Field* successor(const model::Entity& next, const std::string& field) {
  for (const model::Field& candidate : next.fields) {
    if (candidate.name == field || candidate.renamed_from == field) return &candidate;
  }
  return nullptr;
}

}  // namespace assay::registry
