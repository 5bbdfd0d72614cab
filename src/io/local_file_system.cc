// Files of the operating system. Every error names its path; what was written in part is taken
// back.

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <tuple>
#include <utility>

#include "io/file_error.h"
#include "io/file_system.h"

namespace assay::io {
namespace {

namespace fs = std::filesystem;

/// Owns a descriptor.
class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  Descriptor(Descriptor&& other) noexcept : value_(std::exchange(other.value_, -1)) {}
  Descriptor& operator=(Descriptor&&) = delete;
  int get() const { return value_; }
  bool valid() const { return value_ >= 0; }

 private:
  int value_;
};

Descriptor open_file(const std::string& path, int flags) {
  int descriptor = -1;
  do {
    descriptor = ::open(path.c_str(), flags | O_CLOEXEC, 0644);
  } while (descriptor < 0 && errno == EINTR);
  return Descriptor(descriptor);
}

/// Up to `capacity` bytes from the current position; -1 with errno on failure.
ssize_t read_some(int descriptor, char* buffer, std::size_t capacity) {
  ssize_t count = 0;
  do {
    count = ::read(descriptor, buffer, capacity);
  } while (count < 0 && errno == EINTR);
  return count;
}

/// 0, or the error number.
int write_all(int descriptor, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor, bytes.data(), bytes.size());
    if (count < 0) {
      if (errno == EINTR) continue;
      return errno;
    }
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return 0;
}

Micros modified_of(const struct ::stat& status) {
  return static_cast<Micros>(status.st_mtim.tv_sec) * kMicrosPerSecond +
         status.st_mtim.tv_nsec / 1000;
}

std::string parent_of(const std::string& path) { return fs::path(path).parent_path().string(); }

class LocalReader final : public Reader {
 public:
  LocalReader(Descriptor descriptor, std::string path)
      : descriptor_(std::move(descriptor)), path_(std::move(path)) {}
  Result<std::size_t> read(char* buffer, std::size_t capacity) override {
    const ssize_t count = read_some(descriptor_.get(), buffer, capacity);
    if (count < 0) return file_error(errno, "reading", path_);
    return static_cast<std::size_t>(count);
  }

 private:
  const Descriptor descriptor_;
  const std::string path_;
};

class LocalFileSystem final : public FileSystem {
 public:
  Result<std::unique_ptr<Reader>> open(const std::string& path) override;
  Result<std::string> read(const std::string& path) override;
  Result<std::string> read_range(const std::string& path, std::uint64_t offset,
                                 std::uint64_t size) override;
  Status create(const std::string& path, std::string_view bytes) override;
  Status append(const std::string& path, std::string_view bytes) override;
  Status move(const std::string& from, const std::string& to) override;
  Status sync(const std::string& path) override { return sync_as(path, O_RDONLY); }
  Status sync_folder(const std::string& path) override {
    return sync_as(path, O_RDONLY | O_DIRECTORY);
  }
  Status make_folders(const std::string& path) override;
  Status remove(const std::string& path) override;
  Status remove_tree(const std::string& path) override;
  Result<bool> exists(const std::string& path) override;
  Result<std::uint64_t> size(const std::string& path) override;
  Result<FileInfo> info(const std::string& path) override;
  Result<std::vector<FileInfo>> list(const std::string& folder) override;

 private:
  Status sync_as(const std::string& path, int flags);
};

Result<std::unique_ptr<Reader>> LocalFileSystem::open(const std::string& path) {
  Descriptor descriptor = open_file(path, O_RDONLY);
  if (!descriptor.valid()) return file_error(errno, "opening", path);
  return std::unique_ptr<Reader>(std::make_unique<LocalReader>(std::move(descriptor), path));
}

Result<std::string> LocalFileSystem::read(const std::string& path) {
  const Descriptor descriptor = open_file(path, O_RDONLY);
  if (!descriptor.valid()) return file_error(errno, "opening", path);
  struct ::stat status{};
  if (::fstat(descriptor.get(), &status) != 0) return file_error(errno, "reading", path);
  std::string bytes;
  // One byte more than the size tells the end; files that grow, and those of /proc, take further
  // rounds.
  std::size_t capacity = static_cast<std::size_t>(std::max<off_t>(status.st_size, 0)) + 1;
  for (std::size_t used = 0;; capacity = capacity * 2 + 4096) {
    bytes.resize(capacity);
    while (used < capacity) {
      const ssize_t count = read_some(descriptor.get(), bytes.data() + used, capacity - used);
      if (count < 0) return file_error(errno, "reading", path);
      if (count == 0) {
        bytes.resize(used);
        return bytes;
      }
      used += static_cast<std::size_t>(count);
    }
  }
}

Result<std::string> LocalFileSystem::read_range(const std::string& path, std::uint64_t offset,
                                                std::uint64_t size) {
  const Descriptor descriptor = open_file(path, O_RDONLY);
  if (!descriptor.valid()) return file_error(errno, "opening", path);
  struct ::stat status{};
  if (::fstat(descriptor.get(), &status) != 0) return file_error(errno, "reading", path);
  const auto file_size = static_cast<std::uint64_t>(std::max<off_t>(status.st_size, 0));
  if (offset >= file_size) return std::string();
  std::string bytes(std::min(size, file_size - offset), '\0');
  std::size_t used = 0;
  while (used < bytes.size()) {
    const ssize_t count = ::pread(descriptor.get(), bytes.data() + used, bytes.size() - used,
                                  static_cast<off_t>(offset + used));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return file_error(errno, "reading", path);
    if (count == 0) break;
    used += static_cast<std::size_t>(count);
  }
  bytes.resize(used);
  return bytes;
}

Status LocalFileSystem::create(const std::string& path, std::string_view bytes) {
  ASSAY_TRY_VOID(make_folders(parent_of(path)));
  const Descriptor descriptor = open_file(path, O_WRONLY | O_CREAT | O_EXCL);
  if (!descriptor.valid()) return file_error(errno, "creating", path);
  int error = write_all(descriptor.get(), bytes);
  if (error == 0 && ::fsync(descriptor.get()) != 0) error = errno;
  if (error == 0) return {};
  ::unlink(path.c_str());
  return file_error(error, "writing", path);
}

Status LocalFileSystem::append(const std::string& path, std::string_view bytes) {
  ASSAY_TRY_VOID(make_folders(parent_of(path)));
  const Descriptor descriptor = open_file(path, O_WRONLY | O_CREAT | O_APPEND);
  if (!descriptor.valid()) return file_error(errno, "opening", path);
  const off_t before = ::lseek(descriptor.get(), 0, SEEK_END);
  const int error = before < 0 ? errno : write_all(descriptor.get(), bytes);
  if (error == 0) return {};
  // What stopped the writing is the news, whether or not the part that was written can be taken
  // back.
  if (before >= 0) std::ignore = ::ftruncate(descriptor.get(), before);
  return file_error(error, "writing", path);
}

Status LocalFileSystem::move(const std::string& from, const std::string& to) {
  ASSAY_TRY_VOID(make_folders(parent_of(to)));
  if (::renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) == 0) return {};
  // Some file systems lack the flag; a hard link refuses to overwrite as well.
  if (errno == EINVAL || errno == ENOSYS) {
    if (::link(from.c_str(), to.c_str()) == 0 && ::unlink(from.c_str()) == 0) return {};
  }
  const int error = errno;
  return file_error(error, "moving \"" + from + "\" to", to);
}

Status LocalFileSystem::sync_as(const std::string& path, int flags) {
  const Descriptor descriptor = open_file(path, flags);
  if (!descriptor.valid()) return file_error(errno, "opening", path);
  if (::fsync(descriptor.get()) != 0) return file_error(errno, "syncing", path);
  return {};
}

Status LocalFileSystem::make_folders(const std::string& path) {
  if (path.empty() || path == "/") return {};
  std::error_code code;
  if (fs::is_directory(path, code)) return {};
  const std::string parent = parent_of(path);
  if (parent != path) ASSAY_TRY_VOID(make_folders(parent));
  if (::mkdir(path.c_str(), 0755) != 0) {
    const int error = errno;
    if (error == EEXIST && fs::is_directory(path, code)) return {};  // another thread was faster
    return file_error(error, "making the folder", path);
  }
  return sync_folder(parent.empty() ? "." : parent);
}

Status LocalFileSystem::remove(const std::string& path) {
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return file_error(errno, "removing", path);
  return {};
}

Status LocalFileSystem::remove_tree(const std::string& path) {
  std::error_code code;
  fs::remove_all(path, code);
  if (code) return file_error(code.value(), "removing", path);
  return {};
}

Result<bool> LocalFileSystem::exists(const std::string& path) {
  struct ::stat status{};
  if (::stat(path.c_str(), &status) == 0) return true;
  if (errno == ENOENT || errno == ENOTDIR) return false;
  return file_error(errno, "looking at", path);
}

Result<std::uint64_t> LocalFileSystem::size(const std::string& path) {
  ASSAY_TRY(const FileInfo found, info(path));
  return found.size;
}

Result<FileInfo> LocalFileSystem::info(const std::string& path) {
  struct ::stat status{};
  if (::stat(path.c_str(), &status) != 0) return file_error(errno, "looking at", path);
  return FileInfo{path, static_cast<std::uint64_t>(status.st_size), modified_of(status)};
}

Result<std::vector<FileInfo>> LocalFileSystem::list(const std::string& folder) {
  std::vector<FileInfo> files;
  std::error_code code;
  fs::recursive_directory_iterator entry(folder, code);
  if (code == std::errc::no_such_file_or_directory) return files;
  while (!code && entry != fs::recursive_directory_iterator()) {
    const std::string path = entry->path().string();
    struct ::stat status{};
    const bool found = ::stat(path.c_str(), &status) == 0;
    const int error = found ? 0 : errno;
    // What vanished while we looked is not listed; a file that may not be looked at is an error,
    // and so is a link to nothing.
    std::error_code vanished;
    if (!found && (error != ENOENT || entry->is_symlink(vanished))) {
      return file_error(error, "looking at", path);
    }
    if (found && S_ISREG(status.st_mode)) {
      files.push_back({path, static_cast<std::uint64_t>(status.st_size), modified_of(status)});
    }
    entry.increment(code);
  }
  if (code) return file_error(code.value(), "listing", folder);
  std::ranges::sort(files, {}, &FileInfo::path);
  return files;
}

}  // namespace

std::unique_ptr<FileSystem> local_file_system() { return std::make_unique<LocalFileSystem>(); }

}  // namespace assay::io
