#include "lake/avro_schema.h"

#include <fmt/format.h>

#include <map>
#include <nlohmann/json.hpp>
#include <optional>

namespace assay::lake::avro {

namespace {

using Json = nlohmann::json;

constexpr int kDepthMax = 32;  ///< nested types in one schema
constexpr std::size_t kFieldsMax = 10'000;

Error malformed(std::string detail) {
  return make_error(Code::lake_format, "an Avro schema is malformed", {}, std::move(detail));
}

std::optional<Kind> primitive(std::string_view name) {
  static const std::map<std::string_view, Kind> kKinds = {
      {"null", Kind::null},   {"boolean", Kind::boolean}, {"int", Kind::int32},
      {"long", Kind::int64},  {"float", Kind::float32},   {"double", Kind::float64},
      {"bytes", Kind::bytes}, {"string", Kind::string}};
  const auto found = kKinds.find(name);
  if (found == kKinds.end()) return std::nullopt;
  return found->second;
}

class Parser {
 public:
  Result<SchemaPointer> parse(const Json& json, int depth) {
    if (depth > kDepthMax) return malformed("Its types are nested too deep.");
    if (json.is_string()) return named(json.get_ref<const std::string&>());
    if (json.is_array()) return choice(json, depth);
    if (!json.is_object()) return malformed("A type is neither text, list nor object.");
    const auto type = json.find("type");
    if (type == json.end()) return malformed("A type has no \"type\".");
    if (!type->is_string()) return parse(*type, depth + 1);
    const auto& text = type->get_ref<const std::string&>();
    if (text == "record") return record(json, depth);
    if (text == "array") return container(Kind::array, json, "items", depth);
    if (text == "map") return container(Kind::map, json, "values", depth);
    if (text == "fixed") return fixed(json);
    if (text == "enum") return define(json, Schema{.kind = Kind::enumeration});
    return named(text);
  }

 private:
  Result<SchemaPointer> named(const std::string& name) {
    if (const auto kind = primitive(name))
      return std::make_shared<const Schema>(Schema{.kind = *kind});
    const auto known = known_.find(name);
    if (known != known_.end()) return known->second;
    if (open_.contains(name)) {
      return make_error(Code::lake_unsupported,
                        fmt::format("the Avro type \"{}\" contains itself", name));
    }
    return malformed(fmt::format("The type \"{}\" is not known.", name));
  }

  Result<SchemaPointer> choice(const Json& json, int depth) {
    Schema schema{.kind = Kind::choice};
    for (const Json& branch : json) {
      ASSAY_TRY(SchemaPointer type, parse(branch, depth + 1));
      schema.branches.push_back(std::move(type));
    }
    if (schema.branches.empty()) return malformed("A union has no types.");
    return std::make_shared<const Schema>(std::move(schema));
  }

  Result<SchemaPointer> container(Kind kind, const Json& json, const char* key, int depth) {
    const auto item = json.find(key);
    if (item == json.end()) return malformed(fmt::format("An array or a map has no \"{}\".", key));
    ASSAY_TRY(SchemaPointer type, parse(*item, depth + 1));
    return std::make_shared<const Schema>(Schema{.kind = kind, .branches = {std::move(type)}});
  }

  Result<SchemaPointer> fixed(const Json& json) {
    const auto size = json.find("size");
    if (size == json.end() || !size->is_number_unsigned())
      return malformed("A fixed type has no size.");
    return define(json, Schema{.kind = Kind::fixed, .fixed_size = size->get<std::size_t>()});
  }

  Result<SchemaPointer> record(const Json& json, int depth) {
    const auto name = json.find("name");
    const auto fields = json.find("fields");
    if (name == json.end() || !name->is_string()) return malformed("A record has no name.");
    if (fields == json.end() || !fields->is_array())
      return malformed("A record has no list of fields.");
    open_[name->get<std::string>()] = true;
    Schema schema{.kind = Kind::record};
    for (const Json& field : *fields) {
      if (++field_count_ > kFieldsMax) return malformed("It has too many fields.");
      ASSAY_TRY(Field parsed, parse_field(field, depth));
      schema.fields.push_back(std::move(parsed));
    }
    open_.erase(name->get<std::string>());
    return define(json, std::move(schema));
  }

  Result<Field> parse_field(const Json& json, int depth) {
    if (!json.is_object() || !json.contains("name") || !json["name"].is_string() ||
        !json.contains("type")) {
      return malformed("A field of a record has no name or no type.");
    }
    Field field{.name = json["name"].get<std::string>(), .type = nullptr};
    if (const auto id = json.find("field-id"); id != json.end() && id->is_number_integer()) {
      field.id = id->get<int>();
    }
    ASSAY_TRY(field.type, parse(json["type"], depth + 1));
    return field;
  }

  Result<SchemaPointer> define(const Json& json, Schema schema) {
    const auto name = json.find("name");
    if (name == json.end() || !name->is_string())
      return malformed("A record, fixed or enum has no name.");
    schema.name = name->get<std::string>();
    auto pointer = std::make_shared<const Schema>(std::move(schema));
    known_[pointer->name] = pointer;
    // A later type may name this one with its namespace.
    if (const auto space = json.find("namespace"); space != json.end() && space->is_string()) {
      known_[space->get<std::string>() + "." + pointer->name] = pointer;
    }
    return SchemaPointer(pointer);
  }

  std::map<std::string, SchemaPointer> known_;
  std::map<std::string, bool> open_;  ///< records whose fields are being read
  std::size_t field_count_ = 0;
};

}  // namespace

Result<SchemaPointer> parse_schema(std::string_view text) {
  const Json json = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  if (json.is_discarded()) return malformed("It is not JSON.");
  return Parser().parse(json, 0);
}

}  // namespace assay::lake::avro
