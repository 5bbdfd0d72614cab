#pragma once
// A bell for one thread that waits: for news, or for time to pass.

#include <condition_variable>
#include <mutex>

#include "base/time.h"

namespace assay::io {

/// Any thread may ring; one waits.
class Wakeup {
 public:
  void ring() {
    const std::lock_guard lock(mutex_);
    rung_ = true;
    changed_.notify_all();
  }
  /// Comes back when it was rung since the last wait, or after `most`.
  void wait(Micros most);

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool rung_ = false;  ///< guarded by mutex_
};

}  // namespace assay::io
