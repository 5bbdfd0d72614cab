#pragma once
// Cells out of one chunk of a DuckDB result.

#include <cstdint>
#include <vector>

#include "ask/cell.h"
#include "base/result.h"

namespace assay::ask {

/// Borrows a duckdb_data_chunk (as void*, so that DuckDB's header stays out of ours). One thread.
class ChunkReader {
 public:
  explicit ChunkReader(void* chunk);
  ~ChunkReader();
  ChunkReader(const ChunkReader&) = delete;
  ChunkReader& operator=(const ChunkReader&) = delete;
  std::uint64_t rows() const { return rows_; }
  /// sql_invalid names a type that has no text form here, with the cast that gives it one.
  Result<std::vector<Cell>> row(std::uint64_t index) const;

 private:
  struct Column {
    void* vector;  ///< duckdb_vector
    void* type;    ///< duckdb_logical_type, owned
  };
  std::vector<Column> columns_;
  std::uint64_t rows_;
};

/// "DECIMAL(18,3)", "TIMESTAMP WITH TIME ZONE" ... of a duckdb_logical_type (as void*).
std::string type_name(void* logical_type);

}  // namespace assay::ask
