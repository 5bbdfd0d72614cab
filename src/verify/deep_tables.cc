#include "verify/deep_tables.h"

#include <fmt/format.h>

#include <algorithm>

#include "verify/lake_view.h"

namespace assay::verify {
namespace {

std::string key_of(std::string_view record_id, std::string_view pointer) {
  std::string key(record_id);
  key += pointer;
  return key;
}

std::string_view view(const std::array<std::uint8_t, 16>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

constexpr std::size_t kRecordIdSize = 16;

}  // namespace

Status SilverRows::load(Sql& sql, const std::string& table, const std::string& scan,
                        const std::string& manifest) {
  // Residue is the record's own and has no pointer.
  const char* pointer = table == "silver.residue" ? "''" : "pointer";
  auto& rows = rows_[table];
  return sql.stream(fmt::format("SELECT record_id, {}, row_hash FROM {} WHERE manifest_id = {}",
                                pointer, scan, sql_literal(manifest)),
                    [&](const Chunk& chunk) -> Status {
                      for (std::size_t row = 0; row < chunk.rows(); ++row) {
                        const std::string_view hash = chunk.cell(2, row).text;
                        if (hash.size() != 16)
                          return make_error(Code::lake_format, table + ": a row has no row_hash");
                        rows.emplace(key_of(chunk.cell(0, row).text, chunk.cell(1, row).text),
                                     Hash128::from_bytes(hash));
                      }
                      return {};
                    });
}

Status SilverRows::load_quarantine(Sql& sql, const std::string& scan, const std::string& manifest) {
  return sql.stream(fmt::format("SELECT record_id, code, pointer, payload_length, payload_sha256 "
                                "FROM {} WHERE manifest_id = {}",
                                scan, sql_literal(manifest)),
                    [&](const Chunk& chunk) -> Status {
                      for (std::size_t row = 0; row < chunk.rows(); ++row) {
                        quarantined_.emplace(
                            std::string(chunk.cell(0, row).text),
                            Quarantined{static_cast<int>(chunk.cell(1, row).number),
                                        std::string(chunk.cell(2, row).text),
                                        static_cast<std::int64_t>(chunk.cell(3, row).number),
                                        to_hex(chunk.cell(4, row).text)});
                      }
                      return {};
                    });
}

bool SilverRows::has(const std::string& table, std::string_view record_id,
                     std::string_view pointer) const {
  const auto rows = rows_.find(table);
  return rows != rows_.end() && rows->second.contains(key_of(record_id, pointer));
}

std::optional<Hash128> SilverRows::take(const std::string& table, std::string_view record_id,
                                        std::string_view pointer) {
  const auto rows = rows_.find(table);
  if (rows == rows_.end()) return std::nullopt;
  const auto found = rows->second.find(key_of(record_id, pointer));
  if (found == rows->second.end()) return std::nullopt;
  const Hash128 hash = found->second;
  rows->second.erase(found);
  return hash;
}

std::optional<SilverRows::Quarantined> SilverRows::take_quarantined(std::string_view record_id) {
  const auto found = quarantined_.find(std::string(record_id));
  if (found == quarantined_.end()) return std::nullopt;
  Quarantined row = std::move(found->second);
  quarantined_.erase(found);
  return row;
}

std::vector<std::string> SilverRows::left_over(std::int64_t count_max) const {
  std::vector<std::string> names;
  const auto add = [&](const std::string& table, const std::string& key) {
    if (static_cast<std::int64_t>(names.size()) >= count_max) return;
    names.push_back(fmt::format("{}, record {}, pointer \"{}\"", table,
                                to_hex(std::string_view(key).substr(0, kRecordIdSize)),
                                key.substr(std::min(kRecordIdSize, key.size()))));
  };
  for (const auto& [table, rows] : rows_) {
    for (const auto& [key, hash] : rows) add(table, key);
  }
  for (const auto& [key, row] : quarantined_) add("bronze.quarantine", key);
  return names;
}

Result<DerivedSets> DerivedSets::make(Sql& sql) {
  ASSAY_TRY_VOID(
      sql.execute("CREATE OR REPLACE TABLE derived_content (table_name VARCHAR, hash BLOB)"));
  ASSAY_TRY_VOID(sql.execute(
      "CREATE OR REPLACE TABLE derived_record (record_id BLOB, identity BLOB, kept BOOLEAN)"));
  return DerivedSets();
}

void DerivedSets::add_content(const std::string& table, const Hash128& hash) {
  contents_.emplace_back(table, std::string(view(hash.to_bytes())));
}

void DerivedSets::add_record(std::string_view record_id, const Hash128& identity, bool kept) {
  records_.push_back({std::string(record_id), std::string(view(identity.to_bytes())), kept});
}

Status DerivedSets::flush(Sql& sql, std::size_t pending_max) {
  if (contents_.size() + records_.size() <= pending_max) return {};
  std::sort(contents_.begin(), contents_.end());
  contents_.erase(std::unique(contents_.begin(), contents_.end()), contents_.end());
  std::vector<std::vector<Cell>> rows;
  for (const auto& [table, hash] : contents_)
    rows.push_back({string_cell(table), binary_cell(hash)});
  ASSAY_TRY_VOID(sql.append("derived_content", rows));
  rows.clear();
  for (const Record& record : records_) {
    rows.push_back({binary_cell(record.record_id), binary_cell(record.identity),
                    Cell{CellKind::boolean, 0, record.kept ? 1 : 0, 0, {}}});
  }
  ASSAY_TRY_VOID(sql.append("derived_record", rows));
  contents_.clear();
  records_.clear();
  return {};
}

namespace {

void report_rows(WorkspaceState& state, CheckScope& scope, const std::string& query,
                 const std::string& what) {
  const auto rows = state.sql.rows(query + " LIMIT 5");
  if (!rows) return scope.problem("derivation", rows.error().message);
  for (const TextRow& row : *rows)
    scope.problem("derivation", fmt::format("{}: {}", what, row[0].value_or("")));
}

}  // namespace

void compare_contents(WorkspaceState& state, CheckScope& scope, const std::string& tenant) {
  for (const auto& [name, table] : state.tables) {
    if (!name.starts_with("silver.") || !name.ends_with("_content")) continue;
    const std::string stored =
        fmt::format("SELECT content_hash FROM {}", scan_sql(table, files_of(table, tenant)));
    const std::string derived = fmt::format(
        "SELECT DISTINCT hash FROM derived_content WHERE table_name = {}", sql_literal(name));
    const auto count = state.sql.count(fmt::format("SELECT count(*) FROM ({})", stored));
    if (count) scope.count("contents") += *count;
    report_rows(state, scope,
                fmt::format("SELECT lower(hex(hash)) FROM ({} EXCEPT {})", derived, stored),
                name + " lacks a content that bronze gives");
    report_rows(state, scope,
                fmt::format("SELECT lower(hex(content_hash)) FROM ({} EXCEPT {})", stored, derived),
                name + " has a content that bronze does not give");
    report_rows(
        state, scope,
        fmt::format(
            "SELECT lower(hex(content_hash)) FROM ({}) GROUP BY content_hash HAVING count(*) > 1",
            stored),
        name + " has a content twice");
  }
}

void compare_duplicates(WorkspaceState& state, CheckScope& scope) {
  report_rows(state, scope,
              "SELECT lower(hex(record_id)) FROM derived_record d WHERE NOT kept AND NOT EXISTS "
              "(SELECT 1 FROM derived_record k WHERE k.kept AND k.identity = d.identity)",
              "a record was dropped as a duplicate, but nothing equal was kept");
  report_rows(state, scope,
              "SELECT lower(hex(min(record_id))) FROM derived_record WHERE kept GROUP BY identity "
              "HAVING count(*) > 1",
              "two records of equal key and content were both kept");
}

namespace {

/// The stored table with the names that the deriving plan has for its columns.
IcebergTable named_like(const IcebergTable& stored, const PlanTable& table) {
  PlanDocument plan;
  plan.tables.push_back(table);
  return as_planned(stored, &plan);
}

std::string tenant_of(const WorkspaceState& state, const std::string& manifest) {
  const ManifestRow* row = state.control.manifest(manifest);
  return row == nullptr ? std::string() : row->tenant_id;
}

}  // namespace

std::string difference(WorkspaceState& state, const PlanTable& table, const std::string& manifest,
                       std::string_view record_id, const DerivedRow& derived) {
  const auto known = state.tables.find(table.name);
  if (known == state.tables.end()) return "the table cannot be read";
  std::string columns;
  for (const PlanColumn& column : table.columns)
    columns += (columns.empty() ? "" : ", ") + sql_name(column.name);
  std::string query = fmt::format(
      "SELECT {} FROM {} WHERE manifest_id = {} AND record_id = from_hex('{}')", columns,
      scan_sql(named_like(known->second, table),
               files_of(known->second, tenant_of(state, manifest))),
      sql_literal(manifest), to_hex(record_id));
  if (table.index_of("pointer") >= 0) query += " AND pointer = " + sql_literal(derived.pointer);
  std::string differences;
  const auto status = state.sql.stream(query, [&](const Chunk& chunk) -> Status {
    for (std::size_t i = 0; i < table.columns.size(); ++i) {
      if (!table.columns[i].content) continue;
      const std::string stored = to_text(chunk.cell(i, 0));
      const std::string wanted = to_text(derived.cells[i]);
      if (stored == wanted && chunk.cell(i, 0).is_null() == derived.cells[i].is_null()) continue;
      differences +=
          fmt::format("{}column {} holds {}, derived is {}", differences.empty() ? "" : "; ",
                      table.columns[i].name, stored, wanted);
    }
    return {};
  });
  if (!status) return status.error().message;
  return differences.empty() ? "its row_hash is not that of the derived row" : differences;
}

}  // namespace assay::verify
