#pragma once
// Batches to Parquet files and back, through DuckDB's C API.

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "column/batch.h"
#include "column/schema.h"

namespace assay::parquet {

struct ColumnMetrics {
  std::int64_t size_bytes = 0;
  std::int64_t value_count = 0;
  std::int64_t null_count = 0;
  std::optional<std::int64_t> nan_count;
  std::optional<std::string> lower;  ///< Iceberg single-value bytes, not truncated
  std::optional<std::string> upper;
};

/// A partition value: transform result as Iceberg stores it; nullopt = null.
struct PartitionValue {
  std::optional<std::string> text;     ///< identity of a string
  std::optional<std::int32_t> number;  ///< day or month
  bool is_null() const { return !text && !number; }
  auto operator<=>(const PartitionValue&) const = default;
};

/// A file in the staging folder, written and closed, not synced.
struct StagedFile {
  std::string path;
  std::vector<PartitionValue> partition;  ///< in the order of the schema's partition fields
  /// The partition as folders, for people: "tenant_id=uk/invoice_date_day=2011-12-09"; empty where
  /// there is none.
  std::string partition_folder;
  std::int64_t record_count = 0;
  std::int64_t size_bytes = 0;
  std::map<int, ColumnMetrics> metrics;  ///< by field id
  std::vector<std::int64_t> split_offsets;
};

/// One DuckDB instance for the engine's own files. One thread at a time.
class Database {
 public:
  struct Options {
    std::string temp_directory;
    std::uint64_t memory_limit_bytes = std::uint64_t{1} << 30;
    int threads = 2;
  };
  static Result<Database> open(const Options& options);
  ~Database();
  Database(Database&&) noexcept;
  Database& operator=(Database&&) noexcept;

  /// Writes the rows of one table as one file a partition value into `folder` (made; must be empty
  /// or absent). Decimals, timestamps with time zone and field ids come out as iceberg.md section 2
  /// says.
  Result<std::vector<StagedFile>> write(const column::TableSchema& schema,
                                        std::span<const column::Batch* const> batches,
                                        const std::string& folder);
  /// The same for the result of a query, whose columns must be those of the schema, in its order.
  Result<std::vector<StagedFile>> write_query(const column::TableSchema& schema,
                                              const std::string& sql, const std::string& folder);
  /// Makes batches visible to SQL under that name (replaced if present), without a copy: they must
  /// outlive drop_table.
  Status register_table(const std::string& name, const column::TableSchema& schema,
                        std::span<const column::Batch* const> batches);
  Status drop_table(const std::string& name);
  Status execute(const std::string& sql);
  /// Streams the result, at most 2048 rows a batch; the callback's error ends the query. It may
  /// call `write`, and no other SQL of this database. Columns have the result's types, names and
  /// order.
  Status query(const std::string& sql, const std::function<Status(const column::Batch&)>& consume);
  /// All cells of a small result as text; nullopt = NULL.
  Result<std::vector<std::vector<std::optional<std::string>>>> rows(const std::string& sql);

 private:
  struct Impl;
  explicit Database(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// SQL that reads these files as the given schema (by field id; columns that a file lacks are
/// NULL), or an empty table of that schema where there are no files.
std::string scan_sql(const column::TableSchema& schema, std::span<const std::string> paths);
/// 'text' with quotes doubled, "name" with quotes doubled.
std::string sql_literal(std::string_view text);
std::string sql_name(std::string_view name);
/// DuckDB's name of a type: "DECIMAL(18,3)", "TIMESTAMPTZ" ...
std::string sql_type(const column::DataType& type);

}  // namespace assay::parquet
