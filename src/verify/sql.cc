#include "verify/sql.h"

#include <duckdb.h>

#include "base/assert.h"

namespace assay::verify {
namespace {

Int128 join(duckdb_hugeint value) {
  return static_cast<Int128>((static_cast<UInt128>(static_cast<std::uint64_t>(value.upper)) << 64) |
                             value.lower);
}

template <typename T>
T at(const void* data, std::size_t row) {
  return static_cast<const T*>(data)[row];
}

Int128 integer_at(int type, const void* data, std::size_t row) {
  switch (type) {
    case DUCKDB_TYPE_TINYINT: return at<std::int8_t>(data, row);
    case DUCKDB_TYPE_UTINYINT: return at<std::uint8_t>(data, row);
    case DUCKDB_TYPE_SMALLINT: return at<std::int16_t>(data, row);
    case DUCKDB_TYPE_USMALLINT: return at<std::uint16_t>(data, row);
    case DUCKDB_TYPE_INTEGER: return at<std::int32_t>(data, row);
    case DUCKDB_TYPE_UINTEGER: return at<std::uint32_t>(data, row);
    case DUCKDB_TYPE_BIGINT: return at<std::int64_t>(data, row);
    case DUCKDB_TYPE_UBIGINT: return at<std::uint64_t>(data, row);
    case DUCKDB_TYPE_HUGEINT: return join(at<duckdb_hugeint>(data, row));
    default: ASSAY_ASSERT(false);
  }
  return 0;
}

std::string_view text_at(const void* data, std::size_t row) {
  auto* text = const_cast<duckdb_string_t*>(static_cast<const duckdb_string_t*>(data) + row);
  return {duckdb_string_t_data(text), duckdb_string_t_length(*text)};
}

Chunk view_of(duckdb_data_chunk chunk) {
  std::vector<Chunk::Column> columns;
  const idx_t count = duckdb_data_chunk_get_column_count(chunk);
  for (idx_t i = 0; i < count; ++i) {
    duckdb_vector vector = duckdb_data_chunk_get_vector(chunk, i);
    duckdb_logical_type type = duckdb_vector_get_column_type(vector);
    Chunk::Column column;
    column.type = duckdb_get_type_id(type);
    if (column.type == DUCKDB_TYPE_DECIMAL) {
      column.decimal_store = duckdb_decimal_internal_type(type);
      column.scale = duckdb_decimal_scale(type);
    }
    column.data = duckdb_vector_get_data(vector);
    column.validity = duckdb_vector_get_validity(vector);
    duckdb_destroy_logical_type(&type);
    columns.push_back(column);
  }
  return {std::move(columns), duckdb_data_chunk_get_size(chunk)};
}

Error sql_error(const char* text, std::string_view statement) {
  Error error = make_error(Code::parquet_read, text == nullptr ? "DuckDB gave no reason" : text);
  error.context.push_back("while running: " + std::string(statement.substr(0, 400)));
  return error;
}

}  // namespace

Cell Chunk::cell(std::size_t column, std::size_t row) const {
  const Column& from = columns_[column];
  if (from.validity != nullptr && !duckdb_validity_row_is_valid(from.validity, row)) return {};
  switch (from.type) {
    case DUCKDB_TYPE_BOOLEAN:
      return {CellKind::boolean, 0, at<bool>(from.data, row) ? 1 : 0, 0, {}};
    case DUCKDB_TYPE_FLOAT: return {CellKind::float64, 0, 0, at<float>(from.data, row), {}};
    case DUCKDB_TYPE_DOUBLE: return {CellKind::float64, 0, 0, at<double>(from.data, row), {}};
    case DUCKDB_TYPE_DATE: return {CellKind::date, 0, at<std::int32_t>(from.data, row), 0, {}};
    case DUCKDB_TYPE_TIMESTAMP:
    case DUCKDB_TYPE_TIMESTAMP_TZ: return timestamp_cell(at<std::int64_t>(from.data, row));
    case DUCKDB_TYPE_VARCHAR: return string_cell(text_at(from.data, row));
    case DUCKDB_TYPE_BLOB: return binary_cell(text_at(from.data, row));
    case DUCKDB_TYPE_DECIMAL:
      return {CellKind::decimal, from.scale, integer_at(from.decimal_store, from.data, row), 0, {}};
    default: return {CellKind::integer, 0, integer_at(from.type, from.data, row), 0, {}};
  }
}

struct Sql::Impl {
  duckdb_database database = nullptr;
  duckdb_connection first = nullptr;
  duckdb_connection second = nullptr;
  bool streaming = false;
  Impl() = default;
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() {
    duckdb_disconnect(&second);
    duckdb_disconnect(&first);
    duckdb_close(&database);
  }
  /// A connection that no stream is using: what runs while a result is being read takes the second.
  duckdb_connection idle() const { return streaming ? second : first; }
};

Sql::Sql(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Sql::~Sql() = default;
Sql::Sql(Sql&&) noexcept = default;
Sql& Sql::operator=(Sql&&) noexcept = default;

Result<Sql> Sql::open(const std::string& spill_folder) {
  auto impl = std::make_unique<Impl>();
  if (duckdb_open(nullptr, &impl->database) != DuckDBSuccess ||
      duckdb_connect(impl->database, &impl->first) != DuckDBSuccess ||
      duckdb_connect(impl->database, &impl->second) != DuckDBSuccess) {
    return make_error(Code::internal, "DuckDB did not start");
  }
  Sql sql(std::move(impl));
  ASSAY_TRY_VOID(sql.execute("SET autoinstall_known_extensions = false"));
  ASSAY_TRY_VOID(sql.execute("SET autoload_known_extensions = false"));
  ASSAY_TRY_VOID(sql.execute("SET memory_limit = '1GB'"));
  ASSAY_TRY_VOID(sql.execute("SET GLOBAL TimeZone = 'UTC'"));
  // Without it chunks would be held back until the order of the input is known.
  ASSAY_TRY_VOID(sql.execute("SET preserve_insertion_order = false"));
  ASSAY_TRY_VOID(sql.execute("SET temp_directory = " + sql_literal(spill_folder)));
  return sql;
}

Status Sql::execute(const std::string& statement) {
  duckdb_result result;
  const auto state = duckdb_query(impl_->idle(), statement.c_str(), &result);
  Status status;
  if (state != DuckDBSuccess) status = sql_error(duckdb_result_error(&result), statement);
  duckdb_destroy_result(&result);
  return status;
}

namespace {

/// A prepared statement and its streaming result, released together.
class Streaming {
 public:
  Streaming(duckdb_connection connection, const std::string& query) {
    if (duckdb_prepare(connection, query.c_str(), &statement_) != DuckDBSuccess) {
      error_ = sql_error(duckdb_prepare_error(statement_), query);
    } else if (duckdb_execute_prepared_streaming(statement_, &result_) != DuckDBSuccess) {
      error_ = sql_error(duckdb_result_error(&result_), query);
    }
  }
  ~Streaming() {
    duckdb_destroy_result(&result_);
    duckdb_destroy_prepare(&statement_);
  }
  Streaming(const Streaming&) = delete;
  Streaming& operator=(const Streaming&) = delete;
  duckdb_result& result() { return result_; }
  const std::optional<Error>& error() const { return error_; }

 private:
  duckdb_prepared_statement statement_ = nullptr;
  duckdb_result result_{};
  std::optional<Error> error_;
};

Status drain(Streaming& streaming, const std::string& query,
             const std::function<Status(const Chunk&)>& consume) {
  while (duckdb_data_chunk chunk = duckdb_fetch_chunk(streaming.result())) {
    Status status;
    if (duckdb_data_chunk_get_size(chunk) > 0) status = consume(view_of(chunk));
    duckdb_destroy_data_chunk(&chunk);
    if (!status) return status;
  }
  const char* text = duckdb_result_error(&streaming.result());
  if (text != nullptr && *text != '\0') return sql_error(text, query);
  return {};
}

}  // namespace

Status Sql::stream(const std::string& query, const std::function<Status(const Chunk&)>& consume) {
  Streaming streaming(impl_->idle(), query);
  if (streaming.error()) return *streaming.error();
  const bool nested = std::exchange(impl_->streaming, true);
  Status status = drain(streaming, query, consume);
  impl_->streaming = nested;
  return status;
}

Result<std::vector<TextRow>> Sql::rows(const std::string& query) {
  std::vector<TextRow> rows;
  ASSAY_TRY_VOID(stream(query, [&](const Chunk& chunk) -> Status {
    for (std::size_t row = 0; row < chunk.rows(); ++row) {
      TextRow& out = rows.emplace_back();
      for (std::size_t column = 0; column < chunk.columns(); ++column) {
        const Cell cell = chunk.cell(column, row);
        out.push_back(cell.is_null() ? std::nullopt : std::optional(to_text(cell)));
      }
    }
    return {};
  }));
  return rows;
}

Result<std::int64_t> Sql::count(const std::string& query) {
  std::int64_t count = 0;
  ASSAY_TRY_VOID(stream(query, [&](const Chunk& chunk) -> Status {
    count = static_cast<std::int64_t>(chunk.cell(0, 0).number);
    return {};
  }));
  return count;
}

namespace {

duckdb_state append_cell(duckdb_appender appender, const Cell& cell) {
  switch (cell.kind) {
    case CellKind::null: return duckdb_append_null(appender);
    case CellKind::boolean: return duckdb_append_bool(appender, cell.number != 0);
    case CellKind::float64: return duckdb_append_double(appender, cell.real);
    case CellKind::string:
      return duckdb_append_varchar_length(appender, cell.text.data(), cell.text.size());
    case CellKind::binary: return duckdb_append_blob(appender, cell.text.data(), cell.text.size());
    default: return duckdb_append_int64(appender, static_cast<std::int64_t>(cell.number));
  }
}

}  // namespace

Status Sql::append(const std::string& table, const std::vector<std::vector<Cell>>& rows) {
  duckdb_appender appender = nullptr;
  bool good =
      duckdb_appender_create(impl_->idle(), nullptr, table.c_str(), &appender) == DuckDBSuccess;
  for (std::size_t i = 0; good && i < rows.size(); ++i) {
    for (const Cell& cell : rows[i]) good = good && append_cell(appender, cell) == DuckDBSuccess;
    good = good && duckdb_appender_end_row(appender) == DuckDBSuccess;
  }
  good = good && duckdb_appender_close(appender) == DuckDBSuccess;
  Status status;
  if (!good) status = sql_error(duckdb_appender_error(appender), "append to " + table);
  duckdb_appender_destroy(&appender);
  return status;
}

std::string sql_literal(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) quoted += c == '\'' ? std::string("''") : std::string(1, c);
  return quoted + "'";
}

std::string sql_name(std::string_view name) {
  std::string quoted = "\"";
  for (const char c : name) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

}  // namespace assay::verify
