// What stands on the entities: sources' routes, metrics, segments and feature views.

#include <fmt/format.h>

#include <algorithm>

#include "model/checks.h"

namespace assay::model {
namespace {

void check_route(const Drafts& drafts, const Route& route, ProblemList& problems) {
  if (route.tenant.empty()) return;  // captured from the path
  std::vector<std::string_view> tenants, applications;
  for (const Draft<SchemaVersion>& version : drafts.versions) {
    tenants.push_back(version.value.tenant);
    if (version.value.tenant == route.tenant) applications.push_back(version.value.application);
  }
  const auto has = [](const std::vector<std::string_view>& names, std::string_view name) {
    return std::find(names.begin(), names.end(), name) != names.end();
  };
  for (auto* names : {&tenants, &applications}) {
    std::sort(names->begin(), names->end());
    names->erase(std::unique(names->begin(), names->end()), names->end());
  }
  if (!has(tenants, route.tenant)) {
    problems.add(
        route.location, Code::reference_unknown,
        fmt::format("a route leads to tenant \"{}\", which has no schema version", route.tenant),
        expected_kind("a tenant of tenants/", route.tenant, tenants));
  } else if (!route.application.empty() && !has(applications, route.application)) {
    problems.add(route.location, Code::reference_unknown,
                 fmt::format("a route leads to application \"{}\" of tenant \"{}\", which has no "
                             "schema version",
                             route.application, route.tenant),
                 expected_kind("an application of the tenant", route.application, applications));
  }
}

std::vector<std::string_view> mart_names(const Drafts& drafts) {
  std::vector<std::string_view> names = entity_names(drafts, Entity::Kind::event);
  for (const std::string_view name : entity_names(drafts, Entity::Kind::master))
    names.push_back(name);
  return names;
}

void check_entity_of(const Drafts& drafts, const Node& node, const std::string& entity,
                     std::string_view what, ProblemList& problems) {
  if (entity.empty() || drafts.entity(entity) != nullptr) return;
  problems.add(locate(node, {"entity"}), Code::reference_unknown,
               fmt::format("{} reads \"{}\", which is no entity", what, entity),
               expected_kind("an entity of the workspace", entity, mart_names(drafts)));
}

void check_ratio(const Drafts& drafts, const Draft<Metric>& draft, ProblemList& problems) {
  std::vector<std::string_view> simple;
  for (const Draft<Metric>& other : drafts.metrics) {
    if (other.value.kind == Metric::Kind::simple && !other.value.name.empty())
      simple.push_back(other.value.name);
  }
  const Metric& metric = draft.value;
  const std::pair<std::string_view, const std::string*> parts[] = {
      {"numerator", &metric.numerator}, {"denominator", &metric.denominator}};
  for (const auto& [key, name] : parts) {
    if (name->empty() || std::find(simple.begin(), simple.end(), *name) != simple.end()) continue;
    problems.add(
        locate(*draft.node, {key}), Code::reference_unknown,
        fmt::format("{} \"{}\" of metric \"{}\" is no simple metric", key, *name, metric.name),
        expected_kind("a simple metric", *name, simple));
  }
}

bool is_number(const column::DataType& type) {
  return type.type == column::Type::int32 || type.type == column::Type::int64 ||
         type.type == column::Type::float64 || type.type == column::Type::decimal;
}

void check_factors(const Draft<FeatureView>& view, const FeatureMeasure& measure,
                   const Draft<Entity>& source, ProblemList& problems) {
  int scale = 0;
  bool exact = true;
  for (std::size_t index = 0; index < measure.factors.size(); ++index) {
    const std::string& name = measure.factors[index];
    const Location location = locate(*view.node, {"measures", measure.name, "factors", index});
    const Field* field = source.value.field(name);
    if (field == nullptr) {
      problems.add(location, Code::reference_unknown,
                   fmt::format("factor \"{}\" is no field of entity \"{}\"", name, measure.source),
                   expected_kind("a number field of the entity", name, field_names(source.value)));
    } else if (type_is_known(source, name) && !is_number(field->type)) {
      problems.add(location, Code::yaml_bad_value,
                   fmt::format("factor \"{}\" has type {}", name, column::to_string(field->type)),
                   "a number field");
    } else {
      exact = exact && field->type.type != column::Type::float64;
      scale += field->type.scale;
    }
  }
  constexpr int kScaleMax = 38;
  if (exact && scale > kScaleMax) {
    problems.add(
        locate(*view.node, {"measures", measure.name, "factors"}), Code::yaml_bad_value,
        fmt::format("the product of measure \"{}\" has {} decimal places", measure.name, scale),
        fmt::format("at most {}", kScaleMax));
  }
}

void check_measure(const Drafts& drafts, const Draft<FeatureView>& view,
                   const FeatureMeasure& measure, ProblemList& problems) {
  if (measure.source.empty()) return;
  const Location location = locate(*view.node, {"measures", measure.name, "source"});
  const Draft<Entity>* source = drafts.entity(measure.source);
  if (source == nullptr || (kind_is_known(*source) && source->value.kind != Entity::Kind::event)) {
    problems.add(location, Code::reference_unknown,
                 fmt::format("source \"{}\" of measure \"{}\" is no event entity", measure.source,
                             measure.name),
                 expected_kind("an event entity", measure.source,
                               entity_names(drafts, Entity::Kind::event)));
    return;
  }
  const Draft<Entity>* root =
      source->value.parent.empty() ? source : drafts.entity(source->value.parent);
  if (root != nullptr && !root->value.version_order.empty()) {
    problems.add(location, Code::yaml_bad_value,
                 fmt::format("measure \"{}\" reads \"{}\", whose rows do not stay (dedupe: key); "
                             "contributions that were made are not taken back",
                             measure.name, measure.source),
                 "an entity whose rows stay true; metrics over marts count current rows");
  }
  const Role* role = source->value.role(view.value.role);
  if (!view.value.role.empty() && (role == nullptr || role->entity != view.value.entity)) {
    std::vector<std::string_view> roles;
    for (const Role& each : source->value.roles) {
      if (each.entity == view.value.entity) roles.push_back(each.name);
    }
    problems.add(locate(*view.node, {"role"}), Code::reference_unknown,
                 fmt::format("entity \"{}\" does not refer to \"{}\" by a role \"{}\"",
                             measure.source, view.value.entity, view.value.role),
                 expected_kind("a role of every source", view.value.role, roles));
  }
  check_factors(view, measure, *source, problems);
}

void check_view(const Drafts& drafts, const Draft<FeatureView>& draft, ProblemList& problems) {
  const FeatureView& view = draft.value;
  const Draft<Entity>* master = drafts.entity(view.entity);
  if (!view.entity.empty() && (master == nullptr || (kind_is_known(*master) &&
                                                     master->value.kind != Entity::Kind::master))) {
    problems.add(
        locate(*draft.node, {"entity"}), Code::reference_unknown,
        fmt::format("feature view \"{}\" is of \"{}\", which is no master", view.name, view.entity),
        expected_kind("a master entity", view.entity, entity_names(drafts, Entity::Kind::master)));
    master = nullptr;
  }
  std::vector<std::string_view> measures;
  for (const FeatureMeasure& measure : view.measures) {
    measures.push_back(measure.name);
    if (master == nullptr) continue;
    check_measure(drafts, draft, measure, problems);
    if (std::count(master->value.key.begin(), master->value.key.end(), measure.name) > 0) {
      problems.add(locate_key(*draft.node, {"measures", measure.name}), Code::name_duplicate,
                   fmt::format("measure \"{}\" has the name of a key field of \"{}\"", measure.name,
                               view.entity),
                   "another name");
    }
  }
  for (const Feature& feature : view.features) {
    const std::pair<std::string_view, const std::string*> parts[] = {{"value", &feature.numerator},
                                                                     {"per", &feature.denominator}};
    for (const auto& [key, name] : parts) {
      if (name->empty() || std::count(measures.begin(), measures.end(), *name) > 0) continue;
      problems.add(locate(*draft.node, {"features", feature.name, key}), Code::reference_unknown,
                   fmt::format("\"{}\" of feature \"{}\" names \"{}\", which is no measure", key,
                               feature.name, *name),
                   expected_kind("a measure of the view", *name, measures));
    }
  }
}

}  // namespace

void check_sources(const Drafts& drafts, ProblemList& problems) {
  check_unique(
      drafts.sources, "source", [](const Source& source) { return source.name; }, problems);
  for (const Draft<Source>& draft : drafts.sources) {
    for (const Route& route : draft.value.routes) check_route(drafts, route, problems);
  }
}

void check_metrics(const Drafts& drafts, ProblemList& problems) {
  check_unique(
      drafts.metrics, "metric", [](const Metric& metric) { return metric.name; }, problems);
  check_unique(
      drafts.segments, "segment", [](const Segment& segment) { return segment.name; }, problems);
  for (const Draft<Metric>& draft : drafts.metrics) {
    check_entity_of(drafts, *draft.node, draft.value.entity,
                    fmt::format("metric \"{}\"", draft.value.name), problems);
    if (draft.value.kind == Metric::Kind::ratio) check_ratio(drafts, draft, problems);
  }
  for (const Draft<Segment>& draft : drafts.segments) {
    check_entity_of(drafts, *draft.node, draft.value.entity,
                    fmt::format("segment \"{}\"", draft.value.name), problems);
  }
}

void check_feature_views(const Drafts& drafts, ProblemList& problems) {
  check_unique(
      drafts.feature_views, "feature view", [](const FeatureView& view) { return view.name; },
      problems);
  for (const Draft<FeatureView>& draft : drafts.feature_views) check_view(drafts, draft, problems);
}

}  // namespace assay::model
