// metrics/*.yaml: metrics and segments, as questions name them.

#include <fmt/format.h>

#include "model/drafts.h"
#include "model/map_reader.h"
#include "model/names.h"

namespace assay::model {
namespace {

const std::vector<std::string_view> kMetricKeys = {
    "metric", "type", "business_name", "description", "unit",      "synonyms",
    "entity", "agg",  "expr",          "filter",      "numerator", "denominator"};
const std::vector<std::string_view> kSegmentKeys = {
    "segment", "business_name", "description", "synonyms", "entity", "filter", "judged"};
const std::vector<std::string_view> kAggregations = {"sum", "count", "avg",
                                                     "min", "max",   "count_distinct"};

/// Reads the name under `key` and reports a missing or a malformed one.
std::string read_name(MapReader& map, std::string_view key, ProblemList& problems) {
  map.require(key, fmt::format("the {}'s name", key));
  const Node* name = map.node().find(key);
  if (name == nullptr || name->kind != Node::Kind::scalar) {
    map.text(key);  // reports a value of another type
    return {};
  }
  check_name(*name, fmt::format("a {}", key), problems);
  return name->text;
}

void reject_keys(MapReader& map, std::initializer_list<std::string_view> keys,
                 std::string_view reason, ProblemList& problems) {
  for (const std::string_view key : keys) {
    const Node* name = map.node().find_key(key);
    if (name == nullptr) continue;
    problems.add(name->location, Code::yaml_unknown_key,
                 fmt::format("{} has no key \"{}\"", map.what(), key), std::string(reason));
  }
}

void check_not_empty(MapReader& map, std::string_view key) {
  if (map.has(key) && map.node().find(key)->kind == Node::Kind::scalar &&
      map.node().find(key)->text.find_first_not_of(" \t\n") == std::string::npos) {
    map.bad_value(key, fmt::format("\"{}\" of {} is empty", key, map.what()),
                  "SQL over the columns of the entity's mart");
  }
}

void read_simple(MapReader& map, Metric& metric, ProblemList& problems) {
  reject_keys(map, {"numerator", "denominator"}, "such a key in a metric of type ratio only",
              problems);
  map.require("entity", "the entity whose mart the metric reads");
  map.require("agg", expected_names("", kAggregations));
  metric.entity = map.text("entity");
  metric.agg = map.choice("agg", kAggregations).value_or("");
  if (!metric.agg.empty() && metric.agg != "count") {
    map.require("expr", "SQL over the columns of the entity's mart");
  }
  metric.expr = map.text("expr");
  metric.filter = map.text("filter");
  check_not_empty(map, "expr");
  check_not_empty(map, "filter");
}

void read_metric(const Node& node, Drafts& drafts, ProblemList& problems) {
  const Node* name = node.find("metric");
  MapReader map(
      node, {name == nullptr ? "a metric" : fmt::format("metric {}", describe(*name)), kMetricKeys},
      problems);
  Draft<Metric> draft{{}, &node};
  Metric& metric = draft.value;
  metric.location = name == nullptr ? node.location : name->location;
  metric.name = read_name(map, "metric", problems);
  metric.business_name = map.text("business_name");
  metric.description = map.text("description");
  metric.unit = map.text("unit");
  metric.synonyms = map.texts("synonyms");
  if (map.choice("type", {"simple", "ratio"}) == "ratio") {
    metric.kind = Metric::Kind::ratio;
    reject_keys(map, {"entity", "agg", "expr", "filter"},
                "such a key in a metric of type simple only", problems);
    map.require("numerator", "the name of a simple metric");
    map.require("denominator", "the name of a simple metric");
    metric.numerator = map.text("numerator");
    metric.denominator = map.text("denominator");
  } else {
    read_simple(map, metric, problems);
  }
  drafts.metrics.push_back(std::move(draft));
}

void read_segment(const Node& node, Drafts& drafts, ProblemList& problems) {
  const Node* name = node.find("segment");
  MapReader map(
      node,
      {name == nullptr ? "a segment" : fmt::format("segment {}", describe(*name)), kSegmentKeys},
      problems);
  Draft<Segment> draft{{}, &node};
  Segment& segment = draft.value;
  segment.location = name == nullptr ? node.location : name->location;
  segment.name = read_name(map, "segment", problems);
  segment.business_name = map.text("business_name");
  segment.description = map.text("description");
  segment.synonyms = map.texts("synonyms");
  map.require("entity", "the entity whose mart the segment filters");
  segment.entity = map.text("entity");
  map.require("filter", "SQL over the columns of the entity's mart");
  segment.filter = map.text("filter");
  check_not_empty(map, "filter");
  segment.judged = map.choice("judged", {"event", "now"}).value_or("event");
  drafts.segments.push_back(std::move(draft));
}

}  // namespace

void read_metrics(const Node& document, Drafts& drafts, ProblemList& problems) {
  MapReader map(document, {"a metrics file", {"metrics", "segments"}}, problems);
  if (const Node* metrics = map.list("metrics"); metrics != nullptr) {
    for (const Node& metric : metrics->items) read_metric(metric, drafts, problems);
  }
  if (const Node* segments = map.list("segments"); segments != nullptr) {
    for (const Node& segment : segments->items) read_segment(segment, drafts, problems);
  }
}

}  // namespace assay::model
