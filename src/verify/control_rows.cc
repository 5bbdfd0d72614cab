#include "verify/control_rows.h"

#include <fmt/format.h>
#include <soci/soci.h>
#include <soci/sqlite3/soci-sqlite3.h>

#include <nlohmann/json.hpp>

#include "base/hash.h"

namespace assay::verify {
namespace {

constexpr std::string_view kCatalog = "lake";
constexpr int kSchemaVersion = 1;

/// One row of any table as text, by column name; nullopt = NULL.
class TextRecord {
 public:
  TextRecord(const std::vector<std::string>& names, std::vector<std::optional<std::string>> values)
      : names_(&names), values_(std::move(values)) {}

  std::string text(std::string_view name) const { return find(name).value_or(""); }
  std::int64_t number(std::string_view name) const {
    const auto& value = find(name);
    return value ? std::strtoll(value->c_str(), nullptr, 10) : 0;
  }
  bool is_null(std::string_view name) const { return !find(name).has_value(); }
  const std::vector<std::optional<std::string>>& values() const { return values_; }

 private:
  const std::optional<std::string>& find(std::string_view name) const {
    static const std::optional<std::string> kNone;
    for (std::size_t i = 0; i < names_->size(); ++i) {
      if ((*names_)[i] == name) return values_[i];
    }
    return kNone;
  }
  const std::vector<std::string>* names_;
  std::vector<std::optional<std::string>> values_;
};

struct TableInfo {
  std::vector<std::string> columns;
  std::vector<std::string> key;  ///< columns of the primary key, in its order
};

struct Table {
  TableInfo info;
  std::vector<TextRecord> rows;
};

TableInfo table_info(soci::session& sql, const std::string& table) {
  TableInfo info;
  std::map<int, std::string> key;
  const soci::rowset<soci::row> columns =
      (sql.prepare << "SELECT name, CAST(pk AS TEXT) FROM pragma_table_info('" + table +
                          "') ORDER BY cid");
  for (const soci::row& column : columns) {
    info.columns.push_back(column.get<std::string>(0));
    if (const int place = std::stoi(column.get<std::string>(1)); place > 0)
      key[place] = info.columns.back();
  }
  for (auto& [place, name] : key) info.key.push_back(name);
  return info;
}

// Everything is cast to text: the digests are over texts, and so no driver's idea of a type comes
// between.
Table read_table(soci::session& sql, const std::string& name) {
  Table table{table_info(sql, name), {}};
  std::string list;
  for (const std::string& column : table.info.columns) {
    list += fmt::format("{}CAST(\"{}\" AS TEXT)", list.empty() ? "" : ", ", column);
  }
  const soci::rowset<soci::row> rows = (sql.prepare << "SELECT " + list + " FROM \"" + name + "\"");
  for (const soci::row& row : rows) {
    std::vector<std::optional<std::string>> values;
    for (std::size_t i = 0; i < row.size(); ++i) {
      values.push_back(row.get_indicator(i) == soci::i_null
                           ? std::nullopt
                           : std::optional(row.get<std::string>(i)));
    }
    table.rows.emplace_back(table.info.columns, std::move(values));
  }
  return table;
}

std::string digest_of(const std::vector<std::optional<std::string>>& values) {
  std::string bytes;
  for (const auto& value : values) {
    bytes += value ? std::to_string(value->size()) + ":" + *value + "," : "-,";
  }
  return to_hex(sha256(bytes));
}

std::string key_of(const TableInfo& info, const TextRecord& row) {
  std::string key;
  for (const std::string& column : info.key) key += (key.empty() ? "" : "\n") + row.text(column);
  return key;
}

/// Compares one table's rows with the digests that were written beside them, and the other way
/// round.
void compare_digests(const std::string& name, const Table& table,
                     std::map<std::string, std::string> digests, std::vector<DigestFault>& faults) {
  for (const TextRecord& row : table.rows) {
    const std::string key = key_of(table.info, row);
    const auto found = digests.find(key);
    if (found == digests.end()) {
      faults.push_back({name, key, "the row has no digest"});
      continue;
    }
    if (found->second != digest_of(row.values()))
      faults.push_back({name, key, "the row is not the one committed"});
    digests.erase(found);
  }
  for (const auto& [key, digest] : digests) faults.push_back({name, key, "the row is gone"});
}

/// Every table that has digests, or that any digest speaks of, is covered whole.
void check_digests(soci::session& sql, ControlRows& rows) {
  std::map<std::string, std::map<std::string, std::string>> by_table;
  for (const char* name :
       {"manifest", "ledger", "source_offset", "source_file", "file", "iceberg_tables"}) {
    by_table.emplace(name, std::map<std::string, std::string>());
  }
  for (const TextRecord& row : read_table(sql, "row_digest").rows) {
    by_table[row.text("table")][row.text("key")] = row.text("sha256");
    ++rows.digests;
  }
  for (auto& [name, digests] : by_table) {
    compare_digests(name, read_table(sql, name), std::move(digests), rows.digest_faults);
  }
}

int layer_rank(const std::string& layer) {
  return layer == "bronze" ? 0 : layer == "silver" ? 1 : 2;
}

ManifestRow manifest_of(const TextRecord& row) {
  ManifestRow manifest;
  manifest.manifest_id = row.text("manifest_id");
  manifest.tenant_id = row.text("tenant_id");
  manifest.source_system = row.text("source_system");
  manifest.batch_id = row.text("batch_id");
  manifest.status = row.text("status");
  manifest.layer = row.text("layer");
  manifest.application = row.text("application");
  manifest.plan_id = row.text("plan_id");
  manifest.record_count = row.number("record_count");
  manifest.epoch = row.number("epoch");
  manifest.attempt = static_cast<int>(row.number("attempt"));
  manifest.current = row.number("current") != 0;
  const auto lineage = nlohmann::json::parse(row.text("lineage"), nullptr, false);
  if (lineage.is_array()) {
    for (const auto& parent : lineage)
      manifest.lineage.push_back(parent.is_string() ? parent.get<std::string>() : "");
  }
  manifest.ranges = row.text("ranges");
  manifest.tables = row.text("tables");
  manifest.accounting = row.text("accounting");
  const auto accounting = nlohmann::json::parse(manifest.accounting, nullptr, false);
  const nlohmann::json::json_pointer action("/release/action");
  if (accounting.contains(action) && accounting.at(action).is_string())
    manifest.release = accounting.at(action).get<std::string>();
  manifest.equations = row.text("equations");
  manifest.snapshots = row.text("snapshots");
  manifest.start_time = row.number("start_time");
  if (!row.is_null("end_time")) manifest.end_time = row.number("end_time");
  manifest.ingest_time = row.number("ingest_time");
  return manifest;
}

void read_manifests(soci::session& sql, ControlRows& rows) {
  for (const TextRecord& row : read_table(sql, "manifest").rows)
    rows.manifests.push_back(manifest_of(row));
  std::sort(rows.manifests.begin(), rows.manifests.end(),
            [](const ManifestRow& a, const ManifestRow& b) {
              return std::tuple(a.epoch, layer_rank(a.layer), a.manifest_id) <
                     std::tuple(b.epoch, layer_rank(b.layer), b.manifest_id);
            });
  for (std::size_t i = 0; i < rows.manifests.size(); ++i) {
    const ManifestRow& manifest = rows.manifests[i];
    rows.place_of_manifest.emplace(manifest.manifest_id, i);
    if (!manifest.lineage.empty()) rows.places_of_children.emplace(manifest.lineage.front(), i);
  }
}

void read_files(soci::session& sql, ControlRows& rows) {
  for (const TextRecord& row : read_table(sql, "file").rows) {
    rows.files.push_back({row.text("path"), static_cast<std::uint64_t>(row.number("size")),
                          row.text("sha256"), row.text("table_name"), row.text("kind")});
  }
}

void read_rest(soci::session& sql, ControlRows& rows) {
  for (const TextRecord& row : read_table(sql, "iceberg_tables").rows) {
    if (row.text("catalog_name") != kCatalog) continue;
    rows.locations[row.text("table_namespace") + "." + row.text("table_name")] =
        row.text("metadata_location");
  }
  for (const TextRecord& row : read_table(sql, "plan").rows)
    rows.plans[row.text("plan_id")] = row.text("plan_json");
  for (const TextRecord& row : read_table(sql, "tenant_plan").rows) {
    rows.tenant_plans[row.text("tenant_id")] = row.text("plan_id");
  }
  std::int64_t newest = -1;
  for (const TextRecord& row : read_table(sql, "workspace").rows) {
    if (row.number("version") <= newest) continue;
    newest = row.number("version");
    rows.workspace = row.text("workspace_json");
  }
  for (const TextRecord& row : read_table(sql, "source_offset").rows) {
    rows.offsets.push_back({row.text("source"), row.text("source_id"), row.text("layer"),
                            row.number("generation"), row.number("partition"),
                            row.number("next_offset")});
  }
  for (const TextRecord& row : read_table(sql, "ledger").rows) {
    rows.ledger.push_back({row.number("epoch"), row.number("generation"), row.text("writer")});
  }
  for (const TextRecord& row : read_table(sql, "intent").rows) {
    if (row.text("state") == "open") rows.intent_open = true;
  }
}

}  // namespace

const ManifestRow* ControlRows::manifest(const std::string& manifest_id) const {
  const auto found = place_of_manifest.find(manifest_id);
  return found == place_of_manifest.end() ? nullptr : &manifests[found->second];
}

std::vector<const ManifestRow*> ControlRows::children(const std::string& manifest_id) const {
  std::vector<const ManifestRow*> found;
  const auto [begin, end] = places_of_children.equal_range(manifest_id);
  for (auto place = begin; place != end; ++place) {
    const ManifestRow& child = manifests[place->second];
    if (child.current && child.lineage.size() == 1) found.push_back(&child);
  }
  return found;
}

Result<ControlRows> read_control(const std::string& database_path, ControlPart part) {
  ControlRows rows;
  try {
    soci::session sql(soci::sqlite3, "db=\"" + database_path + "\" readonly=true");
    soci::transaction transaction(sql);
    int version = 0;
    sql << "SELECT version FROM assay_schema", soci::into(version);
    if (version != kSchemaVersion) {
      return make_error(Code::control_schema,
                        fmt::format("the control database has version {}, this program knows {}",
                                    version, kSchemaVersion));
    }
    read_files(sql, rows);
    if (part == ControlPart::files) return rows;
    read_manifests(sql, rows);
    read_rest(sql, rows);
    check_digests(sql, rows);
  } catch (const soci::soci_error& failure) {
    return make_error(Code::control_database,
                      std::string("the control database cannot be read: ") + failure.what());
  }
  return rows;
}

}  // namespace assay::verify
