#pragma once
// Operators that let the first row of a key through: one page a key, which holds nothing but that
// the key was seen.

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "base/hash.h"
#include "fold/bound_batch.h"
#include "fold/operator.h"

namespace assay::fold {

struct KeyedRow {
  Hash128 key;
  RowRef at;
};

/// Rows in the order of their keys; of several rows of one key the one that was known first.
struct KeyedRows {
  std::vector<KeyedRow> rows;
  std::int64_t no_key = 0;  ///< rows without a key
};

void sort_by_key(std::vector<KeyedRow>& rows, std::span<const BoundBatch> batches);

/// `reader.key(batch, row)` gives a row's key, or nothing.
template <typename Reader>
KeyedRows read_keys(std::span<const BoundBatch> batches, Reader& reader) {
  KeyedRows keyed;
  for (std::uint32_t batch = 0; batch < batches.size(); ++batch) {
    for (std::uint32_t row = 0; row < batches[batch].rows(); ++row) {
      if (const auto key = reader.key(batches[batch], row)) {
        keyed.rows.push_back({*key, {batch, row}});
      } else {
        ++keyed.no_key;
      }
    }
  }
  sort_by_key(keyed.rows, batches);
  return keyed;
}

/// The pages of the keys that `have` does not know yet. REQUIRES: rows sorted by key.
std::vector<PageKey> missing_pages(std::span<const KeyedRow> rows, const Pages& have);

/// The rows whose key was not seen before, the first of each key, in the order of the keys. Writes
/// their pages and fills the parts "inserted" and "unchanged".
/// REQUIRES: rows sorted by key, and the preferred row of a key first.
std::vector<KeyedRow> take_first_rows(std::span<const KeyedRow> rows, const Pages& have,
                                      Output& output);

}  // namespace assay::fold
