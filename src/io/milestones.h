#pragma once
// The seam at every durable effect: an observer hears before and after each. Production listens
// with nothing; kill tests with an observer that ends the process (docs/testing.md).

#include <memory>
#include <string_view>

#include "base/result.h"

namespace assay::io {

enum class Step {
  intent,
  staging_file,
  file_sync,
  iceberg_metadata,
  control_transaction,
  state,
  acknowledge
};
inline constexpr int kStepCount = 7;
std::string_view to_string(Step step);

class Milestones {
 public:
  virtual ~Milestones() = default;
  virtual void before(Step step) = 0;
  virtual void after(Step step) = 0;
};

std::unique_ptr<Milestones> no_milestones();

/// Ends this process with SIGKILL at the n-th time (from 1) that a point is passed. `spec` is
/// "<step>.<before|after>:<n>", for example "control_transaction.before:2", or "random:<n>": the
/// n-th point of any kind. Code::usage on other text.
Result<std::unique_ptr<Milestones>> killing_milestones(std::string_view spec);

/// Tells both sides of an effect: { StepScope scope(milestones, Step::intent); ...effect...
/// scope.done(); }
class StepScope {
 public:
  StepScope(Milestones& milestones, Step step) : milestones_(milestones), step_(step) {
    milestones_.before(step_);
  }
  void done() { milestones_.after(step_); }

 private:
  Milestones& milestones_;
  Step step_;
};

}  // namespace assay::io
