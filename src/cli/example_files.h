#pragma once
// The files that `assay init` copies: the workspaces of examples/ and of starter/, compiled into
// the program by embed_workspaces.cmake.

#include <span>
#include <string_view>

namespace assay::cli {

struct ExampleFile {
  std::string_view example;  ///< "retail"; empty for the files of starter/
  std::string_view path;     ///< relative to the workspace's root
  std::string_view text;
};

/// Sorted by example and path. Lives as long as the program.
std::span<const ExampleFile> example_files();

}  // namespace assay::cli
