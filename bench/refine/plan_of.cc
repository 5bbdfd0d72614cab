// assay_bench_plan_of WORKSPACE TENANT: the compiled plan of one tenant, as JSON.

#include <cstdio>

#include "model/workspace.h"
#include "plan/plan.h"
#include "registry/registry.h"

int main(int argc, char** argv) {
  if (argc != 3) {
    std::fputs("usage: assay_bench_plan_of WORKSPACE TENANT\n", stderr);
    return 64;
  }
  const auto workspace = assay::model::load_valid(argv[1]);
  if (!workspace) {
    std::fputs(workspace.error().to_text().c_str(), stderr);
    return 1;
  }
  const auto compiled = assay::registry::compile(*workspace, {});
  if (!compiled) {
    std::fputs(compiled.error().to_text().c_str(), stderr);
    return 1;
  }
  for (const assay::plan::Plan& plan : compiled->plans) {
    if (plan.tenant != argv[2]) continue;
    std::puts(assay::plan::to_json(plan).c_str());
    return 0;
  }
  std::fprintf(stderr, "the workspace has no tenant \"%s\"\n", argv[2]);
  return 1;
}
