// DuckDB's read_ndjson with the same typed columns, arrays unnested; no hashes, accounting or
// residue.

#include <duckdb.h>
#include <fmt/format.h>

#include <cstdlib>

#include "bench/refine/contender.h"

namespace assay::bench {
namespace {

constexpr std::string_view kCheckLine = "-- check\n";
constexpr std::string_view kFileName = "{file}";

std::string with_file(std::string_view sql, const std::string& file) {
  std::string text(sql);
  for (std::size_t at = text.find(kFileName); at != std::string::npos; at = text.find(kFileName)) {
    text.replace(at, kFileName.size(), file);
  }
  return text;
}

/// An in-memory database with one thread.
class Database {
 public:
  ~Database() {
    duckdb_disconnect(&connection_);
    duckdb_close(&database_);
  }
  Status open() {
    if (duckdb_open(nullptr, &database_) != DuckDBSuccess ||
        duckdb_connect(database_, &connection_) != DuckDBSuccess) {
      return make_error(Code::internal, "DuckDB did not open");
    }
    return execute("SET threads = 1; SET preserve_insertion_order = false; SET TimeZone = 'UTC'");
  }
  Status execute(const std::string& sql) {
    duckdb_result result;
    const bool good = duckdb_query(connection_, sql.c_str(), &result) == DuckDBSuccess;
    Status status;
    if (!good) status = make_error(Code::internal, duckdb_result_error(&result));
    duckdb_destroy_result(&result);
    return status;
  }
  /// Runs a query and drops its chunks as they come.
  Status stream(const std::string& sql) {
    duckdb_prepared_statement statement = nullptr;
    if (duckdb_prepare(connection_, sql.c_str(), &statement) != DuckDBSuccess) {
      return make_error(Code::internal, duckdb_prepare_error(statement));
    }
    duckdb_pending_result pending = nullptr;
    duckdb_result result;
    Status status;
    if (duckdb_pending_prepared_streaming(statement, &pending) != DuckDBSuccess) {
      status = make_error(Code::internal, duckdb_pending_error(pending));
    } else if (duckdb_execute_pending(pending, &result) != DuckDBSuccess) {
      status = make_error(Code::internal, duckdb_result_error(&result));
      duckdb_destroy_result(&result);
    } else {
      std::uint64_t rows = 0;
      while (duckdb_data_chunk chunk = duckdb_fetch_chunk(result)) {
        rows += duckdb_data_chunk_get_size(chunk);
        duckdb_destroy_data_chunk(&chunk);
      }
      const char* error = duckdb_result_error(&result);
      if (error != nullptr && *error != '\0')
        status = make_error(Code::internal, error);
      else if (rows == 0)
        status = make_error(Code::verify_failed, "DuckDB's extraction gives no rows");
      duckdb_destroy_result(&result);
    }
    duckdb_destroy_pending(&pending);
    duckdb_destroy_prepare(&statement);
    return status;
  }
  /// The first row of a query, by column name.
  Result<Totals> first_row(const std::string& sql) {
    duckdb_result result;
    if (duckdb_query(connection_, sql.c_str(), &result) != DuckDBSuccess) {
      Error error = make_error(Code::internal, duckdb_result_error(&result));
      duckdb_destroy_result(&result);
      return error;
    }
    Totals totals;
    for (idx_t column = 0; column < duckdb_column_count(&result); ++column) {
      const bool real = duckdb_column_type(&result, column) == DUCKDB_TYPE_DOUBLE;
      char* text = duckdb_value_varchar(&result, column, 0);
      totals[duckdb_column_name(&result, column)] =
          real ? fmt::format("{:.6e}", duckdb_value_double(&result, column, 0))
               : std::string(text == nullptr ? "" : text);
      duckdb_free(text);
    }
    duckdb_destroy_result(&result);
    return totals;
  }

 private:
  duckdb_database database_ = nullptr;
  duckdb_connection connection_ = nullptr;
};

class DuckdbContender : public Contender {
 public:
  DuckdbContender(std::unique_ptr<Database> database, std::string sql)
      : database_(std::move(database)), sql_(std::move(sql)) {}
  Status run() override { return database_->stream(sql_); }

 private:
  std::unique_ptr<Database> database_;
  std::string sql_;
};

Result<std::unique_ptr<Database>> open_database() {
  auto database = std::make_unique<Database>();
  ASSAY_TRY_VOID(database->open());
  return database;
}

}  // namespace

Result<std::unique_ptr<Contender>> make_duckdb(const Input& input) {
  ASSAY_TRY(auto database, open_database());
  const std::string sql = with_file(input.sql.substr(0, input.sql.find(kCheckLine)), input.file);
  return std::unique_ptr<Contender>(std::make_unique<DuckdbContender>(std::move(database), sql));
}

Result<Totals> duckdb_totals(const Input& input) {
  ASSAY_TRY(auto database, open_database());
  const std::size_t check = input.sql.find(kCheckLine);
  if (check == std::string::npos)
    return make_error(Code::usage, "the SQL file has no line \"-- check\"");
  const std::string extraction = with_file(input.sql.substr(0, check), input.file);
  ASSAY_TRY_VOID(database->execute("CREATE TEMP VIEW extraction AS " + extraction));
  return database->first_row(with_file(input.sql.substr(check + kCheckLine.size()), input.file));
}

}  // namespace assay::bench
