// tenants/<tenant>/<application>/<version>.yaml: one schema version, how its payloads map to
// entities.

#include <fmt/format.h>

#include "model/drafts.h"
#include "model/map_reader.h"
#include "model/mapping_reader.h"

namespace assay::model {
namespace {

/// "namespaces": prefix -> URI. With it, even empty, the version's paths are XPath.
PathLanguage read_language(MapReader& map, ProblemList& problems) {
  PathLanguage language;
  if (!map.has("namespaces")) return language;
  path::XmlNamespaces& namespaces = language.namespaces.emplace();
  const Node* declared = map.map("namespaces");
  if (declared == nullptr) return language;
  for_each_named(*declared, "\"namespaces\"", problems, [&](const Node& prefix, const Node& uri) {
    if (uri.kind == Node::Kind::scalar && !uri.text.empty()) {
      namespaces.emplace(prefix.text, uri.text);
      return;
    }
    problems.add(uri.location, Code::yaml_wrong_type,
                 fmt::format("\"{}\" in \"namespaces\" is {}", prefix.text, describe(uri)),
                 "the URI of the namespace");
  });
  return language;
}

std::vector<FieldMapping> read_field_mappings(const Node& fields, std::string_view what,
                                              const PathLanguage& language, ProblemList& problems) {
  std::vector<FieldMapping> mappings;
  for_each_named(fields, fmt::format("\"fields\" of {}", what), problems,
                 [&](const Node& name, const Node& value) {
                   mappings.push_back(read_field_mapping(name, value, language, problems));
                 });
  return mappings;
}

RoleMapping read_role_mapping(const Node& name, const Node& value, const PathLanguage& language,
                              ProblemList& problems) {
  MapReader map(value, {fmt::format("master \"{}\"", name.text), {"fields"}}, problems);
  RoleMapping mapping;
  mapping.role = name.text;
  mapping.location = name.location;
  map.require("fields", "a map of field names to paths");
  if (const Node* fields = map.map("fields"); fields != nullptr) {
    mapping.fields = read_field_mappings(*fields, map.what(), language, problems);
  }
  return mapping;
}

EntityMapping read_entity_mapping(const Node& name, const Node& value, const PathLanguage& language,
                                  ProblemList& problems) {
  MapReader map(
      value, {fmt::format("mapping \"{}\"", name.text), {"rows", "fields", "extension", "masters"}},
      problems);
  EntityMapping mapping;
  mapping.entity = name.text;
  mapping.location = name.location;
  if (const Node* rows = value.find("rows"); rows != nullptr) {
    auto parsed = read_path(*rows, language, path::XPathUse::rows, problems);
    mapping.rows_are_bad = !parsed.has_value();
    if (parsed) mapping.rows = std::move(*parsed);
  }
  if (const Node* fields = map.map("fields"); fields != nullptr) {
    mapping.fields = read_field_mappings(*fields, map.what(), language, problems);
  }
  if (const Node* extension = map.map("extension"); extension != nullptr) {
    mapping.extension = read_field_mappings(*extension, map.what(), language, problems);
  }
  if (const Node* masters = map.map("masters"); masters != nullptr) {
    for_each_named(
        *masters, fmt::format("\"masters\" of {}", map.what()), problems,
        [&](const Node& role, const Node& role_value) {
          mapping.roles.push_back(read_role_mapping(role, role_value, language, problems));
        });
  }
  return mapping;
}

/// The texts of `equals`: one scalar or a list of them.
std::vector<std::string> read_equals(const Node& node, MapReader& map) {
  const Node* equals = node.find("equals");
  if (equals == nullptr) return {};
  if (equals->kind == Node::Kind::scalar) return {equals->text};
  std::vector<std::string> texts = map.texts("equals");
  if (texts.empty() && equals->kind == Node::Kind::list && equals->items.empty()) {
    map.bad_value("equals", "\"equals\" has no values",
                  "at least one value, or no \"equals\" where it is enough that the path exists");
  }
  return texts;
}

bool has_wildcard(const path::JsonPath& path) {
  for (const path::Step& step : path.steps) {
    if (step.kind == path::Step::Kind::wildcard) return true;
  }
  return false;
}

/// A path that leads to at most one value of the whole payload.
std::optional<path::JsonPath> read_single_path(const Node& node, std::string_view what,
                                               const PathLanguage& language, path::XPathUse use,
                                               ProblemList& problems) {
  auto path = read_path(node, language, use, problems);
  if (path && (path->relative || path->has_query() || has_wildcard(*path))) {
    problems.add(node.location, Code::yaml_bad_value,
                 fmt::format("{} of {} may lead to many values", describe(node), what),
                 "a path from $ without [*]");
    return std::nullopt;
  }
  return path;
}

std::vector<plan::MatchCondition> read_match(const Node& list, const PathLanguage& language,
                                             ProblemList& problems) {
  std::vector<plan::MatchCondition> conditions;
  for (const Node& item : list.items) {
    MapReader map(item, {"a condition of \"match\"", {"path", "equals"}}, problems);
    plan::MatchCondition condition;
    if (map.require("path", "a path that must exist")) {
      const auto use =
          item.find("equals") == nullptr ? path::XPathUse::existence : path::XPathUse::condition;
      if (auto path = read_single_path(*item.find("path"), "\"match\"", language, use, problems)) {
        condition.path = std::move(*path);
      }
    }
    condition.equals = read_equals(item, map);
    conditions.push_back(std::move(condition));
  }
  return conditions;
}

}  // namespace

void read_version(const Node& document, const VersionIdentity& identity, Drafts& drafts,
                  ProblemList& problems) {
  MapReader map(document,
                {"a schema version", {"match", "envelope_version", "mappings", "namespaces"}},
                problems);
  const PathLanguage language = read_language(map, problems);
  Draft<SchemaVersion> draft{{}, &document};
  SchemaVersion& version = draft.value;
  version.tenant = identity.tenant;
  version.application = identity.application;
  version.version = identity.version;
  version.location = document.location;
  if (map.require("match", "a list of conditions, like [{path: $.orderNo}]")) {
    if (const Node* match = map.list("match"); match != nullptr) {
      version.match = read_match(*match, language, problems);
      if (match->items.empty()) {
        map.bad_value("match", "\"match\" has no conditions", "at least one {path: ...}");
      }
    }
  }
  if (const Node* envelope = document.find("envelope_version"); envelope != nullptr) {
    version.envelope_version = read_single_path(*envelope, "\"envelope_version\"", language,
                                                path::XPathUse::condition, problems);
  }
  map.require("mappings", "a map of entity names");
  if (const Node* mappings = map.map("mappings"); mappings != nullptr) {
    for_each_named(*mappings, "\"mappings\"", problems, [&](const Node& name, const Node& value) {
      version.mappings.push_back(read_entity_mapping(name, value, language, problems));
    });
  }
  drafts.versions.push_back(std::move(draft));
}

}  // namespace assay::model
