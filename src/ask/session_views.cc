#include "ask/session_views.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "parquet/parquet.h"
#include "plan/standard_tables.h"

namespace assay::ask {
namespace {

namespace ids = column::field_id;
using parquet::sql_literal;
using parquet::sql_name;

constexpr auto kSchemas =
    std::to_array<std::string_view>({"bronze", "silver", "vault", "mart", "feature"});

/// "silver.invoice" -> "silver"."invoice"
std::string qualified(const std::string& table) {
  const std::size_t dot = table.find('.');
  return sql_name(table.substr(0, dot)) + "." + sql_name(table.substr(dot + 1));
}

/// Rows of this tenant, known at the session's instant. Bronze knows a row from its ingest time on.
std::string visible_rows(const column::TableSchema& schema, const Visible& visible) {
  std::vector<std::string> conditions;
  const int tenant = schema.index_of_id(ids::kTenantId);
  if (tenant >= 0) {
    conditions.push_back(fmt::format("{} = {}",
                                     sql_name(schema.fields[static_cast<std::size_t>(tenant)].name),
                                     sql_literal(visible.tenant.text())));
  }
  int known = schema.index_of_id(ids::kKnowledgeTime);
  if (known < 0) known = schema.index_of_id(ids::kIngestTime);
  if (visible.known_at && known >= 0) {
    conditions.push_back(fmt::format("{} <= {}",
                                     sql_name(schema.fields[static_cast<std::size_t>(known)].name),
                                     instant_literal(*visible.known_at)));
  }
  return conditions.empty() ? "true" : fmt::format("{}", fmt::join(conditions, " AND "));
}

/// "* REPLACE (...), ... AS ..." of a table.
std::string shown_columns(const VisibleTable& table) {
  std::string replaced;
  std::string added;
  for (const VisibleTable::Derived& derived : table.derived) {
    const bool replaces = table.schema.index_of(derived.name) >= 0;
    std::string& list = replaces ? replaced : added;
    list += fmt::format("{}{} AS {}", replaces && list.empty() ? "" : ", ", derived.expression,
                        sql_name(derived.name));
  }
  return fmt::format("*{}{}", replaced.empty() ? "" : " REPLACE (" + replaced + ")", added);
}

std::string table_view(const VisibleTable& table, const Visible& visible,
                       const std::string& condition = "true") {
  return fmt::format("CREATE VIEW {} AS SELECT {} FROM ({}) WHERE {} AND {}",
                     qualified(table.schema.name), shown_columns(table),
                     parquet::scan_sql(table.schema, table.paths),
                     visible_rows(table.schema, visible), condition);
}

const VisibleTable* find(const Visible& visible, const std::string& name) {
  for (const VisibleTable& table : visible.tables) {
    if (table.schema.name == name) return &table;
  }
  return nullptr;
}

/// What is in quarantine: refusals that no release has ended, and at an earlier instant those that
/// none had ended by then, without the ones that a later release has made.
std::string quarantine_view(const VisibleTable& table, const Visible& visible) {
  const VisibleTable* released = find(visible, plan::quarantine_release().name);
  if (released == nullptr) return table_view(table, visible);
  const std::string releases = parquet::scan_sql(released->schema, released->paths);
  std::string ended_by_then;
  std::string made_later;
  if (visible.known_at) {
    const std::string instant = instant_literal(*visible.known_at);
    ended_by_then = fmt::format(" AND r.knowledge_time <= {}", instant);
    made_later = fmt::format(
        " AND NOT EXISTS (SELECT 1 FROM ({}) AS r WHERE r.record_id = q.record_id AND "
        "r.manifest_id = q.manifest_id AND r.knowledge_time > {})",
        releases, instant);
  }
  return fmt::format(
      "CREATE VIEW {} AS SELECT * FROM ({}) AS q WHERE {} AND NOT EXISTS (SELECT 1 FROM ({}) AS r "
      "WHERE r.record_id = q.record_id AND r.quarantine_manifest_id = q.manifest_id{}){}",
      qualified(table.schema.name), parquet::scan_sql(table.schema, table.paths),
      visible_rows(table.schema, visible), releases, ended_by_then, made_later);
}

std::string names(const std::vector<std::string>& columns) {
  std::vector<std::string> quoted;
  for (const std::string& column : columns) quoted.push_back(sql_name(column));
  return fmt::format("{}", fmt::join(quoted, ", "));
}

/// Periods of a history: of assertions with the same valid_from the greatest in (source_priority,
/// content_hash) wins, equal neighbours collapse, and a period ends where the next begins.
std::string periods(const std::string& relation, const VisibleMaster& master) {
  const std::string key = names(master.key);
  return fmt::format(
      "SELECT *, lead(valid_from) OVER (PARTITION BY {0} ORDER BY valid_from) AS valid_to, "
      "lead(valid_from) OVER (PARTITION BY {0} ORDER BY valid_from) IS NULL AS is_current FROM ("
      "SELECT * FROM (SELECT * FROM {1} QUALIFY row_number() OVER (PARTITION BY {0}, valid_from "
      "ORDER BY source_priority DESC, content_hash DESC, knowledge_time, manifest_id) = 1) "
      "QUALIFY lag(content_hash) OVER (PARTITION BY {0} ORDER BY valid_from) IS DISTINCT FROM "
      "content_hash)",
      key, relation);
}

/// All versions of an event's keys, with what each is now. Equal places in the order fall to the
/// row hash, then to the record's identity, so that arrival never decides.
std::string status_view(const VisibleVersions& versions) {
  std::string order;
  for (const std::string& field : versions.order) order += sql_name(field) + " DESC, ";
  std::string deleted = "false";
  if (!versions.deletion_field.empty()) {
    std::vector<std::string> values;
    for (const std::string& value : versions.deletion_values) values.push_back(sql_literal(value));
    deleted = fmt::format("{} IN ({})", sql_name(versions.deletion_field), fmt::join(values, ", "));
  }
  return fmt::format(
      "CREATE VIEW silver.{} AS SELECT *, CASE WHEN row_number() OVER (PARTITION BY {} ORDER BY "
      "{}row_hash DESC, record_id) > 1 THEN 'superseded' WHEN {} THEN 'deleted' ELSE 'current' END "
      "AS version_status FROM silver.{}",
      sql_name(versions.name + "_status"), names(versions.key), order, deleted,
      sql_name(versions.name));
}

/// The event whose versions decide what a mart shows; nullptr where it shows all rows.
const VisibleVersions* versions_behind(const Visible& visible, const std::string& table) {
  for (const VisibleVersions& versions : visible.versions) {
    if (find(visible, "silver." + versions.name) == nullptr) continue;
    if (table == "mart." + versions.name) return &versions;
    for (const std::string& item : versions.items) {
      if (table == "mart." + item) return &versions;
    }
  }
  return nullptr;
}

/// Views of events with versions, and of the marts that show the current ones.
void add_version_views(const Visible& visible, std::vector<std::string>& statements) {
  for (const VisibleVersions& versions : visible.versions) {
    if (find(visible, "silver." + versions.name) != nullptr)
      statements.push_back(status_view(versions));
  }
  for (const VisibleTable& table : visible.tables) {
    const VisibleVersions* versions = versions_behind(visible, table.schema.name);
    if (versions == nullptr) continue;
    statements.push_back(table_view(
        table, visible,
        fmt::format("record_id IN (SELECT record_id FROM silver.{} WHERE version_status = "
                    "'current')",
                    sql_name(versions->name + "_status"))));
  }
}

std::string mart_current_view(const VisibleMaster& master) {
  return fmt::format("CREATE VIEW mart.{} AS {}", sql_name(master.name + "_current"),
                     periods("mart." + sql_name(master.name), master));
}

/// The history carries keys and hashes; its fields come from the contents, each of which is written
/// once.
std::string silver_current_view(const VisibleMaster& master, const column::TableSchema& content) {
  std::string fields;
  for (const column::Field& field : content.fields) {
    const bool own = field.id >= ids::kFirstOwn || field.id == ids::kNullFields;
    const bool key =
        std::find(master.key.begin(), master.key.end(), field.name) != master.key.end();
    if (own && !key) fields += fmt::format(", content.{}", sql_name(field.name));
  }
  return fmt::format(
      "CREATE VIEW silver.{0} AS SELECT period.*{1} FROM ({2}) AS period LEFT JOIN silver.{3} AS "
      "content "
      "USING (tenant_id, {4}, content_hash)",
      sql_name(master.name + "_current"), fields,
      periods("silver." + sql_name(master.name + "_history"), master),
      sql_name(master.name + "_content"), names(master.key));
}

}  // namespace

std::string instant_literal(Micros instant) {
  return fmt::format("TIMESTAMPTZ '{}'", format_instant(instant));
}

std::vector<std::string> session_statements(const Visible& visible) {
  std::vector<std::string> statements;
  for (const std::string_view schema : kSchemas)
    statements.push_back(fmt::format("CREATE SCHEMA {}", schema));
  for (const VisibleTable& table : visible.tables) {
    const std::string schema = table.schema.name.substr(0, table.schema.name.find('.'));
    if (std::find(kSchemas.begin(), kSchemas.end(), schema) == kSchemas.end()) continue;
    if (versions_behind(visible, table.schema.name) != nullptr) continue;  // needs silver's views
    const bool quarantine = table.schema.name == plan::bronze_quarantine().name;
    statements.push_back(quarantine ? quarantine_view(table, visible) : table_view(table, visible));
  }
  add_version_views(visible, statements);
  for (const VisibleMaster& master : visible.masters) {
    const VisibleTable* content = find(visible, "silver." + master.name + "_content");
    if (content != nullptr && find(visible, "silver." + master.name + "_history") != nullptr) {
      statements.push_back(silver_current_view(master, content->schema));
    }
    if (find(visible, "mart." + master.name) != nullptr)
      statements.push_back(mart_current_view(master));
  }
  statements.insert(statements.end(), visible.macros.begin(), visible.macros.end());
  return statements;
}

}  // namespace assay::ask
