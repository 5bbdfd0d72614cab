#include "model/problems.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <tuple>

namespace assay::model {
namespace {

/// Levenshtein's distance, in one row of memory.
std::size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    std::size_t diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const std::size_t change = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({change, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

// Names longer than any that a person types are not compared: the distance is quadratic.
constexpr std::size_t kComparedSizeMax = 64;
constexpr std::size_t kNamesShownMax = 24;

auto place_of(const Problem& problem) {
  return std::tie(problem.location.file, problem.location.line, problem.location.column,
                  problem.message);
}

}  // namespace

void ProblemList::add(const Location& location, Code code, std::string message,
                      std::string expected) {
  problems_.push_back({location, code, std::move(message), std::move(expected)});
}

std::vector<Problem> ProblemList::take() && {
  std::stable_sort(problems_.begin(), problems_.end(),
                   [](const Problem& a, const Problem& b) { return place_of(a) < place_of(b); });
  const auto same = [](const Problem& a, const Problem& b) { return place_of(a) == place_of(b); };
  problems_.erase(std::unique(problems_.begin(), problems_.end(), same), problems_.end());
  return std::move(problems_);
}

std::string_view nearest_name(std::string_view name, const std::vector<std::string_view>& known) {
  if (name.empty() || name.size() > kComparedSizeMax) return {};
  std::string_view best;
  // A third of the name may be wrong: more, and the suggestion is noise.
  std::size_t best_distance = std::max<std::size_t>(1, name.size() / 3) + 1;
  for (const std::string_view candidate : known) {
    if (candidate.size() > kComparedSizeMax || candidate == name) continue;
    const std::size_t distance = edit_distance(name, candidate);
    if (distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  }
  return best;
}

std::string expected_names(std::string_view name, const std::vector<std::string_view>& known) {
  if (known.empty()) return "nothing";
  std::string text = known.size() == 1 ? "" : "one of ";
  for (std::size_t index = 0; index < std::min(known.size(), kNamesShownMax); ++index) {
    text += fmt::format("{}{}", index == 0 ? "" : ", ", known[index]);
  }
  if (known.size() > kNamesShownMax) text += ", ...";
  const std::string_view near = nearest_name(name, known);
  return near.empty() ? text : fmt::format("{}, perhaps \"{}\"", text, near);
}

std::string expected_kind(std::string_view what, std::string_view name,
                          const std::vector<std::string_view>& known) {
  const std::string_view near = nearest_name(name, known);
  if (!near.empty()) return fmt::format("{}, perhaps \"{}\"", what, near);
  if (known.empty()) return fmt::format("{}; there is none yet", what);
  return fmt::format("{}: {}", what, expected_names(name, known));
}

std::string Problem::to_text() const {
  return fmt::format("{}:{}:{}: error A{} {}: {}{}", location.file, location.line, location.column,
                     static_cast<int>(code), error_row(code).name, message,
                     expected.empty() ? "" : fmt::format(" (expected {})", expected));
}

}  // namespace assay::model
