#pragma once
// Folders whose files come and grow.

#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/time.h"
#include "io/file_system.h"

namespace assay::engine {

/// Finds the files that are new or have changed. One thread.
class FolderWatch {
 public:
  /// Those that changed since they were last given, and not since the look before: whoever writes
  /// one has paused. Hidden files and folders are left out; a folder that is not there is empty.
  Result<std::vector<std::string>> look(io::FileSystem& files,
                                        const std::vector<std::string>& folders);

 private:
  struct Seen {
    std::uint64_t size = 0;
    Micros modified = 0;
    bool given = false;
  };
  std::map<std::string, Seen> seen_;
};

}  // namespace assay::engine
