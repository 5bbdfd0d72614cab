#include "fold/timeline_rows.h"

#include <tuple>
#include <utility>

#include "fold/sort_rows.h"

namespace assay::fold {
namespace {

struct Row {
  Hash128 key;
  Arrival arrival;
  RowRef at;
};

/// REQUIRES: order and hash are not null.
Result<Row> read_row(const BoundBatch& batch, const ObservationColumns& columns, const Hash128& key,
                     RowRef at) {
  Row row{key, {}, at};
  ASSAY_TRY(row.arrival.at.hash, hash_at(batch, columns.hash, at.row));
  row.arrival.at.order = batch.column(columns.order).int64(at.row);
  const bool has_priority =
      columns.priority >= 0 && !batch.column(columns.priority).is_null(at.row);
  row.arrival.at.priority =
      has_priority ? batch.column(columns.priority).int32(at.row) : columns.priority_default;
  row.arrival.knowledge = batch.knowledge_time(at.row);
  return row;
}

}  // namespace

ObservationColumns ObservationColumns::of(const plan::OperatorRule& rule,
                                          const column::TableSchema& input) {
  return {rule.hash_column, rule.order_column, input.index_of_id(column::field_id::kSourcePriority),
          rule.priority};
}

Result<TimelineRows> read_timeline_rows(const std::vector<BoundBatch>& batches,
                                        const ObservationColumns& columns, const KeyOfRow& key_of) {
  TimelineRows result;
  std::vector<Row> rows;
  for (std::uint32_t b = 0; b < batches.size(); ++b) {
    const BoundBatch& batch = batches[b];
    for (std::uint32_t r = 0; r < batch.rows(); ++r) {
      const auto key = key_of(batch, r);
      if (!key || batch.column(columns.hash).is_null(r)) {
        ++result.no_key;
      } else if (batch.column(columns.order).is_null(r)) {
        ++result.no_order;
      } else {
        ASSAY_TRY(Row row, read_row(batch, columns, *key, {b, r}));
        rows.push_back(row);
      }
    }
  }
  sort_rows(rows, [](const Row& a, const Row& b) {
    return std::tie(a.key, a.arrival.at, a.arrival.knowledge, a.at) <
           std::tie(b.key, b.arrival.at, b.arrival.knowledge, b.at);
  });
  result.keys.reserve(rows.size());
  result.rows.reserve(rows.size());
  result.arrivals.reserve(rows.size());
  for (Row& row : rows) {
    row.arrival.source = result.arrivals.size();
    result.keys.push_back(row.key);
    result.rows.push_back(row.at);
    result.arrivals.push_back(row.arrival);
  }
  return result;
}

Result<std::vector<PageKey>> needed_pages(const TimelineRows& rows, const Pages& have) {
  std::vector<PageKey> needed;
  ASSAY_TRY_VOID(
      for_each_timeline(rows, [&](const Hash128& key, std::span<const Arrival> arrivals) {
        return append_needed_pages(key, arrivals, have, needed);
      }));
  return needed;
}

void TimelineSums::add(const TimelineChange& change) {
  inserted_ += change.inserted;
  late_ += change.late;
  unchanged_ += change.unchanged;
  for (std::size_t i = 0; i < change.writes.size(); ++i) {
    writes_.add(change.writes.key(i), change.writes.page(i));
  }
}

Output TimelineSums::output(const TimelineRows& rows) && {
  Output output;
  output.writes = std::move(writes_);
  output.equation.in =
      static_cast<std::int64_t>(rows.arrivals.size()) + rows.no_key + rows.no_order;
  output.equation.parts = {{"inserted", inserted_},
                           {"late", late_},
                           {"unchanged", unchanged_},
                           {"no_key", rows.no_key},
                           {"no_order", rows.no_order}};
  return output;
}

}  // namespace assay::fold
