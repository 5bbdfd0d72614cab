#include "model/version_order.h"

#include <algorithm>

namespace assay::model {
namespace {

bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }

/// Takes the run of digits at the front of `text`, without leading zeros.
std::string_view take_number(std::string_view& text) {
  const auto end = std::find_if_not(text.begin(), text.end(), is_digit);
  std::string_view run = text.substr(0, static_cast<std::size_t>(end - text.begin()));
  text.remove_prefix(run.size());
  run.remove_prefix(std::min(run.find_first_not_of('0'), run.size()));
  return run;
}

}  // namespace

bool is_newer_version(std::string_view a, std::string_view b) {
  const std::string_view whole_a = a;
  const std::string_view whole_b = b;
  while (!a.empty() && !b.empty()) {
    if (is_digit(a[0]) && is_digit(b[0])) {
      const std::string_view number_a = take_number(a);
      const std::string_view number_b = take_number(b);
      if (number_a.size() != number_b.size()) return number_a.size() > number_b.size();
      if (number_a != number_b) return number_a > number_b;
      continue;
    }
    if (a[0] != b[0]) return a[0] > b[0];
    a.remove_prefix(1);
    b.remove_prefix(1);
  }
  if (a.size() != b.size()) return a.size() > b.size();
  return whole_a > whole_b;  // "01" and "1": any order, but always the same
}

}  // namespace assay::model
