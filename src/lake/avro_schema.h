#pragma once
// Avro schemas as far as Iceberg's files need them: records, arrays, maps, unions, and Iceberg's
// field ids.

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace assay::lake::avro {

enum class Kind {
  null,
  boolean,
  int32,
  int64,
  float32,
  float64,
  bytes,
  string,
  fixed,
  enumeration,
  array,
  map,
  record,
  choice
};

struct Schema;
using SchemaPointer = std::shared_ptr<const Schema>;

struct Field {
  std::string name;
  int id = -1;  ///< attribute "field-id"; -1 where it is missing
  SchemaPointer type;
};

/// Immutable after parsing.
struct Schema {
  Kind kind = Kind::null;
  std::string name;  ///< of a record, fixed or enumeration
  std::size_t fixed_size = 0;
  std::vector<Field> fields;  ///< of a record
  std::vector<SchemaPointer>
      branches;  ///< of a choice; of an array and a map the one type of its items
};

/// Errors: lake_format names what is wrong; lake_unsupported for schemas that contain themselves.
Result<SchemaPointer> parse_schema(std::string_view json);

}  // namespace assay::lake::avro
