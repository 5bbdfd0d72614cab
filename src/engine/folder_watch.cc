#include "engine/folder_watch.h"

namespace assay::engine {

Result<std::vector<std::string>> FolderWatch::look(io::FileSystem& files,
                                                   const std::vector<std::string>& folders) {
  std::vector<std::string> ready;
  std::map<std::string, Seen> now;
  for (const std::string& folder : folders) {
    ASSAY_TRY(const auto found, files.list(folder));
    for (const io::FileInfo& file : found) {
      if (file.path.find("/.", folder.size()) != std::string::npos) continue;
      const auto before = seen_.find(file.path);
      Seen seen{.size = file.size, .modified = file.modified, .given = false};
      if (before != seen_.end() && before->second.size == file.size &&
          before->second.modified == file.modified) {
        if (!before->second.given) ready.push_back(file.path);
        seen.given = true;
      }
      now[file.path] = seen;
    }
  }
  seen_ = std::move(now);
  return ready;
}

}  // namespace assay::engine
