#pragma once
// The seam to files. Everything that Assay writes itself goes through it (DuckDB and RocksDB write
// their own files in staging and state folders; staged files then come through here).

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "base/time.h"

namespace assay::io {

struct FileInfo {
  std::string path;
  std::uint64_t size = 0;
  Micros modified = 0;  ///< time of the last change of its bytes, as the file system tells it
};

/// Reads a file from front to back. One thread.
class Reader {
 public:
  virtual ~Reader() = default;
  /// Up to `capacity` bytes; 0 at the end.
  virtual Result<std::size_t> read(char* buffer, std::size_t capacity) = 0;
};

/// Paths are plain absolute paths. Errors: file_not_found, file_exists, file_permission, disk_full,
/// file_io; each names the path. Any thread.
class FileSystem {
 public:
  virtual ~FileSystem() = default;
  virtual Result<std::unique_ptr<Reader>> open(const std::string& path) = 0;
  virtual Result<std::string> read(const std::string& path) = 0;
  /// Bytes [offset, offset + size); shorter at the end of the file.
  virtual Result<std::string> read_range(const std::string& path, std::uint64_t offset,
                                         std::uint64_t size) = 0;
  /// Creates the file only if absent, writes it whole and syncs it. Makes the parent folders.
  virtual Status create(const std::string& path, std::string_view bytes) = 0;
  /// Appends to a file (made if absent), without sync.
  virtual Status append(const std::string& path, std::string_view bytes) = 0;
  /// Moves a file within the file system; refuses to overwrite. Makes the parent folders of `to`.
  virtual Status move(const std::string& from, const std::string& to) = 0;
  virtual Status sync(const std::string& path) = 0;         ///< a file's bytes to the disk
  virtual Status sync_folder(const std::string& path) = 0;  ///< a folder's entries to the disk
  /// Makes a folder and its parents, and syncs the entries that it made.
  virtual Status make_folders(const std::string& path) = 0;
  virtual Status remove(const std::string& path) = 0;       ///< a file; absent is fine
  virtual Status remove_tree(const std::string& path) = 0;  ///< a folder; absent is fine
  virtual Result<bool> exists(const std::string& path) = 0;
  virtual Result<std::uint64_t> size(const std::string& path) = 0;
  virtual Result<FileInfo> info(const std::string& path) = 0;  ///< of a file
  /// All files below a folder, sorted by path; empty where the folder is absent. A link to nothing
  /// is file_not_found, so that no file is missed in silence.
  virtual Result<std::vector<FileInfo>> list(const std::string& folder) = 0;
};

std::unique_ptr<FileSystem> local_file_system();
/// In memory, for tests; MemoryFileSystem (memory_file_system.h) can also lose power.
std::unique_ptr<FileSystem> memory_file_system();

/// "file:///a/b" <-> "/a/b". Nothing is percent-encoded, since readers of Iceberg take locations
/// literally; a text without the scheme comes back from `from_uri` as it is.
std::string to_uri(std::string_view path);
std::string from_uri(std::string_view uri);

}  // namespace assay::io
