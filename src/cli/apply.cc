// assay apply: compiles the workspace and stores plans, field ids and the workspace itself, in one
// transaction.

#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "cli/command.h"
#include "cli/pending_changes.h"
#include "cli/workspace_problems.h"
#include "engine/session.h"
#include "io/process.h"

namespace assay::cli {
namespace {

/// The folder's lock, the control database and its lease, from `open` to destruction.
class ApplySession {
 public:
  static Result<ApplySession> open(const std::string& root, Micros now) {
    const engine::Paths paths(root);
    ASSAY_TRY_VOID(io::local_file_system()->make_folders(paths.data));
    ASSAY_TRY(auto lock, io::FolderLock::take(paths.lock));
    ASSAY_TRY(auto control, control::Database::open({.path = paths.control_db, .create = true}));
    ApplySession session(std::move(lock), std::move(control));
    const std::string holder = fmt::format("{}/{}", io::host_name(), io::process_id());
    ASSAY_TRY(session.lease_, session.control_.take_lease(holder, now));
    return session;
  }
  ~ApplySession() {
    // A lease that cannot be given back is taken over by the next holder's generation.
    if (lease_.generation != 0) static_cast<void>(control_.release_lease(lease_));
  }
  ApplySession(ApplySession&& other) noexcept
      : lock_(std::move(other.lock_)),
        control_(std::move(other.control_)),
        lease_(std::exchange(other.lease_, {})) {}
  ApplySession& operator=(ApplySession&&) = delete;

  control::Database& control() { return control_; }

 private:
  ApplySession(io::FolderLock lock, control::Database control)
      : lock_(std::move(lock)), control_(std::move(control)) {}

  io::FolderLock lock_;
  control::Database control_;
  control::Lease lease_;
};

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

/// An interrupted epoch is repeated as it was meant, by the plan that it began with.
Status refuse_interrupted(control::Database& control) {
  ASSAY_TRY(const auto intent, control.open_intent());
  if (!intent) return {};
  return make_error(Code::manifest_state,
                    fmt::format("epoch {} was interrupted and must be finished by the plan that it "
                                "began with",
                                intent->epoch),
                    "Run: assay run; then apply again.");
}

Status store(control::Database& control, const PendingChanges& pending,
             const model::Workspace& workspace, Micros now) {
  std::vector<control::AppliedPlan> plans;
  for (const plan::Plan& plan : pending.compiled.plans) {
    plans.push_back({plan.tenant, plan::plan_id(plan), plan::to_json(plan), now});
  }
  return control.apply(plans, pending.compiled.new_field_ids, model::to_json(workspace), now);
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
  ASSAY_TRY(ApplySession session, ApplySession::open(workspace->root, now));
  ASSAY_TRY(const AppliedState applied, read_applied(session.control()));
  ASSAY_TRY(const PendingChanges pending, pending_changes(applied, *workspace));
  if (!pending.empty()) {
    ASSAY_TRY_VOID(refuse_breaking(pending));
    ASSAY_TRY_VOID(refuse_interrupted(session.control()));
    ASSAY_TRY_VOID(store(session.control(), pending, *workspace, now));
  }
  print_result(globals, pending);
  return {};
}

}  // namespace

void add_apply(CLI::App& app, Globals& globals) {
  auto* command =
      app.add_subcommand("apply", "check the workspace, compile it and put it in force");
  command->footer(
      "Applies all of the workspace or nothing. Applying it again does nothing. Changes that would "
      "break what\n"
      "is stored are refused with what depends on them; see them before by: assay plan");
  command->callback([&globals] { run(globals, [&] { return apply_workspace(globals); }); });
}

}  // namespace assay::cli
