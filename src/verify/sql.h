#pragma once
// verify's own use of DuckDB: SQL over Parquet files, typed cells out, tables of hashes in.

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "verify/cell.h"

namespace assay::verify {

/// Some rows of a result. Lives only inside the callback that it was given to; its cells borrow
/// from it.
class Chunk {
 public:
  struct Column {
    int type = 0;           ///< duckdb_type
    int decimal_store = 0;  ///< duckdb_type of a decimal's unscaled value
    int scale = 0;
    const void* data = nullptr;
    std::uint64_t* validity = nullptr;
  };
  Chunk(std::vector<Column> columns, std::size_t rows)
      : columns_(std::move(columns)), rows_(rows) {}
  std::size_t rows() const { return rows_; }
  std::size_t columns() const { return columns_.size(); }
  Cell cell(std::size_t column, std::size_t row) const;

 private:
  std::vector<Column> columns_;
  std::size_t rows_;
};

using TextRow = std::vector<std::optional<std::string>>;

/// One DuckDB instance in memory that spills to a folder. One thread. While a stream's callback
/// runs, other calls go through a second connection, so that it may query and append (but not
/// stream within a stream's stream).
class Sql {
 public:
  /// An empty folder: no spilling.
  static Result<Sql> open(const std::string& spill_folder);
  ~Sql();
  Sql(Sql&&) noexcept;
  Sql& operator=(Sql&&) noexcept;

  /// Errors are parquet_read with DuckDB's own text.
  Status execute(const std::string& statement);
  /// Gives the result chunk by chunk; the callback's error ends the query and is returned.
  Status stream(const std::string& query, const std::function<Status(const Chunk&)>& consume);
  /// A small result as text; nullopt = NULL.
  Result<std::vector<TextRow>> rows(const std::string& query);
  /// The one cell of a query that counts.
  Result<std::int64_t> count(const std::string& query);

  /// Appends rows to a table; every row has one cell a column of the table.
  Status append(const std::string& table, const std::vector<std::vector<Cell>>& rows);

 private:
  struct Impl;
  explicit Sql(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// 'text' with quotes doubled; "name" with quotes doubled.
std::string sql_literal(std::string_view text);
std::string sql_name(std::string_view name);

}  // namespace assay::verify
