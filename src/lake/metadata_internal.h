#pragma once
// metadata.json of an Iceberg v2 table: read with every field checked, kept whole, changed and
// written.

#include <cstdint>
#include <map>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "column/schema.h"
#include "lake/lake.h"

namespace assay::lake {

using Json = nlohmann::json;

/// Typed access to a member of an object; lake_format where it is missing or of another type.
Result<std::int64_t> integer_at(const Json& object, const char* key);
Result<std::string> text_at(const Json& object, const char* key);
Result<const Json*> list_at(const Json& object, const char* key);
/// nullptr where the member is missing or null.
const Json* find_at(const Json& object, const char* key);
Error malformed_metadata(std::string detail);

struct SpecField {
  int source_id = 0;
  int field_id = 0;
  std::string name;
  std::string transform;
};

struct Spec {
  int id = 0;
  std::vector<SpecField> fields;
};

/// What is read of a metadata file. `document` is the file itself, with what others added to it;
/// changes are made there, so that nothing is lost.
struct TableMetadata {
  Json document;
  std::string uuid;
  std::string location;  ///< URI
  std::int64_t last_sequence_number = 0;
  std::int64_t last_updated_ms = 0;
  int last_column_id = 0;
  int current_schema_id = 0;
  int default_spec_id = 0;
  std::vector<Spec> specs;
  std::map<std::string, std::string> properties;
  const Json* current_schema = nullptr;    ///< in `document`
  const Json* current_snapshot = nullptr;  ///< in `document`; nullptr = none

  TableMetadata() = default;
  TableMetadata(TableMetadata&&) = default;  // moving a JSON value keeps the places of its members
  TableMetadata& operator=(TableMetadata&&) = default;
  const Spec* spec(int id) const;
};

/// Errors: lake_format; lake_unsupported for other format versions.
Result<TableMetadata> parse_metadata(std::string_view text);
Result<TableMetadata> load_metadata(io::FileSystem& files, const std::string& location);
/// lake_unsupported where a text is not UTF-8, such as a folder's name.
Result<std::string> dump_metadata(const Json& document);

/// The current schema as column types, with the roles that Assay keeps in the table's properties.
/// lake_unsupported names the first column of a type that Assay does not have.
Result<column::TableSchema> table_schema(const TableMetadata& metadata);

/// JSON of one schema version, of the partition spec that a new table gets, and of its fields
/// alone.
Json schema_json(const std::vector<column::Field>& fields, int schema_id);
Spec first_spec(const column::TableSchema& schema);
Json spec_fields_json(const Spec& spec);
/// "int", "timestamptz", "decimal(9, 2)" and back.
std::string iceberg_type(const column::DataType& type);
std::optional<column::DataType> parse_iceberg_type(std::string_view text);

inline constexpr const char* kTableProperty = "assay.table";
/// Ids of the provenance columns, joined by commas; all others are content.
inline constexpr const char* kProvenanceProperty = "assay.provenance-field-ids";
std::string provenance_property(const std::vector<column::Field>& fields);

/// A new table's metadata, without a snapshot.
Json new_document(const column::TableSchema& schema, const std::string& location,
                  const std::string& uuid, std::int64_t now_ms);

/// Adds what `wanted` asks for to the table's schema: new optional columns, new names, wider types.
/// Columns that `wanted` lacks stay; one whose name is taken by a new id is renamed "<name>_<id>".
/// lake_unsupported where a change would make old files unreadable.
Result<std::vector<column::Field>> evolve(const column::TableSchema& present,
                                          const column::TableSchema& wanted);

}  // namespace assay::lake
