#pragma once
// The seam to time.

#include <memory>

#include "base/time.h"

namespace assay::io {

class Clock {
 public:
  virtual ~Clock() = default;
  virtual Micros now() = 0;
};

std::unique_ptr<Clock> system_clock();
/// Micros since some start of its own; never goes back. For measuring, not for telling the time.
std::unique_ptr<Clock> steady_clock();
/// Starts at `start` and moves by `step` at every reading.
std::unique_ptr<Clock> simulated_clock(Micros start, Micros step);

}  // namespace assay::io
