#include "cli/trial.h"

#include <fmt/format.h>

#include <charconv>
#include <nlohmann/json.hpp>

#include "base/error_table.h"
#include "cli/open_control.h"
#include "cli/text.h"
#include "io/file_system.h"
#include "io/process.h"

namespace assay::cli {
namespace {

using nlohmann::json;

json codes_json(const std::map<int, std::int64_t>& codes) {
  json out = json::object();
  for (const auto& [code, count] : codes) out[std::to_string(code)] = count;
  return out;
}

json tables_json(const std::map<std::string, engine::TableDifference>& tables) {
  json out = json::object();
  for (const auto& [name, table] : tables) {
    json columns = json::object();
    for (const auto& [column, difference] : table.columns) {
      columns[column] = {{"changed", difference.changed},
                         {"example",
                          {{"record", difference.record},
                           {"applied", difference.applied},
                           {"pending", difference.pending}}}};
    }
    out[name] = {{"rows_added", table.added},
                 {"rows_removed", table.removed},
                 {"rows_changed", table.changed},
                 {"columns", columns}};
  }
  return out;
}

json trial_json(const engine::TenantTrial& trial) {
  json metrics = json::object();
  for (const auto& [name, metric] : trial.metrics) {
    metrics[name] = {{"applied", metric.applied ? json(*metric.applied) : json()},
                     {"pending", metric.pending ? json(*metric.pending) : json()}};
  }
  return {{"records", trial.records},
          {"alike", trial.alike},
          {"now_refined", trial.now_refined},
          {"now_refused", trial.now_refused},
          {"refined_otherwise", trial.refined_otherwise},
          {"refused_otherwise", trial.refused_otherwise},
          {"refused_by_code",
           {{"applied", codes_json(trial.applied_codes)},
            {"pending", codes_json(trial.pending_codes)}}},
          {"tables", tables_json(trial.tables)},
          {"metrics", metrics}};
}

void print_trial(const std::string& tenant, const engine::TenantTrial& trial) {
  fmt::print(
      "tenant {}: {} records tried: {} alike, {} refined otherwise, {} more refined, {} more "
      "refused, {} refused for another reason\n",
      tenant, group_digits(trial.records), group_digits(trial.alike),
      group_digits(trial.refined_otherwise), group_digits(trial.now_refined),
      group_digits(trial.now_refused), group_digits(trial.refused_otherwise));
  for (const auto& [name, table] : trial.tables) {
    fmt::print("  {}: {} rows more, {} less, {} other\n", name, group_digits(table.added),
               group_digits(table.removed), group_digits(table.changed));
    for (const auto& [column, difference] : table.columns) {
      fmt::print("    {}: {} values, as {} -> {} (record {})\n", column,
                 group_digits(difference.changed), difference.applied, difference.pending,
                 difference.record);
    }
  }
  for (const auto& [name, metric] : trial.metrics) {
    fmt::print("  metric {}: {} -> {}\n", name, metric.applied.value_or("(none)"),
               metric.pending.value_or("(none)"));
  }
}

}  // namespace

Result<Micros> data_since(const std::string& text, Micros now) {
  std::int64_t count = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, count);
  const Micros unit = text.ends_with('d')   ? kMicrosPerDay
                      : text.ends_with('h') ? 3600 * kMicrosPerSecond
                      : text.ends_with('m') ? 60 * kMicrosPerSecond
                                            : 0;
  constexpr std::int64_t kCountMax = 1'000'000;
  if (error == std::errc() && rest + 1 == end && unit > 0 && count > 0 && count <= kCountMax)
    return now - count * unit;
  if (const auto instant = parse_instant(text)) return *instant;
  return make_error(Code::usage, fmt::format("--data \"{}\" is no span of time", text),
                    "Write it as 7d, 12h or 30m, or as the instant to begin at.");
}

Result<Trials> try_pending(const Globals& globals, const AppliedState& applied,
                           const PendingChanges& pending, const model::Workspace& next,
                           Micros since) {
  Trials trials;
  if (!applied.workspace) return trials;
  ASSAY_TRY(auto control, open_control(globals));
  ASSAY_TRY(const engine::Paths paths, data_paths(globals));
  const auto files = io::local_file_system();
  const std::string folder = fmt::format("{}/plan-{}", paths.tmp, io::process_id());
  ASSAY_TRY(auto database, parquet::Database::open({.temp_directory = folder}));
  Progress progress(globals);
  for (const plan::Plan& plan : pending.compiled.plans) {
    const auto known = applied.plan_of_tenant.find(plan.tenant);
    if (known == applied.plan_of_tenant.end() || known->second == plan::plan_id(plan)) continue;
    ASSAY_TRY(const auto stored, control.plan(known->second));
    ASSAY_TRY(plan::Plan before, plan::from_json(stored.plan_json));
    ASSAY_TRY(trials[plan.tenant],
              engine::try_out(*files, control, database,
                              {.tenant = plan.tenant,
                               .since = since,
                               .applied = {&*applied.workspace, std::move(before)},
                               .pending = {&next, plan},
                               .progress = [&](std::string_view text) { progress.update(text); }}));
  }
  progress.done();
  return trials;
}

std::string trials_json(const Trials& trials, Micros since) {
  json tenants = json::object();
  for (const auto& [tenant, trial] : trials) tenants[tenant] = trial_json(trial);
  return json{{"since", format_instant(since)}, {"tenants", tenants}}.dump(
      2, ' ', false, json::error_handler_t::replace);
}

void print_trials(const Trials& trials, Micros since) {
  fmt::print("\nover what came in since {}, beside the applied plans:\n", format_instant(since));
  for (const auto& [tenant, trial] : trials) print_trial(tenant, trial);
  if (trials.empty()) fmt::print("no tenant's plan would change\n");
}

}  // namespace assay::cli
