// Pause and resume: which flows of manifests are not to be taken on, and who said so.

#include <fmt/format.h>

#include "control/database_internal.h"
#include "control/flows_internal.h"
#include "control/manifest_rows_internal.h"

namespace assay::control {
namespace {

bool covers(const PausedFlow& flow, const std::string& application) {
  return flow.application.empty() || flow.application == application;
}

/// Silver manifests of the flow in one of these states, moved to another.
Result<std::int64_t> move_all(soci::session& sql, const FlowCommand& command,
                              std::initializer_list<ManifestStatus> from, ManifestStatus to) {
  std::int64_t moved = 0;
  for (const ManifestStatus status : from) {
    ManifestFilter filter{.tenant_id = command.tenant_id,
                          .layer = "silver",
                          .application = {},
                          .status = status,
                          .limit = {}};
    if (!command.application.empty()) filter.application = command.application;
    for (Manifest manifest : read_manifests(sql, filter)) {
      manifest.status = to;
      ASSAY_TRY_VOID(move_manifest(sql, manifest));
      ++moved;
    }
  }
  return moved;
}

void note(soci::session& sql, const FlowCommand& command, const std::string& action,
          std::int64_t manifests) {
  const long long time = command.time, count = manifests;
  execute(sql,
          "INSERT INTO command (time, actor, action, tenant_id, application, reason, manifests)"
          " VALUES (:time, :actor, :action, :tenant, :application, :reason, :manifests)",
          soci::use(time, "time"), soci::use(command.actor, "actor"), soci::use(action, "action"),
          soci::use(command.tenant_id, "tenant"), soci::use(command.application, "application"),
          soci::use(command.reason, "reason"), soci::use(count, "manifests"));
}

Result<FlowChange> pause_in_transaction(soci::session& sql, const FlowCommand& command) {
  const long long since = command.time;
  const long long added =
      execute(sql,
              "INSERT INTO paused_flow (tenant_id, application, since, actor, reason)"
              " VALUES (:tenant, :application, :since, :actor, :reason)"
              " ON CONFLICT (tenant_id, application) DO NOTHING",
              soci::use(command.tenant_id, "tenant"), soci::use(command.application, "application"),
              soci::use(since, "since"), soci::use(command.actor, "actor"),
              soci::use(command.reason, "reason"));
  using enum ManifestStatus;
  ASSAY_TRY(const std::int64_t moved, move_all(sql, command, {received, failed}, paused));
  // What came since it was paused is moved too; only a pause that changed something is one.
  if (added > 0) note(sql, command, "pause", moved);
  return FlowChange{added > 0, moved};
}

Result<FlowChange> resume_in_transaction(soci::session& sql, const FlowCommand& command) {
  const std::string application = command.application;
  std::int64_t removed = 0;
  for (const PausedFlow& flow : read_paused_flows(sql)) {
    if (flow.tenant_id != command.tenant_id) continue;
    if (!application.empty() && flow.application.empty()) {
      return make_error(
          Code::manifest_state, fmt::format("all of tenant \"{}\" is paused", command.tenant_id),
          fmt::format("Resume all of it: assay manifest resume --tenant {}", command.tenant_id));
    }
    if (!application.empty() && flow.application != application) continue;
    removed += execute(
        sql, "DELETE FROM paused_flow WHERE tenant_id = :tenant AND application = :application",
        soci::use(flow.tenant_id, "tenant"), soci::use(flow.application, "application"));
  }
  using enum ManifestStatus;
  ASSAY_TRY(const std::int64_t moved, move_all(sql, command, {paused}, received));
  if (removed > 0) note(sql, command, "resume", moved);
  return FlowChange{removed > 0, moved};
}

}  // namespace

std::vector<PausedFlow> read_paused_flows(soci::session& sql) {
  const soci::rowset<soci::row> rows =
      (sql.prepare << "SELECT tenant_id, application, since, actor, reason FROM paused_flow"
                      " ORDER BY tenant_id, application");
  std::vector<PausedFlow> flows;
  for (const soci::row& row : rows) {
    flows.push_back({row.get<std::string>(0), row.get<std::string>(1), row.get<long long>(2),
                     row.get<std::string>(3), row.get<std::string>(4)});
  }
  return flows;
}

bool is_paused(const std::vector<PausedFlow>& flows, const Manifest& manifest) {
  for (const PausedFlow& flow : flows) {
    if (flow.tenant_id == manifest.tenant_id && covers(flow, manifest.application)) return true;
  }
  return false;
}

Result<FlowChange> Database::pause(const FlowCommand& command) {
  Connection& connection = *impl_->connection;
  return connection.transaction([&] { return pause_in_transaction(connection.sql(), command); });
}

Result<FlowChange> Database::resume(const FlowCommand& command) {
  Connection& connection = *impl_->connection;
  return connection.transaction([&] { return resume_in_transaction(connection.sql(), command); });
}

Result<std::vector<PausedFlow>> Database::paused_flows() {
  Connection& connection = *impl_->connection;
  return connection.guard(
      [&]() -> Result<std::vector<PausedFlow>> { return read_paused_flows(connection.sql()); });
}

Result<std::vector<CommandRow>> Database::commands(int limit) {
  Connection& connection = *impl_->connection;
  return connection.guard([&]() -> Result<std::vector<CommandRow>> {
    const long long most = limit;
    const soci::rowset<soci::row> rows =
        (connection.sql().prepare
             << "SELECT time, actor, action, tenant_id, application, reason, manifests"
                " FROM command ORDER BY id DESC LIMIT :most",
         soci::use(most, "most"));
    std::vector<CommandRow> commands;
    for (const soci::row& row : rows) {
      commands.push_back({{row.get<std::string>(3), row.get<std::string>(4),
                           row.get<std::string>(1), row.get<std::string>(5), row.get<long long>(0)},
                          row.get<std::string>(2),
                          row.get<long long>(6)});
    }
    return commands;
  });
}

}  // namespace assay::control
