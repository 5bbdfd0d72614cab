#pragma once
// Rows that are observations of keys: what history and satellite share.

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "column/schema.h"
#include "fold/bound_batch.h"
#include "fold/timeline.h"
#include "plan/plan.h"

namespace assay::fold {

/// Which columns of a row make it an observation.
struct ObservationColumns {
  int hash = -1;
  int order = -1;
  int priority = -1;  ///< -1: every row has priority_default
  std::int32_t priority_default = 0;
  static ObservationColumns of(const plan::OperatorRule& rule, const column::TableSchema& input);
};

/// Observations in the order (key, position, knowledge time); element i of both vectors is one row.
struct TimelineRows {
  std::vector<Hash128> keys;
  std::vector<RowRef> rows;
  std::vector<Arrival> arrivals;  ///< source = its own index
  std::int64_t no_key = 0;        ///< rows whose key or hash is null
  std::int64_t no_order = 0;      ///< rows with a key and without an order value
};

using KeyOfRow = std::function<std::optional<Hash128>(const BoundBatch&, std::uint32_t)>;

/// Code::internal where a hash column holds no hash.
Result<TimelineRows> read_timeline_rows(const std::vector<BoundBatch>& batches,
                                        const ObservationColumns& columns, const KeyOfRow& key_of);

/// Calls visit(key, arrivals of the key), which returns a Status, for each key in order.
template <typename Visit>
Status for_each_timeline(const TimelineRows& rows, Visit visit) {
  for (std::size_t begin = 0; begin < rows.keys.size();) {
    std::size_t end = begin + 1;
    while (end < rows.keys.size() && rows.keys[end] == rows.keys[begin]) ++end;
    ASSAY_TRY_VOID(visit(rows.keys[begin], std::span(rows.arrivals).subspan(begin, end - begin)));
    begin = end;
  }
  return {};
}

/// The pages that are still needed to merge all of them.
Result<std::vector<PageKey>> needed_pages(const TimelineRows& rows, const Pages& have);

/// What the changes of many timelines add up to.
class TimelineSums {
 public:
  void add(const TimelineChange& change);
  /// Writes and equation; the rows say what was left out.
  Output output(const TimelineRows& rows) &&;

 private:
  std::int64_t inserted_ = 0;
  std::int64_t late_ = 0;
  std::int64_t unchanged_ = 0;
  PageWrites writes_;
};

}  // namespace assay::fold
