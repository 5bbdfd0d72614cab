// assay.yaml: the name of the workspace and its limits.

#include <fmt/format.h>

#include "model/drafts.h"
#include "model/map_reader.h"
#include "model/names.h"
#include "model/scalars.h"

namespace assay::model {
namespace {

// A record's bytes are addressed with 32 bits inside of the kernel.
constexpr std::int64_t kRecordSizeLowest = 1024;
constexpr std::int64_t kRecordSizeHighest = std::int64_t{2} << 30;
constexpr std::int64_t kDepthHighest = 10'000;
constexpr std::int64_t kObjectKeysHighest = 10'000'000;

void read_limits(const Node& node, PayloadLimits& limits, ProblemList& problems) {
  MapReader map(node, {"\"limits\"", {"record_size_max", "depth_max", "object_keys_max"}},
                problems);
  if (map.has("record_size_max")) {
    const std::string text = map.text("record_size_max");
    const auto size = parse_size(text);
    if (size && *size >= kRecordSizeLowest && *size <= kRecordSizeHighest) {
      limits.record_size_max = static_cast<std::size_t>(*size);
    } else if (!text.empty()) {
      map.bad_value("record_size_max", fmt::format("\"{}\" is no size of a record", text),
                    "a size like 16MiB, from 1KiB to 2GiB");
    }
  }
  if (const auto depth = map.integer("depth_max", {1, kDepthHighest})) {
    limits.depth_max = static_cast<std::size_t>(*depth);
  }
  if (const auto keys = map.integer("object_keys_max", {1, kObjectKeysHighest})) {
    limits.object_keys_max = static_cast<std::size_t>(*keys);
  }
}

}  // namespace

void read_root(const Node& document, Drafts& drafts, ProblemList& problems) {
  MapReader map(document, {"assay.yaml", {"name", "description", "limits"}}, problems);
  map.require("name", "the workspace's name");
  drafts.name = map.text("name");
  if (map.has("name") && !drafts.name.empty()) {
    check_label(map.location_of("name"), drafts.name, "a workspace", problems);
  }
  drafts.description = map.text("description");
  if (const Node* limits = document.find("limits"); limits != nullptr) {
    read_limits(*limits, drafts.limits, problems);
  }
}

}  // namespace assay::model
