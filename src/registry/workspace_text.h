#pragma once
// An inference as the files of a workspace, with comments for the person who goes on from there.

#include <string>
#include <string_view>
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

/// One schema version's file, and the entities that it maps to as documents of YAML.
std::string version_text(const InferredFamily& family);
std::vector<std::string> entity_texts(const Inference& inference, const InferredFamily& family);

/// A text as YAML and JSON both quote it.
std::string yaml_text(std::string_view text);
/// A text within a comment: names of members may hold anything.
std::string one_line(std::string text);

}  // namespace assay::registry
