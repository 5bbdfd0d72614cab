#pragma once
// A tenant's plan with the kernel's two halves opened on it.

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "engine/session.h"
#include "fold/operator.h"
#include "plan/plan.h"
#include "refine/refine.h"

namespace assay::engine {

struct KeyedOperator {
  plan::OperatorRule rule;
  StateScope scope;
  std::unique_ptr<fold::Operator> operation;
};

/// One thread. Its memory is that of one tenant's plan.
struct TenantKernel {
  std::shared_ptr<const plan::Plan> plan;
  std::string plan_id;
  refine::Refiner refiner;
  std::vector<KeyedOperator> operators;
  StateScope dedupe_scope;

  /// With the plan of that id.
  static Result<TenantKernel> open(Session& session, const std::string& tenant,
                                   const std::string& plan_id);
  plan::Dedupe dedupe_of(const std::string& root_entity) const;
};

/// Looks up the pages that the operator needs, folds, and stages its pages in the state store's
/// overlay.
Result<fold::Output> run_operator(StateStore& state, const KeyedOperator& keyed,
                                  std::span<const fold::Input> inputs,
                                  const fold::Context& context);

}  // namespace assay::engine
