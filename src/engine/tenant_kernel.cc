#include "engine/tenant_kernel.h"

#include <fmt/format.h>

#include <utility>

#include "base/assert.h"

namespace assay::engine {
namespace {

constexpr int kPageRoundsMax = 4;

/// Operators that feed the same master share its state; every other one has its own.
std::string state_name(const plan::Plan& plan, const plan::OperatorRule& rule) {
  switch (rule.kind) {
    case plan::OperatorRule::Kind::content: return "content:" + rule.entity;
    case plan::OperatorRule::Kind::history: return "history:" + rule.entity;
    default: return plan::operator_id(plan, rule);
  }
}

}  // namespace

Result<TenantKernel> TenantKernel::open(Session& session, const std::string& tenant,
                                        const std::string& plan_id) {
  ASSAY_TRY(const auto applied, session.control().plan(plan_id));
  ASSAY_TRY(plan::Plan parsed, plan::from_json(applied.plan_json));
  auto plan = std::make_shared<const plan::Plan>(std::move(parsed));
  ASSAY_TRY(auto refiner, refine::Refiner::open(plan));
  TenantKernel kernel{plan, applied.plan_id, std::move(refiner), {}, {tenant, 0, "dedupe"}};
  for (const plan::OperatorRule& rule : plan->operators) {
    if (rule.kind == plan::OperatorRule::Kind::dedupe)
      continue;  // works on records: see SilverStep
    ASSAY_TRY(auto operation, fold::make_operator(*plan, rule));
    kernel.operators.push_back({rule, {tenant, 0, state_name(*plan, rule)}, std::move(operation)});
  }
  return kernel;
}

plan::Dedupe TenantKernel::dedupe_of(const std::string& root_entity) const {
  for (const auto& [entity, rule] : plan->dedupe) {
    if (entity == root_entity) return rule;
  }
  return plan::Dedupe::coordinates;
}

Result<fold::Output> run_operator(StateStore& state, const KeyedOperator& keyed,
                                  std::span<const fold::Input> inputs,
                                  const fold::Context& context) {
  ASSAY_TRY(const auto under_way, keyed.operation->start(inputs));
  fold::Pages pages;
  for (int round = 0; round <= kPageRoundsMax; ++round) {
    ASSAY_TRY(const auto needed, under_way->pages(pages));
    if (needed.empty()) break;
    ASSAY_ASSERT(round < kPageRoundsMax);
    ASSAY_TRY_VOID(state.load(keyed.scope, needed, pages));
  }
  ASSAY_TRY(fold::Output output, under_way->fold(pages, context));
  state.stage(keyed.scope, std::move(output.writes), output.deletions);
  output.writes = {};
  return output;
}

}  // namespace assay::engine
