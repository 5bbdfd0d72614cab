#include "ask/chunk_reader.h"

#include <duckdb.h>
#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <optional>

#include "base/hash.h"
#include "base/time.h"

namespace assay::ask {
namespace {

__extension__ typedef __int128 Int128;
__extension__ typedef unsigned __int128 UInt128;

constexpr std::int64_t kJsonIntegerMax = std::int64_t{1} << 53;

/// Owns a duckdb_logical_type.
class TypeHandle {
 public:
  explicit TypeHandle(duckdb_logical_type type) : type_(type) {}
  ~TypeHandle() { duckdb_destroy_logical_type(&type_); }
  TypeHandle(const TypeHandle&) = delete;
  TypeHandle& operator=(const TypeHandle&) = delete;
  duckdb_logical_type get() const { return type_; }

 private:
  duckdb_logical_type type_;
};

std::string take_text(char* text) {
  std::string copy = text == nullptr ? "" : text;
  duckdb_free(text);
  return copy;
}

std::string digits(UInt128 value) {
  if (value == 0) return "0";
  std::string text;
  for (; value != 0; value /= 10)
    text.insert(text.begin(), static_cast<char>('0' + static_cast<int>(value % 10)));
  return text;
}

std::string digits(Int128 value) {
  if (value >= 0) return digits(static_cast<UInt128>(value));
  return "-" + digits(UInt128{0} - static_cast<UInt128>(value));
}

std::string decimal_text(Int128 unscaled, int scale) {
  std::string text = digits(unscaled < 0 ? -unscaled : unscaled);
  if (scale > 0) {
    if (text.size() <= static_cast<std::size_t>(scale))
      text.insert(0, static_cast<std::size_t>(scale) + 1 - text.size(), '0');
    text.insert(text.size() - static_cast<std::size_t>(scale), ".");
  }
  return unscaled < 0 ? "-" + text : text;
}

Cell integer_cell(Int128 value) {
  const bool small = value >= -kJsonIntegerMax && value <= kJsonIntegerMax;
  return {small ? Cell::Kind::number : Cell::Kind::exact, digits(value)};
}

Cell float_cell(double value, std::string text) {
  if (std::isfinite(value)) return {Cell::Kind::number, std::move(text)};
  return {Cell::Kind::text, std::isnan(value) ? "nan" : value > 0 ? "inf" : "-inf"};
}

/// Instants beyond what Micros can hold as a calendar day (DuckDB's infinities) are named.
std::string instant_text(std::int64_t micros, bool zoned) {
  if (micros == std::numeric_limits<std::int64_t>::max()) return "infinity";
  if (micros == -std::numeric_limits<std::int64_t>::max()) return "-infinity";
  std::string text = format_instant(micros);
  if (!zoned) text.pop_back();
  return text;
}

std::string day_text(std::int32_t days) {
  if (days == std::numeric_limits<std::int32_t>::max()) return "infinity";
  if (days == -std::numeric_limits<std::int32_t>::max()) return "-infinity";
  return format_day(days);
}

std::string time_text(std::int64_t micros) {
  const std::int64_t seconds = micros / kMicrosPerSecond;
  std::string text =
      fmt::format("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
  if (micros % kMicrosPerSecond != 0) text += fmt::format(".{:06}", micros % kMicrosPerSecond);
  return text;
}

std::string interval_text(const duckdb_interval& interval) {
  std::string text;
  if (interval.months != 0) text += fmt::format("{} months ", interval.months);
  if (interval.days != 0) text += fmt::format("{} days ", interval.days);
  const std::int64_t micros = interval.micros;
  return text + (micros < 0 ? "-" : "") + time_text(micros < 0 ? -micros : micros);
}

std::string uuid_text(const duckdb_hugeint& value) {
  // DuckDB flips the top bit so that UUIDs sort as signed integers.
  const auto high = static_cast<std::uint64_t>(value.upper) ^ (std::uint64_t{1} << 63);
  const std::string hex = fmt::format("{:016x}{:016x}", high, value.lower);
  return fmt::format("{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4),
                     hex.substr(16, 4), hex.substr(20));
}

Int128 wide(const duckdb_hugeint& value) {
  return static_cast<Int128>((static_cast<UInt128>(static_cast<std::uint64_t>(value.upper)) << 64) |
                             value.lower);
}

Cell decimal_cell(const void* data, std::uint64_t row, duckdb_logical_type type) {
  const int scale = duckdb_decimal_scale(type);
  Int128 unscaled = 0;
  switch (duckdb_decimal_internal_type(type)) {
    case DUCKDB_TYPE_SMALLINT: unscaled = static_cast<const std::int16_t*>(data)[row]; break;
    case DUCKDB_TYPE_INTEGER: unscaled = static_cast<const std::int32_t*>(data)[row]; break;
    case DUCKDB_TYPE_BIGINT: unscaled = static_cast<const std::int64_t*>(data)[row]; break;
    default: unscaled = wide(static_cast<const duckdb_hugeint*>(data)[row]); break;
  }
  return {Cell::Kind::exact, decimal_text(unscaled, scale)};
}

std::string string_bytes(const void* data, std::uint64_t row) {
  duckdb_string_t value = static_cast<const duckdb_string_t*>(data)[row];
  return {duckdb_string_t_data(&value), duckdb_string_t_length(value)};
}

Cell enum_cell(const void* data, std::uint64_t row, duckdb_logical_type type) {
  std::uint64_t index = 0;
  switch (duckdb_enum_internal_type(type)) {
    case DUCKDB_TYPE_UTINYINT: index = static_cast<const std::uint8_t*>(data)[row]; break;
    case DUCKDB_TYPE_USMALLINT: index = static_cast<const std::uint16_t*>(data)[row]; break;
    default: index = static_cast<const std::uint32_t*>(data)[row]; break;
  }
  return {Cell::Kind::text, take_text(duckdb_enum_dictionary_value(type, index))};
}

/// Numbers; nothing for other types.
std::optional<Cell> number_cell(duckdb_type id, const void* data, std::uint64_t row,
                                duckdb_logical_type type) {
  switch (id) {
    case DUCKDB_TYPE_TINYINT: return integer_cell(static_cast<const std::int8_t*>(data)[row]);
    case DUCKDB_TYPE_SMALLINT: return integer_cell(static_cast<const std::int16_t*>(data)[row]);
    case DUCKDB_TYPE_INTEGER: return integer_cell(static_cast<const std::int32_t*>(data)[row]);
    case DUCKDB_TYPE_BIGINT: return integer_cell(static_cast<const std::int64_t*>(data)[row]);
    case DUCKDB_TYPE_UTINYINT: return integer_cell(static_cast<const std::uint8_t*>(data)[row]);
    case DUCKDB_TYPE_USMALLINT: return integer_cell(static_cast<const std::uint16_t*>(data)[row]);
    case DUCKDB_TYPE_UINTEGER: return integer_cell(static_cast<const std::uint32_t*>(data)[row]);
    case DUCKDB_TYPE_UBIGINT: return integer_cell(static_cast<const std::uint64_t*>(data)[row]);
    case DUCKDB_TYPE_HUGEINT:
      return integer_cell(wide(static_cast<const duckdb_hugeint*>(data)[row]));
    case DUCKDB_TYPE_UHUGEINT: {
      const auto& value = static_cast<const duckdb_uhugeint*>(data)[row];
      return Cell{Cell::Kind::exact,
                  digits((static_cast<UInt128>(value.upper) << 64) | value.lower)};
    }
    case DUCKDB_TYPE_FLOAT: {
      const float value = static_cast<const float*>(data)[row];
      return float_cell(value, fmt::format("{}", value));
    }
    case DUCKDB_TYPE_DOUBLE: {
      const double value = static_cast<const double*>(data)[row];
      return float_cell(value, fmt::format("{}", value));
    }
    case DUCKDB_TYPE_DECIMAL: return decimal_cell(data, row, type);
    default: return std::nullopt;
  }
}

/// Text, times and other scalars; nothing for nested and exotic types.
std::optional<Cell> scalar_cell(duckdb_type id, const void* data, std::uint64_t row,
                                duckdb_logical_type type) {
  const auto text = [](std::string value) { return Cell{Cell::Kind::text, std::move(value)}; };
  switch (id) {
    case DUCKDB_TYPE_SQLNULL: return Cell{};
    case DUCKDB_TYPE_BOOLEAN:
      return Cell{Cell::Kind::boolean, static_cast<const bool*>(data)[row] ? "true" : "false"};
    case DUCKDB_TYPE_VARCHAR: return text(string_bytes(data, row));
    case DUCKDB_TYPE_BLOB: return text(to_hex(string_bytes(data, row)));
    case DUCKDB_TYPE_DATE: return text(day_text(static_cast<const duckdb_date*>(data)[row].days));
    case DUCKDB_TYPE_TIME:
      return text(time_text(static_cast<const duckdb_time*>(data)[row].micros));
    case DUCKDB_TYPE_TIMESTAMP:
      return text(instant_text(static_cast<const std::int64_t*>(data)[row], false));
    case DUCKDB_TYPE_TIMESTAMP_TZ:
      return text(instant_text(static_cast<const std::int64_t*>(data)[row], true));
    case DUCKDB_TYPE_TIMESTAMP_S:
      return text(
          instant_text(static_cast<const std::int64_t*>(data)[row] * kMicrosPerSecond, false));
    case DUCKDB_TYPE_TIMESTAMP_MS:
      return text(instant_text(static_cast<const std::int64_t*>(data)[row] * 1000, false));
    case DUCKDB_TYPE_INTERVAL:
      return text(interval_text(static_cast<const duckdb_interval*>(data)[row]));
    case DUCKDB_TYPE_UUID: return text(uuid_text(static_cast<const duckdb_hugeint*>(data)[row]));
    case DUCKDB_TYPE_ENUM: return enum_cell(data, row, type);
    default: return number_cell(id, data, row, type);
  }
}

Result<Cell> read_cell(duckdb_vector vector, std::uint64_t row);

Result<std::string> list_text(duckdb_vector child, std::uint64_t begin, std::uint64_t count) {
  std::string text = "[";
  for (std::uint64_t i = 0; i < count; ++i) {
    ASSAY_TRY(const Cell item, read_cell(child, begin + i));
    text += (i == 0 ? "" : ", ") + to_json(item);
  }
  return text + "]";
}

Result<std::string> struct_text(duckdb_vector vector, duckdb_logical_type type, std::uint64_t row) {
  std::string text = "{";
  for (idx_t i = 0; i < duckdb_struct_type_child_count(type); ++i) {
    ASSAY_TRY(const Cell item, read_cell(duckdb_struct_vector_get_child(vector, i), row));
    text += (i == 0 ? "" : ", ") + json_string(take_text(duckdb_struct_type_child_name(type, i))) +
            ": " + to_json(item);
  }
  return text + "}";
}

Result<Cell> nested_cell(duckdb_vector vector, duckdb_type id, duckdb_logical_type type,
                         std::uint64_t row) {
  if (id == DUCKDB_TYPE_LIST || id == DUCKDB_TYPE_MAP) {
    // A map is a list of (key, value) structs.
    const auto entry = static_cast<const duckdb_list_entry*>(duckdb_vector_get_data(vector))[row];
    ASSAY_TRY(std::string text,
              list_text(duckdb_list_vector_get_child(vector), entry.offset, entry.length));
    return Cell{Cell::Kind::json, std::move(text)};
  }
  if (id == DUCKDB_TYPE_ARRAY) {
    const std::uint64_t size = duckdb_array_type_array_size(type);
    ASSAY_TRY(std::string text, list_text(duckdb_array_vector_get_child(vector), row * size, size));
    return Cell{Cell::Kind::json, std::move(text)};
  }
  if (id == DUCKDB_TYPE_STRUCT) {
    ASSAY_TRY(std::string text, struct_text(vector, type, row));
    return Cell{Cell::Kind::json, std::move(text)};
  }
  return make_error(Code::sql_invalid,
                    fmt::format("the result has a column of type {}", type_name(type)),
                    "Cast the column to VARCHAR.");
}

Result<Cell> typed_cell(duckdb_vector vector, duckdb_logical_type type, std::uint64_t row) {
  std::uint64_t* validity = duckdb_vector_get_validity(vector);
  if (validity != nullptr && !duckdb_validity_row_is_valid(validity, row)) return Cell{};
  const duckdb_type id = duckdb_get_type_id(type);
  if (auto cell = scalar_cell(id, duckdb_vector_get_data(vector), row, type))
    return *std::move(cell);
  return nested_cell(vector, id, type, row);
}

Result<Cell> read_cell(duckdb_vector vector, std::uint64_t row) {
  const TypeHandle type(duckdb_vector_get_column_type(vector));
  return typed_cell(vector, type.get(), row);
}

std::string simple_type_name(duckdb_type id) {
  switch (id) {
    case DUCKDB_TYPE_BOOLEAN: return "BOOLEAN";
    case DUCKDB_TYPE_TINYINT: return "TINYINT";
    case DUCKDB_TYPE_SMALLINT: return "SMALLINT";
    case DUCKDB_TYPE_INTEGER: return "INTEGER";
    case DUCKDB_TYPE_BIGINT: return "BIGINT";
    case DUCKDB_TYPE_UTINYINT: return "UTINYINT";
    case DUCKDB_TYPE_USMALLINT: return "USMALLINT";
    case DUCKDB_TYPE_UINTEGER: return "UINTEGER";
    case DUCKDB_TYPE_UBIGINT: return "UBIGINT";
    case DUCKDB_TYPE_HUGEINT: return "HUGEINT";
    case DUCKDB_TYPE_UHUGEINT: return "UHUGEINT";
    case DUCKDB_TYPE_FLOAT: return "FLOAT";
    case DUCKDB_TYPE_DOUBLE: return "DOUBLE";
    case DUCKDB_TYPE_VARCHAR: return "VARCHAR";
    case DUCKDB_TYPE_BLOB: return "BLOB";
    case DUCKDB_TYPE_DATE: return "DATE";
    case DUCKDB_TYPE_TIME: return "TIME";
    case DUCKDB_TYPE_TIMESTAMP: return "TIMESTAMP";
    case DUCKDB_TYPE_TIMESTAMP_S: return "TIMESTAMP_S";
    case DUCKDB_TYPE_TIMESTAMP_MS: return "TIMESTAMP_MS";
    case DUCKDB_TYPE_TIMESTAMP_NS: return "TIMESTAMP_NS";
    case DUCKDB_TYPE_TIMESTAMP_TZ: return "TIMESTAMPTZ";
    case DUCKDB_TYPE_TIME_TZ: return "TIMETZ";
    case DUCKDB_TYPE_INTERVAL: return "INTERVAL";
    case DUCKDB_TYPE_UUID: return "UUID";
    case DUCKDB_TYPE_ENUM: return "ENUM";
    case DUCKDB_TYPE_STRUCT: return "STRUCT";
    case DUCKDB_TYPE_MAP: return "MAP";
    case DUCKDB_TYPE_UNION: return "UNION";
    case DUCKDB_TYPE_BIT: return "BIT";
    case DUCKDB_TYPE_SQLNULL: return "NULL";
    default: return "OTHER";
  }
}

}  // namespace

std::string type_name(void* logical_type) {
  auto* type = static_cast<duckdb_logical_type>(logical_type);
  const duckdb_type id = duckdb_get_type_id(type);
  if (id == DUCKDB_TYPE_DECIMAL) {
    return fmt::format("DECIMAL({},{})", duckdb_decimal_width(type), duckdb_decimal_scale(type));
  }
  if (id == DUCKDB_TYPE_LIST || id == DUCKDB_TYPE_ARRAY) {
    const TypeHandle child(id == DUCKDB_TYPE_LIST ? duckdb_list_type_child_type(type)
                                                  : duckdb_array_type_child_type(type));
    return type_name(child.get()) + "[]";
  }
  return simple_type_name(id);
}

ChunkReader::ChunkReader(void* chunk)
    : rows_(duckdb_data_chunk_get_size(static_cast<duckdb_data_chunk>(chunk))) {
  const idx_t count = duckdb_data_chunk_get_column_count(static_cast<duckdb_data_chunk>(chunk));
  for (idx_t i = 0; i < count; ++i) {
    duckdb_vector vector = duckdb_data_chunk_get_vector(static_cast<duckdb_data_chunk>(chunk), i);
    columns_.push_back({vector, duckdb_vector_get_column_type(vector)});
  }
}

ChunkReader::~ChunkReader() {
  for (Column& column : columns_) {
    auto* type = static_cast<duckdb_logical_type>(column.type);
    duckdb_destroy_logical_type(&type);
  }
}

Result<std::vector<Cell>> ChunkReader::row(std::uint64_t index) const {
  std::vector<Cell> cells;
  cells.reserve(columns_.size());
  for (const Column& column : columns_) {
    ASSAY_TRY(Cell cell, typed_cell(static_cast<duckdb_vector>(column.vector),
                                    static_cast<duckdb_logical_type>(column.type), index));
    cells.push_back(std::move(cell));
  }
  return cells;
}

}  // namespace assay::ask
