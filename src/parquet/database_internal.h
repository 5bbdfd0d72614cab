#pragma once
// What the parts of parquet::Database share.

#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "parquet/duck_type_internal.h"
#include "parquet/parquet.h"
#include "parquet/row_selection.h"
#include "parquet/row_source_internal.h"

namespace assay::parquet {

/// Batches that SQL knows by a name. Owns the schema, borrows the batches.
struct RegisteredTable {
  RegisteredTable(const column::TableSchema& table_schema,
                  std::span<const column::Batch* const> batches)
      : schema(table_schema), set(schema, batches), rows(all_rows(set)) {}
  RegisteredTable(const RegisteredTable&) = delete;
  RegisteredTable& operator=(const RegisteredTable&) = delete;

  const column::TableSchema schema;
  const BatchSet set;
  const std::vector<RowReference> rows;
  std::uint64_t id = 0;  ///< of assay_rows
};

struct Database::Impl {
  // Constant after open. Order matters: connections end before the database, the sources after it.
  Options options;
  RowSources sources;
  DatabaseHandle database;
  Connection connection;            ///< all SQL of callers; temporary tables live here
  std::vector<Connection> writers;  ///< one a writing thread, made when needed
  std::map<std::string, std::unique_ptr<RegisteredTable>> tables;  ///< by name
};

/// A prepared query: its statement, and the types that its columns get in a batch.
struct PreparedQuery {
  Statement statement;
  column::TableSchema schema;  ///< names may repeat; ids count from 1
};

/// Columns for which `cast` names a SQL type are cast to it, all others stay as they are.
std::string wrap_query(const std::string& sql, const std::vector<std::string>& names,
                       const std::vector<std::string>& casts);
Result<Statement> prepare(duckdb_connection connection, const std::string& sql);
std::vector<std::string> column_names(const Statement& statement);
/// Columns of types that batches do not have are cast to text.
Result<PreparedQuery> prepare_query(duckdb_connection connection, const std::string& sql);
/// Streams the result as batches of at most one chunk (2048 rows).
Status stream(const PreparedQuery& query, const std::function<Status(column::Batch)>& consume);

}  // namespace assay::parquet
