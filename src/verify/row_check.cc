#include "verify/row_check.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>
#include <set>

#include "verify/lake_view.h"
#include "verify/row_encoding.h"

namespace assay::verify {
namespace {

/// Rows of one kind of fault that are reported; the rest is counted.
constexpr std::int64_t kExamplesMax = 3;

std::string layer_of(const std::string& table) {
  const std::string space = table.substr(0, table.find('.'));
  return space == "bronze" || space == "silver" ? space : "gold";
}

/// One table as it is being read: where its columns are, and which of them the hash covers.
struct Reading {
  const IcebergTable* table = nullptr;
  std::map<std::string, std::size_t> position;       ///< of a column in the query
  std::vector<std::pair<int, std::size_t>> content;  ///< field id and position, by id
  std::string stored_hash;  ///< column that carries the hash of the content columns; empty = none

  Cell cell(const Chunk& chunk, const std::string& column, std::size_t row) const {
    const auto found = position.find(column);
    return found == position.end() ? Cell{} : chunk.cell(found->second, row);
  }
};

/// Of two of bronze's tables, which are the same in every plan and in none.
std::set<std::string> fixed_content(const std::string& table) {
  if (table == "bronze.record") return {"payload", "payload_hash"};
  if (table == "bronze.quarantine_release")
    return {"record_id", "action", "actor", "reason", "superseded_by"};
  if (table == "bronze.quarantine")
    return {"code", "pointer", "payload", "payload_length", "payload_sha256"};
  return {};
}

/// Ids of content columns, as any plan that ever was has them: a row holds null in those that its
/// own plan did not have, and null is not hashed.
std::set<int> content_ids(const WorkspaceState& state, const IcebergTable& table) {
  std::set<int> ids;
  const auto fixed = fixed_content(table.name);
  for (const IcebergField& field : table.fields) {
    if (fixed.contains(field.name)) ids.insert(field.id);
  }
  for (const auto& [id, plan] : state.plans) {
    const PlanTable* known = plan.table(table.name);
    if (known == nullptr || !fixed.empty()) continue;
    for (const PlanColumn& column : known->columns) {
      if (column.content) ids.insert(column.id);
    }
  }
  return ids;
}

std::string stored_hash_column(const IcebergTable& table) {
  const auto has = [&](const char* name) {
    return std::any_of(table.fields.begin(), table.fields.end(),
                       [&](const IcebergField& field) { return field.name == name; });
  };
  if (layer_of(table.name) != "silver") return {};
  if (has("row_hash")) return "row_hash";
  return table.name.ends_with("_content") && has("content_hash") ? "content_hash" : "";
}

Reading reading_of(const WorkspaceState& state, const IcebergTable& table) {
  Reading reading{&table, {}, {}, stored_hash_column(table)};
  const auto content = content_ids(state, table);
  for (std::size_t i = 0; i < table.fields.size(); ++i) {
    const IcebergField& field = table.fields[i];
    reading.position[field.name] = i;
    if (content.contains(field.id)) reading.content.emplace_back(field.id, i);
  }
  std::sort(reading.content.begin(), reading.content.end());
  return reading;
}

/// Notes faults of rows: the first few with their place, all of them counted.
class RowFaults {
 public:
  explicit RowFaults(CheckScope& scope) : scope_(scope) {}
  ~RowFaults() {
    for (const auto& [what, count] : counts_) {
      if (count > kExamplesMax)
        scope_.problem("rows", fmt::format("{}: {} rows in all", what, count));
    }
  }
  RowFaults(const RowFaults&) = delete;
  RowFaults& operator=(const RowFaults&) = delete;
  void add(const std::string& what, const Reading& reading, const Chunk& chunk, std::size_t row) {
    if (++counts_[what] > kExamplesMax) return;
    scope_.problem("rows",
                   fmt::format("{} (record {}, pointer \"{}\")", what,
                               to_text(reading.cell(chunk, "record_id", row)),
                               to_text(reading.cell(chunk, "pointer", row))),
                   to_text(reading.cell(chunk, "manifest_id", row)));
  }

 private:
  CheckScope& scope_;
  std::map<std::string, std::int64_t> counts_;
};

bool equals_hash(const Cell& cell, const Hash128& hash) {
  const auto bytes = hash.to_bytes();
  return cell.text == std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size());
}

Hash128 record_id_of(const Reading& reading, const Chunk& chunk, std::size_t row) {
  const auto number = [&](const char* column) {
    return static_cast<std::int64_t>(reading.cell(chunk, column, row).number);
  };
  const auto text = [&](const char* column) { return reading.cell(chunk, column, row).text; };
  return IdentityHasher()
      .text(text("tenant_id"))
      .text(text("source"))
      .text(text("source_id"))
      .number(number("source_generation"))
      .number(number("partition"))
      .number(number("offset"))
      .finish();
}

void check_bronze_row(const Reading& reading, const Chunk& chunk, std::size_t row,
                      RowFaults& faults) {
  if (!equals_hash(reading.cell(chunk, "record_id", row), record_id_of(reading, chunk, row))) {
    faults.add("the record id is not the hash of its coordinates", reading, chunk, row);
  }
  const std::string_view payload = reading.cell(chunk, "payload", row).text;
  if (reading.table->name == "bronze.record") {
    if (!equals_hash(reading.cell(chunk, "payload_hash", row), xxh3_128(payload))) {
      faults.add("payload_hash is not the hash of the payload", reading, chunk, row);
    }
    return;
  }
  const auto length = static_cast<std::int64_t>(reading.cell(chunk, "payload_length", row).number);
  if (static_cast<std::int64_t>(payload.size()) > length) {
    faults.add("the payload is longer than payload_length", reading, chunk, row);
  } else if (static_cast<std::int64_t>(payload.size()) == length &&
             to_text(reading.cell(chunk, "payload_sha256", row)) != to_hex(sha256(payload))) {
    faults.add("payload_sha256 is not that of the payload", reading, chunk, row);
  }
}

void check_row(const Reading& reading, const Chunk& chunk, std::size_t row, RowEncoding& encoding,
               const std::string& tenant, RowFaults& faults, std::map<std::string, RowSum>& sums) {
  encoding.clear();
  for (const auto& [field_id, position] : reading.content)
    encoding.append(field_id, chunk.cell(position, row));
  const Hash128 hash = encoding.hash();
  RowSum& sum = sums[std::string(reading.cell(chunk, "manifest_id", row).text)];
  ++sum.rows;
  sum.checksum.add(hash);
  if (reading.cell(chunk, "tenant_id", row).text != tenant) {
    faults.add("a file of this tenant's partition holds another tenant's row", reading, chunk, row);
  }
  if (!reading.stored_hash.empty() &&
      !equals_hash(reading.cell(chunk, reading.stored_hash, row), hash)) {
    faults.add(reading.stored_hash + " is not the hash of the row's content", reading, chunk, row);
  }
  const std::string& name = reading.table->name;
  if (name == "bronze.record" || name == "bronze.quarantine")
    check_bronze_row(reading, chunk, row, faults);
}

std::string all_columns(const IcebergTable& table) {
  std::string list;
  for (const IcebergField& field : table.fields)
    list += (list.empty() ? "" : ", ") + sql_name(field.name);
  return list;
}

void read_table(WorkspaceState& state, CheckScope& scope, const IcebergTable& table,
                const std::string& tenant, std::map<std::string, RowSum>& sums) {
  const Reading reading = reading_of(state, table);
  RowFaults faults(scope);
  RowEncoding encoding;
  const std::string query = fmt::format("SELECT {} FROM {}", all_columns(table),
                                        scan_sql(table, files_of(table, tenant)));
  const auto status = state.sql.stream(query, [&](const Chunk& chunk) -> Status {
    for (std::size_t row = 0; row < chunk.rows(); ++row) {
      check_row(reading, chunk, row, encoding, tenant, faults, sums);
    }
    scope.count("rows") += static_cast<std::int64_t>(chunk.rows());
    return {};
  });
  if (!status) scope.problem("rows", "the table's files cannot be read: " + status.error().message);
}

void compare_with_manifests(WorkspaceState& state, CheckScope& scope, const std::string& tenant,
                            const std::string& table, std::map<std::string, RowSum> sums) {
  for (const ManifestRow& manifest : state.control.manifests) {
    if (manifest.tenant_id != tenant) continue;
    const auto tables = nlohmann::json::parse(manifest.tables, nullptr, false);
    const bool named = is_live(manifest) && tables.is_object() && tables.contains(table);
    const auto found = sums.find(manifest.manifest_id);
    const RowSum stored = found == sums.end() ? RowSum{} : found->second;
    if (found != sums.end()) sums.erase(found);
    if (!named) {
      if (stored.rows == 0) continue;
      scope.problem("rows",
                    fmt::format("{} rows carry a manifest that does not account for them ({} {})",
                                stored.rows, manifest.status, manifest.layer),
                    manifest.manifest_id);
      continue;
    }
    ++scope.count("manifests");
    const auto claimed_rows = tables[table].value("rows", std::int64_t{-1});
    const auto claimed_sum = tables[table].value("checksum", std::string());
    if (claimed_rows != stored.rows) {
      scope.problem(
          "rows",
          fmt::format("the files hold {} rows, the manifest says {}", stored.rows, claimed_rows),
          manifest.manifest_id);
    } else if (claimed_sum != stored.checksum.to_hex()) {
      scope.problem("rows",
                    fmt::format("the rows' checksum is {}, the manifest says {}",
                                stored.checksum.to_hex(), claimed_sum),
                    manifest.manifest_id);
    }
  }
  for (const auto& [manifest, sum] : sums) {
    scope.problem(
        "rows",
        fmt::format("{} rows carry a manifest that control does not know: not ours", sum.rows),
        manifest);
  }
}

/// Record ids are unique in bronze, over both of its tables.
void check_unique(WorkspaceState& state, Findings& findings, const std::string& tenant) {
  CheckScope scope(findings,
                   {tenant, "bronze", "bronze.record", "record ids are unique", {}, true});
  std::string records;
  for (const char* name : {"bronze.record", "bronze.quarantine"}) {
    const auto table = state.tables.find(name);
    if (table == state.tables.end()) continue;
    std::string manifests;
    for (const ManifestRow& manifest : state.control.manifests) {
      if (manifest.tenant_id != tenant || manifest.layer != "bronze" || !is_live(manifest))
        continue;
      manifests += (manifests.empty() ? "" : ", ") + sql_literal(manifest.manifest_id);
    }
    if (manifests.empty()) return;
    records += fmt::format("{}SELECT record_id FROM {} WHERE manifest_id IN ({})",
                           records.empty() ? "" : " UNION ALL ",
                           scan_sql(table->second, files_of(table->second, tenant)), manifests);
  }
  if (records.empty()) return;
  const auto twice = state.sql.rows(fmt::format(
      "SELECT hex(record_id), count(*) FROM ({}) GROUP BY record_id HAVING count(*) > 1 LIMIT 5",
      records));
  if (!twice) return scope.problem("rows", twice.error().message);
  for (const TextRow& row : *twice) {
    scope.problem("rows", fmt::format("record {} stands {} times in bronze", row[0].value_or(""),
                                      row[1].value_or("")));
  }
}

}  // namespace

RowSums check_rows(WorkspaceState& state, Findings& findings, const std::string& tenant) {
  RowSums sums;
  for (const auto& [name, table] : state.tables) {
    CheckScope scope(findings, {tenant, layer_of(name), name, "rows and checksums", {}, true});
    read_table(state, scope, table, tenant, sums[name]);
    compare_with_manifests(state, scope, tenant, name, sums[name]);
  }
  check_unique(state, findings, tenant);
  return sums;
}

}  // namespace assay::verify
