// features/*.yaml: one feature view a document.

#include <fmt/format.h>

#include "model/drafts.h"
#include "model/map_reader.h"
#include "model/names.h"
#include "model/scalars.h"

namespace assay::model {
namespace {

const std::vector<std::string_view> kViewKeys = {
    "feature_view", "entity", "role", "description", "owner", "measures", "features"};

FeatureMeasure read_measure(const Node& name, const Node& value, ProblemList& problems) {
  MapReader map(value, {fmt::format("measure \"{}\"", name.text), {"source", "factors"}}, problems);
  check_name(name, "a measure", problems);
  map.require("source", "the name of an event entity");
  return {name.text, map.text("source"), map.texts("factors")};
}

Feature read_feature(const Node& name, const Node& value, ProblemList& problems) {
  MapReader map(
      value,
      {fmt::format("feature \"{}\"", name.text), {"value", "per", "window", "description", "unit"}},
      problems);
  check_name(name, "a feature", problems);
  Feature feature;
  feature.name = name.text;
  feature.description = map.text("description");
  feature.unit = map.text("unit");
  map.require("value", "the name of a measure");
  feature.numerator = map.text("value");
  feature.denominator = map.text("per");
  map.require("window", "a span like 30d, or lifetime");
  const std::string window = map.text("window");
  if (window.empty() || window == "lifetime") return feature;
  feature.window_micros = parse_window(window);
  if (!feature.window_micros) {
    map.bad_value("window", fmt::format("\"{}\" is no window", window),
                  "a span like 30d (s, m, h, d or w, at most 100 years), or lifetime");
  }
  return feature;
}

}  // namespace

void read_feature_view(const Node& document, Drafts& drafts, ProblemList& problems) {
  const Node* name = document.find("feature_view");
  MapReader map(
      document,
      {name == nullptr ? "a feature view" : fmt::format("feature view {}", describe(*name)),
       kViewKeys},
      problems);
  Draft<FeatureView> draft{{}, &document};
  FeatureView& view = draft.value;
  view.location = name == nullptr ? document.location : name->location;
  map.require("feature_view", "the view's name");
  view.name = map.text("feature_view");
  if (name != nullptr && name->kind == Node::Kind::scalar)
    check_name(*name, "a feature view", problems);
  view.description = map.text("description");
  view.owner = map.text("owner");
  map.require("entity", "the name of a master entity");
  view.entity = map.text("entity");
  map.require("role", "the role by which the sources refer to the master");
  view.role = map.text("role");
  map.require("measures", "a map of measure names");
  if (const Node* measures = map.map("measures"); measures != nullptr) {
    for_each_named(*measures, "\"measures\"", problems, [&](const Node& key, const Node& value) {
      view.measures.push_back(read_measure(key, value, problems));
    });
  }
  map.require("features", "a map of feature names");
  if (const Node* features = map.map("features"); features != nullptr) {
    for_each_named(*features, "\"features\"", problems, [&](const Node& key, const Node& value) {
      view.features.push_back(read_feature(key, value, problems));
    });
  }
  drafts.feature_views.push_back(std::move(draft));
}

}  // namespace assay::model
