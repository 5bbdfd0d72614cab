#pragma once
// A file system in memory that can lose power, so that tests see what a forgotten sync costs.

#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "io/file_system.h"

namespace assay::io {

/// Two worlds are kept: what a reader sees, and what the disk would hold after a power cut.
///
/// 1. A file's bytes reach the disk by `sync` or `create`; later appends do not until the next
/// sync.
/// 2. A file's name reaches the disk by `sync_folder` of its folder: until then a new file is lost,
/// a
///    removed one comes back, and a moved one is found where it was.
/// 3. Folders that were made are durable at once, as `make_folders` promises.
///
/// Any thread. Modification times count changes, since there is no clock here.
class MemoryFileSystem final : public FileSystem {
 public:
  MemoryFileSystem();
  ~MemoryFileSystem() override;

  Result<std::unique_ptr<Reader>> open(const std::string& path) override;
  Result<std::string> read(const std::string& path) override;
  Result<std::string> read_range(const std::string& path, std::uint64_t offset,
                                 std::uint64_t size) override;
  Status create(const std::string& path, std::string_view bytes) override;
  Status append(const std::string& path, std::string_view bytes) override;
  Status move(const std::string& from, const std::string& to) override;
  Status sync(const std::string& path) override;
  Status sync_folder(const std::string& path) override;
  Status make_folders(const std::string& path) override;
  Status remove(const std::string& path) override;
  Status remove_tree(const std::string& path) override;
  Result<bool> exists(const std::string& path) override;
  Result<std::uint64_t> size(const std::string& path) override;
  Result<FileInfo> info(const std::string& path) override;
  Result<std::vector<FileInfo>> list(const std::string& folder) override;

  /// The world after a power cut: what was not synced is gone.
  void drop_unsynced();

 private:
  struct File;
  using Names = std::map<std::string, std::shared_ptr<File>>;
  Result<std::shared_ptr<File>> find(const std::string& path) const;
  void add_folders(const std::string& path);

  mutable std::mutex mutex_;
  Names seen_;                     ///< guarded by mutex_
  Names durable_;                  ///< guarded by mutex_
  std::set<std::string> folders_;  ///< guarded by mutex_
  Micros changes_ = 0;             ///< guarded by mutex_
};

}  // namespace assay::io
