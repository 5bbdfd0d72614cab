#pragma once
// The rows that a training set is made for: a CSV file with the key, as_of and whatever else.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/time.h"

namespace assay::feature {

/// RFC 4180, UTF-8, with a header line. nullopt = an empty field without quotes.
struct CsvTable {
  std::vector<std::string> columns;
  std::vector<std::vector<std::optional<std::string>>> rows;
};

/// Errors: source_format with the line of the fault. A row with more or fewer fields than the
/// header is one.
Result<CsvTable> parse_csv(std::string_view text);

/// Checks the table against the key of a feature view: every key column and `as_of` is there once,
/// no as_of is missing or malformed, no feature's name is taken. Gives the instants, one a row.
/// Error: source_format.
struct LabelColumns {
  std::vector<std::string> key;
  std::vector<std::string> features;
};
Result<std::vector<Micros>> check_labels(const CsvTable& table, const LabelColumns& columns);

}  // namespace assay::feature
