#pragma once
// Avro schemas (specification 1.12): read, checked, and as graphs of types that others decode data
// with. Resolution between a writer's and a reader's schema: avro_compatibility.h.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "base/result.h"

namespace assay::schema {

enum class AvroKind : std::uint8_t {
  null,
  boolean,
  int32,    ///< "int"
  int64,    ///< "long"
  float32,  ///< "float"
  float64,  ///< "double"
  bytes,
  string,
  record,  ///< also "error", which differs in its name alone
  enumeration,
  array,
  map,
  choice,  ///< a union
  fixed,
};
/// The name that Avro's schemas use: "int", "enum", "union" ...
std::string_view to_string(AvroKind kind);

/// What a type means beyond its bytes. An annotation that does not fit its type (a decimal without
/// precision, a uuid of an int) is ignored, as the specification says: `none`.
enum class AvroLogical : std::uint8_t {
  none,
  decimal,  ///< big-endian two's complement in bytes or fixed; precision and scale beside it
  big_decimal,
  uuid,
  date,  ///< int32 of days since 1970-01-01
  time_millis,
  time_micros,
  timestamp_millis,
  timestamp_micros,
  timestamp_nanos,
  local_timestamp_millis,
  local_timestamp_micros,
  local_timestamp_nanos,
  duration,  ///< fixed(12): months, days, milliseconds, each 4 bytes little-endian
};
std::string_view to_string(AvroLogical logical);

/// The place of a type in its schema.
enum class AvroTypeId : std::uint32_t {};

struct AvroField {
  std::string name;
  std::vector<std::string> aliases;
  AvroTypeId type{};
  std::optional<std::string> default_json;  ///< as written; it fits the type
  std::string order = "ascending";          ///< or "descending", "ignore"
};

/// One type. Which members have a meaning follows from the kind.
struct AvroType {
  AvroKind kind = AvroKind::null;
  AvroLogical logical = AvroLogical::none;
  std::string name;                  ///< full name of a record, enumeration or fixed
  std::vector<std::string> aliases;  ///< full names
  bool is_error = false;             ///< a record that was called "error"
  std::vector<AvroField> fields;     ///< of a record
  std::vector<std::string> symbols;  ///< of an enumeration
  std::optional<std::string> symbol_default;
  std::vector<AvroTypeId>
      types;                   ///< branches of a union; of an array and a map the one of its items
  std::size_t fixed_size = 0;  ///< bytes
  int precision = 0;           ///< of a decimal
  int scale = 0;               ///< of a decimal

  AvroTypeId item() const { return types.front(); }  ///< REQUIRES: an array or a map
  bool is_named() const {
    return kind == AvroKind::record || kind == AvroKind::enumeration || kind == AvroKind::fixed;
  }
};

struct AvroLimits {
  std::size_t size_max = std::size_t{4} << 20;  ///< bytes of one text
  std::size_t depth_max = 200;     ///< types within one another, those of references included
  std::size_t types_max = 50'000;  ///< types of one schema, those of references included
  std::size_t fixed_size_max = std::size_t{16} << 20;  ///< bytes of one fixed
};

/// A schema and all that it refers to. Types may contain themselves, so that they stand in one list
/// and name each other by their place.
///
/// Invariants:
/// 1. Every AvroTypeId within is one of this schema's.
/// 2. Every default fits its field's type (of a union: one of its branches).
/// 3. No union stands in a union, and none has two branches that data could not tell apart.
///
/// Immutable and cheap to copy; any number of threads may use it at once.
class AvroSchema {
 public:
  /// `references`: texts whose named types the schema may use, each before those that use it
  /// (Confluent's references, resolved). Error: schema_invalid, with the JSON Pointer.
  static Result<AvroSchema> parse(std::string_view text,
                                  std::span<const std::string_view> references = {},
                                  const AvroLimits& limits = {});

  AvroTypeId root() const { return content_->root; }
  const AvroType& type(AvroTypeId id) const {
    return content_->types[static_cast<std::size_t>(id)];
  }
  const AvroType& root_type() const { return type(root()); }
  std::size_t type_count() const { return content_->types.size(); }
  /// A record, enumeration or fixed by its full name; aliases are not looked at.
  std::optional<AvroTypeId> find(std::string_view full_name) const;

  /// The Parsing Canonical Form, whole: what came from references is written out where it is first
  /// used. Equal for schemas that read and write the same bytes.
  std::string canonical_form() const;

 private:
  struct Content {
    std::vector<AvroType> types;
    AvroTypeId root{};
  };
  class Parser;
  explicit AvroSchema(std::shared_ptr<const Content> content) : content_(std::move(content)) {}

  std::shared_ptr<const Content> content_;
};

/// CRC-64-AVRO of a canonical form: the fingerprint in the header of single objects.
std::uint64_t avro_fingerprint(std::string_view canonical_form);
using Md5 = std::array<std::uint8_t, 16>;
Md5 md5_fingerprint(std::string_view canonical_form);
inline Sha256 sha256_fingerprint(std::string_view canonical_form) { return sha256(canonical_form); }

}  // namespace assay::schema
