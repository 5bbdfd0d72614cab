#pragma once
// verify's own reader of Avro object container files (Apache Avro specification 1.11), for
// Iceberg's manifest lists and manifests. Values are found by Iceberg field id, never by name or
// position.

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace assay::verify {

/// One decoded Avro value. Records keep their fields by Iceberg field id (a field without one by
/// name only).
struct AvroValue {
  enum class Kind { null, boolean, integer, real, bytes, list, record };
  Kind kind = Kind::null;
  std::int64_t integer = 0;      ///< boolean, int, long
  double real = 0;               ///< float, double
  std::string bytes;             ///< bytes, string, fixed, and an enum's symbol
  std::vector<AvroValue> items;  ///< list; of a record its fields, in the order of the schema
  std::vector<int> field_ids;    ///< record: id of each item, -1 where the schema has none
  std::vector<std::string> field_names;
  std::vector<std::string> keys;  ///< of a map that Avro wrote as such: one a item

  bool is_null() const { return kind == Kind::null; }
  /// The field of a record; nullptr where there is none, or where it is null.
  const AvroValue* field(int field_id) const;
};

struct AvroFile {
  std::map<std::string, std::string> metadata;  ///< header, avro.schema and avro.codec among it
  std::vector<AvroValue> rows;
};

/// Code::lake_format says at which byte the file is malformed. Codecs: null, deflate, zstandard.
Result<AvroFile> read_avro(std::string_view bytes);

}  // namespace assay::verify
