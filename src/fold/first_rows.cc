#include "fold/first_rows.h"

#include <tuple>

#include "base/assert.h"
#include "fold/sort_rows.h"

namespace assay::fold {
namespace {

// Page: format version, nothing else.
constexpr std::string_view kSeenPage("\1", 1);

/// Calls visit(row, rows of its key) for the first row of each key.
template <typename Visit>
Status for_each_key(const std::vector<KeyedRow>& rows, Visit visit) {
  for (std::size_t begin = 0; begin < rows.size();) {
    std::size_t end = begin + 1;
    while (end < rows.size() && rows[end].key == rows[begin].key) ++end;
    ASSAY_TRY_VOID(visit(rows[begin], static_cast<std::int64_t>(end - begin)));
    begin = end;
  }
  return {};
}

}  // namespace

void sort_by_key(KeyedRows& keyed) {
  const auto known = [&](RowRef at) { return keyed.batches[at.batch].knowledge_time(at.row); };
  sort_rows(keyed.rows, [&](const KeyedRow& a, const KeyedRow& b) {
    if (a.key != b.key) return a.key < b.key;
    return std::tuple(known(a.at), a.at) < std::tuple(known(b.at), b.at);
  });
}

FirstRows::FirstRows(const OutputLayout& layout, KeyedRows keyed, HubKeys hubs)
    : layout_(layout), keyed_(std::move(keyed)), hubs_(std::move(hubs)) {}

Result<std::vector<PageKey>> FirstRows::pages(const Pages& have) const {
  std::vector<PageKey> missing;
  ASSAY_TRY_VOID(for_each_key(keyed_.rows, [&](const KeyedRow& first, std::int64_t) -> Status {
    const PageKey page = page_of(first.key);
    if (!have.contains(page)) missing.push_back(page);
    return {};
  }));
  return missing;
}

Result<Output> FirstRows::fold(const Pages& have, const Context& context) const {
  Output output;
  std::int64_t inserted = 0;
  OutputRows out(layout_, context);
  ASSAY_TRY_VOID(for_each_key(keyed_.rows, [&](const KeyedRow& first, std::int64_t) -> Status {
    const PageKey page = page_of(first.key);
    const auto found = have.find(page);
    ASSAY_ASSERT(found.has_value());
    if (*found) return {};
    ++inserted;
    output.writes.add(page, kSeenPage);
    const BoundBatch& batch = keyed_.batches[first.at.batch];
    OutputRow row{.input = &batch,
                  .row = first.at.row,
                  .key = first.key,
                  .knowledge = batch.knowledge_time(first.at.row)};
    if (hubs_) row.hubs = hubs_(batch, first.at.row);
    return out.write(row);
  }));
  const auto keyed_count = static_cast<std::int64_t>(keyed_.rows.size());
  output.equation.in = keyed_count + keyed_.no_key.value_or(0);
  output.equation.parts = {{"inserted", inserted}, {"unchanged", keyed_count - inserted}};
  if (keyed_.no_key) output.equation.parts["no_key"] = *keyed_.no_key;
  std::move(out).finish(output);
  return output;
}

}  // namespace assay::fold
