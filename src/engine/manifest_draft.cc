#include "engine/manifest_draft.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "engine/session.h"

namespace assay::engine {
namespace {

using nlohmann::json;

/// A column that already holds the hash of each row's content columns; -1 where there is none.
int covering_hash_column(const column::TableSchema& schema) {
  if (const int row_hash = schema.index_of_id(column::field_id::kRowHash);
      row_hash >= 0 && schema.name.starts_with("silver.")) {
    return row_hash;
  }
  return schema.name.ends_with("_content") ? schema.index_of_id(column::field_id::kContentHash)
                                           : -1;
}

/// Codes of the gate that mean a null where there must be a value.
bool is_null_code(int code) {
  return code == static_cast<int>(Code::key_null) ||
         code == static_cast<int>(Code::required_null) ||
         code == static_cast<int>(Code::event_time_null);
}

json by_code(const refine::Accounting& accounting) {
  json codes = json::object();
  for (const auto& [code, count] : accounting.quarantined_by_code)
    codes[std::to_string(code)] = count;
  return codes;
}

}  // namespace

TableTotal total_of(const column::TableSchema& schema, const column::Batch& batch) {
  TableTotal total;
  total.rows = batch.rows();
  if (total.rows == 0) return total;
  if (const int column = covering_hash_column(schema); column >= 0) {
    const column::ColumnView hashes(batch, column);
    for (std::int64_t row = 0; row < total.rows; ++row)
      total.checksum.add(Hash128::from_bytes(hashes.bytes(row)));
    return total;
  }
  for (const Hash128& hash : column::row_hashes(batch, schema)) total.checksum.add(hash);
  return total;
}

void ManifestDraft::add_rows(const column::TableSchema& schema, const column::Batch& batch) {
  const TableTotal more = total_of(schema, batch);
  TableTotal& total = tables[schema.name];
  total.rows += more.rows;
  total.checksum.add(more.checksum);
}

std::string manifest_id_of(std::string_view tenant, std::string_view application,
                           std::string_view layer, std::int64_t epoch, int attempt) {
  return uuid_v5(
      fmt::format("{}\n{}\n{}\n{}\n{}\n{}", tenant, application, layer, kWriter, epoch, attempt));
}

control::Manifest silver_child_of(const control::Manifest& bronze) {
  control::Manifest silver;
  silver.manifest_id =
      manifest_id_of(bronze.tenant_id, bronze.application, "silver", bronze.epoch, 1);
  silver.tenant_id = bronze.tenant_id;
  silver.application = bronze.application;
  silver.source_system = bronze.source_system;
  silver.batch_id = bronze.batch_id;
  silver.layer = "silver";
  silver.lineage = {bronze.manifest_id};
  silver.epoch = bronze.epoch;
  silver.start_time = bronze.ingest_time;
  silver.ingest_time = bronze.ingest_time;
  const json accounting = json::parse(bronze.accounting);
  silver.record_count = bronze.record_count - accounting.at("quarantined").get<std::int64_t>();
  silver.ranges = bronze.ranges;
  return silver;
}

std::string tables_json(const std::map<std::string, TableTotal>& tables) {
  json out = json::object();
  for (const auto& [name, total] : tables) {
    out[name] = {{"rows", total.rows}, {"checksum", total.checksum.to_hex()}};
  }
  return out.dump();
}

std::string equations_json(const std::vector<std::pair<std::string, fold::Equation>>& equations) {
  json out = json::array();
  for (const auto& [name, equation] : equations) {
    out.push_back({{"operator", name}, {"in", equation.in}, {"parts", equation.parts}});
  }
  return out.dump();
}

std::string accounting_json(const refine::Accounting& accounting, std::int64_t duplicates,
                            const std::map<std::string, std::string>& schemas) {
  json out = {{"records", accounting.records},
              {"refined", accounting.refined - duplicates},
              {"quarantined", accounting.quarantined},
              {"duplicates", duplicates},
              {"leaves", accounting.leaves},
              {"leaves_mapped", accounting.leaves_mapped},
              {"leaves_master", accounting.leaves_master},
              {"leaves_residue", accounting.leaves_residue},
              {"masters_seen", accounting.masters_seen},
              {"bytes", accounting.bytes},
              {"quarantined_by_code", by_code(accounting)},
              {"refined_by_version", accounting.refined_by_version},
              {"masters_seen_by_entity", accounting.masters_seen_by_entity}};
  for (const auto& [name, headers] : schemas) out["schemas"][name] = json::parse(headers);
  return out.dump();
}

std::string snapshots_json(const std::map<std::string, std::int64_t>& snapshots) {
  json out = json::object();
  for (const auto& [table, id] : snapshots) out[table] = std::to_string(id);
  return out.dump();
}

void count_variants(const column::TableSchema& schema, const column::Batch& batch,
                    VariantCounts& counts) {
  constexpr std::string_view kSuffix = "_variant";
  for (std::size_t i = 0; i < schema.fields.size(); ++i) {
    const std::string_view name = schema.fields[i].name;
    if (!name.ends_with(kSuffix)) continue;
    if (schema.index_of(name.substr(0, name.size() - kSuffix.size())) < 0) continue;
    const column::ColumnView view(batch, static_cast<int>(i));
    std::int64_t kept = 0;
    for (std::int64_t row = 0; row < batch.rows(); ++row) kept += view.is_null(row) ? 0 : 1;
    if (kept > 0) counts[fmt::format("{}.{}", schema.name, name)] += kept;
  }
}

std::string quality_json(const refine::Accounting& accounting, std::int64_t duplicates,
                         const VariantCounts& variants) {
  std::int64_t nulls = 0;
  std::int64_t invalid = 0;
  for (const auto& [code, count] : accounting.quarantined_by_code)
    (is_null_code(code) ? nulls : invalid) += count;
  json checks{{"schema_valid", invalid == 0},
              {"null_check_pass", nulls == 0},
              {"duplicate_count", duplicates},
              {"quarantined", accounting.quarantined},
              {"quarantined_by_code", by_code(accounting)}};
  if (!variants.empty()) checks["variants"] = variants;
  return checks.dump();
}

}  // namespace assay::engine
