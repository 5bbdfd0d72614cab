#include "io/wakeup.h"

#include <chrono>

namespace assay::io {

void Wakeup::wait(Micros most) {
  std::unique_lock lock(mutex_);
  changed_.wait_for(lock, std::chrono::microseconds(most), [this] { return rung_; });
  rung_ = false;
}

}  // namespace assay::io
