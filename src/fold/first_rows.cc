#include "fold/first_rows.h"

#include <algorithm>
#include <tuple>

#include "base/assert.h"

namespace assay::fold {
namespace {

// Page: format version, nothing else.
constexpr char kFormatVersion = 1;

/// Calls visit(row, rows of its key) for the first row of each key.
template <typename Visit>
void for_each_key(std::span<const KeyedRow> rows, Visit visit) {
  for (std::size_t begin = 0; begin < rows.size();) {
    std::size_t end = begin + 1;
    while (end < rows.size() && rows[end].key == rows[begin].key) ++end;
    visit(rows[begin], static_cast<std::int64_t>(end - begin));
    begin = end;
  }
}

}  // namespace

void sort_by_key(std::vector<KeyedRow>& rows, std::span<const BoundBatch> batches) {
  const auto known = [&](RowRef at) { return batches[at.batch].knowledge_time(at.row); };
  std::sort(rows.begin(), rows.end(), [&](const KeyedRow& a, const KeyedRow& b) {
    if (a.key != b.key) return a.key < b.key;
    return std::tuple(known(a.at), a.at) < std::tuple(known(b.at), b.at);
  });
}

std::vector<PageKey> missing_pages(std::span<const KeyedRow> rows, const Pages& have) {
  std::vector<PageKey> missing;
  for_each_key(rows, [&](const KeyedRow& first, std::int64_t) {
    PageKey page = page_of(first.key);
    if (!have.contains(page)) missing.push_back(std::move(page));
  });
  return missing;
}

std::vector<KeyedRow> take_first_rows(std::span<const KeyedRow> rows, const Pages& have,
                                      Output& output) {
  std::vector<KeyedRow> taken;
  std::int64_t& inserted = output.equation.parts["inserted"];
  std::int64_t& unchanged = output.equation.parts["unchanged"];
  for_each_key(rows, [&](const KeyedRow& first, std::int64_t count) {
    PageKey page = page_of(first.key);
    const auto found = have.find(page);
    ASSAY_ASSERT(found != have.end());
    unchanged += count;
    if (found->second) return;
    --unchanged;
    ++inserted;
    taken.push_back(first);
    output.writes.emplace_back(std::move(page), std::string(1, kFormatVersion));
  });
  return taken;
}

}  // namespace assay::fold
