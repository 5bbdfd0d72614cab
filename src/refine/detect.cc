// Stage 1: which rules a record is walked with.

#include "refine/kernel.h"

namespace assay::refine {

Application& detect(Kernel& kernel, std::string_view application) {
  for (const auto& known : kernel.applications) {
    if (known->program->name == application && !known->program->versions.empty()) return *known;
  }
  // The last one is for applications that the plan does not know: no rules, no versions.
  return *kernel.applications.back();
}

}  // namespace assay::refine
