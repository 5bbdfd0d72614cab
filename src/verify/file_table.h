#pragma once
// The bytes of every file against the control database's file table.

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "io/file_system.h"
#include "verify/control_rows.h"
#include "verify/verify.h"

namespace assay::verify {

struct FileCheck {
  std::vector<Problem> problems;
  std::vector<std::string> unlisted;  ///< absolute paths of files that no row of the table names
  std::int64_t files = 0;
  std::int64_t bytes = 0;
};

/// Reads every listed file once, front to back, and lists the folders lake/ and quarantine/ for
/// what is not in the table. `data_folder` is the workspace's .assay folder.
Result<FileCheck> check_files(io::FileSystem& files, const std::string& data_folder,
                              const std::vector<FileRow>& table,
                              const std::function<void(std::string_view)>& progress);

}  // namespace assay::verify
