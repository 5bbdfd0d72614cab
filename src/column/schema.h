#pragma once
// The schema of a table: typed fields with ids that never change, and how the table is partitioned.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace assay::column {

/// Physical types. In Arrow: b, i, l, g, d:P,S (128 bits), tdD, tsu:UTC, u, z.
enum class Type : std::uint8_t {
  boolean,
  int32,
  int64,
  float64,
  decimal,
  date,
  timestamp,
  string,
  binary
};

struct DataType {
  Type type = Type::string;
  int precision = 0;  ///< decimal only, 1 to 38
  int scale = 0;      ///< decimal only, 0 to precision
  bool operator==(const DataType&) const = default;
};

/// "string", "int64", "decimal(18,3)", "timestamp" ... and back; nothing on other text.
std::string to_string(const DataType& type);
std::optional<DataType> parse_data_type(std::string_view text);
/// The Arrow C format string of a type, for example "d:18,3".
std::string arrow_format(const DataType& type);

/// Content columns are what equality, row hashes and checksums cover (design section 6).
enum class Role : std::uint8_t { content, provenance };

struct Field {
  int id = 0;  ///< Iceberg field id; also the order of the row encoding
  std::string name = {};
  DataType type = {};
  bool required = false;
  Role role = Role::content;
  std::string doc = {};
  bool operator==(const Field&) const = default;
};

enum class Transform : std::uint8_t { identity, day, month };
std::string_view to_string(Transform transform);

struct PartitionField {
  std::string source;  ///< name of the field that the transform reads
  Transform transform = Transform::identity;
  bool operator==(const PartitionField&) const = default;
};

struct TableSchema {
  std::string name;  ///< "namespace.table", for example "silver.invoice"
  std::vector<Field> fields;
  std::vector<PartitionField> partition;
  bool operator==(const TableSchema&) const = default;

  /// Index of the field of that name or id; -1 where there is none.
  int index_of(std::string_view field_name) const;
  int index_of_id(int field_id) const;
};

/// Ids of the columns that many tables share; a table's own fields start at kFirstOwnFieldId.
namespace field_id {
inline constexpr int kTenantId = 1;    ///< string, provenance
inline constexpr int kRecordId = 2;    ///< binary(16), provenance
inline constexpr int kManifestId = 3;  ///< string, provenance
inline constexpr int kPointer =
    4;  ///< string: JSON Pointer of the row's item in the payload, provenance
inline constexpr int kIngestTime = 5;     ///< timestamp, provenance
inline constexpr int kKnowledgeTime = 6;  ///< timestamp, provenance
inline constexpr int kRowHash = 7;        ///< binary(16): hash of the content columns, provenance
inline constexpr int kNullFields = 8;     ///< binary, content: see docs/formats/row-encoding.md
inline constexpr int kContentHash =
    9;  ///< binary(16): a master's content hash (content in histories and satellites)
inline constexpr int kValidFrom =
    10;  ///< timestamp: order value of a history or satellite row, content
inline constexpr int kSourcePriority = 11;  ///< int32, content
inline constexpr int kHubKey = 12;          ///< binary(16): hash of (entity, tenant, key), content
inline constexpr int kLinkKey =
    13;  ///< binary(16): hash of (link, hub keys, dependent child), content
inline constexpr int kRecordSource = 14;  ///< string: "tenant/application", provenance
inline constexpr int kEventTime =
    15;  ///< timestamp, where the table has no event-time field of its own
inline constexpr int kFirstOwn = 16;
}  // namespace field_id

}  // namespace assay::column
