#pragma once
// The files of a workspace that is made: all of them, or none.

#include <string>
#include <vector>

#include "base/result.h"
#include "io/file_system.h"

namespace assay::cli {

struct WorkspaceFile {
  std::string path;  ///< below the workspace's folder
  std::string text;
};

/// Makes the files, a .gitignore among them, and gives their paths. Nothing is ever overwritten:
/// Code::workspace_exists, Code::file_exists. What was made is taken back where the rest fails.
Result<std::vector<std::string>> create_files(io::FileSystem& files, const std::string& folder,
                                              const std::vector<WorkspaceFile>& chosen);

}  // namespace assay::cli
