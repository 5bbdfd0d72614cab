// Any bytes are a plan or are refused; what is taken has one canonical document, and its operators
// can be made or are refused.

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "fold/operator.h"
#include "plan/plan.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto plan = assay::plan::from_json(text);
  if (!plan) {
    if (plan.error().code != assay::Code::plan_invalid) std::abort();
    return 0;
  }
  const std::string canonical = assay::plan::to_json(*plan);
  const auto again = assay::plan::from_json(canonical);
  if (!again || assay::plan::to_json(*again) != canonical) std::abort();
  for (const assay::plan::OperatorRule& rule : plan->operators) {
    const auto made = assay::fold::make_operator(*plan, rule);
    if (!made && made.error().code != assay::Code::plan_invalid) std::abort();
  }
  return 0;
}
