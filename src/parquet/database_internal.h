#pragma once
// What the parts of parquet::Database share.

#include <string>
#include <vector>

#include "parquet/duck_type_internal.h"
#include "parquet/parquet.h"
#include "parquet/row_source_internal.h"

namespace assay::parquet {

struct Database::Impl {
  // Constant after open. Order matters: connections end before the database, the sources after it.
  Options options;
  RowSources sources;
  DatabaseHandle database;
  Connection connection;            ///< all SQL of callers; temporary tables live here
  std::vector<Connection> writers;  ///< one a writing thread, made when needed
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
