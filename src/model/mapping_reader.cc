#include "model/mapping_reader.h"

#include <fmt/format.h>

#include "model/map_reader.h"
#include "model/scalars.h"

namespace assay::model {
namespace {

const std::vector<std::string_view> kMappingKeys = {"path",    "constant", "format",  "timezone",
                                                    "scale10", "trim",     "case",    "null_if",
                                                    "map",     "on_error", "required"};
const std::vector<std::string_view> kFormats = {"iso8601", "epoch_seconds", "epoch_millis",
                                                "epoch_micros", "iso8601_basic"};

plan::TimeFormat time_format(std::string_view text) {
  if (text == "epoch_seconds") return plan::TimeFormat::epoch_seconds;
  if (text == "epoch_millis") return plan::TimeFormat::epoch_millis;
  if (text == "epoch_micros") return plan::TimeFormat::epoch_micros;
  if (text == "iso8601_basic") return plan::TimeFormat::iso8601_basic;
  return plan::TimeFormat::iso8601;
}

void read_value_map(MapReader& map, plan::Normalisation& normalisation, ProblemList& problems) {
  const Node* values = map.map("map");
  if (values == nullptr) return;
  for_each_named(*values, fmt::format("\"map\" of {}", map.what()), problems,
                 [&](const Node& from, const Node& to) {
                   if (to.kind == Node::Kind::scalar) {
                     normalisation.value_map.emplace_back(from.text, to.text);
                     return;
                   }
                   problems.add(to.location, Code::yaml_wrong_type,
                                fmt::format("\"{}\" in \"map\" of {} is {}", from.text, map.what(),
                                            describe(to)),
                                "a text");
                 });
}

plan::Normalisation read_normalisation(MapReader& map, ProblemList& problems) {
  plan::Normalisation normalisation;
  normalisation.time_format = time_format(map.choice("format", kFormats).value_or("iso8601"));
  if (map.has("timezone")) {
    const std::string text = map.text("timezone");
    const auto offset = parse_offset(text);
    if (offset) {
      normalisation.offset_minutes = *offset;
    } else if (!text.empty()) {
      map.bad_value("timezone", fmt::format("\"{}\" is no time zone of a fixed offset", text),
                    "an offset like \"+02:00\", or UTC");
    }
  }
  normalisation.scale10 = static_cast<int>(map.integer("scale10", {-38, 38}).value_or(0));
  normalisation.trim = map.boolean("trim").value_or(false);
  const auto text_case = map.choice("case", {"lower", "upper"});
  if (text_case == "lower") normalisation.text_case = plan::TextCase::lower;
  if (text_case == "upper") normalisation.text_case = plan::TextCase::upper;
  normalisation.null_if = map.texts("null_if");
  read_value_map(map, normalisation, problems);
  if (map.choice("on_error", {"quarantine", "null"}) == "null") {
    normalisation.on_error = plan::OnError::null;
  }
  return normalisation;
}

/// A value comes from a path or is a constant.
void check_origin(MapReader& map, ProblemList& problems) {
  const bool path = map.has("path");
  const bool constant = map.has("constant");
  if (path != constant || !map.is_map()) return;
  const char* expected = "exactly one of path, constant";
  if (path) {
    map.bad_value("constant", fmt::format("{} has a path and a constant", map.what()), expected);
  } else {
    problems.add(map.node().location, Code::yaml_missing_key,
                 fmt::format("{} has neither path nor constant", map.what()), expected);
  }
}

}  // namespace

std::optional<path::JsonPath> read_path(const Node& node, const PathLanguage& language,
                                        path::XPathUse use, ProblemList& problems) {
  if (node.kind != Node::Kind::scalar) {
    problems.add(node.location, Code::yaml_wrong_type, fmt::format("a path is {}", describe(node)),
                 "a text like $.a.b");
    return std::nullopt;
  }
  const bool is_xpath = language.namespaces && !node.text.starts_with('$');
  auto parsed = is_xpath ? path::compile_xpath(node.text, *language.namespaces, use)
                         : path::parse_mapping_path(node.text);
  if (parsed) return std::move(parsed).value();
  std::string hint = parsed.error().hint;
  if (hint.empty()) {
    hint = is_xpath ? "an XPath like /a:order/a:line"
                    : "a JSONPath behind $ (the payload) or @ (the row), like $.lines[*].price";
  }
  problems.add(node.location, Code::path_invalid,
               fmt::format("{} is no path: {}", describe(node), parsed.error().message),
               std::move(hint));
  return std::nullopt;
}

FieldMapping read_field_mapping(const Node& name, const Node& value, const PathLanguage& language,
                                ProblemList& problems) {
  FieldMapping mapping;
  mapping.field = name.text;
  mapping.location = name.location;
  const Node* path = &value;
  if (value.kind != Node::Kind::scalar) {
    MapReader map(value, {fmt::format("the mapping of \"{}\"", name.text), kMappingKeys}, problems);
    mapping.normalisation = read_normalisation(map, problems);
    mapping.required = map.boolean("required").value_or(false);
    check_origin(map, problems);
    if (map.has("constant")) mapping.constant = map.text("constant");
    path = value.find("path");
  }
  if (path == nullptr) return mapping;
  if (auto parsed = read_path(*path, language, path::XPathUse::value, problems)) {
    mapping.path = std::move(*parsed);
    mapping.path_text = path->text;
  }
  return mapping;
}

}  // namespace assay::model
