#include "engine/release.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <map>
#include <nlohmann/json.hpp>

#include "engine/manifest_draft.h"
#include "lake/lake.h"
#include "plan/standard_tables.h"

namespace assay::engine {
namespace {

using nlohmann::json;

constexpr std::array kActions = {std::pair{ReleaseAction::reprocess, "reprocess"},
                                 std::pair{ReleaseAction::discard, "discard"},
                                 std::pair{ReleaseAction::fix, "fix"}};

json order_json(const ReleaseOrder& order) {
  const ReleaseFilter& filter = order.filter;
  json document{{"action", to_string(order.action)},
                {"actor", order.actor},
                {"reason", order.reason},
                {"record", filter.record},
                {"manifest", filter.manifest},
                {"codes", filter.codes},
                {"versions", filter.versions},
                {"code_or_version", filter.code_or_version}};
  if (filter.since) document["since"] = std::to_string(*filter.since);
  return document;
}

ReleaseAction action_named(const std::string& name) {
  for (const auto& [action, text] : kActions) {
    if (name == text) return action;
  }
  return ReleaseAction::reprocess;
}

Result<std::vector<std::string>> paths_of_tenant(io::FileSystem& files, control::Database& control,
                                                 const std::string& table,
                                                 const std::string& tenant) {
  std::vector<std::string> paths;
  ASSAY_TRY(const auto location, control.table_location(table));
  if (!location) return paths;
  ASSAY_TRY(const auto scan, lake::plan(files, *location, lake::TenantScope{TenantId(tenant)}));
  for (const lake::DataFile& file : scan.files) paths.push_back(file.path);
  return paths;
}

std::string in_list(std::string_view column, const std::vector<std::string>& literals) {
  return fmt::format("{} IN ({})", column, fmt::join(literals, ", "));
}

std::vector<std::string> literals_of(const std::vector<std::string>& texts) {
  std::vector<std::string> literals;
  for (const std::string& text : texts) literals.push_back(parquet::sql_literal(text));
  return literals;
}

/// The manifests that may have refused records of a bronze manifest: it itself and its children.
Result<std::vector<std::string>> refusers_of(control::Database& control,
                                             const control::Manifest& bronze,
                                             ReleaseAction action) {
  std::vector<std::string> ids;
  if (action != ReleaseAction::reprocess) ids.push_back(bronze.manifest_id);
  ASSAY_TRY(const auto children, control.children(bronze.manifest_id));
  for (const control::Manifest& child : children) ids.push_back(child.manifest_id);
  return ids;
}

control::Manifest waiting_manifest(const control::Manifest& bronze, int attempt,
                                   const ReleaseOrder& order, std::int64_t records, Micros now) {
  control::Manifest waiting;
  waiting.manifest_id = manifest_id_of(bronze.tenant_id, bronze.application, "silver",
                                       std::stoll(bronze.batch_id), attempt);
  waiting.tenant_id = bronze.tenant_id;
  waiting.application = bronze.application;
  waiting.source_system = bronze.source_system;
  waiting.batch_id = bronze.batch_id;
  waiting.layer = "silver";
  waiting.lineage = {bronze.manifest_id};
  waiting.attempt = attempt;
  waiting.epoch = bronze.epoch;
  waiting.start_time = now;
  waiting.ingest_time = now;
  waiting.record_count = records;
  waiting.ranges = bronze.ranges;
  waiting.accounting = waiting_accounting(order);
  return waiting;
}

}  // namespace

std::string_view to_string(ReleaseAction action) {
  for (const auto& [value, text] : kActions) {
    if (value == action) return text;
  }
  return "";
}

std::string waiting_accounting(const ReleaseOrder& order) {
  return json{{"release", order_json(order)}}.dump();
}

std::optional<ReleaseOrder> order_of(const control::Manifest& manifest) {
  const json accounting = json::parse(manifest.accounting, nullptr, false);
  if (!accounting.is_object() || !accounting.contains("release")) return std::nullopt;
  const json& stored = accounting.at("release");
  ReleaseOrder order;
  order.action = action_named(stored.value("action", ""));
  order.actor = stored.value("actor", "");
  order.reason = stored.value("reason", "");
  order.filter.record = stored.value("record", "");
  order.filter.manifest = stored.value("manifest", "");
  order.filter.codes = stored.value("codes", std::vector<int>());
  order.filter.versions = stored.value("versions", std::vector<std::string>());
  order.filter.code_or_version = stored.value("code_or_version", false);
  if (stored.contains("since")) order.filter.since = std::stoll(stored.value("since", "0"));
  return order;
}

std::string released_accounting(const ReleaseOrder& order, const std::vector<Refusal>& released,
                                const std::string& refined_accounting) {
  json accounting = json::parse(refined_accounting);
  accounting["release"] = order_json(order);
  accounting["released"] = released.size();
  if (order.action == ReleaseAction::discard) accounting["discarded"] = released.size();
  std::map<std::string, std::int64_t> by_code;
  for (const Refusal& refusal : released) ++by_code[std::to_string(refusal.code)];
  accounting["released_by_code"] = by_code;
  return accounting.dump();
}

Result<std::string> quarantine_relation(io::FileSystem& files, control::Database& control,
                                        const std::string& tenant) {
  const column::TableSchema& quarantine = plan::bronze_quarantine();
  const column::TableSchema& release = plan::quarantine_release();
  ASSAY_TRY(const auto refused, paths_of_tenant(files, control, quarantine.name, tenant));
  ASSAY_TRY(const auto released, paths_of_tenant(files, control, release.name, tenant));
  return fmt::format(
      "(SELECT * FROM ({}) AS q WHERE tenant_id = {} AND NOT EXISTS (SELECT 1 FROM ({}) AS r WHERE "
      "r.record_id = q.record_id AND r.quarantine_manifest_id = q.manifest_id))",
      parquet::scan_sql(quarantine, refused), parquet::sql_literal(tenant),
      parquet::scan_sql(release, released));
}

std::string condition_of(const ReleaseFilter& filter) {
  std::vector<std::string> all{"true"};
  if (!filter.record.empty()) {
    all.push_back(
        fmt::format("starts_with(lower(hex(record_id)), {})", parquet::sql_literal(filter.record)));
  }
  if (!filter.manifest.empty()) {
    all.push_back(
        fmt::format("starts_with(manifest_id, {})", parquet::sql_literal(filter.manifest)));
  }
  if (filter.since) {
    all.push_back(fmt::format("ingest_time >= TIMESTAMPTZ '{}'", format_instant(*filter.since)));
  }
  std::vector<std::string> any;
  if (!filter.codes.empty())
    any.push_back(fmt::format("code IN ({})", fmt::join(filter.codes, ", ")));
  if (!filter.versions.empty())
    any.push_back(in_list("coalesce(schema_version, '')", literals_of(filter.versions)));
  if (!any.empty())
    all.push_back(fmt::format("({})", fmt::join(any, filter.code_or_version ? " OR " : " AND ")));
  return fmt::format("{}", fmt::join(all, " AND "));
}

Result<std::vector<RefusalGroup>> refusal_groups(parquet::Database& database,
                                                 const std::string& relation,
                                                 const std::string& condition) {
  ASSAY_TRY(const auto rows,
            database.rows(fmt::format(
                "SELECT manifest_id, application, coalesce(schema_version, ''), code, count(*) "
                "FROM {} WHERE {} GROUP BY ALL ORDER BY ALL",
                relation, condition)));
  std::vector<RefusalGroup> groups;
  for (const auto& row : rows) {
    groups.push_back({row.at(0).value_or(""), row.at(1).value_or(""), row.at(2).value_or(""),
                      std::stoi(row.at(3).value_or("0")), std::stoll(row.at(4).value_or("0"))});
  }
  return groups;
}

Result<std::vector<ReleaseTarget>> targets_of(control::Database& control,
                                              const std::vector<RefusalGroup>& groups,
                                              ReleaseAction action) {
  std::map<std::string, std::int64_t> records;
  for (const RefusalGroup& group : groups) {
    ASSAY_TRY(const control::Manifest refuser, control.manifest(group.manifest_id));
    const bool by_bronze = refuser.layer == "bronze";
    if (by_bronze && action == ReleaseAction::reprocess) continue;
    records[by_bronze ? refuser.manifest_id : refuser.lineage.at(0)] += group.records;
  }
  std::vector<ReleaseTarget> targets;
  for (const auto& [bronze, count] : records) targets.push_back({bronze, count});
  return targets;
}

Status queue_releases(control::Database& control, const std::vector<ReleaseTarget>& targets,
                      const ReleaseOrder& order, Micros now) {
  std::vector<control::Manifest> waiting;
  for (const ReleaseTarget& target : targets) {
    ASSAY_TRY(const control::Manifest bronze, control.manifest(target.bronze_manifest));
    ASSAY_TRY(const auto children, control.children(bronze.manifest_id));
    int attempt = 1;  // the step that every batch has, whether it was done yet or not
    for (const control::Manifest& child : children) attempt = std::max(attempt, child.attempt);
    waiting.push_back(waiting_manifest(bronze, attempt + 1, order, target.records, now));
  }
  return waiting.empty() ? Status() : control.queue(waiting);
}

Result<std::vector<Refusal>> select_refusals(Session& session, const control::Manifest& bronze,
                                             const ReleaseOrder& order) {
  ASSAY_TRY(const std::string relation,
            quarantine_relation(session.files(), session.control(), bronze.tenant_id));
  ASSAY_TRY(const auto refusers, refusers_of(session.control(), bronze, order.action));
  std::vector<Refusal> refusals;
  if (refusers.empty()) return refusals;
  const std::string sql = fmt::format(
      "SELECT record_id, manifest_id, ingest_time, code FROM {} WHERE {} AND {} ORDER BY record_id",
      relation, in_list("manifest_id", literals_of(refusers)), condition_of(order.filter));
  ASSAY_TRY_VOID(session.parquet().query(sql, [&](const column::Batch& batch) -> Status {
    const column::ColumnView record_id(batch, 0), manifest(batch, 1), ingest_time(batch, 2),
        code(batch, 3);
    for (std::int64_t row = 0; row < batch.rows(); ++row) {
      refusals.push_back({Hash128::from_bytes(record_id.bytes(row)),
                          std::string(manifest.bytes(row)), ingest_time.int64(row),
                          code.int32(row)});
    }
    return {};
  }));
  return refusals;
}

column::Batch release_rows(const control::Manifest& manifest, const ReleaseOrder& order,
                           const std::vector<Refusal>& refusals, Micros knowledge_time,
                           std::optional<Hash128> superseded_by) {
  column::BatchBuilder rows(plan::quarantine_release());
  const auto text = [&](int column, const std::string& value) {
    value.empty() ? rows.null(column) : rows.bytes(column, value);
  };
  for (const Refusal& refusal : refusals) {
    int column = 0;
    rows.bytes(column++, manifest.tenant_id);
    rows.hash(column++, refusal.record_id);
    rows.bytes(column++, manifest.application);
    rows.bytes(column++, refusal.manifest_id);
    rows.bytes(column++, to_string(order.action));
    text(column++, order.actor);
    text(column++, order.reason);
    superseded_by ? rows.hash(column, *superseded_by) : rows.null(column);
    ++column;
    rows.int64(column++, refusal.ingest_time);
    rows.int64(column++, knowledge_time);
    rows.bytes(column, manifest.manifest_id);
  }
  return rows.finish();
}

}  // namespace assay::engine
