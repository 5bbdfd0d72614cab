#pragma once
// The lock on a data folder: at most one process writes it. It is advisory (flock), and the
// operating system drops it when its holder ends, however it ends, so that no lock is ever stale.

#include <string>

#include "base/result.h"

namespace assay::io {

/// Held from `take` to destruction. Movable; the moved-from lock holds nothing.
class FolderLock {
 public:
  /// `path` is the lock's file (".assay/lock"), made where it is missing. lease_held names the
  /// holder's process id; it does not wait.
  static Result<FolderLock> take(const std::string& path);
  ~FolderLock();
  FolderLock(FolderLock&& other) noexcept;
  FolderLock& operator=(FolderLock&& other) noexcept;

 private:
  explicit FolderLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace assay::io
