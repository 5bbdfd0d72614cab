#include "parquet/result_reader_internal.h"

#include <cstdint>
#include <cstring>
#include <string_view>

#include "parquet/duck_type_internal.h"

namespace assay::parquet {

namespace {

using column::BatchBuilder;
__extension__ typedef __int128 Int128;

/// Calls write(row, value) or builder.null for each row of a vector of Stored.
template <typename Stored, typename Write>
void each(duckdb_vector vector, idx_t rows, int column, BatchBuilder& builder, const Write& write) {
  auto* values = static_cast<Stored*>(duckdb_vector_get_data(vector));
  std::uint64_t* validity = duckdb_vector_get_validity(vector);
  for (idx_t row = 0; row < rows; ++row) {
    if (validity != nullptr && !duckdb_validity_row_is_valid(validity, row)) {
      builder.null(column);
    } else {
      write(values[row]);
    }
  }
}

Int128 wide(const duckdb_hugeint& value) {
  Int128 unscaled;
  static_assert(sizeof unscaled == sizeof value);
  std::memcpy(&unscaled, &value, sizeof unscaled);
  return unscaled;
}

template <typename Stored>
void append_decimals(duckdb_vector vector, idx_t rows, int column, BatchBuilder& builder) {
  each<Stored>(vector, rows, column, builder, [&](const Stored& value) {
    if constexpr (std::is_same_v<Stored, duckdb_hugeint>) {
      builder.decimal(column, wide(value));
    } else {
      builder.decimal(column, static_cast<Int128>(value));
    }
  });
}

template <typename Stored>
void append_int32(duckdb_vector vector, idx_t rows, int column, BatchBuilder& builder) {
  each<Stored>(vector, rows, column, builder,
               [&](Stored value) { builder.int32(column, static_cast<std::int32_t>(value)); });
}

template <typename Stored>
void append_int64(duckdb_vector vector, idx_t rows, int column, BatchBuilder& builder) {
  each<Stored>(vector, rows, column, builder,
               [&](Stored value) { builder.int64(column, static_cast<std::int64_t>(value)); });
}

template <typename Stored>
void append_float64(duckdb_vector vector, idx_t rows, int column, BatchBuilder& builder) {
  each<Stored>(vector, rows, column, builder,
               [&](Stored value) { builder.float64(column, static_cast<double>(value)); });
}

void append_decimal_column(duckdb_vector vector, duckdb_logical_type type, idx_t rows, int column,
                           BatchBuilder& builder) {
  switch (duckdb_decimal_internal_type(type)) {
    case DUCKDB_TYPE_SMALLINT: return append_decimals<std::int16_t>(vector, rows, column, builder);
    case DUCKDB_TYPE_INTEGER: return append_decimals<std::int32_t>(vector, rows, column, builder);
    case DUCKDB_TYPE_BIGINT: return append_decimals<std::int64_t>(vector, rows, column, builder);
    default: return append_decimals<duckdb_hugeint>(vector, rows, column, builder);
  }
}

void append_bytes(duckdb_vector vector, idx_t rows, int column, BatchBuilder& builder) {
  each<duckdb_string_t>(vector, rows, column, builder, [&](duckdb_string_t& value) {
    builder.bytes(column, {duckdb_string_t_data(&value), duckdb_string_t_length(value)});
  });
}

void append_column(duckdb_vector vector, idx_t rows, int column, BatchBuilder& builder) {
  const LogicalType type(duckdb_vector_get_column_type(vector));
  switch (duckdb_get_type_id(type.get())) {
    case DUCKDB_TYPE_BOOLEAN:
      return each<bool>(vector, rows, column, builder,
                        [&](bool value) { builder.boolean(column, value); });
    case DUCKDB_TYPE_TINYINT: return append_int32<std::int8_t>(vector, rows, column, builder);
    case DUCKDB_TYPE_SMALLINT: return append_int32<std::int16_t>(vector, rows, column, builder);
    case DUCKDB_TYPE_UTINYINT: return append_int32<std::uint8_t>(vector, rows, column, builder);
    case DUCKDB_TYPE_USMALLINT: return append_int32<std::uint16_t>(vector, rows, column, builder);
    case DUCKDB_TYPE_INTEGER:
    case DUCKDB_TYPE_DATE: return append_int32<std::int32_t>(vector, rows, column, builder);
    case DUCKDB_TYPE_UINTEGER: return append_int64<std::uint32_t>(vector, rows, column, builder);
    case DUCKDB_TYPE_BIGINT:
    case DUCKDB_TYPE_TIMESTAMP:
    case DUCKDB_TYPE_TIMESTAMP_TZ: return append_int64<std::int64_t>(vector, rows, column, builder);
    case DUCKDB_TYPE_UBIGINT: return append_decimals<std::uint64_t>(vector, rows, column, builder);
    case DUCKDB_TYPE_HUGEINT: return append_decimals<duckdb_hugeint>(vector, rows, column, builder);
    case DUCKDB_TYPE_FLOAT: return append_float64<float>(vector, rows, column, builder);
    case DUCKDB_TYPE_DOUBLE: return append_float64<double>(vector, rows, column, builder);
    case DUCKDB_TYPE_DECIMAL:
      return append_decimal_column(vector, type.get(), rows, column, builder);
    case DUCKDB_TYPE_VARCHAR:
    case DUCKDB_TYPE_BLOB: return append_bytes(vector, rows, column, builder);
    default:  // SQLNULL: the only other type that column_type accepts
      for (idx_t row = 0; row < rows; ++row) builder.null(column);
  }
}

}  // namespace

void append_chunk(duckdb_data_chunk chunk, const column::TableSchema& schema,
                  BatchBuilder& builder) {
  const idx_t rows = duckdb_data_chunk_get_size(chunk);
  for (int column = 0; column < static_cast<int>(schema.fields.size()); ++column) {
    append_column(duckdb_data_chunk_get_vector(chunk, static_cast<idx_t>(column)), rows, column,
                  builder);
  }
}

}  // namespace assay::parquet
