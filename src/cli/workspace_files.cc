#include "cli/workspace_files.h"

#include <fmt/format.h>

namespace assay::cli {
namespace {

constexpr std::string_view kRootFile = "assay.yaml";
constexpr std::string_view kIgnoreFile = ".gitignore";
constexpr std::string_view kIgnored = ".assay/\n";

/// Makes files in a folder and takes them back, unless all of them were made.
class Creation {
 public:
  Creation(io::FileSystem& files, std::string folder) : files_(files), folder_(std::move(folder)) {}
  ~Creation() {
    if (kept_) return;
    // The error that stopped the creation is the one to tell.
    for (const std::string& path : made_) static_cast<void>(files_.remove(path));
    if (folder_was_made_) static_cast<void>(files_.remove_tree(folder_));
  }
  Creation(const Creation&) = delete;
  Creation& operator=(const Creation&) = delete;

  /// Refuses before anything is made where one of the files exists.
  Status check(const std::vector<WorkspaceFile>& chosen) {
    ASSAY_TRY(const bool workspace, files_.exists(path_of(kRootFile)));
    if (workspace) {
      return make_error(Code::workspace_exists,
                        fmt::format("\"{}\" already holds a workspace", folder_),
                        "Choose another folder, or change the files there and run: assay plan");
    }
    for (const WorkspaceFile& file : chosen) {
      ASSAY_TRY(const bool taken, files_.exists(path_of(file.path)));
      if (!taken) continue;
      return make_error(Code::file_exists, fmt::format("\"{}\" exists already", path_of(file.path)),
                        "Choose an empty folder, or move that file away.");
    }
    ASSAY_TRY(const bool folder, files_.exists(folder_));
    folder_was_made_ = !folder;
    return {};
  }

  Status make(const std::vector<WorkspaceFile>& chosen) {
    ASSAY_TRY(const bool has_ignore, files_.exists(path_of(kIgnoreFile)));
    if (!has_ignore) ASSAY_TRY_VOID(create(kIgnoreFile, kIgnored));
    for (const WorkspaceFile& file : chosen) ASSAY_TRY_VOID(create(file.path, file.text));
    kept_ = true;
    return {};
  }

  const std::vector<std::string>& made() const { return made_; }

 private:
  std::string path_of(std::string_view relative) const {
    return fmt::format("{}/{}", folder_ == "/" ? "" : folder_, relative);
  }
  Status create(std::string_view relative, std::string_view text) {
    ASSAY_TRY_VOID(files_.create(path_of(relative), text));
    made_.push_back(path_of(relative));
    return {};
  }

  io::FileSystem& files_;
  const std::string folder_;
  std::vector<std::string> made_;
  bool folder_was_made_ = false;
  bool kept_ = false;
};

}  // namespace

Result<std::vector<std::string>> create_files(io::FileSystem& files, const std::string& folder,
                                              const std::vector<WorkspaceFile>& chosen) {
  Creation creation(files, folder);
  ASSAY_TRY_VOID(creation.check(chosen));
  ASSAY_TRY_VOID(creation.make(chosen));
  return creation.made();
}

}  // namespace assay::cli
