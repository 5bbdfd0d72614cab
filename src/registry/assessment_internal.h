#pragma once
// Between the taking apart of payloads and the judging.

#include <optional>
#include <string>
#include <vector>

#include "registry/assessment.h"
#include "registry/document_facts.h"
#include "registry/inference.h"

namespace assay::registry {

struct Facts {
  Assessment counts;  ///< of all records; its families come last
  std::vector<FamilyFacts> families;
  ValueBudget budget;
};

Assessment judge(const Facts& facts);
Inference infer(const Facts& facts);

/// How far a path's values determine another's, from 0 to 1: the share of the rows that have both
/// which agree with most rows of the same value. Nothing where no row has both.
std::optional<double> dependence(const RowSample& sample, std::uint32_t key, std::uint32_t other);

}  // namespace assay::registry
