#pragma once
// Between the taking apart of payloads and the judging.

#include <string>
#include <vector>

#include "registry/assessment.h"
#include "registry/document_facts.h"

namespace assay::registry {

struct Facts {
  Assessment counts;  ///< of all records; its families come last
  std::vector<FamilyFacts> families;
  ValueBudget budget;
};

Assessment judge(const Facts& facts);

}  // namespace assay::registry
