#include "io/expand.h"

#include <fmt/format.h>
#include <glob.h>

#include <algorithm>
#include <filesystem>

#include "io/file_system.h"
#include "io/process.h"

namespace assay::io {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> glob_paths(const std::string& pattern) {
  glob_t found{};
  std::vector<std::string> paths;
  if (glob(pattern.c_str(), 0, nullptr, &found) == 0)
    paths.assign(found.gl_pathv, found.gl_pathv + found.gl_pathc);
  globfree(&found);
  return paths;
}

Status add_path(const std::string& path, std::vector<std::string>& paths) {
  std::error_code error;
  if (!fs::is_directory(path, error)) {
    paths.push_back(path);
    return {};
  }
  ASSAY_TRY(const auto listed, local_file_system()->list(path));
  for (const FileInfo& info : listed) {
    if (info.path.find("/.", path.size()) == std::string::npos) paths.push_back(info.path);
  }
  return {};
}

}  // namespace

Result<std::vector<std::string>> expand_paths(const std::vector<std::string>& arguments) {
  std::vector<std::string> paths;
  for (const std::string& argument : arguments) {
    ASSAY_TRY(const std::string path, absolute_path(argument));
    std::error_code error;
    if (fs::exists(path, error) || path.find_first_of("*?[") == std::string::npos) {
      ASSAY_TRY_VOID(add_path(path, paths));
      continue;
    }
    const auto matched = glob_paths(path);
    if (matched.empty()) {
      return make_error(Code::source_unreadable, fmt::format("no file matches \"{}\"", argument),
                        "Check the pattern.");
    }
    for (const std::string& match : matched) ASSAY_TRY_VOID(add_path(match, paths));
  }
  std::vector<std::string> unique;
  for (std::string& path : paths) {
    if (std::find(unique.begin(), unique.end(), path) == unique.end())
      unique.push_back(std::move(path));
  }
  return unique;
}

}  // namespace assay::io
