#include "verify/why_versions.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "verify/lake_view.h"

namespace assay::verify {
namespace {

using nlohmann::json;

constexpr std::size_t kRecordsNamedMax = 5;

std::vector<std::string> texts(const json& entity, const char* member) {
  std::vector<std::string> list;
  for (const json& text : entity.value(member, json::array()))
    list.push_back(text.get<std::string>());
  return list;
}

const json* find_entity(const json& workspace, const std::string& name) {
  const auto entities = workspace.find("entities");
  if (entities == workspace.end()) return nullptr;
  for (const json& entity : *entities) {
    if (entity.value("name", "") == name) return &entity;
  }
  return nullptr;
}

std::string joined(const std::vector<std::string>& columns, std::string_view suffix = "") {
  std::string list;
  for (const std::string& column : columns)
    list += fmt::format("{}{}{}", list.empty() ? "" : ", ", sql_name(column), suffix);
  return list;
}

/// Of each version of the keys that are asked for: its place from the current one on, and whether
/// it deletes, by what else is the same in all rows of the version. Equal places in the order fall
/// to the row hash, then to the record's identity.
std::string versions_sql(const VersionRule& rule, const std::string& events,
                         const std::string& asked, const std::string& identity) {
  std::string deletes = "false";
  if (!rule.deletion_field.empty()) {
    std::vector<std::string> values;
    for (const std::string& value : rule.deletion_values) values.push_back(sql_literal(value));
    deletes = fmt::format("coalesce({} IN ({}), false)", sql_name(rule.deletion_field),
                          fmt::join(values, ", "));
  }
  return fmt::format(
      "SELECT {5}, min(place) AS place, bool_or(place = 1 AND deletes) AS deletes FROM "
      "(SELECT {5}, {1} AS deletes, row_number() OVER (PARTITION BY {0} ORDER BY {2}, "
      "row_hash DESC, record_id) AS place FROM {3} SEMI JOIN (SELECT {0} FROM {4}) USING ({0})) "
      "GROUP BY {5}",
      joined(rule.key), deletes, joined(rule.order, " DESC"), events, asked, identity);
}

/// The rows that are asked for, each with the place of its record's version, and whether it
/// deletes.
std::string placed_sql(const IcebergTable& table, const std::string& versions,
                       const std::string& asked, const std::string& identity) {
  std::string columns;
  for (const IcebergField& field : table.fields) columns += "t." + sql_name(field.name) + ", ";
  return fmt::format(
      "SELECT {}coalesce(v.place, 1) AS place, coalesce(v.deletes, false) AS deletes "
      "FROM (SELECT * FROM {}) AS t LEFT JOIN ({}) AS v USING ({})",
      columns, asked, versions, identity);
}

}  // namespace

std::optional<VersionRule> version_rule(const std::string& workspace_json,
                                        const std::string& table) {
  if (!table.starts_with("silver.") && !table.starts_with("mart.")) return std::nullopt;
  const json workspace = json::parse(workspace_json, nullptr, false);
  if (!workspace.is_object()) return std::nullopt;
  const json* entity = find_entity(workspace, table.substr(table.find('.') + 1));
  if (entity != nullptr && entity->contains("parent"))
    entity = find_entity(workspace, entity->value("parent", ""));
  if (entity == nullptr || !entity->contains("version_order")) return std::nullopt;
  return VersionRule{entity->value("name", ""), texts(*entity, "key"),
                     texts(*entity, "version_order"), entity->value("deletion_field", ""),
                     texts(*entity, "deletion_values")};
}

Result<std::vector<NamedRow>> versioned_rows(WorkspaceState& state, const VersionRule& rule,
                                             const IcebergTable& table, const std::string& tenant,
                                             const std::string& condition, std::size_t count_max) {
  const auto event = state.tables.find("silver." + rule.event);
  if (event == state.tables.end()) {
    return make_error(Code::table_unknown, fmt::format("no table \"silver.{}\"", rule.event),
                      "Its rows say which version of a key is current.");
  }
  const std::string asked =
      fmt::format("{} WHERE {}", scan_sql(table, files_of(table, tenant)), condition);
  // One record may carry several versions of a key; items know its record alone.
  const bool is_event = table.name == event->first;
  const std::string identity = joined(rule.key) + ", record_id" + (is_event ? ", row_hash" : "");
  const std::string versions =
      versions_sql(rule, scan_sql(event->second, files_of(event->second, tenant)), asked, identity);
  ASSAY_TRY(const auto rows,
            state.sql.rows(
                fmt::format("SELECT * FROM ({}) ORDER BY place = 1 AND NOT deletes DESC, place, "
                            "knowledge_time DESC, record_id LIMIT {}",
                            placed_sql(table, versions, asked, identity), count_max)));
  std::vector<NamedRow> found;
  for (const TextRow& row : rows) {
    NamedRow& out = found.emplace_back();
    const std::size_t columns = table.fields.size();
    for (std::size_t i = 0; i < columns; ++i)
      out.emplace_back(table.fields[i].name, row[i].value_or("null"));
    const bool latest = row[columns].value_or("") == "1";
    const bool deletes = row[columns + 1].value_or("") == "true";
    out.emplace_back(kVersionStatus, !latest ? "superseded" : deletes ? "deleted" : "current");
  }
  // What tells the state now came first; people read a history from its beginning.
  std::reverse(found.begin(), found.end());
  return found;
}

std::string version_note(const VersionRule& rule, const FoundRow& found) {
  std::vector<std::string> before;
  for (const NamedRow& row : found.others) {
    const FoundRow other{found.table, found.tenant, {}, row, {}};
    const bool same_key = std::all_of(
        rule.key.begin(), rule.key.end(),
        [&](const std::string& column) { return other.value(column) == found.value(column); });
    if (same_key && other.value(kVersionStatus) == "superseded")
      before.push_back(other.value("record_id"));
  }
  const std::string order = fmt::format("({})", fmt::join(rule.order, ", "));
  const std::string status = found.value(kVersionStatus);
  if (status == "superseded") {
    return fmt::format(
        "superseded: by {} a later version of the key holds, and this row is not in it; ask for "
        "the key in silver.{}",
        order, rule.event);
  }
  std::string note =
      status == "deleted"
          ? fmt::format(
                "deleted: the greatest version of the key by {} deletes it ({} = {}), so "
                "mart.{} does not show it",
                order, rule.deletion_field, found.value(rule.deletion_field), rule.event)
          : fmt::format("current: the greatest version of the key by {}", order);
  if (before.empty()) return note;
  const std::size_t named = std::min(before.size(), kRecordsNamedMax);
  note +=
      fmt::format("; it superseded {} row{}, of record{} {}", before.size(),
                  before.size() == 1 ? "" : "s", before.size() == 1 ? "" : "s",
                  fmt::join(before.end() - static_cast<std::ptrdiff_t>(named), before.end(), ", "));
  if (named < before.size()) note += fmt::format(" and {} before", before.size() - named);
  return note;
}

}  // namespace assay::verify
