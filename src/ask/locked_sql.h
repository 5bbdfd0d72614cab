#pragma once
// The locked SQL engine: one DuckDB instance that sees one tenant's files and nothing else.

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ask/cell.h"
#include "base/ids.h"
#include "base/result.h"
#include "base/time.h"
#include "column/schema.h"

namespace assay::ask {

/// A table and the files that hold the tenant's rows of it; without files it is an empty view with
/// its types.
struct VisibleTable {
  column::TableSchema schema;
  std::vector<std::string> paths;  ///< absolute, plain
  /// Columns that the view shows beside or instead of the schema's: name and SQL over those. For
  /// names that columns had before, and for columns that were stored with two types.
  struct Derived {
    std::string name;
    std::string expression;
  };
  std::vector<Derived> derived = {};
};

/// A master whose history gets current views.
struct VisibleMaster {
  std::string name;
  std::vector<std::string> key;
};

/// An event of which one row of a key is current (`dedupe: key`): its marts show no others.
struct VisibleVersions {
  std::string name;
  std::vector<std::string> key;
  std::vector<std::string> order;  ///< the greatest is current
  std::string deletion_field;      ///< empty: nothing is ever deleted
  std::vector<std::string> deletion_values;
  std::vector<std::string> items;  ///< entities whose rows come and go with it
};

/// All that one session may see.
struct Visible {
  TenantId tenant;
  std::vector<VisibleTable> tables;
  std::vector<VisibleMaster> masters;
  std::vector<VisibleVersions> versions = {};
  std::vector<std::string> macros;  ///< CREATE MACRO statements of ours, run after the views
  std::optional<Micros> known_at;   ///< rows known later are left out of every view
};

struct SqlLimits {
  std::uint64_t memory_bytes = std::uint64_t{1} << 30;
  int threads = 2;
  std::int64_t time_ms = 120'000;  ///< of one statement
};

struct ResultColumn {
  std::string name;
  std::string type;  ///< DuckDB's name of it
};

struct ResultRows {
  std::vector<ResultColumn> columns;
  std::vector<std::vector<Cell>> rows;
};

/// One session. One thread at a time.
///
/// Invariants, in force before the first statement of a user runs:
///  1. The only files that DuckDB opens are those of `Visible` (allowed_paths, external access
///  off); extensions
///     are neither installed nor loaded; no setting can be changed (lock_configuration).
///  2. Every view filters on the tenant, although its files hold no other: defence in depth.
///  3. A statement is one SELECT by DuckDB's own parser, and its tree passes statement_guard.h.
///
/// Views: bronze, silver, vault, mart and feature, one a table; for each master
/// `silver.<master>_current` and `mart.<master>_current`: the periods of its history, with
/// valid_from, valid_to (null = still valid) and is_current; a key has at most one row with
/// is_current.
class LockedSql {
 public:
  static Result<LockedSql> open(const Visible& visible, const SqlLimits& limits = {});
  ~LockedSql();
  LockedSql(LockedSql&&) noexcept;
  LockedSql& operator=(LockedSql&&) noexcept;

  struct Consumer {
    std::function<Status(const std::vector<ResultColumn>&)> columns;  ///< once, before the rows
    std::function<Status(const std::vector<Cell>&)> row;
  };
  /// Streams a user's statement. Errors: sql_invalid (DuckDB's message; its line and caret as
  /// detail), sql_denied, sql_limit (time or memory), and what the consumer returns.
  Status query(std::string_view sql, const Consumer& consumer);
  Result<ResultRows> rows(std::string_view sql);

  /// Puts rows of text (nullopt = NULL) into a table of the session's own memory, for joins.
  struct TextTable {
    std::string name;
    std::vector<std::string> columns;
    std::vector<std::vector<std::optional<std::string>>> rows;
  };
  Status load(const TextTable& table);

 private:
  struct Impl;
  explicit LockedSql(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace assay::ask
