#include "io/clock.h"

#include <atomic>
#include <chrono>

namespace assay::io {
namespace {

template <typename Source>
class MachineClock final : public Clock {
 public:
  Micros now() override {
    return std::chrono::duration_cast<std::chrono::microseconds>(Source::now().time_since_epoch())
        .count();
  }
};

class SimulatedClock final : public Clock {
 public:
  SimulatedClock(Micros start, Micros step) : next_(start), step_(step) {}
  Micros now() override { return next_.fetch_add(step_); }

 private:
  std::atomic<Micros> next_;
  const Micros step_;
};

}  // namespace

std::unique_ptr<Clock> system_clock() {
  return std::make_unique<MachineClock<std::chrono::system_clock>>();
}

std::unique_ptr<Clock> steady_clock() {
  return std::make_unique<MachineClock<std::chrono::steady_clock>>();
}

std::unique_ptr<Clock> simulated_clock(Micros start, Micros step) {
  return std::make_unique<SimulatedClock>(start, step);
}

}  // namespace assay::io
