// assay.yaml: the name of the workspace and its limits; sources/*.yaml: where records come from.

#include <fmt/format.h>

#include <algorithm>

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

/// The names in braces, in order; reports an open brace that is never closed.
std::vector<std::string> placeholders(const Node& pattern, ProblemList& problems) {
  std::vector<std::string> names;
  const std::string& text = pattern.text;
  for (std::size_t at = 0; (at = text.find('{', at)) != std::string::npos;) {
    const std::size_t end = text.find('}', at);
    if (end == std::string::npos) {
      problems.add(pattern.location, Code::yaml_bad_value,
                   fmt::format("pattern {} has a \"{{\" without \"}}\"", describe(pattern)),
                   "{tenant} or {application}");
      return names;
    }
    names.push_back(text.substr(at + 1, end - at - 1));
    at = end;
  }
  return names;
}

/// The tenant or the application of a route is written out or captured: exactly one of them.
void check_routed(const Node& route, std::string_view key, const std::vector<std::string>& captured,
                  ProblemList& problems) {
  const auto times = std::count(captured.begin(), captured.end(), key);
  const bool written = route.find(key) != nullptr;
  if (times + (written ? 1 : 0) == 1) return;
  const std::string expected =
      fmt::format("either the key \"{}\" or one {{{}}} in the pattern", key, key);
  if (times == 0) {
    problems.add(route.location, Code::yaml_missing_key,
                 fmt::format("a route does not say the {}", key), expected);
  } else {
    problems.add(locate(route, {"pattern"}), Code::yaml_bad_value,
                 fmt::format("a route says the {} twice", key), expected);
  }
}

void check_pattern(const Node& route, const Node& pattern, ProblemList& problems) {
  const std::vector<std::string> captured = placeholders(pattern, problems);
  for (const std::string& name : captured) {
    if (name == "tenant" || name == "application") continue;
    problems.add(pattern.location, Code::yaml_bad_value,
                 fmt::format("a pattern cannot capture \"{{{}}}\"", name),
                 expected_names(name, {"tenant", "application"}));
  }
  if (pattern.text.empty() || pattern.text.starts_with('/')) {
    problems.add(pattern.location, Code::yaml_bad_value,
                 fmt::format("{} is no pattern of paths", describe(pattern)),
                 "a relative pattern like **/{tenant}/{application}/*.json");
  }
  check_routed(route, "tenant", captured, problems);
  check_routed(route, "application", captured, problems);
}

Route read_route(const Node& node, ProblemList& problems) {
  MapReader map(node, {"a route", {"pattern", "tenant", "application"}}, problems);
  Route route;
  route.location = node.location;
  map.require("pattern", "a pattern of paths");
  route.pattern = map.text("pattern");
  route.tenant = map.text("tenant");
  route.application = map.text("application");
  const Node* pattern = node.find("pattern");
  if (pattern != nullptr && pattern->kind == Node::Kind::scalar)
    check_pattern(node, *pattern, problems);
  return route;
}

/// How the inputs are written, where their content alone shall not decide.
void read_format(MapReader& map, Source& source) {
  source.format = map.choice("format", {"csv"}).value_or("");
  if (!map.has("delimiter")) return;
  source.delimiter = map.text("delimiter");
  const bool fits = source.delimiter.size() == 1 && source.delimiter != "\"" &&
                    source.delimiter != "\n" && source.delimiter != "\r";
  if (source.format != "csv" || !fits) {
    map.bad_value("delimiter", fmt::format("the delimiter \"{}\" cannot be", source.delimiter),
                  "one character of ASCII that is no quote, beside format: csv");
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

void read_source(const Node& document, Drafts& drafts, ProblemList& problems) {
  MapReader map(document, {"a source", {"source", "kind", "format", "delimiter", "routes"}},
                problems);
  Draft<Source> draft{{}, &document};
  Source& source = draft.value;
  source.location = map.location_of("source");
  map.require("source", "the source's name");
  source.name = map.text("source");
  if (!source.name.empty()) check_label(source.location, source.name, "a source", problems);
  map.require("kind", "file");
  source.kind = map.choice("kind", {"file"}).value_or("file");
  read_format(map, source);
  map.require("routes", "a list of routes");
  if (const Node* routes = map.list("routes"); routes != nullptr) {
    for (const Node& route : routes->items) source.routes.push_back(read_route(route, problems));
    if (routes->items.empty()) {
      map.bad_value("routes", fmt::format("source \"{}\" has no routes", source.name),
                    "at least one route");
    }
  }
  drafts.sources.push_back(std::move(draft));
}

}  // namespace assay::model
