#pragma once
// Input files as plain bytes, whatever they are compressed with. Content decides, not the name.

#include <memory>
#include <string>

#include "base/result.h"
#include "io/file_system.h"

namespace assay::engine {

/// Reads a file's decompressed bytes: gzip (several members), zstd (several frames) or plain.
/// Code::source_unreadable names the path; Code::source_compressed a damaged stream.
Result<std::unique_ptr<io::Reader>> open_decompressed(io::FileSystem& files,
                                                      const std::string& path);
/// The same for bytes that come from elsewhere; `name` is what errors call them.
Result<std::unique_ptr<io::Reader>> decompressed(std::unique_ptr<io::Reader> reader,
                                                 const std::string& name);

}  // namespace assay::engine
