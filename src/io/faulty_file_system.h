#pragma once
// A file system that fails one call, so that a test can fail each call of an operation in turn.

#include <atomic>
#include <memory>

#include "io/file_system.h"

namespace assay::io {

/// Which call fails, and how. `effects_only` counts only calls that change the disk or sync it.
struct Fault {
  long call = 0;  ///< from 1; 0 fails none, and only counts
  Code code = Code::disk_full;
  bool effects_only = true;
};

/// Passes calls on to `inner`, which it does not own and which outlives it; the failing one has no
/// effect. Any thread.
class FaultyFileSystem final : public FileSystem {
 public:
  FaultyFileSystem(FileSystem& inner, Fault fault) : inner_(inner), fault_(fault) {}

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

  /// Calls that counted so far.
  long calls() const { return calls_; }

 private:
  enum class Nature { look, effect };
  Status pass(Nature nature, const std::string& path);

  FileSystem& inner_;
  const Fault fault_;
  std::atomic<long> calls_ = 0;
};

}  // namespace assay::io
