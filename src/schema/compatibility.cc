#include "schema/compatibility.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace assay::schema {
namespace {

constexpr std::array<std::string_view, 7> kLevels = {
    "NONE", "BACKWARD",       "BACKWARD_TRANSITIVE", "FORWARD", "FORWARD_TRANSITIVE",
    "FULL", "FULL_TRANSITIVE"};

}  // namespace

std::string_view to_string(Compatibility level) { return kLevels[static_cast<std::size_t>(level)]; }

Result<Compatibility> parse_compatibility(std::string_view text) {
  const auto* const found = std::find(kLevels.begin(), kLevels.end(), text);
  if (found != kLevels.end()) return static_cast<Compatibility>(found - kLevels.begin());
  return make_error(Code::compatibility_invalid,
                    fmt::format("\"{}\" is no compatibility level", text),
                    "Take one of NONE, BACKWARD, FORWARD, FULL, or one of the last three with "
                    "_TRANSITIVE.");
}

bool reads_old(Compatibility level) {
  return level == Compatibility::backward || level == Compatibility::backward_transitive ||
         level == Compatibility::full || level == Compatibility::full_transitive;
}

bool is_read_by_old(Compatibility level) { return level >= Compatibility::forward; }

bool is_transitive(Compatibility level) {
  return level == Compatibility::backward_transitive ||
         level == Compatibility::forward_transitive || level == Compatibility::full_transitive;
}

}  // namespace assay::schema
