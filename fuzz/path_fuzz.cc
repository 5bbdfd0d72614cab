// The first line is any bytes as a JSONPath, the rest any bytes as a JSON text. A path is taken or
// is refused with its byte; what the single walk takes has one canonical text; what a query finds
// ends within its limits, and each normalized path names its node; canonical JSON is its own
// canonical text.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "path/canonical_json.h"
#include "path/query.h"

namespace {

using assay::Code;
using namespace assay::path;

void require(bool condition) {
  if (!condition) std::abort();
}

void check_single_walk(std::string_view text) {
  const auto path = parse_json_path(text);
  if (!path) {
    require(path.error().code == Code::path_invalid);
    return;
  }
  const std::string canonical = to_string(*path);
  const auto again = parse_json_path(canonical);
  require(again && *again == *path && to_string(*again) == canonical);
}

void check_nodes(const JsonDocument& document, const std::vector<NodeId>& nodes) {
  constexpr std::size_t kLookedAt = 16;
  for (std::size_t i = 0; i < std::min(nodes.size(), kLookedAt); ++i) {
    const auto query = Query::compile(document.normalized_path(nodes[i]));
    if (!query) {
      // Only a path longer than paths may be is refused.
      require(document.normalized_path(nodes[i]).size() > assay::kPathSizeMax);
      continue;
    }
    const auto found = query->select(document);
    require(found && *found == std::vector<NodeId>{nodes[i]});
  }
}

void check_query(std::string_view text, const JsonDocument& document) {
  const auto query = Query::compile(text, RootsTaken::payload_and_row);
  if (!query) {
    require(query.error().code == Code::path_invalid);
    return;
  }
  constexpr assay::PathLimits kLimits{
      .steps_max = 300'000, .results_max = 10'000, .descendant_depth_max = 64};
  const auto nodes = query->select(document, kLimits);
  if (!nodes) {
    require(nodes.error().code == Code::path_limit);
    return;
  }
  require(!query->is_singular() || nodes->size() <= 1);
  check_nodes(document, *nodes);
  if (const auto path = query->single_walk()) {
    const auto same = Query::compile(to_string(*path), RootsTaken::payload_and_row);
    const auto found = same->select(document, kLimits);
    require(!found || *found == *nodes);
  }
}

void check_canonical(std::string_view text) {
  const auto canonical = canonical_json(text);
  if (!canonical) {
    require(canonical.error().code == Code::json_number_range);
    return;
  }
  const auto again = canonical_json(*canonical);
  require(again && *again == *canonical);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const std::size_t line = input.find('\n');
  const std::string_view path = input.substr(0, line);
  check_single_walk(path);
  const std::string_view text =
      line == std::string_view::npos ? std::string_view() : input.substr(line + 1);
  if (const auto document = JsonDocument::read(text)) {
    check_query(path, *document);
    check_canonical(text);
  } else {
    check_query(path, *JsonDocument::read(R"({"a": [1, {"b": "ab", "a": null}, -2.50], "b": {}})"));
  }
  return 0;
}
