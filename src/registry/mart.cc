// Generated marts: an event's rows with its masters as they were at the event, and masters with
// their times.

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "registry/entity_shape.h"
#include "registry/registry.h"
#include "registry/rules.h"

namespace assay::registry {
namespace {

std::string quoted(std::string_view text, char quote) {
  std::string result(1, quote);
  for (const char letter : text) {
    if (letter == quote) result += quote;
    result += letter;
  }
  return result += quote;
}

std::string name(std::string_view column) { return quoted(column, '"'); }

/// What the rows are joined with: one content row by tenant, key and content hash.
struct ContentJoin {
  std::string alias;
  std::string relation;
  std::vector<std::pair<std::string, std::string>> keys;  ///< column of the rows, of the contents
  std::string hash;                                       ///< column of the rows
};

std::string join_clause(const ContentJoin& join) {
  std::string clause =
      fmt::format(" LEFT JOIN {} AS {} ON {}.tenant_id = s.tenant_id AND {}.content_hash = s.{}",
                  join.relation, join.alias, join.alias, join.alias, name(join.hash));
  for (const auto& [row_column, content_column] : join.keys) {
    clause += fmt::format(" AND {}.{} = s.{}", join.alias, name(content_column), name(row_column));
  }
  return clause;
}

/// Where a mart's column comes from: the rows, unless a master gives it.
using Origins = std::map<std::string, std::string>;

std::string select_clause(const column::TableSchema& mart, const Origins& origins,
                          const std::string& manifest_id) {
  std::string clause;
  for (const column::Field& field : mart.fields) {
    std::string value = fmt::format("s.{}", name(field.name));
    if (field.id == column::field_id::kManifestId) value = quoted(manifest_id, '\'');
    if (const auto origin = origins.find(field.name); origin != origins.end()) {
      value = origin->second;
    }
    clause += fmt::format("{}{} AS {}", clause.empty() ? "SELECT " : ", ", value, name(field.name));
  }
  return clause;
}

void add_role(const model::Workspace& workspace, const model::Role& role, const ContentJoin& join,
              Origins& origins) {
  for (const model::Field& field : descriptive_fields(master_of(workspace, role))) {
    origins[role_column(role, field.name)] = fmt::format("{}.{}", join.alias, name(field.name));
  }
}

const model::Entity* entity_of(const model::Workspace& workspace, const MartSql& mart) {
  for (const model::Entity& entity : workspace.entities) {
    if (mart_table(entity) == mart.mart_table) return &entity;
  }
  return nullptr;
}

}  // namespace

std::vector<MartSql> marts(const model::Workspace& workspace) {
  std::vector<MartSql> made;
  for (const model::Entity& entity : workspace.entities) {
    MartSql mart{mart_table(entity), {}, {}};
    if (is_master(entity)) {
      mart.silver_table = history_table(entity);
      mart.content_tables = {content_table(entity)};
    } else {
      mart.silver_table = silver_table(entity);
      for (const model::Role& role : entity.roles) {
        const std::string table = content_table(master_of(workspace, role));
        const auto& known = mart.content_tables;
        if (std::find(known.begin(), known.end(), table) == known.end()) {
          mart.content_tables.push_back(table);
        }
      }
    }
    made.push_back(std::move(mart));
  }
  return made;
}

std::string mart_select(const model::Workspace& workspace, const plan::Plan& plan,
                        const MartSql& mart,
                        const std::map<std::string, std::string>& relation_of_table,
                        const std::string& manifest_id) {
  const model::Entity& entity = *entity_of(workspace, mart);
  Origins origins;
  std::string joins;
  if (is_master(entity)) {
    ContentJoin join{"c0", relation_of_table.at(content_table(entity)), {}, "content_hash"};
    for (const std::string& key : entity.key) join.keys.emplace_back(key, key);
    for (const model::Field& field : descriptive_fields(entity)) {
      origins[field.name] = fmt::format("c0.{}", name(field.name));
    }
    joins = join_clause(join);
  }
  for (std::size_t index = 0; index < entity.roles.size(); ++index) {
    const model::Role& role = entity.roles[index];
    const model::Entity& master = master_of(workspace, role);
    ContentJoin join{fmt::format("c{}", index),
                     relation_of_table.at(content_table(master)),
                     {},
                     reference_hash(role)};
    const std::vector<std::string> reference = reference_columns(workspace, role);
    for (std::size_t key = 0; key < reference.size(); ++key) {
      join.keys.emplace_back(reference[key], master.key[key]);
    }
    add_role(workspace, role, join, origins);
    joins += join_clause(join);
  }
  const auto& schema = plan.tables[static_cast<std::size_t>(table_of(plan, mart.mart_table))];
  return fmt::format("{} FROM {} AS s{}", select_clause(schema, origins, manifest_id),
                     relation_of_table.at(mart.silver_table), joins);
}

}  // namespace assay::registry
