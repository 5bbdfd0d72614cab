#include <fmt/format.h>

#include <array>
#include <utility>

#include "control/control.h"

namespace assay::control {
namespace {

using enum ManifestStatus;

constexpr std::array<std::pair<ManifestStatus, std::string_view>, 5> kNames = {
    {{received, "RECEIVED"},
     {processing, "PROCESSING"},
     {complete, "COMPLETE"},
     {failed, "FAILED"},
     {paused, "PAUSED"}}};

/// Design section 8. What is not listed is refused; COMPLETE has no way out.
constexpr std::array<std::pair<ManifestStatus, ManifestStatus>, 7> kMoves = {
    {{received, processing},
     {processing, complete},
     {processing, failed},
     {failed, processing},
     {received, paused},
     {failed, paused},
     {paused, received}}};

}  // namespace

std::string_view to_string(ManifestStatus status) {
  for (const auto& [value, name] : kNames) {
    if (value == status) return name;
  }
  return "RECEIVED";
}

Result<ManifestStatus> parse_manifest_status(std::string_view text) {
  for (const auto& [value, name] : kNames) {
    if (name == text) return value;
  }
  return make_error(Code::usage, fmt::format("\"{}\" is not a status of a manifest", text),
                    "One of RECEIVED, PROCESSING, COMPLETE, FAILED, PAUSED.");
}

bool may_move(ManifestStatus from, ManifestStatus to) {
  for (const auto& move : kMoves) {
    if (move == std::pair{from, to}) return true;
  }
  return false;
}

}  // namespace assay::control
