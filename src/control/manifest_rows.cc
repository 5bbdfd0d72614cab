#include "control/manifest_rows_internal.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>

#include "control/connection_internal.h"
#include "control/digest_internal.h"
#include "control/manifest_conversion_internal.h"

namespace assay::control {
namespace {

/// In the order of the table, which is the order of its digest.
constexpr auto kColumns = std::to_array<std::string_view>(
    {"manifest_id", "tenant_id",     "source_system", "batch_id",       "record_count",
     "start_time",  "end_time",      "status",        "quality_checks", "layer",
     "lineage",     "application",   "plan_id",       "epoch",          "attempt",
     "current",     "superseded_by", "ranges",        "tables",         "accounting",
     "equations",   "snapshots",     "error",         "ingest_time",    "retries"});

std::string column_list() { return fmt::format("{}", fmt::join(kColumns, ", ")); }

RowValues values_of(const Manifest& manifest) {
  const auto number = [](std::int64_t value) { return std::optional(std::to_string(value)); };
  return {manifest.manifest_id,
          manifest.tenant_id,
          manifest.source_system,
          manifest.batch_id,
          number(manifest.record_count),
          number(manifest.start_time),
          manifest.end_time ? number(*manifest.end_time) : std::nullopt,
          std::string(to_string(manifest.status)),
          manifest.quality_checks,
          manifest.layer,
          nlohmann::json(manifest.lineage).dump(),
          manifest.application,
          manifest.plan_id,
          number(manifest.epoch),
          number(manifest.attempt),
          number(manifest.current ? 1 : 0),
          manifest.superseded_by,
          manifest.ranges,
          manifest.tables,
          manifest.accounting,
          manifest.equations,
          manifest.snapshots,
          manifest.error,
          number(manifest.ingest_time),
          number(manifest.retries)};
}

constexpr std::string_view kOrder =
    "start_time {0}, CASE layer WHEN 'bronze' THEN 1 WHEN 'silver' THEN 2 ELSE 3 END {0}, "
    "tenant_id {0}, manifest_id {0}";

std::string select_text(std::string_view condition) {
  return fmt::format("SELECT {} FROM manifest WHERE {} ORDER BY {}", column_list(), condition,
                     fmt::format(fmt::runtime(kOrder), "ASC"));
}

std::vector<Manifest> fetch(soci::details::prepare_temp_type& query) {
  const soci::rowset<Manifest> rows = query;
  return {rows.begin(), rows.end()};
}

Error unknown_error(const std::string& manifest_id) {
  return make_error(Code::manifest_unknown,
                    fmt::format("no manifest has the id \"{}\"", manifest_id),
                    "assay manifest list shows the ids.");
}

Error state_error(const Manifest& manifest, ManifestStatus from) {
  return make_error(Code::manifest_state,
                    fmt::format("manifest \"{}\" does not go from {} to {}", manifest.manifest_id,
                                to_string(from), to_string(manifest.status)));
}

void digest_manifest(soci::session& sql, const Manifest& manifest) {
  put_digest(sql, "manifest", manifest.manifest_id, values_of(manifest), manifest.manifest_id);
}

}  // namespace

std::vector<Manifest> read_manifests(soci::session& sql, const ManifestFilter& filter) {
  std::string text = fmt::format("SELECT {} FROM manifest WHERE 1 = 1", column_list());
  const std::string status(filter.status ? to_string(*filter.status) : "");
  const long long limit = filter.limit.value_or(0);
  if (filter.tenant_id) text += " AND tenant_id = :tenant";
  if (filter.layer) text += " AND layer = :layer";
  if (filter.application) text += " AND application = :application";
  if (filter.status) text += " AND status = :status";
  text += " ORDER BY " + fmt::format(fmt::runtime(kOrder), filter.limit ? "DESC" : "ASC");
  if (filter.limit) text += " LIMIT :limit";
  soci::details::prepare_temp_type query = sql.prepare << text;
  if (filter.tenant_id) query, soci::use(*filter.tenant_id, "tenant");
  if (filter.layer) query, soci::use(*filter.layer, "layer");
  if (filter.application) query, soci::use(*filter.application, "application");
  if (filter.status) query, soci::use(status, "status");
  if (filter.limit) query, soci::use(limit, "limit");
  std::vector<Manifest> found = fetch(query);
  if (filter.limit) std::ranges::reverse(found);
  return found;
}

std::optional<Manifest> find_manifest(soci::session& sql, const std::string& manifest_id) {
  auto query = (sql.prepare << select_text("manifest_id = :id"), soci::use(manifest_id, "id"));
  const std::vector<Manifest> found = fetch(query);
  return found.empty() ? std::nullopt : std::optional(found.front());
}

std::vector<std::string> manifest_ids_like(soci::session& sql, const std::string& prefix) {
  const long long length = static_cast<long long>(prefix.size());
  const soci::rowset<std::string> rows =
      (sql.prepare << "SELECT manifest_id FROM manifest WHERE substr(manifest_id, 1, :length) = "
                      ":prefix ORDER BY 1",
       soci::use(length, "length"), soci::use(prefix, "prefix"));
  return {rows.begin(), rows.end()};
}

std::vector<Manifest> read_children(soci::session& sql, const std::string& manifest_id) {
  auto query = (sql.prepare << select_text("manifest_id IN (SELECT manifest_id FROM manifest_parent"
                                           " WHERE parent_id = :id)"),
                soci::use(manifest_id, "id"));
  return fetch(query);
}

std::vector<Manifest> processing_of_epoch(soci::session& sql, std::int64_t epoch) {
  const long long number = epoch;
  auto query = (sql.prepare << select_text("epoch = :epoch AND status = 'PROCESSING'"),
                soci::use(number, "epoch"));
  return fetch(query);
}

Status insert_received(soci::session& sql, Manifest manifest) {
  if (find_manifest(sql, manifest.manifest_id)) {
    return make_error(Code::manifest_state,
                      fmt::format("manifest \"{}\" exists already", manifest.manifest_id));
  }
  manifest.status = ManifestStatus::received;
  manifest.retries = 0;
  execute(sql,
          fmt::format("INSERT INTO manifest ({}) VALUES (:{} )", column_list(),
                      fmt::join(kColumns, " , :")),
          soci::use(manifest));
  for (const std::string& parent : manifest.lineage) {
    execute(sql, "INSERT INTO manifest_parent (parent_id, manifest_id) VALUES (:parent, :id)",
            soci::use(parent, "parent"), soci::use(manifest.manifest_id, "id"));
  }
  digest_manifest(sql, manifest);
  return {};
}

Status move_manifest(soci::session& sql, const Manifest& manifest) {
  const std::optional<Manifest> stored = find_manifest(sql, manifest.manifest_id);
  if (!stored) return unknown_error(manifest.manifest_id);
  if (!may_move(stored->status, manifest.status)) return state_error(manifest, stored->status);
  Manifest moved = manifest;
  moved.lineage = stored->lineage;
  const bool retried =
      stored->status == ManifestStatus::failed && moved.status == ManifestStatus::processing;
  moved.retries = stored->retries + (retried ? 1 : 0);
  std::vector<std::string> assignments;
  for (const std::string_view column : kColumns) {
    if (column != "manifest_id") assignments.push_back(fmt::format("{0} = :{0} ", column));
  }
  execute(sql,
          fmt::format("UPDATE manifest SET {} WHERE manifest_id = :manifest_id ",
                      fmt::join(assignments, ", ")),
          soci::use(moved));
  digest_manifest(sql, moved);
  return {};
}

}  // namespace assay::control
