#pragma once
// Files, folders and globs as a user names them, as a list of files.

#include <string>
#include <vector>

#include "base/result.h"

namespace assay::io {

/// Absolute paths, each once, in the order of the arguments; a folder gives all files below it by
/// name (hidden ones left out), a glob (* ? [..]) what it matches. Code::source_unreadable names
/// what is not there.
Result<std::vector<std::string>> expand_paths(const std::vector<std::string>& arguments);

}  // namespace assay::io
