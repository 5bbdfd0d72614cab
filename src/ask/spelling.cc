#include "ask/spelling.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

namespace assay::ask {

int edit_distance(std::string_view left, std::string_view right, int limit) {
  const auto difference = static_cast<long>(left.size()) - static_cast<long>(right.size());
  if (std::labs(difference) > limit) return limit + 1;
  std::vector<int> before(right.size() + 1);
  std::vector<int> above(right.size() + 1);
  std::vector<int> current(right.size() + 1);
  for (std::size_t j = 0; j <= right.size(); ++j) above[j] = static_cast<int>(j);
  for (std::size_t i = 1; i <= left.size(); ++i) {
    current[0] = static_cast<int>(i);
    for (std::size_t j = 1; j <= right.size(); ++j) {
      const int replaced = above[j - 1] + (left[i - 1] == right[j - 1] ? 0 : 1);
      current[j] = std::min({replaced, above[j] + 1, current[j - 1] + 1});
      const bool swapped =
          i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1];
      if (swapped) current[j] = std::min(current[j], before[j - 2] + 1);
    }
    std::swap(before, above);
    std::swap(above, current);
  }
  return std::min(above[right.size()], limit + 1);
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return result;
}

std::vector<std::string> nearest(std::string_view word, std::span<const std::string> candidates,
                                 std::size_t count) {
  const std::string wanted = lower(word);
  std::vector<std::pair<int, std::string>> scored;
  for (const std::string& candidate : candidates) {
    const std::string text = lower(candidate);
    const int limit = static_cast<int>(std::max(wanted.size(), text.size())) / 2;
    int distance = edit_distance(wanted, text, limit);
    const bool inside = wanted.size() >= 3 && text.find(wanted) != std::string::npos;
    const bool around = text.size() >= 3 && wanted.find(text) != std::string::npos;
    if (inside || around) distance = std::min(distance, 1);
    if (distance <= limit) scored.emplace_back(distance, candidate);
  }
  std::sort(scored.begin(), scored.end());
  scored.erase(std::unique(scored.begin(), scored.end()), scored.end());
  std::vector<std::string> names;
  for (const auto& [distance, name] : scored) {
    if (names.size() == count) break;
    names.push_back(name);
  }
  return names;
}

std::string quoted_list(std::span<const std::string> names, std::string_view last_separator) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i != 0) text += i + 1 == names.size() ? last_separator : ", ";
    text += fmt::format("'{}'", names[i]);
  }
  return text;
}

}  // namespace assay::ask
