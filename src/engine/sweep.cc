#include "engine/sweep.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <span>
#include <utility>

#include "engine/release.h"

namespace assay::engine {
namespace {

/// Codes that say something about the payload and the limits, not about any version's rules.
constexpr std::array kLimitCodes = {Code::json_too_deep, Code::json_too_many_keys};
constexpr std::array kUnknownCodes = {Code::shape_unknown, Code::version_unknown};

/// Two rules by what they write, wherever their tables and columns stand in the plans.
class RuleComparison {
 public:
  RuleComparison(const plan::Plan& then, const plan::Plan& now) : then_(then), now_(now) {}

  bool same(const plan::VersionPlan& a, const plan::VersionPlan& b) const {
    return a.match == b.match && a.envelope_version == b.envelope_version &&
           std::equal(a.entities.begin(), a.entities.end(), b.entities.begin(), b.entities.end(),
                      [&](const auto& x, const auto& y) { return same_entity(x, y); });
  }

 private:
  bool same_table(int a, int b) const {
    const column::TableSchema& x = then_.tables[static_cast<std::size_t>(a)];
    const column::TableSchema& y = now_.tables[static_cast<std::size_t>(b)];
    return x.name == y.name && x.fields == y.fields;
  }
  static bool same_fields(const std::vector<plan::FieldRule>& a,
                          const std::vector<plan::FieldRule>& b) {
    return a == b;  // columns are places in tables that same_table has found equal
  }
  bool same_master(const plan::MasterRule& a, const plan::MasterRule& b) const {
    return a.role == b.role && a.entity == b.entity && a.order_field == b.order_field &&
           same_table(a.content_table, b.content_table) && same_fields(a.fields, b.fields);
  }
  bool same_entity(const plan::EntityRule& a, const plan::EntityRule& b) const {
    return a.entity == b.entity && a.rows == b.rows && a.event_time_column == b.event_time_column &&
           same_table(a.table, b.table) && same_fields(a.fields, b.fields) &&
           std::equal(a.masters.begin(), a.masters.end(), b.masters.begin(), b.masters.end(),
                      [&](const auto& x, const auto& y) { return same_master(x, y); });
  }

  const plan::Plan& then_;
  const plan::Plan& now_;
};

const plan::VersionPlan* version_of(const plan::Plan& plan, const std::string& application,
                                    const std::string& version) {
  for (const plan::VersionPlan& candidate : plan.versions) {
    if (candidate.application == application && candidate.version == version) return &candidate;
  }
  return nullptr;
}

bool contains(std::span<const Code> codes, int code) {
  return std::any_of(codes.begin(), codes.end(),
                     [&](Code known) { return static_cast<int>(known) == code; });
}

bool limits_differ(const PayloadLimits& a, const PayloadLimits& b) {
  return a.depth_max != b.depth_max || a.object_keys_max != b.object_keys_max;
}

void sort_and_shorten(auto& list) {
  std::sort(list.begin(), list.end());
  list.erase(std::unique(list.begin(), list.end()), list.end());
}

/// One tenant's quarantine under the plan that is now in force.
class Sweep {
 public:
  Sweep(Session& session, std::string tenant, plan::Plan now)
      : session_(session), tenant_(std::move(tenant)), now_(std::move(now)) {}

  Status run() {
    ASSAY_TRY(const std::string relation,
              quarantine_relation(session_.files(), session_.control(), tenant_));
    ASSAY_TRY(auto groups, refusal_groups(session_.parquet(), relation, "true"));
    std::map<std::string, std::vector<RefusalGroup>> by_application;
    for (RefusalGroup& group : groups) {
      ASSAY_TRY(const bool may_be_cured, is_curable(group));
      if (may_be_cured) by_application[group.application].push_back(std::move(group));
    }
    for (const auto& [application, curable_groups] : by_application) {
      ASSAY_TRY(const auto targets,
                targets_of(session_.control(), curable_groups, ReleaseAction::reprocess));
      ASSAY_TRY_VOID(
          queue_releases(session_.control(), targets, order_for(curable_groups), session_.now()));
    }
    return {};
  }

 private:
  static ReleaseOrder order_for(const std::vector<RefusalGroup>& groups) {
    ReleaseOrder order;
    order.reason = "a new plan may cure them";
    order.filter.code_or_version = true;
    for (const RefusalGroup& group : groups) {
      if (contains(kUnknownCodes, group.code) || contains(kLimitCodes, group.code))
        order.filter.codes.push_back(group.code);
      else
        order.filter.versions.push_back(group.schema_version);
    }
    sort_and_shorten(order.filter.versions);
    sort_and_shorten(order.filter.codes);
    return order;
  }

  Result<bool> is_curable(const RefusalGroup& group) {
    ASSAY_TRY(const control::Manifest refuser, session_.control().manifest(group.manifest_id));
    if (refuser.layer != "silver" || refuser.plan_id.empty()) return false;
    ASSAY_TRY(const plan::Plan* then, plan_of(refuser.plan_id));
    const Curable found = curable(*then, now_, group.application);
    if (contains(kUnknownCodes, group.code)) return found.unknown_shapes;
    if (contains(kLimitCodes, group.code)) return limits_differ(then->limits, now_.limits);
    return std::count(found.versions.begin(), found.versions.end(), group.schema_version) > 0;
  }

  Result<const plan::Plan*> plan_of(const std::string& plan_id) {
    const auto known = plans_.find(plan_id);
    if (known != plans_.end()) return &known->second;
    ASSAY_TRY(const auto stored, session_.control().plan(plan_id));
    ASSAY_TRY(plan::Plan parsed, plan::from_json(stored.plan_json));
    return &plans_.emplace(plan_id, std::move(parsed)).first->second;
  }

  Session& session_;
  const std::string tenant_;
  const plan::Plan now_;
  std::map<std::string, plan::Plan> plans_;
};

}  // namespace

Curable curable(const plan::Plan& then, const plan::Plan& now, const std::string& application) {
  Curable found;
  const RuleComparison comparison(then, now);
  for (const plan::VersionPlan& version : now.versions) {
    if (version.application != application) continue;
    const plan::VersionPlan* before = version_of(then, application, version.version);
    if (before != nullptr && comparison.same(*before, version)) continue;
    found.unknown_shapes =
        found.unknown_shapes || before == nullptr || before->match != version.match;
    if (before != nullptr) found.versions.push_back(version.version);
  }
  for (const plan::VersionPlan& version : then.versions) {
    // Its records are now taken by another version, or by none: that has to be said anew.
    const bool gone = version.application == application &&
                      version_of(now, application, version.version) == nullptr;
    if (gone) found.versions.push_back(version.version);
  }
  return found;
}

Status queue_curable(Session& session) {
  ASSAY_TRY(const auto swept, session.control().swept_plans());
  for (const auto& [tenant, plan_id] : session.in_force().plan_of_tenant) {
    const auto before = swept.find(tenant);
    if (before != swept.end() && before->second == plan_id) continue;
    session.progress(fmt::format("tenant {}: looking through quarantine", tenant));
    ASSAY_TRY(const auto stored, session.control().plan(plan_id));
    ASSAY_TRY(plan::Plan now, plan::from_json(stored.plan_json));
    ASSAY_TRY_VOID(Sweep(session, tenant, std::move(now)).run());
    // Queued first, remembered after: a crash in between looks twice, and finds what waits already.
    ASSAY_TRY_VOID(session.control().set_swept(tenant, plan_id));
  }
  return {};
}

}  // namespace assay::engine
