#include "cli/pending_changes.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace assay::cli {
namespace {

using nlohmann::json;

struct KindText {
  const char* sign;
  const char* name;
};

KindText text_of(registry::Change::Kind kind) {
  switch (kind) {
    case registry::Change::Kind::added: return {"+", "added"};
    case registry::Change::Kind::changed: return {"~", "changed"};
    case registry::Change::Kind::removed: return {"-", "removed"};
  }
  return {"~", "changed"};
}

}  // namespace

Result<AppliedState> read_applied(control::Database& control) {
  AppliedState state;
  ASSAY_TRY(const auto document, control.applied_workspace());
  if (document) {
    ASSAY_TRY(state.workspace, model::from_json(*document));
  }
  ASSAY_TRY(state.field_ids, control.field_ids());
  ASSAY_TRY(const auto plans, control.current_plans());
  for (const control::AppliedPlan& plan : plans)
    state.plan_of_tenant[plan.tenant_id] = plan.plan_id;
  ASSAY_TRY(const auto tables, control.table_locations());
  state.has_tables = !tables.empty();
  return state;
}

std::vector<const registry::Change*> PendingChanges::breaking() const {
  std::vector<const registry::Change*> found;
  if (!has_tables) return found;
  for (const registry::Change& change : changes) {
    if (!change.breaks.empty()) found.push_back(&change);
  }
  return found;
}

Result<PendingChanges> pending_changes(const AppliedState& applied, const model::Workspace& next) {
  PendingChanges pending;
  pending.has_tables = applied.has_tables;
  pending.changes = registry::difference(applied.workspace.value_or(model::Workspace{}), next);
  ASSAY_TRY(pending.compiled, registry::compile(next, applied.field_ids));
  for (const plan::Plan& plan : pending.compiled.plans) {
    const auto known = applied.plan_of_tenant.find(plan.tenant);
    if (known == applied.plan_of_tenant.end() || known->second != plan::plan_id(plan)) {
      pending.recompiled.push_back(plan.tenant);
    }
  }
  // A workspace without tenants has no plan; it is applied all the same, once.
  if (!applied.workspace && pending.changes.empty()) pending.recompiled.emplace_back();
  return pending;
}

std::string counted(std::size_t count, std::string_view noun) {
  return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

std::string change_text(const registry::Change& change) {
  std::string text = fmt::format("{} {}{}{}", text_of(change.kind).sign, change.what,
                                 change.detail.empty() ? "" : ": ", change.detail);
  for (const std::string& effect : change.effects) text += fmt::format("\n    {}", effect);
  for (const std::string& reason : change.breaks) text += fmt::format("\n    breaks: {}", reason);
  return text;
}

std::string changes_json(const PendingChanges& pending, const std::string& extra) {
  json document = json::parse(extra);
  json& changes = document["changes"] = json::array();
  for (const registry::Change& change : pending.changes) {
    changes.push_back({{"kind", text_of(change.kind).name},
                       {"what", change.what},
                       {"detail", change.detail},
                       {"effects", change.effects},
                       {"breaks", change.breaks}});
  }
  document["breaking"] = pending.breaking().size();
  document["nothing_to_do"] = pending.empty();
  json& plans = document["plans"] = json::object();
  for (const plan::Plan& plan : pending.compiled.plans) plans[plan.tenant] = plan::plan_id(plan);
  return document.dump(2, ' ', false, json::error_handler_t::replace);
}

}  // namespace assay::cli
