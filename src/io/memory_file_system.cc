#include "io/memory_file_system.h"

#include <algorithm>
#include <cerrno>

#include "io/file_error.h"

namespace assay::io {

struct MemoryFileSystem::File {
  std::string bytes;
  std::string durable_bytes;
  Micros modified = 0;
};

namespace {

std::string parent_of(const std::string& path) {
  const auto slash = path.rfind('/');
  return slash == std::string::npos ? std::string() : path.substr(0, slash);
}

std::string without_slash(std::string path) {
  while (path.size() > 1 && path.ends_with('/')) path.pop_back();
  return path;
}

bool lies_below(const std::string& path, const std::string& folder) {
  return path.size() > folder.size() && path.starts_with(folder) &&
         (folder.ends_with('/') || path[folder.size()] == '/');
}

class BytesReader final : public Reader {
 public:
  explicit BytesReader(std::string bytes) : bytes_(std::move(bytes)) {}
  Result<std::size_t> read(char* buffer, std::size_t capacity) override {
    const std::size_t count = std::min(capacity, bytes_.size() - used_);
    std::copy_n(bytes_.data() + used_, count, buffer);
    used_ += count;
    return count;
  }

 private:
  const std::string bytes_;
  std::size_t used_ = 0;
};

}  // namespace

MemoryFileSystem::MemoryFileSystem() = default;
MemoryFileSystem::~MemoryFileSystem() = default;

/// REQUIRES: mutex_ is held.
Result<std::shared_ptr<MemoryFileSystem::File>> MemoryFileSystem::find(
    const std::string& path) const {
  const auto found = seen_.find(path);
  if (found == seen_.end()) return file_error(ENOENT, "opening", path);
  return found->second;
}

/// REQUIRES: mutex_ is held.
void MemoryFileSystem::add_folders(const std::string& path) {
  for (std::string folder = without_slash(path); !folder.empty(); folder = parent_of(folder)) {
    folders_.insert(folder);
  }
}

Result<std::unique_ptr<Reader>> MemoryFileSystem::open(const std::string& path) {
  ASSAY_TRY(std::string bytes, read(path));
  return std::unique_ptr<Reader>(std::make_unique<BytesReader>(std::move(bytes)));
}

Result<std::string> MemoryFileSystem::read(const std::string& path) {
  const std::scoped_lock lock(mutex_);
  ASSAY_TRY(const auto file, find(path));
  return file->bytes;
}

Result<std::string> MemoryFileSystem::read_range(const std::string& path, std::uint64_t offset,
                                                 std::uint64_t size) {
  ASSAY_TRY(const std::string bytes, read(path));
  if (offset >= bytes.size()) return std::string();
  return bytes.substr(offset, size);
}

Status MemoryFileSystem::create(const std::string& path, std::string_view bytes) {
  const std::scoped_lock lock(mutex_);
  if (seen_.contains(path) || folders_.contains(path)) return file_error(EEXIST, "creating", path);
  add_folders(parent_of(path));
  seen_[path] = std::make_shared<File>(File{std::string(bytes), std::string(bytes), ++changes_});
  return {};
}

Status MemoryFileSystem::append(const std::string& path, std::string_view bytes) {
  const std::scoped_lock lock(mutex_);
  add_folders(parent_of(path));
  auto& file = seen_[path];
  if (!file) file = std::make_shared<File>();
  file->bytes += bytes;
  file->modified = ++changes_;
  return {};
}

Status MemoryFileSystem::move(const std::string& from, const std::string& to) {
  const std::scoped_lock lock(mutex_);
  ASSAY_TRY(const auto file, find(from));
  if (seen_.contains(to)) return file_error(EEXIST, "moving \"" + from + "\" to", to);
  add_folders(parent_of(to));
  seen_.erase(from);
  seen_[to] = file;
  return {};
}

Status MemoryFileSystem::sync(const std::string& path) {
  const std::scoped_lock lock(mutex_);
  ASSAY_TRY(const auto file, find(path));
  file->durable_bytes = file->bytes;
  return {};
}

Status MemoryFileSystem::sync_folder(const std::string& path) {
  const std::scoped_lock lock(mutex_);
  const std::string folder = without_slash(path);
  if (!folders_.contains(folder)) return file_error(ENOENT, "syncing", path);
  std::erase_if(durable_, [&](const auto& entry) { return parent_of(entry.first) == folder; });
  for (const auto& [name, file] : seen_) {
    if (parent_of(name) == folder) durable_[name] = file;
  }
  return {};
}

Status MemoryFileSystem::make_folders(const std::string& path) {
  const std::scoped_lock lock(mutex_);
  if (seen_.contains(path)) return file_error(EEXIST, "making the folder", path);
  add_folders(path);
  return {};
}

Status MemoryFileSystem::remove(const std::string& path) {
  const std::scoped_lock lock(mutex_);
  seen_.erase(path);
  return {};
}

Status MemoryFileSystem::remove_tree(const std::string& path) {
  const std::scoped_lock lock(mutex_);
  const std::string folder = without_slash(path);
  std::erase_if(seen_, [&](const auto& entry) {
    return entry.first == folder || lies_below(entry.first, folder);
  });
  std::erase_if(folders_,
                [&](const auto& entry) { return entry == folder || lies_below(entry, folder); });
  return {};
}

Result<bool> MemoryFileSystem::exists(const std::string& path) {
  const std::scoped_lock lock(mutex_);
  return seen_.contains(path) || folders_.contains(without_slash(path));
}

Result<std::uint64_t> MemoryFileSystem::size(const std::string& path) {
  ASSAY_TRY(const FileInfo found, info(path));
  return found.size;
}

Result<FileInfo> MemoryFileSystem::info(const std::string& path) {
  const std::scoped_lock lock(mutex_);
  ASSAY_TRY(const auto file, find(path));
  return FileInfo{path, file->bytes.size(), file->modified};
}

Result<std::vector<FileInfo>> MemoryFileSystem::list(const std::string& folder) {
  const std::scoped_lock lock(mutex_);
  std::vector<FileInfo> files;
  for (const auto& [path, file] : seen_) {
    if (lies_below(path, folder)) files.push_back({path, file->bytes.size(), file->modified});
  }
  return files;
}

void MemoryFileSystem::drop_unsynced() {
  const std::scoped_lock lock(mutex_);
  seen_ = durable_;
  for (const auto& [path, file] : seen_) file->bytes = file->durable_bytes;
}

std::unique_ptr<FileSystem> memory_file_system() { return std::make_unique<MemoryFileSystem>(); }

}  // namespace assay::io
