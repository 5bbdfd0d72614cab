#include "engine/bronze_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "column/batch.h"
#include "engine/collect.h"
#include "plan/standard_tables.h"

namespace assay::engine {
namespace {

std::string_view file_stem(std::string_view path) {
  path.remove_prefix(path.rfind('/') + 1);
  return path.substr(0, path.rfind('.'));
}

/// <writer>-<generation>-<epoch>-<sequence>
std::string_view epoch_part(std::string_view stem) {
  stem = stem.substr(0, stem.rfind('-'));
  return stem.substr(stem.rfind('-') + 1);
}

std::string epoch_scan(const column::TableSchema& schema, const std::vector<std::string>& paths,
                       const control::Manifest& manifest) {
  return fmt::format("SELECT * FROM ({}) WHERE manifest_id = {}", parquet::scan_sql(schema, paths),
                     parquet::sql_literal(manifest.manifest_id));
}

/// A condition that spares reading most payloads where few are wanted; true where many are.
std::string few_of(const std::vector<Hash128>& only) {
  constexpr std::size_t kFew = 1000;
  if (only.empty()) return "false";
  if (only.size() > kFew) return "true";
  std::string list;
  for (const Hash128& id : only)
    list += fmt::format("{}unhex('{}')", list.empty() ? "" : ", ", id.to_hex());
  return fmt::format("record_id IN ({})", list);
}

Result<std::vector<std::string>> paths_of(Session& session, const std::string& table,
                                          const control::Manifest& manifest) {
  ASSAY_TRY(const auto location, session.control().table_location(table));
  if (!location) return std::vector<std::string>();
  ASSAY_TRY(const auto plan, lake::plan(session.files(), *location,
                                        lake::TenantScope{TenantId(manifest.tenant_id)}));
  return files_of_epoch(plan, manifest.epoch);
}

}  // namespace

void SlabBuffer::clear() {
  bytes_.clear();
  offsets_.assign(1, 0);
  coordinates_.clear();
  headers_.clear();
}

void SlabBuffer::add(std::string_view payload, std::string_view headers,
                     const refine::Coordinates& coordinates) {
  bytes_ += payload;
  bytes_ += '\n';
  offsets_.push_back(static_cast<std::uint32_t>(bytes_.size()));
  coordinates_.push_back(coordinates);
  coordinates_.back().source = *texts_.emplace(coordinates.source).first;
  coordinates_.back().source_id = *texts_.emplace(coordinates.source_id).first;
  if (headers.empty() && headers_.empty()) return;
  headers_.resize(coordinates_.size() - 1);
  const bool is_same = headers_.size() > 0 && headers_.back() == headers;
  headers_.push_back(is_same ? headers_.back() : *texts_.emplace(headers).first);
}

refine::Slab SlabBuffer::slab(std::string_view application, std::string_view manifest_id,
                              Micros ingest_time) {
  bytes_.append(kPayloadPadding, ' ');
  const std::string_view records = std::string_view(bytes_).substr(0, offsets_.back());
  if (!headers_.empty()) headers_.resize(coordinates_.size());
  return {records, offsets_, coordinates_, application, manifest_id, ingest_time, 0, headers_};
}

std::vector<std::string> files_of_epoch(const lake::ScanPlan& plan, std::int64_t epoch) {
  const std::string wanted = std::to_string(epoch);
  std::vector<std::string> paths;
  for (const lake::DataFile& file : plan.files) {
    if (epoch_part(file_stem(file.path)) == wanted) paths.push_back(file.path);
  }
  return paths;
}

Status read_bronze(Session& session, const control::Manifest& bronze,
                   const std::vector<Hash128>* only, MessageSchemas& schemas,
                   const std::function<Status(SlabBuffer&)>& consume) {
  ASSAY_TRY(const auto paths, paths_of(session, "bronze.record", bronze));
  const std::string sql = fmt::format(
      "SELECT source, source_id, source_generation, \"partition\", \"offset\", record_id, payload, "
      "headers "
      "FROM ({}) WHERE {} "
      "ORDER BY source, source_id, \"partition\", \"offset\"",
      epoch_scan(plan::bronze_record(), paths, bronze), only == nullptr ? "true" : few_of(*only));
  SlabBuffer buffer;
  ASSAY_TRY_VOID(session.parquet().query(sql, [&](const column::Batch& batch) -> Status {
    const column::ColumnView source(batch, 0), source_id(batch, 1), generation(batch, 2),
        partition(batch, 3), offset(batch, 4), record_id(batch, 5), payload(batch, 6),
        headers(batch, 7);
    for (std::int64_t row = 0; row < batch.rows(); ++row) {
      const Hash128 id = Hash128::from_bytes(record_id.bytes(row));
      if (only != nullptr && !std::binary_search(only->begin(), only->end(), id)) continue;
      const std::string_view said = headers.is_null(row) ? std::string_view() : headers.bytes(row);
      ASSAY_TRY(const std::string_view completed, schemas.complete(payload.bytes(row), said));
      buffer.add(payload.bytes(row), completed,
                 {.record_id = id,
                  .source = source.bytes(row),
                  .source_id = source_id.bytes(row),
                  .source_generation = generation.int64(row),
                  .partition = partition.int32(row),
                  .offset = offset.int64(row)});
      if (buffer.bytes() < kSlabBytes) continue;
      ASSAY_TRY_VOID(consume(buffer));
      buffer.clear();
    }
    return {};
  }));
  return buffer.empty() ? Status() : consume(buffer);
}

Result<bool> has_record(Session& session, const control::Manifest& bronze,
                        const Hash128& record_id) {
  ASSAY_TRY(const auto paths, paths_of(session, "bronze.record", bronze));
  ASSAY_TRY(const auto rows,
            session.parquet().rows(fmt::format("SELECT 1 FROM ({}) WHERE record_id = unhex('{}')",
                                               epoch_scan(plan::bronze_record(), paths, bronze),
                                               record_id.to_hex())));
  return !rows.empty();
}

Result<std::string> read_headers(Session& session, const control::Manifest& bronze,
                                 const Hash128& record_id) {
  ASSAY_TRY(const auto paths, paths_of(session, "bronze.record", bronze));
  ASSAY_TRY(const auto rows,
            session.parquet().rows(
                fmt::format("SELECT headers FROM ({}) WHERE record_id = unhex('{}')",
                            epoch_scan(plan::bronze_record(), paths, bronze), record_id.to_hex())));
  return rows.empty() ? std::string() : rows.front().at(0).value_or("");
}

Result<std::vector<column::Batch>> read_rows(Session& session, const column::TableSchema& schema,
                                             const control::Manifest& manifest) {
  ASSAY_TRY(const auto paths, paths_of(session, schema.name, manifest));
  std::vector<column::Batch> batches;
  if (paths.empty()) return batches;
  ASSAY_TRY(auto batch, collect(session.parquet(), epoch_scan(schema, paths, manifest), schema));
  batches.push_back(std::move(batch));
  return batches;
}

}  // namespace assay::engine
