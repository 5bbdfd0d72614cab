#pragma once
// Results of SQL on stdout: a table for people, CSV and JSON for programs.

#include <cstdint>
#include <string>
#include <vector>

#include "ask/locked_sql.h"
#include "base/result.h"
#include "cli/command.h"

namespace assay::cli {

enum class ResultFormat { table, csv, json };

/// "table", "csv", "json"; empty: JSON under --json, else a table on a terminal and CSV elsewhere.
Result<ResultFormat> result_format(const Globals& globals, const std::string& text);

/// Columns as wide as their longest value, numbers to the right, at most `row_limit` rows.
std::string result_table(const ask::ResultRows& result, std::size_t row_limit);

/// Prints what a query gives while it runs (a table at its end, since it needs the widths).
class ResultPrinter {
 public:
  explicit ResultPrinter(ResultFormat format) : format_(format) {}
  ask::LockedSql::Consumer consumer();
  void finish();

 private:
  Status begin(const std::vector<ask::ResultColumn>& columns);
  Status row(const std::vector<ask::Cell>& cells);

  ResultFormat format_;
  ask::ResultRows kept_;  // the rows that a table will show
  std::uint64_t count_ = 0;
};

}  // namespace assay::cli
