#include "parquet/duck_type_internal.h"

#include <fmt/format.h>

#include "parquet/parquet.h"

namespace assay::parquet {

using column::DataType;
using column::Type;

LogicalType logical_type(const DataType& type) {
  const auto plain = [](duckdb_type id) { return LogicalType(duckdb_create_logical_type(id)); };
  switch (type.type) {
    case Type::boolean: return plain(DUCKDB_TYPE_BOOLEAN);
    case Type::int32: return plain(DUCKDB_TYPE_INTEGER);
    case Type::int64: return plain(DUCKDB_TYPE_BIGINT);
    case Type::float64: return plain(DUCKDB_TYPE_DOUBLE);
    case Type::date: return plain(DUCKDB_TYPE_DATE);
    case Type::timestamp: return plain(DUCKDB_TYPE_TIMESTAMP_TZ);
    case Type::string: return plain(DUCKDB_TYPE_VARCHAR);
    case Type::binary: return plain(DUCKDB_TYPE_BLOB);
    case Type::decimal: break;
  }
  return LogicalType(duckdb_create_decimal_type(static_cast<std::uint8_t>(type.precision),
                                                static_cast<std::uint8_t>(type.scale)));
}

std::string sql_type(const DataType& type) {
  switch (type.type) {
    case Type::boolean: return "BOOLEAN";
    case Type::int32: return "INTEGER";
    case Type::int64: return "BIGINT";
    case Type::float64: return "DOUBLE";
    case Type::date: return "DATE";
    case Type::timestamp: return "TIMESTAMPTZ";
    case Type::string: return "VARCHAR";
    case Type::binary: return "BLOB";
    case Type::decimal: break;
  }
  return fmt::format("DECIMAL({},{})", type.precision, type.scale);
}

std::optional<DataType> column_type(duckdb_logical_type type) {
  switch (duckdb_get_type_id(type)) {
    case DUCKDB_TYPE_BOOLEAN: return DataType{.type = Type::boolean};
    case DUCKDB_TYPE_TINYINT:
    case DUCKDB_TYPE_SMALLINT:
    case DUCKDB_TYPE_INTEGER:
    case DUCKDB_TYPE_UTINYINT:
    case DUCKDB_TYPE_USMALLINT: return DataType{.type = Type::int32};
    case DUCKDB_TYPE_BIGINT:
    case DUCKDB_TYPE_UINTEGER: return DataType{.type = Type::int64};
    case DUCKDB_TYPE_UBIGINT:
    case DUCKDB_TYPE_HUGEINT: return DataType{.type = Type::decimal, .precision = 38, .scale = 0};
    case DUCKDB_TYPE_FLOAT:
    case DUCKDB_TYPE_DOUBLE: return DataType{.type = Type::float64};
    case DUCKDB_TYPE_DECIMAL:
      return DataType{.type = Type::decimal,
                      .precision = duckdb_decimal_width(type),
                      .scale = duckdb_decimal_scale(type)};
    case DUCKDB_TYPE_DATE: return DataType{.type = Type::date};
    case DUCKDB_TYPE_TIMESTAMP:
    case DUCKDB_TYPE_TIMESTAMP_TZ: return DataType{.type = Type::timestamp};
    case DUCKDB_TYPE_VARCHAR:
    case DUCKDB_TYPE_SQLNULL: return DataType{.type = Type::string};
    case DUCKDB_TYPE_BLOB: return DataType{.type = Type::binary};
    default: return std::nullopt;
  }
}

Error duck_error(duckdb_error_type type, const char* text, Code fallback) {
  std::string message = text == nullptr ? "DuckDB failed without a message" : text;
  Code code = fallback;
  switch (type) {
    case DUCKDB_ERROR_PARSER:
    case DUCKDB_ERROR_SYNTAX:
    case DUCKDB_ERROR_BINDER:
    case DUCKDB_ERROR_CATALOG:
    case DUCKDB_ERROR_CONVERSION:
    case DUCKDB_ERROR_OUT_OF_RANGE: code = Code::sql_invalid; break;
    case DUCKDB_ERROR_PERMISSION: code = Code::sql_denied; break;
    case DUCKDB_ERROR_INTERRUPT: code = Code::cancelled; break;
    default: break;
  }
  if (message.find("No space left on device") != std::string::npos) code = Code::disk_full;
  return make_error(code, std::move(message));
}

Error duck_error(duckdb_result* result, Code fallback) {
  return duck_error(duckdb_result_error_type(result), duckdb_result_error(result), fallback);
}

Status run(duckdb_connection connection, const std::string& sql) {
  QueryResult result;
  if (duckdb_query(connection, sql.c_str(), result.get()) == DuckDBSuccess) return {};
  return duck_error(result.get(), Code::internal);
}

}  // namespace assay::parquet
