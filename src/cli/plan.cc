// assay plan: what apply would change, and what that would break. Changes nothing itself.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/open_control.h"
#include "cli/pending_changes.h"
#include "cli/trial.h"
#include "cli/workspace_problems.h"

namespace assay::cli {
namespace {

/// Nothing applied yet is a state as good as any other.
Result<AppliedState> applied_state(const Globals& globals) {
  auto control = open_control(globals);
  if (control) return read_applied(*control);
  if (control.error().code == Code::plan_not_applied) return AppliedState{};
  return std::move(control).error();
}

void print_text(const AppliedState& applied, const PendingChanges& pending) {
  if (pending.empty()) {
    fmt::print("nothing to do: the workspace is applied as it stands\n");
    return;
  }
  if (!applied.workspace) fmt::print("nothing is applied yet\n");
  for (const registry::Change& change : pending.changes) fmt::print("{}\n", change_text(change));
  if (pending.changes.empty()) {
    fmt::print("{} would be compiled anew by this version of assay\n",
               counted(pending.recompiled.size(), "plan"));
  }
  const std::size_t breaking = pending.breaking().size();
  if (breaking > 0) {
    fmt::print("{} of {} would break what is stored; assay apply refuses that\n", breaking,
               counted(pending.changes.size(), "change"));
  } else {
    fmt::print("{} that can be applied; next: assay apply\n",
               counted(pending.changes.size(), "change"));
  }
}

Status show_plan(Globals& globals, const std::string& data) {
  ASSAY_TRY(const auto workspace, load_workspace(globals));
  if (!workspace) return {};
  ASSAY_TRY(const AppliedState applied, applied_state(globals));
  ASSAY_TRY(const PendingChanges pending, pending_changes(applied, *workspace));
  Trials trials;
  Micros since = 0;
  if (!data.empty()) {
    ASSAY_TRY(since, data_since(data, io::system_clock()->now()));
    ASSAY_TRY(trials, try_pending(globals, applied, pending, *workspace, since));
  }
  if (globals.json) {
    nlohmann::json extra{{"applied_before", applied.workspace.has_value()}};
    if (!data.empty()) extra["data"] = nlohmann::json::parse(trials_json(trials, since));
    fmt::print("{}\n", changes_json(pending, extra.dump()));
  } else {
    print_text(applied, pending);
    if (!data.empty()) print_trials(trials, since);
  }
  return {};
}

}  // namespace

void add_plan(CLI::App& app, Globals& globals) {
  auto* command =
      app.add_subcommand("plan", "show what apply would change, and what that would break");
  command->footer(
      "Checks every file of the workspace and shows all mistakes at once. + added, ~ changed, - "
      "removed;\n"
      "below a change stands what becomes of what is stored, or what it would break. With --data "
      "the "
      "plans are\n"
      "tried over stored records. Changes nothing.");
  auto data = std::make_shared<std::string>();
  command
      ->add_option("--data", *data,
                   "also run them over what came in since then, beside the applied ones")
      ->type_name("7d|INSTANT");
  command->callback([&globals, data] { run(globals, [&] { return show_plan(globals, *data); }); });
}

}  // namespace assay::cli
