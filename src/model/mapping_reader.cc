#include "model/mapping_reader.h"

#include <fmt/format.h>

#include "model/map_reader.h"
#include "model/names.h"
#include "model/scalars.h"

namespace assay::model {
namespace {

const std::vector<std::string_view> kMappingKeys = {
    "path", "constant", "expression", "inputs", "default",  "format",   "timezone", "scale10",
    "trim", "case",     "null_if",    "map",    "on_error", "required", "unit"};
const std::vector<std::string_view> kInputKeys = {"path",     "type",    "default", "format",
                                                  "timezone", "scale10", "trim",    "case",
                                                  "null_if",  "map",     "on_error"};
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

plan::Normalisation read_normalisation(MapReader& map,
                                       const std::vector<std::string_view>& on_error,
                                       ProblemList& problems) {
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
  const auto what = map.choice("on_error", on_error);
  if (what && what != "quarantine") normalisation.on_error = plan::OnError::null;
  return normalisation;
}

/// A value comes from a path, is a constant, or an expression gives it.
void check_origin(MapReader& map, ProblemList& problems) {
  if (!map.is_map()) return;
  constexpr std::string_view kOrigins[] = {"path", "constant", "expression"};
  const char* expected = "exactly one of path, constant, expression";
  std::string_view first;
  for (const std::string_view origin : kOrigins) {
    if (!map.has(origin)) continue;
    if (!first.empty())
      map.bad_value(origin, fmt::format("{} has both {} and {}", map.what(), first, origin),
                    expected);
    else
      first = origin;
  }
  if (first.empty()) {
    problems.add(map.node().location, Code::yaml_missing_key,
                 fmt::format("{} has no path, constant or expression", map.what()), expected);
  }
  if (map.has("inputs") && !map.has("expression"))
    map.bad_value("inputs", fmt::format("{} has inputs but no expression", map.what()),
                  "inputs beside an expression only");
  if (map.has("default") && map.has("constant"))
    map.bad_value("default", fmt::format("{} has a constant, which is never null", map.what()),
                  "a default beside a path or an expression");
}

void take_path(const Node* path, const PathLanguage& language, FieldMapping& mapping,
               ProblemList& problems) {
  if (path == nullptr) return;
  if (auto parsed = read_path(*path, language, path::XPathUse::value, problems)) {
    mapping.path = std::move(*parsed);
    mapping.path_text = path->text;
  }
}

/// A value that only one expression sees: a path alone is a text.
FieldMapping read_input(const Node& name, const Node& value, const PathLanguage& language,
                        ProblemList& problems) {
  FieldMapping input;
  input.input_type = column::DataType{};
  input.field = name.text;
  input.location = name.location;
  check_name(name, "an input", problems);
  const Node* path = &value;
  if (value.kind != Node::Kind::scalar) {
    MapReader map(value, {fmt::format("input \"{}\"", name.text), kInputKeys}, problems);
    map.require("path", "where the value stands");
    const std::string type = map.text_or("type", "string");
    const auto known = column::parse_data_type(type);
    if (!known || known->type == column::Type::binary)
      map.bad_value("type", fmt::format("\"{}\" is no type of an input", type),
                    "string, int64, decimal(18,2), float64, boolean, date or timestamp");
    else
      input.input_type = *known;
    input.normalisation = read_normalisation(map, {"quarantine", "null"}, problems);
    if (map.has("default")) input.fallback = map.text("default");
    path = value.find("path");
  }
  take_path(path, language, input, problems);
  return input;
}

void read_expression(MapReader& map, const PathLanguage& language, FieldMapping& mapping,
                     ProblemList& problems) {
  if (map.has("expression")) mapping.expression = map.text("expression");
  const Node* inputs = map.map("inputs");
  if (inputs == nullptr) return;
  for_each_named(*inputs, fmt::format("\"inputs\" of {}", map.what()), problems,
                 [&](const Node& name, const Node& value) {
                   mapping.inputs.push_back(read_input(name, value, language, problems));
                 });
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
    mapping.normalisation = read_normalisation(map, {"quarantine", "null", "variant"}, problems);
    mapping.unit = map.text("unit");
    const Node* on_error = value.find("on_error");
    mapping.keeps_variant = on_error != nullptr && on_error->text == "variant";
    mapping.required = map.boolean("required").value_or(false);
    check_origin(map, problems);
    if (map.has("constant")) mapping.constant = map.text("constant");
    if (map.has("default")) mapping.fallback = map.text("default");
    read_expression(map, language, mapping, problems);
    path = value.find("path");
  }
  take_path(path, language, mapping, problems);
  return mapping;
}

}  // namespace assay::model
