#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "lake/metadata_internal.h"

namespace assay::lake {

using column::DataType;
using column::Field;
using column::Role;
using column::TableSchema;
using column::Type;

namespace {

constexpr int kFirstPartitionFieldId = 1000;

struct TypeName {
  Type type;
  std::string_view name;
};
constexpr TypeName kTypeNames[] = {
    {Type::boolean, "boolean"}, {Type::int32, "int"},     {Type::int64, "long"},
    {Type::float64, "double"},  {Type::date, "date"},     {Type::timestamp, "timestamptz"},
    {Type::string, "string"},   {Type::binary, "binary"},
};

}  // namespace

std::string iceberg_type(const DataType& type) {
  for (const TypeName& known : kTypeNames) {
    if (known.type == type.type) return std::string(known.name);
  }
  return fmt::format("decimal({}, {})", type.precision,
                     type.scale);  // with the blank: old readers want it
}

std::optional<DataType> parse_iceberg_type(std::string_view text) {
  for (const TypeName& known : kTypeNames) {
    if (known.name == text) return DataType{.type = known.type};
  }
  std::string plain(text);
  std::erase(plain, ' ');
  return column::parse_data_type(plain.starts_with("decimal(") ? plain : "");
}

std::string provenance_property(const std::vector<Field>& fields) {
  std::string ids;
  for (const Field& field : fields) {
    if (field.role == Role::provenance)
      ids += fmt::format("{}{}", ids.empty() ? "" : ",", field.id);
  }
  return ids;
}

namespace {

std::set<int> provenance_ids(const TableMetadata& metadata) {
  std::set<int> ids;
  const auto property = metadata.properties.find(kProvenanceProperty);
  if (property == metadata.properties.end()) return ids;
  const std::string& text = property->second;
  for (const char *next = text.data(), *end = next + text.size(); next < end; ++next) {
    int id = 0;
    const auto [stop, error] = std::from_chars(next, end, id);
    if (error != std::errc{}) break;
    ids.insert(id);
    next = stop;
  }
  return ids;
}

std::string table_name(const TableMetadata& metadata) {
  const auto property = metadata.properties.find(kTableProperty);
  if (property != metadata.properties.end()) return property->second;
  // Made by someone else: the last two folders are the namespace and the table.
  const std::string& path = metadata.location;
  const std::size_t last = path.find_last_of('/');
  const std::size_t first =
      last == std::string::npos || last == 0 ? last : path.find_last_of('/', last - 1);
  if (first == std::string::npos || last == std::string::npos) return path;
  return path.substr(first + 1, last - first - 1) + "." + path.substr(last + 1);
}

Result<Field> parse_field(const Json& json, const std::set<int>& provenance) {
  ASSAY_TRY(const std::int64_t id, integer_at(json, "id"));
  if (id <= 0 || id > INT32_MAX) return malformed_metadata("A column's id is out of range.");
  Field field{.id = static_cast<int>(id)};
  ASSAY_TRY(field.name, text_at(json, "name"));
  const Json* type = find_at(json, "type");
  if (type == nullptr)
    return malformed_metadata(fmt::format("Column \"{}\" has no type.", field.name));
  const auto parsed =
      type->is_string() ? parse_iceberg_type(type->get_ref<const std::string&>()) : std::nullopt;
  if (!parsed) {
    return make_error(
        Code::lake_unsupported,
        fmt::format("column \"{}\" has the Iceberg type {}, which is not supported", field.name,
                    type->dump(-1, ' ', true, Json::error_handler_t::replace)));
  }
  field.type = *parsed;
  const Json* required = find_at(json, "required");
  field.required = required != nullptr && *required == true;
  field.role = provenance.contains(field.id) ? Role::provenance : Role::content;
  if (const Json* doc = find_at(json, "doc"); doc != nullptr && doc->is_string())
    field.doc = doc->get<std::string>();
  return field;
}

std::optional<column::Transform> parse_transform(std::string_view text) {
  for (const auto transform :
       {column::Transform::identity, column::Transform::day, column::Transform::month}) {
    if (text == column::to_string(transform)) return transform;
  }
  return std::nullopt;
}

}  // namespace

Result<TableSchema> table_schema(const TableMetadata& metadata) {
  TableSchema schema{.name = table_name(metadata), .fields = {}, .partition = {}};
  const std::set<int> provenance = provenance_ids(metadata);
  ASSAY_TRY(const Json* fields, list_at(*metadata.current_schema, "fields"));
  for (const Json& item : *fields) {
    ASSAY_TRY(Field field, parse_field(item, provenance));
    schema.fields.push_back(std::move(field));
  }
  for (const SpecField& item : metadata.spec(metadata.default_spec_id)->fields) {
    const int source = schema.index_of_id(item.source_id);
    const auto transform = parse_transform(item.transform);
    if (!transform) {
      return make_error(
          Code::lake_unsupported,
          fmt::format("the partition transform \"{}\" is not supported", item.transform));
    }
    if (source < 0)
      return malformed_metadata(fmt::format("Partition field \"{}\" has no column.", item.name));
    schema.partition.push_back(
        {.source = schema.fields[static_cast<std::size_t>(source)].name, .transform = *transform});
  }
  return schema;
}

Json schema_json(const std::vector<Field>& fields, int schema_id) {
  Json list = Json::array();
  for (const Field& field : fields) {
    Json item = {{"id", field.id},
                 {"name", field.name},
                 {"required", field.required},
                 {"type", iceberg_type(field.type)}};
    if (!field.doc.empty()) item["doc"] = field.doc;
    list.push_back(std::move(item));
  }
  return {{"type", "struct"}, {"schema-id", schema_id}, {"fields", std::move(list)}};
}

Spec first_spec(const TableSchema& schema) {
  Spec spec;
  for (const column::PartitionField& field : schema.partition) {
    const int index = schema.index_of(field.source);
    const std::string transform(column::to_string(field.transform));
    const bool identity = field.transform == column::Transform::identity;
    spec.fields.push_back(
        {.source_id = index < 0 ? 0 : schema.fields[static_cast<std::size_t>(index)].id,
         .field_id = kFirstPartitionFieldId + static_cast<int>(spec.fields.size()),
         .name = identity ? field.source : field.source + "_" + transform,
         .transform = transform});
  }
  return spec;
}

Json spec_fields_json(const Spec& spec) {
  Json fields = Json::array();
  for (const SpecField& field : spec.fields) {
    fields.push_back({{"source-id", field.source_id},
                      {"field-id", field.field_id},
                      {"name", field.name},
                      {"transform", field.transform}});
  }
  return fields;
}

Json new_document(const TableSchema& schema, const std::string& location, const std::string& uuid,
                  std::int64_t now_ms) {
  int last_column_id = 0;
  for (const Field& field : schema.fields) last_column_id = std::max(last_column_id, field.id);
  const Spec spec = first_spec(schema);
  return {{"format-version", 2},
          {"table-uuid", uuid},
          {"location", location},
          {"last-sequence-number", 0},
          {"last-updated-ms", now_ms},
          {"last-column-id", last_column_id},
          {"current-schema-id", 0},
          {"schemas", Json::array({schema_json(schema.fields, 0)})},
          {"default-spec-id", 0},
          {"partition-specs", Json::array({{{"spec-id", 0}, {"fields", spec_fields_json(spec)}}})},
          {"last-partition-id", kFirstPartitionFieldId - 1 + static_cast<int>(spec.fields.size())},
          {"default-sort-order-id", 0},
          {"sort-orders", Json::array({{{"order-id", 0}, {"fields", Json::array()}}})},
          {"properties",
           {{kTableProperty, schema.name},
            {kProvenanceProperty, provenance_property(schema.fields)},
            {"write.format.default", "parquet"},
            {"write.parquet.compression-codec", "zstd"}}},
          {"refs", Json::object()},
          {"snapshots", Json::array()},
          {"snapshot-log", Json::array()},
          {"metadata-log", Json::array()}};
}

namespace {

bool may_promote(const DataType& from, const DataType& to) {
  if (from.type == Type::int32) return to.type == Type::int64;
  return from.type == Type::decimal && to.type == Type::decimal && from.scale == to.scale &&
         from.precision <= to.precision;
}

Status check_change(const Field& from, const Field& to, const std::string& table) {
  if (from.type != to.type && !may_promote(from.type, to.type)) {
    return make_error(
        Code::lake_unsupported,
        fmt::format("column \"{}\" of table \"{}\" cannot change from {} to {}", from.name, table,
                    column::to_string(from.type), column::to_string(to.type)),
        "Give the field a new name, or a new id.");
  }
  if (!from.required && to.required) {
    return make_error(
        Code::lake_unsupported,
        fmt::format(
            "column \"{}\" of table \"{}\" has rows without a value and cannot become required",
            from.name, table));
  }
  return {};
}

}  // namespace

Result<std::vector<Field>> evolve(const TableSchema& present, const TableSchema& wanted) {
  std::vector<Field> fields;
  std::set<std::string> names;
  for (const Field& field : wanted.fields) {
    const int index = present.index_of_id(field.id);
    Field next = field;
    if (index >= 0) {
      const Field& old = present.fields[static_cast<std::size_t>(index)];
      // A type that was widened once stays wide, whatever an older workspace asks for.
      if (may_promote(field.type, old.type)) next.type = old.type;
      ASSAY_TRY_VOID(check_change(old, next, present.name));
      next.required = old.required && field.required;
    } else if (field.required) {
      return make_error(
          Code::lake_unsupported,
          fmt::format("the new column \"{}\" of table \"{}\" must be optional: older rows lack it",
                      field.name, present.name));
    }
    if (!names.insert(next.name).second) {
      return make_error(
          Code::lake_unsupported,
          fmt::format("table \"{}\" would have two columns \"{}\"", present.name, next.name));
    }
    fields.push_back(std::move(next));
  }
  for (const Field& old : present.fields) {
    if (wanted.index_of_id(old.id) >= 0) continue;
    Field kept = old;
    if (names.contains(kept.name)) kept.name = fmt::format("{}_{}", old.name, old.id);
    kept.required = false;  // new rows have no value for it
    if (!names.insert(kept.name).second) {
      return make_error(
          Code::lake_unsupported,
          fmt::format("table \"{}\" would have two columns \"{}\"", present.name, kept.name));
    }
    fields.push_back(std::move(kept));
  }
  return fields;
}

}  // namespace assay::lake
