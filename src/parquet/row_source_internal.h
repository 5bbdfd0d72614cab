#pragma once
// The table function assay_rows(id): batches in memory as rows of DuckDB, without a copy of
// strings.

#include <duckdb.h>

#include <cstdint>
#include <map>
#include <mutex>
#include <span>

#include "base/result.h"
#include "parquet/row_selection.h"

namespace assay::parquet {

/// The selections that SQL can read at this moment, by number. Any thread.
class RowSources {
 public:
  struct Selection {
    const BatchSet* set = nullptr;
    std::span<const RowReference> rows;
  };
  /// Must outlive every query that reads the number, as what it borrows must.
  std::uint64_t add(const Selection& selection);
  void remove(std::uint64_t id);
  /// False where the number is not known.
  bool find(std::uint64_t id, Selection* selection);

  /// Makes assay_rows known to a database. This object must outlive it.
  Status install(duckdb_connection connection);

 private:
  std::mutex mutex_;
  std::uint64_t last_id_ = 0;                   // guarded by mutex_
  std::map<std::uint64_t, Selection> current_;  // guarded by mutex_
};

}  // namespace assay::parquet
