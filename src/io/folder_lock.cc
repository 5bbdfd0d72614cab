#include "io/folder_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <utility>

#include "io/file_error.h"
#include "io/process.h"

namespace assay::io {
namespace {

std::string first_line(int descriptor) {
  std::array<char, 256> buffer{};
  const ssize_t count = ::pread(descriptor, buffer.data(), buffer.size(), 0);
  const std::string text(buffer.data(), count > 0 ? static_cast<std::size_t>(count) : 0);
  return text.substr(0, text.find('\n'));
}

Error held_error(const std::string& path, const std::string& holder) {
  return make_error(Code::lease_held,
                    holder.empty() ? "another process works on this workspace"
                                   : fmt::format("process {} works on this workspace", holder),
                    "Wait until it has ended, or end it, and run the command again.",
                    fmt::format("It holds the lock \"{}\".", path));
}

}  // namespace

Result<FolderLock> FolderLock::take(const std::string& path) {
  FolderLock lock(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (lock.descriptor_ < 0) return file_error(errno, "opening the lock", path);
  if (::flock(lock.descriptor_, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) return file_error(errno, "locking", path);
    return held_error(path, first_line(lock.descriptor_));
  }
  // Says who holds it; only a hint for people, the lock itself is the kernel's.
  const std::string holder = fmt::format("{} on {}\n", process_id(), host_name());
  if (::ftruncate(lock.descriptor_, 0) != 0 ||
      ::pwrite(lock.descriptor_, holder.data(), holder.size(), 0) < 0) {
    return file_error(errno, "writing the lock", path);
  }
  return lock;
}

FolderLock::~FolderLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

FolderLock::FolderLock(FolderLock&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)) {}

FolderLock& FolderLock::operator=(FolderLock&& other) noexcept {
  std::swap(descriptor_, other.descriptor_);
  return *this;
}

}  // namespace assay::io
