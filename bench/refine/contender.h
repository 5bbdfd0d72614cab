#pragma once
// What the bench measures: three ways to read the same NDJSON, one thread each.

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace assay::bench {

/// One input: NDJSON in memory and on disk, the plan that the kernel runs and the SQL that DuckDB
/// runs.
struct Input {
  std::string name;
  std::string file;      ///< holds `bytes`, for DuckDB
  std::string bytes;     ///< whole records, with readable bytes behind them
  std::size_t size = 0;  ///< of the records
  std::string plan;      ///< JSON
  std::string sql;       ///< the extraction; behind a line "-- check" a query of control totals
};

/// "rows silver.line" -> 541909, "sum silver.line.quantity" -> 5176450: exact texts, or doubles.
using Totals = std::map<std::string, std::string>;

class Contender {
 public:
  virtual ~Contender() = default;
  /// One pass over the whole input; what it made is dropped.
  virtual Status run() = 0;
};

std::unique_ptr<Contender> make_dom(const Input& input);
Result<std::unique_ptr<Contender>> make_kernel(const Input& input);
Result<std::unique_ptr<Contender>> make_duckdb(const Input& input);

/// The control totals by DuckDB's query, and by the kernel for the same names.
Result<Totals> duckdb_totals(const Input& input);
Result<Totals> kernel_totals(const Input& input, const Totals& names);

/// Ends of the records' lines; each run of records is at most `size` bytes.
std::vector<std::size_t> slab_ends(std::string_view bytes, std::size_t size);

}  // namespace assay::bench
