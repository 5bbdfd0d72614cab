#include <fmt/format.h>

#include "io/file_system.h"
#include "lake/metadata_internal.h"

namespace assay::lake {

Error malformed_metadata(std::string detail) {
  return make_error(Code::lake_format, "the table's metadata file is malformed", {},
                    std::move(detail));
}

const Json* find_at(const Json& object, const char* key) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(key);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

Result<std::int64_t> integer_at(const Json& object, const char* key) {
  const Json* value = find_at(object, key);
  if (value == nullptr || !value->is_number_integer()) {
    return malformed_metadata(fmt::format("\"{}\" is missing or no whole number.", key));
  }
  return value->get<std::int64_t>();
}

Result<std::string> text_at(const Json& object, const char* key) {
  const Json* value = find_at(object, key);
  if (value == nullptr || !value->is_string()) {
    return malformed_metadata(fmt::format("\"{}\" is missing or no text.", key));
  }
  return value->get<std::string>();
}

Result<const Json*> list_at(const Json& object, const char* key) {
  const Json* value = find_at(object, key);
  if (value == nullptr || !value->is_array()) {
    return malformed_metadata(fmt::format("\"{}\" is missing or no list.", key));
  }
  return value;
}

const Spec* TableMetadata::spec(int id) const {
  for (const Spec& spec : specs) {
    if (spec.id == id) return &spec;
  }
  return nullptr;
}

namespace {

constexpr int kDepthMax = 200;

Result<int> id_at(const Json& object, const char* key) {
  ASSAY_TRY(const std::int64_t value, integer_at(object, key));
  if (value < 0 || value > INT32_MAX)
    return malformed_metadata(fmt::format("\"{}\" is out of range.", key));
  return static_cast<int>(value);
}

/// The member of a list whose `key` is that number. Every member must have the key.
Result<const Json*> find_by_id(const Json& list, const char* key, std::int64_t id) {
  const Json* match = nullptr;
  for (const Json& item : list) {
    ASSAY_TRY(const std::int64_t found, integer_at(item, key));
    if (found == id && match == nullptr) match = &item;
  }
  if (match != nullptr) return match;
  return malformed_metadata(
      fmt::format("Nothing has the \"{}\" {} that is called current.", key, id));
}

Result<Spec> parse_spec(const Json& json) {
  Spec spec;
  ASSAY_TRY(spec.id, id_at(json, "spec-id"));
  ASSAY_TRY(const Json* fields, list_at(json, "fields"));
  for (const Json& item : *fields) {
    SpecField field;
    ASSAY_TRY(field.source_id, id_at(item, "source-id"));
    ASSAY_TRY(field.field_id, id_at(item, "field-id"));
    ASSAY_TRY(field.name, text_at(item, "name"));
    ASSAY_TRY(field.transform, text_at(item, "transform"));
    spec.fields.push_back(std::move(field));
  }
  return spec;
}

/// Writing JSON takes a stack frame a level, reading does not: what is deeper than any real file is
/// refused.
bool is_too_deep(std::string_view text) {
  int depth = 0;
  bool in_text = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_text && c == '\\')
      ++i;
    else if (c == '"')
      in_text = !in_text;
    else if (!in_text && (c == '[' || c == '{') && ++depth > kDepthMax)
      return true;
    else if (!in_text && (c == ']' || c == '}'))
      --depth;
  }
  return false;
}

Status check_version(const Json& document) {
  ASSAY_TRY(const std::int64_t version, integer_at(document, "format-version"));
  if (version == 2) return {};
  return make_error(
      Code::lake_unsupported,
      fmt::format("the table has Iceberg format version {}, only version 2 is supported", version));
}

Status find_current(TableMetadata& metadata) {
  ASSAY_TRY(const Json* schemas, list_at(metadata.document, "schemas"));
  ASSAY_TRY(metadata.current_schema, find_by_id(*schemas, "schema-id", metadata.current_schema_id));
  const Json* current = find_at(metadata.document, "current-snapshot-id");
  // Java writes -1 where there is no snapshot.
  if (current == nullptr || *current == -1) return {};
  ASSAY_TRY(const std::int64_t id, integer_at(metadata.document, "current-snapshot-id"));
  ASSAY_TRY(const Json* snapshots, list_at(metadata.document, "snapshots"));
  ASSAY_TRY(metadata.current_snapshot, find_by_id(*snapshots, "snapshot-id", id));
  return {};
}

}  // namespace

Result<TableMetadata> parse_metadata(std::string_view text) {
  TableMetadata metadata;
  if (is_too_deep(text)) return malformed_metadata("It is nested too deep.");
  metadata.document = Json::parse(text, nullptr, /*allow_exceptions=*/false);
  const Json& document = metadata.document;
  if (!document.is_object()) return malformed_metadata("It is not a JSON object.");
  ASSAY_TRY_VOID(check_version(document));
  ASSAY_TRY(metadata.uuid, text_at(document, "table-uuid"));
  ASSAY_TRY(metadata.location, text_at(document, "location"));
  ASSAY_TRY(metadata.last_sequence_number, integer_at(document, "last-sequence-number"));
  ASSAY_TRY(metadata.last_updated_ms, integer_at(document, "last-updated-ms"));
  ASSAY_TRY(metadata.last_column_id, id_at(document, "last-column-id"));
  ASSAY_TRY(metadata.current_schema_id, id_at(document, "current-schema-id"));
  ASSAY_TRY(metadata.default_spec_id, id_at(document, "default-spec-id"));
  ASSAY_TRY(const Json* specs, list_at(document, "partition-specs"));
  for (const Json& item : *specs) {
    ASSAY_TRY(Spec spec, parse_spec(item));
    metadata.specs.push_back(std::move(spec));
  }
  if (metadata.spec(metadata.default_spec_id) == nullptr) {
    return malformed_metadata("Its default partition spec is not listed.");
  }
  if (const Json* properties = find_at(document, "properties"); properties != nullptr) {
    if (!properties->is_object()) return malformed_metadata("\"properties\" is no object.");
    for (const auto& [key, value] : properties->items()) {
      if (value.is_string()) metadata.properties[key] = value.get<std::string>();
    }
  }
  ASSAY_TRY_VOID(find_current(metadata));
  return metadata;
}

Result<TableMetadata> load_metadata(io::FileSystem& files, const std::string& location) {
  if (location.ends_with(".gz.metadata.json")) {
    return make_error(Code::lake_unsupported, "compressed metadata files are not supported");
  }
  ASSAY_TRY(const std::string text, files.read(io::from_uri(location)));
  auto metadata = parse_metadata(text);
  if (!metadata) {
    return std::move(metadata).error().with_context(
        fmt::format("while reading \"{}\"", io::from_uri(location)));
  }
  return metadata;
}

Result<std::string> dump_metadata(const Json& document) {
  try {
    return document.dump();
  } catch (const Json::exception&) {  // the one way that nlohmann has to say it
    return make_error(Code::lake_unsupported, "a name in the table's metadata is not UTF-8",
                      "Use a workspace folder and field names in UTF-8.");
  }
}

}  // namespace assay::lake
