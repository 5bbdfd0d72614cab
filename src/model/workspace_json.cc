// The checked workspace as one JSON document, and back. Each struct is described once, by
// `describe`, and both directions follow it. What is empty or absent is left out, places in files
// always: so that two workspaces are equal exactly where their documents are.

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "model/workspace.h"

namespace assay::model {
namespace {

using nlohmann::json;

constexpr int kFormatVersion = 1;

/// What a document that we did not write makes us say; never leaves this file.
struct Malformed {
  std::string message;
};

template <typename E>
struct EnumName {
  E value;
  std::string_view name;
};
constexpr EnumName<Entity::Kind> names_of(Entity::Kind, int index) {
  constexpr EnumName<Entity::Kind> kNames[] = {{Entity::Kind::event, "event"},
                                               {Entity::Kind::master, "master"}};
  return kNames[index];
}
constexpr EnumName<Metric::Kind> names_of(Metric::Kind, int index) {
  constexpr EnumName<Metric::Kind> kNames[] = {{Metric::Kind::simple, "simple"},
                                               {Metric::Kind::ratio, "ratio"}};
  return kNames[index];
}
constexpr EnumName<plan::Dedupe> names_of(plan::Dedupe, int index) {
  constexpr EnumName<plan::Dedupe> kNames[] = {{plan::Dedupe::coordinates, "coordinates"},
                                               {plan::Dedupe::key_content, "key+content"}};
  return kNames[index];
}
constexpr EnumName<plan::OnError> names_of(plan::OnError, int index) {
  constexpr EnumName<plan::OnError> kNames[] = {{plan::OnError::quarantine, "quarantine"},
                                                {plan::OnError::null, "null"}};
  return kNames[index];
}
constexpr EnumName<plan::TextCase> names_of(plan::TextCase, int index) {
  constexpr EnumName<plan::TextCase> kNames[] = {{plan::TextCase::keep, "keep"},
                                                 {plan::TextCase::lower, "lower"},
                                                 {plan::TextCase::upper, "upper"}};
  return kNames[index];
}
constexpr EnumName<plan::TimeFormat> names_of(plan::TimeFormat, int index) {
  constexpr EnumName<plan::TimeFormat> kNames[] = {
      {plan::TimeFormat::iso8601, "iso8601"},
      {plan::TimeFormat::epoch_seconds, "epoch_seconds"},
      {plan::TimeFormat::epoch_millis, "epoch_millis"},
      {plan::TimeFormat::epoch_micros, "epoch_micros"},
      {plan::TimeFormat::iso8601_basic, "iso8601_basic"}};
  return kNames[index];
}
constexpr int count_of(Entity::Kind) { return 2; }
constexpr int count_of(Metric::Kind) { return 2; }
constexpr int count_of(plan::Dedupe) { return 2; }
constexpr int count_of(plan::OnError) { return 2; }
constexpr int count_of(plan::TextCase) { return 3; }
constexpr int count_of(plan::TimeFormat) { return 5; }

/// Puts members into a JSON object.
class Writer {
 public:
  explicit Writer(json& object) : object_(object) { object_ = json::object(); }

  template <typename T>
  void operator()(const char* key, const T& value) {
    json encoded = encode(value);
    if (is_said(value, encoded)) object_[key] = std::move(encoded);
  }

 private:
  template <typename T>
  static bool is_said(const T& /*value*/, const json& encoded) {
    return !(encoded.is_null() || encoded == "" || encoded == false ||
             (encoded.is_structured() && encoded.empty()));
  }
  /// An optional text that is empty says something.
  static bool is_said(const std::optional<std::string>& value, const json& /*encoded*/) {
    return value.has_value();
  }

  static json encode(const std::string& value) { return value; }
  static json encode(bool value) { return value; }
  static json encode(int value) { return value; }
  static json encode(std::int64_t value) { return value; }
  static json encode(std::size_t value) { return value; }
  static json encode(const column::DataType& value) { return column::to_string(value); }
  static json encode(const path::JsonPath& value) { return path::to_string(value); }
  static json encode(const std::pair<std::string, std::string>& value) {
    return json::array({value.first, value.second});
  }
  template <typename T>
  static json encode(const std::vector<T>& values) {
    json list = json::array();
    for (const T& value : values) list.push_back(encode(value));
    return list;
  }
  template <typename T>
  static json encode(const std::optional<T>& value) {
    return value ? encode(*value) : json();
  }
  template <typename T>
  static json encode(const T& value) {
    if constexpr (std::is_enum_v<T>) {
      for (int index = 0; index < count_of(T{}); ++index) {
        if (names_of(T{}, index).value == value) return names_of(T{}, index).name;
      }
      return names_of(T{}, 0).name;
    } else {
      json object;
      Writer writer(object);
      describe(writer, value);
      return object;
    }
  }

  json& object_;
};

/// Takes members out of a JSON object; what is absent keeps its default.
class Reader {
 public:
  explicit Reader(const json& object) : object_(object) {
    if (!object.is_object()) throw Malformed{"an object was expected"};
  }

  template <typename T>
  void operator()(const char* key, T& value) {
    const auto found = object_.find(key);
    if (found == object_.end()) return;
    try {
      decode(*found, value);
    } catch (const Malformed& malformed) {
      throw Malformed{fmt::format("/{}{}{}", key, malformed.message.starts_with('/') ? "" : ": ",
                                  malformed.message)};
    }
  }

 private:
  static void decode(const json& from, std::string& to) {
    if (!from.is_string()) throw Malformed{"a text was expected"};
    to = from.get<std::string>();
  }
  static void decode(const json& from, bool& to) {
    if (!from.is_boolean()) throw Malformed{"true or false was expected"};
    to = from.get<bool>();
  }
  template <typename T>
  static void decode_number(const json& from, T& to) {
    if (!from.is_number_integer()) throw Malformed{"a whole number was expected"};
    to = from.get<T>();
  }
  static void decode(const json& from, int& to) { decode_number(from, to); }
  static void decode(const json& from, std::int64_t& to) { decode_number(from, to); }
  static void decode(const json& from, std::size_t& to) { decode_number(from, to); }
  static std::string text(const json& from) {
    std::string value;
    decode(from, value);
    return value;
  }
  static void decode(const json& from, column::DataType& to) {
    const auto type = column::parse_data_type(text(from));
    if (!type) throw Malformed{"a type was expected"};
    to = *type;
  }
  static void decode(const json& from, path::JsonPath& to) {
    auto parsed = path::parse_mapping_path(text(from));
    if (!parsed) throw Malformed{"a path was expected"};
    to = std::move(parsed).value();
  }
  static void decode(const json& from, std::pair<std::string, std::string>& to) {
    if (!from.is_array() || from.size() != 2) throw Malformed{"a pair of texts was expected"};
    to = {text(from[0]), text(from[1])};
  }
  template <typename T>
  static void decode(const json& from, std::vector<T>& to) {
    if (!from.is_array()) throw Malformed{"a list was expected"};
    for (const json& item : from) {
      T value{};
      decode(item, value);
      to.push_back(std::move(value));
    }
  }
  template <typename T>
  static void decode(const json& from, std::optional<T>& to) {
    T value{};
    decode(from, value);
    to = std::move(value);
  }
  template <typename T>
  static void decode(const json& from, T& to) {
    if constexpr (std::is_enum_v<T>) {
      const std::string name = text(from);
      for (int index = 0; index < count_of(T{}); ++index) {
        if (names_of(T{}, index).name != name) continue;
        to = names_of(T{}, index).value;
        return;
      }
      throw Malformed{fmt::format("\"{}\" is not known", name)};
    } else {
      Reader reader(from);
      describe(reader, to);
    }
  }

  const json& object_;
};

/// What an archive sees of a struct: a writer only reads it.
template <typename Archive, typename T>
using Described = std::conditional_t<std::is_same_v<Archive, Writer>, const T, T>;

template <typename Archive>
void describe(Archive& archive, Described<Archive, PayloadLimits>& limits) {
  archive("record_size_max", limits.record_size_max);
  archive("depth_max", limits.depth_max);
  archive("object_keys_max", limits.object_keys_max);
}

template <typename Archive>
void describe(Archive& archive, Described<Archive, Field>& field) {
  archive("name", field.name);
  archive("type", field.type);
  archive("required", field.required);
  archive("renamed_from", field.renamed_from);
  archive("retyped_from", field.retyped_from);
  archive("unit", field.unit);
  archive("sensitivity", field.sensitivity);
  archive("business_name", field.business_name);
  archive("description", field.description);
  archive("synonyms", field.synonyms);
}

template <typename Archive>
void describe(Archive& archive, Described<Archive, Role>& role) {
  archive("name", role.name);
  archive("entity", role.entity);
  archive("business_name", role.business_name);
}

template <typename Archive>
void describe(Archive& archive, Described<Archive, Entity>& entity) {
  archive("name", entity.name);
  archive("kind", entity.kind);
  archive("business_name", entity.business_name);
  archive("description", entity.description);
  archive("owner", entity.owner);
  archive("synonyms", entity.synonyms);
  archive("key", entity.key);
  archive("parent", entity.parent);
  archive("event_time", entity.event_time);
  archive("order_by", entity.order_by);
  archive("source_priority", entity.source_priority);
  archive("dedupe", entity.dedupe);
  archive("version_order", entity.version_order);
  archive("deletion_field", entity.deletion_field);
  archive("deletion_values", entity.deletion_values);
  archive("fields", entity.fields);
  archive("masters", entity.roles);
}

template <typename Archive>
void describe(Archive& archive, Described<Archive, Extension>& extension) {
  archive("tenant", extension.tenant);
  archive("extends", extension.entity);
  archive("fields", extension.fields);
}

template <typename Archive>
void describe(Archive& archive, Described<Archive, Route>& route) {
  archive("pattern", route.pattern);
  archive("tenant", route.tenant);
  archive("application", route.application);
  archive("tenant_header", route.tenant_header);
  archive("application_header", route.application_header);
}

template <typename Archive>
void describe(Archive& archive, Described<Archive, KafkaAccess>& access) {
  archive("brokers", access.brokers);
  archive("protocol", access.protocol);
  archive("mechanism", access.mechanism);
  archive("username", access.username);
  archive("password_env", access.password_env);
  archive("password_file", access.password_file);
  archive("ca_file", access.ca_file);
  archive("certificate_file", access.certificate_file);
  archive("key_file", access.key_file);
  archive("key_password_env", access.key_password_env);
  archive("key_password_file", access.key_password_file);
  archive("group", access.group);
  archive("on_expired", access.on_expired);
}

template <typename Archive>
void describe(Archive& archive, Described<Archive, Source>& source) {
  archive("name", source.name);
  archive("kind", source.kind);
  archive("format", source.format);
  archive("delimiter", source.delimiter);
  archive("kafka", source.kafka);
  archive("routes", source.routes);
}

template <typename Archive>
void describe(Archive& archive, Described<Archive, plan::Normalisation>& normalisation) {
  archive("format", normalisation.time_format);
  archive("offset_minutes", normalisation.offset_minutes);
  archive("scale10", normalisation.scale10);
  archive("trim", normalisation.trim);
  archive("case", normalisation.text_case);
  archive("null_if", normalisation.null_if);
  archive("map", normalisation.value_map);
  archive("on_error", normalisation.on_error);
}

template <typename Archive>
void describe(Archive& archive, Described<Archive, FieldMapping>& mapping) {
  archive("name", mapping.field);
  archive("path", mapping.path);
  archive("constant", mapping.constant);
  archive("expression", mapping.expression);
  archive("inputs", mapping.inputs);
  archive("input_type", mapping.input_type);
  archive("default", mapping.fallback);
  archive("required", mapping.required);
  archive("normalisation", mapping.normalisation);
}

template <typename Archive>
void describe(Archive& archive, Described<Archive, RoleMapping>& mapping) {
  archive("name", mapping.role);
  archive("fields", mapping.fields);
}

template <typename Archive>
void describe(Archive& archive, Described<Archive, EntityMapping>& mapping) {
  archive("name", mapping.entity);
  archive("rows", mapping.rows);
  archive("fields", mapping.fields);
  archive("extension", mapping.extension);
  archive("masters", mapping.roles);
}

template <typename Archive>
void describe(Archive& archive, Described<Archive, plan::MatchCondition>& condition) {
  archive("path", condition.path);
  archive("equals", condition.equals);
}

template <typename Archive>
void describe(Archive& archive, Described<Archive, SchemaVersion>& version) {
  archive("tenant", version.tenant);
  archive("application", version.application);
  archive("version", version.version);
  archive("match", version.match);
  archive("envelope_version", version.envelope_version);
  archive("mappings", version.mappings);
}

template <typename Archive>
void describe(Archive& archive, Described<Archive, Metric>& metric) {
  archive("name", metric.name);
  archive("business_name", metric.business_name);
  archive("description", metric.description);
  archive("unit", metric.unit);
  archive("synonyms", metric.synonyms);
  archive("type", metric.kind);
  archive("entity", metric.entity);
  archive("agg", metric.agg);
  archive("expr", metric.expr);
  archive("filter", metric.filter);
  archive("numerator", metric.numerator);
  archive("denominator", metric.denominator);
}

template <typename Archive>
void describe(Archive& archive, Described<Archive, Segment>& segment) {
  archive("name", segment.name);
  archive("business_name", segment.business_name);
  archive("description", segment.description);
  archive("entity", segment.entity);
  archive("filter", segment.filter);
  archive("synonyms", segment.synonyms);
  archive("judged", segment.judged);
}

template <typename Archive>
void describe(Archive& archive, Described<Archive, FeatureMeasure>& measure) {
  archive("name", measure.name);
  archive("source", measure.source);
  archive("factors", measure.factors);
}

template <typename Archive>
void describe(Archive& archive, Described<Archive, Feature>& feature) {
  archive("name", feature.name);
  archive("description", feature.description);
  archive("unit", feature.unit);
  archive("value", feature.numerator);
  archive("per", feature.denominator);
  archive("window_micros", feature.window_micros);
}

template <typename Archive>
void describe(Archive& archive, Described<Archive, FeatureView>& view) {
  archive("name", view.name);
  archive("description", view.description);
  archive("owner", view.owner);
  archive("entity", view.entity);
  archive("role", view.role);
  archive("measures", view.measures);
  archive("features", view.features);
}

template <typename Archive>
void describe(Archive& archive, Described<Archive, Workspace>& workspace) {
  archive("name", workspace.name);
  archive("description", workspace.description);
  archive("limits", workspace.limits);
  archive("entities", workspace.entities);
  archive("extensions", workspace.extensions);
  archive("sources", workspace.sources);
  archive("versions", workspace.versions);
  archive("metrics", workspace.metrics);
  archive("segments", workspace.segments);
  archive("feature_views", workspace.feature_views);
}

/// The text of a path is what its user wrote; here the canonical one stands for it.
void restore_path_texts(Workspace& workspace) {
  const auto restore = [](std::vector<FieldMapping>& mappings) {
    for (FieldMapping& mapping : mappings) {
      if (!mapping.constant) mapping.path_text = path::to_string(mapping.path);
    }
  };
  for (SchemaVersion& version : workspace.versions) {
    for (EntityMapping& mapping : version.mappings) {
      restore(mapping.fields);
      restore(mapping.extension);
      for (RoleMapping& role : mapping.roles) restore(role.fields);
    }
  }
}

}  // namespace

std::string to_json(const Workspace& workspace) {
  json document;
  Writer writer(document);
  writer("format_version", kFormatVersion);
  describe(writer, workspace);
  return document.dump();
}

Result<Workspace> from_json(std::string_view text) {
  const json document = json::parse(text, nullptr, /*allow_exceptions=*/false);
  try {
    Reader reader(document);
    int format_version = 0;
    reader("format_version", format_version);
    if (format_version != kFormatVersion) {
      throw Malformed{fmt::format("/format_version: {} is not known", format_version)};
    }
    Workspace workspace;
    describe(reader, workspace);
    restore_path_texts(workspace);
    return workspace;
  } catch (const Malformed& malformed) {
    return make_error(
        Code::workspace_invalid,
        fmt::format("the stored workspace document is malformed: {}", malformed.message),
        "Apply the workspace again: assay apply");
  }
}

}  // namespace assay::model
