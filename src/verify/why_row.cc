#include "verify/why_row.h"

#include <fmt/format.h>

#include <algorithm>

#include "verify/lake_view.h"
#include "verify/why_versions.h"

namespace assay::verify {
namespace {

constexpr std::size_t kHintsMax = 3;

/// Edits that turn one text into the other.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t above = row[j];
      row[j] = std::min({above + 1, row[j - 1] + 1, diagonal + (a[i - 1] == b[j - 1] ? 0 : 1)});
      diagonal = above;
    }
  }
  return row[b.size()];
}

std::string nearest(const std::string& wanted, std::vector<std::string> names) {
  std::stable_sort(names.begin(), names.end(), [&](const std::string& a, const std::string& b) {
    return distance(wanted, a) < distance(wanted, b);
  });
  std::string list;
  for (std::size_t i = 0; i < names.size() && i < kHintsMax; ++i)
    list += (i == 0 ? "" : ", ") + names[i];
  return list;
}

Result<std::string> find_table(const WorkspaceState& state, const std::string& wanted) {
  std::vector<std::string> names, ends;
  for (const auto& [name, table] : state.tables) {
    names.push_back(name);
    if (name == wanted) return name;
    if (name.ends_with("." + wanted)) ends.push_back(name);
  }
  if (ends.size() == 1) return ends.front();
  // Of several layers the last one is what people mean.
  for (const char* layer : {"mart.", "silver."}) {
    if (std::find(ends.begin(), ends.end(), layer + wanted) != ends.end()) return layer + wanted;
  }
  return make_error(
      Code::table_unknown, fmt::format("no table \"{}\"", wanted),
      names.empty() ? "Nothing was ingested yet." : "Nearest: " + nearest(wanted, names));
}

using Key = std::vector<std::pair<std::string, std::string>>;

std::vector<std::string> split(const std::string& text) {
  std::vector<std::string> parts{""};
  for (const char c : text) {
    if (c == ',')
      parts.emplace_back();
    else
      parts.back() += c;
  }
  return parts;
}

bool has_column(const IcebergTable& table, const std::string& name) {
  return std::any_of(table.fields.begin(), table.fields.end(),
                     [&](const IcebergField& field) { return field.name == name; });
}

std::string column_list(const IcebergTable& table) {
  std::string list;
  for (const IcebergField& field : table.fields) list += (list.empty() ? "" : ", ") + field.name;
  return list;
}

Result<Key> named_key(const IcebergTable& table, const std::string& text) {
  Key key;
  for (const std::string& part : split(text)) {
    const auto equal = part.find('=');
    if (equal == std::string::npos) {
      return make_error(Code::usage, fmt::format("\"{}\" is not of the form column=value", part));
    }
    const std::string column = part.substr(0, equal);
    if (!has_column(table, column)) {
      return make_error(Code::usage,
                        fmt::format("table {} has no column \"{}\"", table.name, column),
                        "Columns: " + column_list(table));
    }
    key.emplace_back(column, part.substr(equal + 1));
  }
  return key;
}

Result<Key> parse_key(const IcebergTable& table, const std::vector<std::string>& columns,
                      const std::string& text) {
  const auto equal = text.find('=');
  if (equal != std::string::npos && has_column(table, text.substr(0, equal)))
    return named_key(table, text);
  if (columns.empty()) {
    return make_error(Code::usage, fmt::format("table {} has no key of its own", table.name),
                      "Write column=value. Columns: " + column_list(table));
  }
  if (columns.size() == 1) return Key{{columns.front(), text}};
  const auto parts = split(text);
  if (parts.size() > columns.size()) {
    return make_error(Code::usage, fmt::format("the key of {} has {} parts, not {}", table.name,
                                               columns.size(), parts.size()));
  }
  Key key;
  for (std::size_t i = 0; i < parts.size(); ++i) key.emplace_back(columns[i], parts[i]);
  return key;
}

std::string condition_of(const IcebergTable& table, const Key& key) {
  std::string condition;
  for (const auto& [column, value] : key)
    condition += (condition.empty() ? "" : " AND ") + equals_text(table, column, value);
  return condition;
}

Result<std::vector<NamedRow>> rows_of(WorkspaceState& state, const IcebergTable& table,
                                      const std::string& tenant, const std::string& condition,
                                      const std::string& order, std::size_t count_max) {
  std::string columns;
  for (const IcebergField& field : table.fields)
    columns += (columns.empty() ? "" : ", ") + sql_name(field.name);
  ASSAY_TRY(const auto rows,
            state.sql.rows(fmt::format("SELECT {} FROM {} WHERE {}{} LIMIT {}", columns,
                                       scan_sql(table, files_of(table, tenant)), condition,
                                       order.empty() ? "" : " ORDER BY " + order, count_max)));
  std::vector<NamedRow> named;
  for (const TextRow& row : rows) {
    NamedRow& out = named.emplace_back();
    for (std::size_t i = 0; i < row.size(); ++i)
      out.emplace_back(table.fields[i].name, row[i].value_or("null"));
  }
  return named;
}

/// Rows of one key, the one that came to hold last first.
std::string time_order(const IcebergTable& table) {
  std::string order;
  for (const char* column : {"valid_from", "source_priority", "event_time", "knowledge_time",
                             "ingest_time", "record_id"}) {
    if (has_column(table, column))
      order += fmt::format("{}{} DESC", order.empty() ? "" : ", ", column);
  }
  return order;
}

/// What is known of a key in one table of one tenant; no rows where the tenant has none.
Result<FoundRow> rows_of_key(WorkspaceState& state, const IcebergTable& table,
                             const std::string& tenant, const Key& key) {
  constexpr std::size_t kRowsMax = 100;
  const std::string condition = condition_of(table, key);
  FoundRow found{table.name, tenant, key, {}, {}};
  if (const auto rule = version_rule(state.control.workspace, table.name)) {
    ASSAY_TRY(found.others, versioned_rows(state, *rule, table, tenant, condition, kRowsMax));
    if (found.others.empty()) return found;
    found.row = found.others.back();
    found.note = version_note(*rule, found);
    return found;
  }
  ASSAY_TRY(found.others, rows_of(state, table, tenant, condition, time_order(table), kRowsMax));
  std::reverse(found.others.begin(), found.others.end());
  if (!found.others.empty()) found.row = found.others.back();
  return found;
}

Error row_unknown(WorkspaceState& state, const IcebergTable& table,
                  const std::vector<std::string>& tenants, const Key& key) {
  std::vector<std::string> seen;
  const auto& [column, value] = key.front();
  for (const std::string& tenant : tenants) {
    const auto rows = state.sql.rows(fmt::format(
        "SELECT v FROM (SELECT DISTINCT CAST({} AS VARCHAR) AS v FROM {}) WHERE v IS NOT NULL "
        "ORDER BY levenshtein(v, {}), v LIMIT {}",
        sql_name(column), scan_sql(table, files_of(table, tenant)), sql_literal(value), kHintsMax));
    for (const TextRow& row : rows ? *rows : std::vector<TextRow>())
      seen.push_back(row.front().value_or(""));
  }
  std::string shown;
  for (const auto& [name, wanted] : key)
    shown += fmt::format("{}{} = {}", shown.empty() ? "" : ", ", name, wanted);
  return make_error(
      Code::row_unknown, fmt::format("table {} has no row with {}", table.name, shown),
      seen.empty() ? "The table has no rows."
                   : fmt::format("Nearest values of {}: {}", column, nearest(value, seen)));
}

Result<std::vector<std::string>> tenants_to_search(const WorkspaceState& state,
                                                   const WhyQuestion& question) {
  if (!question.tenant) return state.tenants;
  if (std::find(state.tenants.begin(), state.tenants.end(), *question.tenant) ==
      state.tenants.end()) {
    return make_error(Code::tenant_unknown, fmt::format("no tenant \"{}\"", *question.tenant),
                      "Known tenants: " + nearest(*question.tenant, state.tenants));
  }
  return std::vector<std::string>{*question.tenant};
}

std::vector<std::string> names_of(const PlanTable& table, const std::vector<int>& columns) {
  std::vector<std::string> names;
  for (const int column : columns)
    names.push_back(table.columns[static_cast<std::size_t>(column)].name);
  return names;
}

/// Key columns of a master, as its tables call them.
std::vector<std::string> master_key(const PlanDocument& plan, const std::string& entity) {
  for (const PlanOperator& rule : plan.operators) {
    if (rule.kind == "content" && rule.entity == entity) {
      return names_of(plan.tables[static_cast<std::size_t>(rule.input)], rule.key_columns);
    }
  }
  return {};
}

std::vector<std::string> event_key(const PlanDocument& plan, const std::string& entity) {
  std::vector<std::string> names;
  for (const PlanVersion& version : plan.versions) {
    for (const PlanEntity& rule : version.entities) {
      if (rule.entity != entity) continue;
      const PlanTable& table = plan.tables[static_cast<std::size_t>(rule.table)];
      for (const PlanColumn& column : table.columns) {
        for (const PlanField& field : rule.fields) {
          if (field.is_key && &table.columns[static_cast<std::size_t>(field.column)] == &column)
            names.push_back(column.name);
        }
      }
      return names;
    }
  }
  return names;
}

}  // namespace

std::string FoundRow::value(const std::string& column) const {
  for (const auto& [name, text] : row) {
    if (name == column) return text == "null" ? std::string() : text;
  }
  return {};
}

bool FoundRow::has(const std::string& column) const {
  return std::any_of(row.begin(), row.end(),
                     [&](const auto& named) { return named.first == column; });
}

std::vector<std::string> key_columns(const PlanDocument& plan, const std::string& table) {
  if (table.starts_with("bronze.") || table == "silver.residue") return {"record_id"};
  const auto dot = table.find('.');
  std::string entity = table.substr(dot + 1);
  for (const PlanOperator& rule : plan.operators) {
    if (rule.output < 0 || plan.tables[static_cast<std::size_t>(rule.output)].name != table)
      continue;
    if (rule.kind == "link") return {"link_key"};
    if (rule.kind == "satellite")
      return {table.find("sat_") != std::string::npos && !rule.hubs.empty() ? "link_key"
                                                                            : "hub_key"};
    if (rule.kind == "hub" || rule.kind == "feature" || rule.kind == "history") {
      std::vector<int> columns;
      for (const int key : rule.key_columns) {
        for (const auto& [to, from] : rule.copies) {
          if (from == key) columns.push_back(to);
        }
      }
      return names_of(plan.tables[static_cast<std::size_t>(rule.output)], columns);
    }
  }
  if (entity.ends_with("_content"))
    entity.resize(entity.size() - std::string_view("_content").size());
  const auto master = master_key(plan, entity);
  return master.empty() ? event_key(plan, entity) : master;
}

std::string equals_text(const IcebergTable& table, const std::string& column,
                        const std::string& text) {
  for (const IcebergField& field : table.fields) {
    if (field.name != column) continue;
    if (field.type.kind == CellKind::binary) {
      return fmt::format("lower(hex({})) = lower({})", sql_name(column), sql_literal(text));
    }
    if (field.type.kind == CellKind::timestamp) {
      return fmt::format("{} = TRY_CAST({} AS TIMESTAMPTZ)", sql_name(column), sql_literal(text));
    }
  }
  return fmt::format("CAST({} AS VARCHAR) = {}", sql_name(column), sql_literal(text));
}

Result<NamedRow> first_row(WorkspaceState& state, const IcebergTable& table,
                           const std::string& condition, const std::string& order) {
  ASSAY_TRY(auto rows, rows_of(state, table, state.tenants.front(), condition, order, 1));
  return rows.empty() ? NamedRow() : std::move(rows.front());
}

Result<FoundRow> find_row(WorkspaceState& state, const WhyQuestion& question) {
  ASSAY_TRY(const std::string name, find_table(state, question.table));
  ASSAY_TRY(const auto tenants, tenants_to_search(state, question));
  const IcebergTable& table = state.tables.at(name);
  std::vector<FoundRow> found;
  Key key;
  for (const std::string& tenant : tenants) {
    const PlanDocument* plan = state.plan_of(tenant);
    ASSAY_TRY(
        key,
        parse_key(table, plan == nullptr ? std::vector<std::string>() : key_columns(*plan, name),
                  question.key));
    ASSAY_TRY(FoundRow row, rows_of_key(state, table, tenant, key));
    if (!row.others.empty()) found.push_back(std::move(row));
  }
  if (found.empty()) return row_unknown(state, table, tenants, key);
  if (found.size() == 1) return std::move(found.front());
  std::string list;
  for (const FoundRow& row : found) list += (list.empty() ? "" : ", ") + row.tenant;
  return make_error(Code::usage,
                    fmt::format("{} tenants have a row with this key: {}", found.size(), list),
                    "Say whose row with --tenant.");
}

}  // namespace assay::verify
