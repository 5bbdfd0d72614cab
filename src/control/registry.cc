// What `assay apply` stored: plans, the ids of fields, the workspace.

#include <fmt/format.h>

#include "control/database_internal.h"

namespace assay::control {
namespace {

struct FieldKey {
  std::string table;
  std::string field;
};

/// "silver.invoice/customer_id".
FieldKey split(const std::string& key) {
  const auto slash = key.find('/');
  if (slash == std::string::npos) return {"", key};
  return {key.substr(0, slash), key.substr(slash + 1)};
}

/// An id is given once and never moves: the same pair again is fine, anything else breaks stored
/// files.
Status put_field_id(soci::session& sql, const std::string& key, int id) {
  const FieldKey name = split(key);
  const long long number = id;
  execute(sql,
          "INSERT INTO field_id (table_name, field, id) VALUES (:table, :field, :id) ON CONFLICT "
          "DO NOTHING",
          soci::use(name.table, "table"), soci::use(name.field, "field"), soci::use(number, "id"));
  long long stored = 0;
  sql << "SELECT id FROM field_id WHERE table_name = :table AND field = :field",
      soci::use(name.table, "table"), soci::use(name.field, "field"), soci::into(stored);
  if (sql.got_data() && stored == number) return {};
  return make_error(Code::plan_breaking, fmt::format("field \"{}\" cannot take the id {}", key, id),
                    {},
                    sql.got_data() ? fmt::format("It has the id {}.", stored)
                                   : "Another field of the table has it.");
}

/// The column keeps its id; the old name is remembered for those who still read by it.
Status rename_field(soci::session& sql, const std::string& key, const std::string& old) {
  const FieldKey to = split(key);
  const FieldKey from = split(old);
  const long long touched = execute(
      sql, "UPDATE field_id SET field = :to WHERE table_name = :table AND field = :from",
      soci::use(to.field, "to"), soci::use(to.table, "table"), soci::use(from.field, "from"));
  if (touched != 1) {
    return make_error(Code::plan_breaking,
                      fmt::format("field \"{}\" cannot take over from \"{}\"", key, old),
                      "Another apply was faster; look at `assay plan` again.");
  }
  execute(sql,
          "INSERT INTO field_rename (table_name, renamed_from, field) VALUES (:table, :from, :to)"
          " ON CONFLICT (table_name, renamed_from) DO UPDATE SET field = excluded.field",
          soci::use(to.table, "table"), soci::use(from.field, "from"), soci::use(to.field, "to"));
  return {};
}

void put_plan(soci::session& sql, const AppliedPlan& plan) {
  const long long applied = plan.applied;
  execute(sql,
          "INSERT INTO plan (plan_id, tenant_id, plan_json, applied) VALUES (:id, :tenant, :json, "
          ":applied)"
          " ON CONFLICT (plan_id) DO NOTHING",
          soci::use(plan.plan_id, "id"), soci::use(plan.tenant_id, "tenant"),
          soci::use(plan.plan_json, "json"), soci::use(applied, "applied"));
  execute(sql,
          "INSERT INTO tenant_plan (tenant_id, plan_id, applied) VALUES (:tenant, :id, :applied)"
          " ON CONFLICT (tenant_id) DO UPDATE SET plan_id = excluded.plan_id, applied = "
          "excluded.applied",
          soci::use(plan.tenant_id, "tenant"), soci::use(plan.plan_id, "id"),
          soci::use(applied, "applied"));
}

void put_workspace(soci::session& sql, const std::string& workspace_json, Micros now) {
  const long long applied = now;
  execute(sql,
          "INSERT INTO workspace (version, workspace_json, applied)"
          " SELECT coalesce(max(version), 0) + 1, :json, :applied FROM workspace",
          soci::use(workspace_json, "json"), soci::use(applied, "applied"));
}

AppliedPlan plan_of(const soci::row& row) {
  return {.tenant_id = row.get<std::string>(0),
          .plan_id = row.get<std::string>(1),
          .plan_json = row.get<std::string>(2),
          .applied = row.get<long long>(3)};
}

constexpr const char* kCurrentPlans =
    "SELECT c.tenant_id, p.plan_id, p.plan_json, c.applied FROM tenant_plan c"
    " JOIN plan p ON p.plan_id = c.plan_id";

}  // namespace

Status Database::apply(std::span<const AppliedPlan> plans, const FieldChanges& fields,
                       const std::string& workspace_json, Micros now) {
  Connection& connection = *impl_->connection;
  return connection.transaction([&]() -> Status {
    for (const auto& [key, old] : fields.renamed)
      ASSAY_TRY_VOID(rename_field(connection.sql(), key, old));
    for (const auto& [key, id] : fields.added)
      ASSAY_TRY_VOID(put_field_id(connection.sql(), key, id));
    for (const AppliedPlan& plan : plans) put_plan(connection.sql(), plan);
    put_workspace(connection.sql(), workspace_json, now);
    return {};
  });
}

Result<std::map<std::string, int>> Database::field_ids() {
  Connection& connection = *impl_->connection;
  return connection.guard([&]() -> Result<std::map<std::string, int>> {
    const soci::rowset<soci::row> rows =
        (connection.sql().prepare << "SELECT table_name, field, id FROM field_id");
    std::map<std::string, int> ids;
    for (const soci::row& row : rows) {
      const auto table = row.get<std::string>(0);
      const auto field = row.get<std::string>(1);
      ids[table.empty() ? field : table + "/" + field] = static_cast<int>(row.get<long long>(2));
    }
    return ids;
  });
}

Result<std::map<std::string, std::string>> Database::renamed_fields() {
  Connection& connection = *impl_->connection;
  return connection.guard([&]() -> Result<std::map<std::string, std::string>> {
    std::map<std::string, std::string> renamed;
    long long known = 0;  // a reader does not make the table where no writer has yet
    connection.sql() << "SELECT count(*) FROM sqlite_master WHERE name = 'field_rename'",
        soci::into(known);
    if (known == 0) return renamed;
    const soci::rowset<soci::row> rows =
        (connection.sql().prepare << "SELECT table_name, renamed_from, field FROM field_rename");
    for (const soci::row& row : rows) {
      const std::string table = row.get<std::string>(0) + "/";
      renamed[table + row.get<std::string>(1)] = table + row.get<std::string>(2);
    }
    for (auto& [old, name] : renamed) {
      std::size_t steps = 0;  // a name that came back would lead in a circle
      for (auto next = renamed.find(name); next != renamed.end() && steps < renamed.size();
           next = renamed.find(name), ++steps) {
        name = next->second;
      }
    }
    return renamed;
  });
}

Result<std::optional<AppliedPlan>> Database::current_plan(const std::string& tenant_id) {
  Connection& connection = *impl_->connection;
  return connection.guard([&]() -> Result<std::optional<AppliedPlan>> {
    const soci::rowset<soci::row> rows =
        (connection.sql().prepare << std::string(kCurrentPlans) + " WHERE c.tenant_id = :tenant",
         soci::use(tenant_id, "tenant"));
    return first_of(rows, plan_of);
  });
}

Result<std::vector<AppliedPlan>> Database::current_plans() {
  Connection& connection = *impl_->connection;
  return connection.guard([&]() -> Result<std::vector<AppliedPlan>> {
    const soci::rowset<soci::row> rows =
        (connection.sql().prepare << std::string(kCurrentPlans) + " ORDER BY c.tenant_id");
    std::vector<AppliedPlan> plans;
    for (const soci::row& row : rows) plans.push_back(plan_of(row));
    return plans;
  });
}

Result<AppliedPlan> Database::plan(const std::string& plan_id) {
  Connection& connection = *impl_->connection;
  return connection.guard(
      [&]() -> Result<AppliedPlan> {
        const soci::rowset<soci::row> rows =
            (connection.sql().prepare
                 << "SELECT tenant_id, plan_id, plan_json, applied FROM plan WHERE plan_id = :id",
             soci::use(plan_id, "id"));
        if (auto found = first_of(rows, plan_of)) return *std::move(found);
        return make_error(Code::plan_not_applied,
                          fmt::format("no plan with the id \"{}\" was applied", plan_id));
      });
}

Result<std::optional<std::string>> Database::applied_workspace() {
  Connection& connection = *impl_->connection;
  return connection.guard(
      [&]() -> Result<std::optional<std::string>> {
        const soci::rowset<std::string> rows =
            (connection.sql().prepare
             << "SELECT workspace_json FROM workspace ORDER BY version DESC LIMIT 1");
        return first_of(rows, [](const std::string& json) { return json; });
      });
}

Result<std::optional<InForce>> Database::in_force() {
  Connection& connection = *impl_->connection;
  return connection.guard(
      [&]() -> Result<std::optional<InForce>> {
        // One statement reads at one instant, so that workspace and plans are of the same apply.
        const soci::rowset<soci::row> rows =
            (connection.sql().prepare
             << "SELECT w.version, w.workspace_json, t.tenant_id, t.plan_id FROM"
                " (SELECT version, workspace_json FROM workspace ORDER BY version DESC LIMIT 1) w"
                " LEFT JOIN tenant_plan t ON 1 = 1");
        std::optional<InForce> found;
        for (const soci::row& row : rows) {
          if (!found) found = InForce{row.get<long long>(0), row.get<std::string>(1), {}};
          if (row.get_indicator(2) == soci::i_null) continue;
          found->plan_of_tenant[row.get<std::string>(2)] = row.get<std::string>(3);
        }
        return found;
      });
}

Result<std::string> Database::workspace(std::int64_t version) {
  Connection& connection = *impl_->connection;
  return connection.guard(
      [&]() -> Result<std::string> {
        const long long number = version;
        const soci::rowset<std::string> rows =
            (connection.sql().prepare
                 << "SELECT workspace_json FROM workspace WHERE version = :version",
             soci::use(number, "version"));
        if (auto found = first_of(rows, [](const std::string& json) { return json; })) {
          return *std::move(found);
        }
        return make_error(Code::plan_not_applied,
                          fmt::format("version {} of the workspace was never applied", version));
      });
}

Result<std::map<std::string, std::string>> Database::swept_plans() {
  Connection& connection = *impl_->connection;
  return connection.guard([&]() -> Result<std::map<std::string, std::string>> {
    const soci::rowset<soci::row> rows =
        (connection.sql().prepare << "SELECT tenant_id, plan_id FROM quarantine_sweep");
    std::map<std::string, std::string> swept;
    for (const soci::row& row : rows) swept[row.get<std::string>(0)] = row.get<std::string>(1);
    return swept;
  });
}

Status Database::set_swept(const std::string& tenant_id, const std::string& plan_id) {
  Connection& connection = *impl_->connection;
  return connection.transaction([&]() -> Status {
    execute(connection.sql(),
            "INSERT INTO quarantine_sweep (tenant_id, plan_id) VALUES (:tenant, :plan)"
            " ON CONFLICT (tenant_id) DO UPDATE SET plan_id = excluded.plan_id",
            soci::use(tenant_id, "tenant"), soci::use(plan_id, "plan"));
    return {};
  });
}

}  // namespace assay::control
