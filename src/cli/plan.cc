// assay plan: what apply would change, and what that would break. Changes nothing itself.

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "cli/command.h"
#include "cli/open_control.h"
#include "cli/pending_changes.h"
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

Status show_plan(Globals& globals) {
  ASSAY_TRY(const auto workspace, load_workspace(globals));
  if (!workspace) return {};
  ASSAY_TRY(const AppliedState applied, applied_state(globals));
  ASSAY_TRY(const PendingChanges pending, pending_changes(applied, *workspace));
  if (globals.json) {
    fmt::print("{}\n", changes_json(pending, applied.workspace ? R"({"applied_before":true})"
                                                               : R"({"applied_before":false})"));
  } else {
    print_text(applied, pending);
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
      "below a change stands what it would break. Changes nothing.");
  command->callback([&globals] { run(globals, [&] { return show_plan(globals); }); });
}

}  // namespace assay::cli
