// assay manifest pause | resume: holds a tenant's flow at silver, and lets it go on. | commands:
// who did so, and why.

#include "cli/manifest_flow.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/open_control.h"
#include "cli/text.h"
#include "io/clock.h"

namespace assay::cli {
namespace {

using control::ManifestStatus;
using nlohmann::json;

struct FlowOptions {
  control::FlowCommand command;
  bool dry_run = false;
};

/// The tenant and its application must be applied, or have been.
Status check_flow(control::Database& control, const control::FlowCommand& command) {
  std::vector<std::string> tenants;
  ASSAY_TRY(const auto in_force, control.in_force());
  if (in_force) {
    for (const auto& [tenant, plan] : in_force->plan_of_tenant) tenants.push_back(tenant);
  }
  if (std::find(tenants.begin(), tenants.end(), command.tenant_id) == tenants.end()) {
    return make_error(Code::tenant_unknown, fmt::format("no tenant \"{}\"", command.tenant_id),
                      fmt::format("Known tenants: {}", fmt::join(tenants, ", ")));
  }
  if (command.application.empty()) return {};
  ASSAY_TRY(const auto plan, control.current_plan(command.tenant_id));
  std::vector<std::string> applications;
  const json document = json::parse(plan->plan_json);
  for (const json& version : document.at("versions"))
    applications.push_back(version.at("application").get<std::string>());
  std::sort(applications.begin(), applications.end());
  applications.erase(std::unique(applications.begin(), applications.end()), applications.end());
  if (std::find(applications.begin(), applications.end(), command.application) !=
      applications.end())
    return {};
  return make_error(Code::usage,
                    fmt::format("tenant \"{}\" has no application \"{}\"", command.tenant_id,
                                command.application),
                    fmt::format("Its applications: {}", fmt::join(applications, ", ")));
}

/// How many manifests a command would move.
Result<std::int64_t> affected(control::Database& control, const control::FlowCommand& command,
                              bool pause) {
  std::int64_t count = 0;
  ASSAY_TRY(const auto manifests, control.manifests({.tenant_id = command.tenant_id,
                                                     .layer = "silver",
                                                     .application = {},
                                                     .status = {},
                                                     .limit = {}}));
  for (const control::Manifest& manifest : manifests) {
    if (!command.application.empty() && manifest.application != command.application) continue;
    const bool waits =
        manifest.status == ManifestStatus::received || manifest.status == ManifestStatus::failed;
    count += (pause ? waits : manifest.status == ManifestStatus::paused) ? 1 : 0;
  }
  return count;
}

/// Whether a command would pause or resume a flow, or has been carried out already.
Result<bool> would_change(control::Database& control, const control::FlowCommand& command,
                          bool pause) {
  ASSAY_TRY(const auto flows, control.paused_flows());
  const bool paused = std::any_of(flows.begin(), flows.end(), [&](const auto& flow) {
    const bool same = flow.application == command.application;
    return flow.tenant_id == command.tenant_id && (same || (!pause && command.application.empty()));
  });
  return paused != pause;
}

/// What a person left out is null.
json said(const std::string& text) { return text.empty() ? json() : json(text); }

Status work(const Globals& globals, FlowOptions options, bool pause) {
  ASSAY_TRY(auto control, open_control(globals, ControlAccess::write));
  ASSAY_TRY_VOID(check_flow(control, options.command));
  options.command.time = io::system_clock()->now();
  control::FlowChange change;
  if (options.dry_run) {
    ASSAY_TRY(change.manifests, affected(control, options.command, pause));
    ASSAY_TRY(change.changed, would_change(control, options.command, pause));
  } else {
    ASSAY_TRY(change, pause ? control.pause(options.command) : control.resume(options.command));
  }
  const std::string& application = options.command.application;
  if (globals.json) {
    fmt::print("{}\n", json{{"action", pause ? "pause" : "resume"},
                            {"tenant", options.command.tenant_id},
                            {"application", said(application)},
                            {"dry_run", options.dry_run},
                            {"changed", change.changed},
                            {"manifests", change.manifests}}
                           .dump(2, ' ', false, json::error_handler_t::replace));
    return {};
  }
  const std::string flow =
      application.empty()
          ? fmt::format("tenant {}", options.command.tenant_id)
          : fmt::format("tenant {}, application {}", options.command.tenant_id, application);
  if (options.dry_run) {
    fmt::print("{}: {} manifests would be {}\n", flow, group_digits(change.manifests),
               pause ? "paused" : "resumed");
  } else if (pause) {
    fmt::print("{} {} paused: {} manifests wait, and what comes waits in bronze\n", flow,
               change.changed ? "is" : "was already", group_digits(change.manifests));
  } else {
    if (change.changed) {
      fmt::print(
          "{} is resumed: {} manifests go on with the next `assay run`, or with `assay up`\n", flow,
          group_digits(change.manifests));
    } else {
      fmt::print("{} was not paused\n", flow);
    }
  }
  return {};
}

void add(CLI::App& group, Globals& globals, bool pause) {
  CLI::App* command =
      group.add_subcommand(pause ? "pause" : "resume",
                           pause ? "hold a tenant's flow: bronze goes on, silver and gold wait"
                                 : "let a paused flow go on where it stood");
  auto options = std::make_shared<FlowOptions>();
  command->add_option("--tenant", options->command.tenant_id, "whose flow")
      ->required()
      ->type_name("TENANT");
  command->add_option("--application", options->command.application, "only this application's")
      ->type_name("NAME");
  command->add_option("--actor", options->command.actor, "who wants it")->type_name("NAME");
  command->add_option("--reason", options->command.reason, "why; kept with the command")
      ->type_name("TEXT");
  command->add_flag("--dry-run", options->dry_run, "say what would be moved, and move nothing");
  command->callback(
      [&globals, options, pause] { run(globals, [&] { return work(globals, *options, pause); }); });
}

Status list_commands(const Globals& globals, int limit) {
  ASSAY_TRY(auto control, open_control(globals, ControlAccess::write));
  ASSAY_TRY(const auto commands, control.commands(limit));
  json list = json::array();
  std::vector<std::vector<std::string>> rows{
      {"time", "action", "tenant", "application", "manifests", "actor", "reason"}};
  for (const control::CommandRow& row : commands) {
    const control::FlowCommand& command = row.command;
    list.push_back({{"time", format_instant(command.time)},
                    {"action", row.action},
                    {"tenant", command.tenant_id},
                    {"application", said(command.application)},
                    {"manifests", row.manifests},
                    {"actor", said(command.actor)},
                    {"reason", said(command.reason)}});
    rows.push_back({format_instant(command.time), row.action, command.tenant_id,
                    command.application.empty() ? "all" : command.application,
                    group_digits(row.manifests), command.actor.empty() ? "-" : command.actor,
                    command.reason.empty() ? "-" : command.reason});
  }
  if (globals.json) {
    fmt::print("{}\n", list.dump(2, ' ', false, json::error_handler_t::replace));
    return {};
  }
  fmt::print("{}", commands.empty() ? "no command has changed a flow\n" : text_table(rows));
  return {};
}

}  // namespace

void add_manifest_flow(CLI::App& group, Globals& globals) {
  add(group, globals, true);
  add(group, globals, false);
  CLI::App* command = group.add_subcommand("commands", "what was paused and resumed, by whom, why");
  auto limit = std::make_shared<int>(50);
  command->add_option("--limit", *limit, "the newest so many")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  command->callback(
      [&globals, limit] { run(globals, [&] { return list_commands(globals, *limit); }); });
}

}  // namespace assay::cli
