#pragma once
// DuckDB's handles as owners, and the types of columns on both sides.

#include <duckdb.h>

#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "column/schema.h"

namespace assay::parquet {

struct LogicalTypeDeleter {
  void operator()(duckdb_logical_type type) const { duckdb_destroy_logical_type(&type); }
};
using LogicalType = std::unique_ptr<std::remove_pointer_t<duckdb_logical_type>, LogicalTypeDeleter>;

struct ConnectionDeleter {
  void operator()(duckdb_connection connection) const { duckdb_disconnect(&connection); }
};
using Connection = std::unique_ptr<std::remove_pointer_t<duckdb_connection>, ConnectionDeleter>;

struct DatabaseDeleter {
  void operator()(duckdb_database database) const { duckdb_close(&database); }
};
using DatabaseHandle = std::unique_ptr<std::remove_pointer_t<duckdb_database>, DatabaseDeleter>;

struct StatementDeleter {
  void operator()(duckdb_prepared_statement statement) const { duckdb_destroy_prepare(&statement); }
};
using Statement =
    std::unique_ptr<std::remove_pointer_t<duckdb_prepared_statement>, StatementDeleter>;

struct ChunkDeleter {
  void operator()(duckdb_data_chunk chunk) const { duckdb_destroy_data_chunk(&chunk); }
};
using Chunk = std::unique_ptr<std::remove_pointer_t<duckdb_data_chunk>, ChunkDeleter>;

/// A result of a query, or its error. Not copyable: the C struct is one owner.
class QueryResult {
 public:
  QueryResult() = default;
  ~QueryResult() { duckdb_destroy_result(&result_); }
  QueryResult(const QueryResult&) = delete;
  QueryResult& operator=(const QueryResult&) = delete;
  duckdb_result* get() { return &result_; }

 private:
  duckdb_result result_{};
};

LogicalType logical_type(const column::DataType& type);
/// The type that a result column of DuckDB gets in a batch; nothing for types that have no column
/// type (lists, structs, UUID, intervals, times), which are read as text.
std::optional<column::DataType> column_type(duckdb_logical_type type);

/// Runs one or more statements and drops their result. The error has DuckDB's text as its message.
Status run(duckdb_connection connection, const std::string& sql);
/// The error of a failed result; `fallback` is the code where DuckDB's own type says nothing
/// better.
Error duck_error(duckdb_result* result, Code fallback);
Error duck_error(duckdb_error_type type, const char* text, Code fallback);

}  // namespace assay::parquet
