#pragma once
// Loading through any file system, for tests and fuzzing; production uses model::load.

#include <string>

#include "base/result.h"
#include "io/file_system.h"
#include "model/workspace.h"

namespace assay::model {

/// See load(root). `root` is absolute.
Result<LoadResult> load_from(io::FileSystem& files, const std::string& root);

}  // namespace assay::model
