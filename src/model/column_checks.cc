// The columns that roles and parents give to the tables of an event.

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "model/checks.h"
#include "model/names.h"

namespace assay::model {
namespace {

/// Column names of one entity's tables with what makes them; the first maker keeps the name.
class ColumnNames {
 public:
  explicit ColumnNames(ProblemList& problems) : problems_(problems) {}

  void own(const std::string& column, std::string maker) {
    makers_.emplace(column, std::move(maker));
  }

  void generated(const std::string& column, const std::string& maker, const Location& location) {
    const bool reserved = is_reserved_column(column);
    const auto [at, is_new] = makers_.emplace(column, maker);
    if (is_new && !reserved) return;
    problems_.add(location, Code::name_duplicate,
                  fmt::format("{} makes the column \"{}\", which {}", maker, column,
                              reserved ? "every table has on its own"
                                       : fmt::format("{} makes already", at->second)),
                  "another name of one of them");
  }

 private:
  ProblemList& problems_;
  std::map<std::string, std::string> makers_;
};

void add_parent(const Draft<Entity>& draft, const Entity& parent, ColumnNames& columns) {
  const Location location = locate(*draft.node, {"parent"});
  const std::string maker = fmt::format("parent \"{}\"", parent.name);
  for (const std::string& key : parent.key) columns.generated(key, maker, location);
  const bool copied = parent.field(parent.event_time) != nullptr;
  const bool in_key = std::count(parent.key.begin(), parent.key.end(), parent.event_time) > 0;
  if (copied && !in_key) columns.generated(parent.event_time, maker, location);
}

void add_role(const Role& role, const Entity& master, ColumnNames& columns) {
  const std::string maker = fmt::format("master \"{}\"", role.name);
  for (const Field& field : master.fields) {
    columns.generated(fmt::format("{}_{}", role.name, field.name), maker, role.location);
  }
  columns.generated(role.name + "_content_hash", maker, role.location);
  columns.generated(role.name + "_hub_key", maker, role.location);
  if (master.order_by != "event_time") {
    columns.generated(role.name + "_order", maker, role.location);
  }
}

}  // namespace

void check_generated_columns(const Drafts& drafts, ProblemList& problems) {
  for (const Draft<Entity>& draft : drafts.entities) {
    const Entity& entity = draft.value;
    if (entity.kind != Entity::Kind::event) continue;
    ColumnNames columns(problems);
    for (const Field& field : entity.fields) {
      columns.own(field.name, fmt::format("field \"{}\"", field.name));
    }
    const Draft<Entity>* parent = drafts.entity(entity.parent);
    const std::string& hub = parent == nullptr ? entity.name : entity.parent;
    columns.generated(hub + "_hub_key", fmt::format("entity \"{}\"", hub), entity.location);
    if (parent != nullptr && parent->value.parent.empty())
      add_parent(draft, parent->value, columns);
    for (const Role& role : entity.roles) {
      const Draft<Entity>* master = drafts.entity(role.entity);
      if (master != nullptr) add_role(role, master->value, columns);
    }
  }
}

}  // namespace assay::model
