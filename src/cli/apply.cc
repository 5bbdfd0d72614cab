// assay apply: compiles the workspace and stores plans, field ids and the workspace itself, in one
// transaction.

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "cli/command.h"
#include "cli/pending_changes.h"
#include "cli/workspace_problems.h"
#include "engine/session.h"

namespace assay::cli {
namespace {

/// The control database; made, under the folder's lock, where this is the first apply. Afterwards
/// apply needs neither lock nor lease: it is one transaction of its own, and who works on the
/// workspace takes it over with the next epoch.
Result<control::Database> open_for_apply(const std::string& root) {
  const engine::Paths paths(root);
  const auto files = io::local_file_system();
  ASSAY_TRY(const bool there, files->exists(paths.control_db));
  if (there) {
    auto opened = control::Database::open({.path = paths.control_db});
    // A first apply that a full disk ended leaves a file without tables: it is made again.
    if (opened || opened.error().code != Code::control_schema) return opened;
  }
  ASSAY_TRY_VOID(files->make_folders(paths.data));
  ASSAY_TRY(const auto lock, io::FolderLock::take(paths.lock));
  static_cast<void>(lock);
  return control::Database::open({.path = paths.control_db, .create = true});
}

Status refuse_breaking(const PendingChanges& pending) {
  const auto breaking = pending.breaking();
  if (breaking.empty()) return {};
  std::string detail;
  for (const registry::Change* change : breaking) {
    detail += fmt::format("{}{}", detail.empty() ? "" : "\n", change_text(*change));
  }
  return make_error(Code::plan_breaking,
                    fmt::format("{} of {} would break what is stored; nothing was changed",
                                breaking.size(), counted(pending.changes.size(), "change")),
                    "Take these changes back, or give new things new names beside the old ones.",
                    std::move(detail));
}

Status store(control::Database& control, const PendingChanges& pending,
             const model::Workspace& workspace, Micros now) {
  std::vector<control::AppliedPlan> plans;
  for (const plan::Plan& plan : pending.compiled.plans) {
    plans.push_back({plan.tenant, plan::plan_id(plan), plan::to_json(plan), now});
  }
  return control.apply(plans, {pending.compiled.new_field_ids, pending.compiled.renamed_fields},
                       model::to_json(workspace), now);
}

void print_result(const Globals& globals, const PendingChanges& pending) {
  if (globals.json) {
    fmt::print("{}\n", changes_json(pending, R"({"applied":true})"));
  } else if (pending.empty()) {
    fmt::print("nothing to do: the workspace is applied as it stands\n");
  } else {
    for (const registry::Change& change : pending.changes) fmt::print("{}\n", change_text(change));
    fmt::print("applied {}: {}, {}; next: assay ingest FILES\n",
               counted(pending.changes.size(), "change"),
               counted(pending.compiled.plans.size(), "tenant"),
               counted(pending.compiled.new_field_ids.size(), "new column"));
  }
}

Status apply_workspace(Globals& globals) {
  ASSAY_TRY(const auto workspace, load_workspace(globals));
  if (!workspace) return {};
  const Micros now = io::system_clock()->now();
  ASSAY_TRY(control::Database control, open_for_apply(workspace->root));
  ASSAY_TRY(const AppliedState applied, read_applied(control));
  ASSAY_TRY(const PendingChanges pending, pending_changes(applied, *workspace));
  if (!pending.empty()) {
    ASSAY_TRY_VOID(refuse_breaking(pending));
    ASSAY_TRY_VOID(store(control, pending, *workspace, now));
  }
  print_result(globals, pending);
  return {};
}

}  // namespace

void add_apply(CLI::App& app, Globals& globals) {
  auto* command =
      app.add_subcommand("apply", "check the workspace, compile it and put it in force");
  command->footer(
      "Applies all of the workspace or nothing, also while other commands are at work. Applying it "
      "again does\n"
      "nothing. Changes that would break what is stored are refused with what depends on them; see "
      "them before\n"
      "by: assay plan");
  command->callback([&globals] { run(globals, [&] { return apply_workspace(globals); }); });
}

}  // namespace assay::cli
