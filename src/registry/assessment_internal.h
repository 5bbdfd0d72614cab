#pragma once
// Between the taking apart of payloads and the judging.

#include <string>
#include <vector>

#include "registry/assessment.h"
#include "registry/document_facts.h"

namespace assay::registry {

struct Facts {
  std::int64_t records = 0;
  std::int64_t bytes = 0;
  std::int64_t not_json = 0;
  std::int64_t not_objects = 0;
  std::string not_json_example;
  std::vector<FamilyFacts> families;
  ValueBudget budget;
};

Assessment judge(const Facts& facts);

}  // namespace assay::registry
