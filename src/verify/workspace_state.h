#pragma once
// What all checks look at: control rows, tables, plans, and the SQL engine. Read once at the start.

#include <map>
#include <set>
#include <string>
#include <vector>

#include "io/file_system.h"
#include "verify/control_rows.h"
#include "verify/findings.h"
#include "verify/iceberg.h"
#include "verify/plan_document.h"
#include "verify/sql.h"
#include "verify/verify.h"

namespace assay::verify {

struct WorkspaceState {
  io::FileSystem& files;
  Sql& sql;
  std::string data_folder;  ///< absolute
  ControlRows control;
  std::map<std::string, IcebergTable> tables;  ///< those that could be read, by name
  std::map<std::string, PlanDocument> plans;   ///< by id
  std::vector<std::string> tenants;            ///< those to look at, sorted

  std::function<void(std::string_view)> report_progress;  ///< may be empty

  void progress(const std::string& text) const {
    if (report_progress) report_progress(text);
  }
  /// The plan that a tenant's rows are read by: the one applied last, else its newest
  /// manifest's; nullptr where there is none.
  const PlanDocument* plan_of(const std::string& tenant) const;
  std::string relative(const std::string& path) const;  ///< to the data folder, where it lies in it
};

/// The workspace's .assay folder. Code::plan_not_applied where it has no control database.
Result<std::string> data_folder_of(io::FileSystem& files, const std::string& root);

/// Fill plans and tables from the control rows; what cannot be read is a problem, and left out.
void read_plans(WorkspaceState& state, Findings& findings);
void read_tables(WorkspaceState& state, Findings& findings);

/// COMPLETE and current: the manifests whose rows must be in the lake.
bool is_live(const ManifestRow& manifest);

}  // namespace assay::verify
