#pragma once
// Which row `assay why` is about: table, tenant and key, as people write them.

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "verify/verify.h"
#include "verify/workspace_state.h"

namespace assay::verify {

/// Values of one row as text, by column.
using NamedRow = std::vector<std::pair<std::string, std::string>>;

struct FoundRow {
  std::string table;
  std::string tenant;
  std::vector<std::pair<std::string, std::string>> key;  ///< column, value as asked
  NamedRow row;
  std::vector<NamedRow> others;  ///< rows of the same key, oldest first, the row itself among them
  std::string note = {};         ///< what the row is among the versions of its key

  /// The value of a column; empty where it is absent or null.
  std::string value(const std::string& column) const;
  bool has(const std::string& column) const;
};

/// Errors: table_unknown, tenant_unknown, row_unknown, usage; with the nearest names.
Result<FoundRow> find_row(WorkspaceState& state, const WhyQuestion& question);

/// Columns that identify a row of a table, in the order in which a key is written.
std::vector<std::string> key_columns(const PlanDocument& plan, const std::string& table);

/// SQL: the column, as `why` shows it, equals this text.
std::string equals_text(const IcebergTable& table, const std::string& column,
                        const std::string& text);

/// The first row of a query as named values; empty where there is none.
Result<NamedRow> first_row(WorkspaceState& state, const IcebergTable& table,
                           const std::string& condition, const std::string& order);

}  // namespace assay::verify
