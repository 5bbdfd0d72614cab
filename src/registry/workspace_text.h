#pragma once
// An inference as the files of a workspace, with comments for the person who goes on from there.

#include <string>
#include <vector>

#include "registry/inference.h"

namespace assay::registry {

struct WorkspaceNames {
  std::string workspace;
  std::string tenant;
  std::string application;
  std::vector<std::string> patterns;  ///< of routes: globs of the sample files
};

struct TextFile {
  std::string path;
  std::string text;
};

/// The files, assay.yaml last. REQUIRES: at least one family.
std::vector<TextFile> workspace_files(const Inference& inference, const WorkspaceNames& names);

}  // namespace assay::registry
