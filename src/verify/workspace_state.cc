#include "verify/workspace_state.h"

#include <fmt/format.h>

namespace assay::verify {

const PlanDocument* WorkspaceState::plan_of(const std::string& tenant) const {
  if (const auto id = control.tenant_plans.find(tenant); id != control.tenant_plans.end()) {
    if (const auto plan = plans.find(id->second); plan != plans.end()) return &plan->second;
  }
  const PlanDocument* newest = nullptr;
  for (const ManifestRow& manifest : control.manifests) {
    const auto plan = plans.find(manifest.plan_id);
    if (manifest.tenant_id == tenant && plan != plans.end()) newest = &plan->second;
  }
  return newest;
}

std::string WorkspaceState::relative(const std::string& path) const {
  return path.starts_with(data_folder + "/") ? path.substr(data_folder.size() + 1) : path;
}

bool is_live(const ManifestRow& manifest) {
  return manifest.status == "COMPLETE" && manifest.current;
}

Result<std::string> data_folder_of(io::FileSystem& files, const std::string& root) {
  const std::string folder = root + "/.assay";
  ASSAY_TRY(const bool exists, files.exists(folder + "/control.db"));
  if (!exists) {
    return make_error(Code::plan_not_applied, "this workspace has no control database yet",
                      "Run: assay apply");
  }
  return folder;
}

void read_plans(WorkspaceState& state, Findings& findings) {
  for (const auto& [id, text] : state.control.plans) {
    auto plan = parse_plan(text);
    if (plan) {
      state.plans.emplace(id, std::move(plan).value());
      continue;
    }
    Problem problem;
    problem.kind = "control";
    problem.message = fmt::format("plan {}: {}", id, plan.error().message);
    findings.problem(std::move(problem));
  }
}

void read_tables(WorkspaceState& state, Findings& findings) {
  CheckScope scope(findings, {"", "", "", "chain of table metadata", {}, true});
  for (const auto& [name, location] : state.control.locations) {
    ++scope.count("tables");
    const std::string path = io::from_uri(location);
    auto walk = walk_chain(state.files, name, path);
    const auto report = [&](const std::string& where, const std::string& message) {
      Problem problem;
      problem.kind = "chain";
      problem.path = state.relative(where);
      problem.table = name;
      problem.message = message;
      findings.problem(std::move(problem));
    };
    if (!walk) {
      report(path, walk.error().message);
      continue;
    }
    for (const ChainFault& fault : walk->faults) report(fault.path, fault.message);
    scope.count("data files") += static_cast<std::int64_t>(walk->table.files.size());
    state.tables.emplace(name, std::move(walk->table));
  }
}

}  // namespace assay::verify
