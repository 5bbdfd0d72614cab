#include "io/milestones.h"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <charconv>
#include <optional>

namespace assay::io {
namespace {

constexpr std::array<std::string_view, kStepCount> kStepNames = {
    "intent", "staging_file", "file_sync", "iceberg_metadata", "control_transaction",
    "state",  "acknowledge"};

class NoMilestones final : public Milestones {
 public:
  void before(Step) override {}
  void after(Step) override {}
};

enum class Side { before, after };

/// Which points count: one side of one step, or all of them.
struct KillPoint {
  std::optional<Step> step;
  Side side = Side::before;
  long n = 0;
};

class KillingMilestones final : public Milestones {
 public:
  explicit KillingMilestones(KillPoint point) : point_(point) {}
  void before(Step step) override { pass(step, Side::before); }
  void after(Step step) override { pass(step, Side::after); }

 private:
  void pass(Step step, Side side) {
    const bool counts = !point_.step || (*point_.step == step && point_.side == side);
    if (!counts || passed_.fetch_add(1) + 1 != point_.n) return;
    ::kill(::getpid(), SIGKILL);
    // The signal may reach another thread first: this one must not go on to the effect.
    while (true) ::pause();
  }

  const KillPoint point_;
  std::atomic<long> passed_ = 0;
};

Error bad_spec(std::string_view spec) {
  std::string steps;
  for (const std::string_view name : kStepNames)
    steps += fmt::format("{}{}", steps.empty() ? "" : ", ", name);
  return make_error(
      Code::usage, fmt::format("\"{}\" is not a point to be killed at", spec),
      "Write <step>.<before|after>:<n> or random:<n>, with n from 1. Steps: " + steps + ".");
}

std::optional<Step> step_of(std::string_view name) {
  for (std::size_t i = 0; i < kStepNames.size(); ++i) {
    if (kStepNames[i] == name) return static_cast<Step>(i);
  }
  return std::nullopt;
}

std::optional<KillPoint> parse_point(std::string_view spec) {
  const auto colon = spec.find(':');
  if (colon == std::string_view::npos) return std::nullopt;
  const std::string_view number = spec.substr(colon + 1);
  KillPoint point;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), point.n);
  if (error != std::errc() || end != number.data() + number.size() || point.n < 1)
    return std::nullopt;
  const std::string_view place = spec.substr(0, colon);
  if (place == "random") return point;
  const auto dot = place.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  point.step = step_of(place.substr(0, dot));
  const std::string_view side = place.substr(dot + 1);
  if (!point.step || (side != "before" && side != "after")) return std::nullopt;
  point.side = side == "before" ? Side::before : Side::after;
  return point;
}

}  // namespace

std::string_view to_string(Step step) { return kStepNames[static_cast<std::size_t>(step)]; }

std::unique_ptr<Milestones> no_milestones() { return std::make_unique<NoMilestones>(); }

Result<std::unique_ptr<Milestones>> killing_milestones(std::string_view spec) {
  const std::optional<KillPoint> point = parse_point(spec);
  if (!point) return bad_spec(spec);
  return std::unique_ptr<Milestones>(std::make_unique<KillingMilestones>(*point));
}

}  // namespace assay::io
