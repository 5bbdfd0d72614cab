#include "verify/verify.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>

#include "verify/accounting_check.h"
#include "verify/control_check.h"
#include "verify/deep_check.h"
#include "verify/file_table.h"
#include "verify/gold_check.h"
#include "verify/release_check.h"
#include "verify/row_check.h"
#include "verify/workspace_state.h"

namespace assay::verify {
namespace {

void take_files(Findings& findings, const FileCheck& check) {
  Report& report = findings.report();
  CheckScope scope(findings, {"", "", "", "bytes of every file", {}, true});
  report.files = check.files;
  report.bytes = check.bytes;
  scope.count("files") = check.files;
  scope.count("bytes") = check.bytes;
  for (const Problem& problem : check.problems) findings.problem(problem);
}

/// Files that no row of the file table names: an epoch that was not committed leaves some; where
/// the catalog points to one, it is a problem.
void place_unlisted(WorkspaceState& state, Findings& findings,
                    const std::vector<std::string>& unlisted) {
  for (const std::string& path : unlisted) {
    const auto owner =
        std::find_if(state.tables.begin(), state.tables.end(),
                     [&](const auto& table) { return table.second.reachable.contains(path); });
    if (owner == state.tables.end()) {
      findings.notice(fmt::format("orphan {}: no commit names it", state.relative(path)));
      continue;
    }
    Problem problem;
    problem.kind = "file";
    problem.path = state.relative(path);
    problem.table = owner->first;
    problem.message = "the table names this file, but no commit has recorded its bytes";
    findings.problem(std::move(problem));
  }
}

Result<std::vector<std::string>> choose_tenants(const WorkspaceState& state,
                                                const Options& options) {
  std::vector<std::string> tenants;
  for (const auto& [tenant, plan] : state.control.tenant_plans) tenants.push_back(tenant);
  for (const ManifestRow& manifest : state.control.manifests) tenants.push_back(manifest.tenant_id);
  std::sort(tenants.begin(), tenants.end());
  tenants.erase(std::unique(tenants.begin(), tenants.end()), tenants.end());
  if (!options.tenant) return tenants;
  if (std::find(tenants.begin(), tenants.end(), *options.tenant) != tenants.end()) {
    return std::vector<std::string>{*options.tenant};
  }
  std::string known;
  for (const std::string& tenant : tenants) known += (known.empty() ? "" : ", ") + tenant;
  return make_error(Code::tenant_unknown, fmt::format("no tenant \"{}\"", *options.tenant),
                    "Known tenants: " + known);
}

/// JSON of a control row with another shape than Assay writes ends a check, not the proof.
void guarded(Findings& findings, const std::string& tenant, const std::function<void()>& check) {
  try {
    check();
  } catch (const nlohmann::json::exception& error) {
    Problem problem;
    problem.kind = "control";
    problem.tenant = tenant;
    problem.message = fmt::format("the JSON of a control row was changed: {}", error.what());
    findings.problem(std::move(problem));
  }
}

void check_tenant(WorkspaceState& state, Findings& findings, const std::string& tenant,
                  const Options& options) {
  state.progress(fmt::format("tenant {}: reading every row", tenant));
  RowSums sums;
  guarded(findings, tenant, [&] { sums = check_rows(state, findings, tenant); });
  guarded(findings, tenant, [&] { check_releases(state, findings, tenant); });
  guarded(findings, tenant, [&] { check_accounting(state, findings, tenant, sums); });
  guarded(findings, tenant, [&] { check_gold(state, findings, tenant); });
  if (!options.deep) return;
  guarded(findings, tenant, [&] { check_derivation(state, findings, tenant); });
}

}  // namespace

Result<Report> verify(io::FileSystem& files, const Options& options) {
  Report report;
  report.deep = options.deep;
  Findings findings(report);
  ASSAY_TRY(const std::string data, data_folder_of(files, options.root));
  ASSAY_TRY(ControlRows control,
            read_control(data + "/control.db",
                         options.files_only ? ControlPart::files : ControlPart::all));
  ASSAY_TRY(const FileCheck check, check_files(files, data, control.files, options.progress));
  take_files(findings, check);
  if (options.files_only) {
    for (const std::string& path : check.unlisted)
      findings.notice("orphan " + path.substr(data.size() + 1));
    return report;
  }
  ASSAY_TRY(Sql sql, Sql::open(data + "/tmp/verify"));
  WorkspaceState state{files, sql, data, std::move(control), {}, {}, {}, options.progress};
  ASSAY_TRY(state.tenants, choose_tenants(state, options));
  read_plans(state, findings);
  read_tables(state, findings);
  place_unlisted(state, findings, check.unlisted);
  guarded(findings, {}, [&] { check_control(state, findings); });
  for (const std::string& tenant : state.tenants) check_tenant(state, findings, tenant, options);
  return report;
}

}  // namespace assay::verify
