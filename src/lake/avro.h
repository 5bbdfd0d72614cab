#pragma once
// Avro object container files (avro.apache.org/docs/1.11.1/specification), read and written by
// field id.

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "lake/avro_schema.h"

namespace assay::lake::avro {

class Value;
using Items = std::vector<Value>;
/// Fields by id, in the order of the schema. Fields without an id are not read and cannot be
/// written.
using Record = std::vector<std::pair<int, Value>>;

/// A value whose schema is known to its user. A union is the value of its branch. Maps with text
/// keys and enumerations are read as null: nothing in Iceberg's own schemas has them.
class Value {
 public:
  Value() = default;
  Value(bool value) : kind_(Kind::flag), integer_(value ? 1 : 0) {}  // NOLINT: implicit by design
  Value(std::int32_t value) : kind_(Kind::integer), integer_(value) {}      // NOLINT
  Value(std::int64_t value) : kind_(Kind::integer), integer_(value) {}      // NOLINT
  Value(double value) : kind_(Kind::real), real_(value) {}                  // NOLINT
  Value(std::string value) : kind_(Kind::text), text_(std::move(value)) {}  // NOLINT
  Value(Items value) : kind_(Kind::items), items_(std::move(value)) {}      // NOLINT
  Value(Record value);                                                      // NOLINT
  template <typename T>
  Value(std::optional<T> value) : Value(value ? Value(std::move(*value)) : Value()) {}  // NOLINT

  bool is_null() const { return kind_ == Kind::null; }
  std::optional<bool> flag() const {
    return kind_ == Kind::flag ? std::optional(integer_ != 0) : std::nullopt;
  }
  /// An int or a long.
  const std::int64_t* integer() const { return kind_ == Kind::integer ? &integer_ : nullptr; }
  /// A float or a double.
  const double* real() const { return kind_ == Kind::real ? &real_ : nullptr; }
  /// A string, bytes or a fixed.
  const std::string* text() const { return kind_ == Kind::text ? &text_ : nullptr; }
  const Items* items() const { return kind_ == Kind::items ? &items_ : nullptr; }
  const Record* record() const { return kind_ == Kind::record ? &record_ : nullptr; }
  bool operator==(const Value&) const = default;

 private:
  // Not a std::variant: g++ 12 warns of its unused alternatives when values are moved.
  enum class Kind : std::uint8_t { null, flag, integer, real, text, items, record };
  Kind kind_ = Kind::null;
  std::int64_t integer_ = 0;
  double real_ = 0;
  std::string text_;
  Items items_;
  Record record_;
};

inline Value::Value(Record value) : kind_(Kind::record), record_(std::move(value)) {}

/// The field of that id; a null value where the record has none.
const Value& field(const Record& record, int id);

enum class Codec { null, deflate, zstandard };

struct Header {
  std::map<std::string, std::string> metadata;  ///< all keys, "avro.schema" included
  SchemaPointer schema;
};

/// Hands over row by row, so that a large file never stands in memory as values; the callback's
/// error ends the reading. Errors: lake_format where the bytes are not such a file,
/// lake_unsupported for other codecs. Any bytes are safe.
Result<Header> read(std::string_view bytes, const std::function<Status(const Value&)>& on_row);

struct WriteOptions {
  std::string schema_json;
  std::map<std::string, std::string> metadata;  ///< own keys; the schema and the codec are added
  Codec codec = Codec::deflate;                 ///< zstandard is for reading only
};
/// The file's bytes; equal input gives equal bytes. REQUIRES: every row has the shape of the schema
/// (an assert).
Result<std::string> write(const WriteOptions& options, const Items& rows);

}  // namespace assay::lake::avro
