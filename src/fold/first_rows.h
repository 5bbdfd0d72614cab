#pragma once
// Operators that let the first row of a key through: one page a key, which holds nothing but that
// the key was seen.

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include "base/hash.h"
#include "fold/bound_batch.h"
#include "fold/operator.h"
#include "fold/output_rows.h"

namespace assay::fold {

struct KeyedRow {
  Hash128 key;
  RowRef at;
};

/// Rows in the order of their keys, the preferred row of a key first. `rows` refers to `batches`.
struct KeyedRows {
  std::vector<BoundBatch> batches;
  std::vector<KeyedRow> rows;
  std::optional<std::int64_t> no_key;  ///< rows without a key; nothing where none can be
};

/// Of several rows of one key the one that was known first is preferred.
void sort_by_key(KeyedRows& keyed);

/// `reader.key(batch, row)` gives a row's key, or nothing.
template <typename Reader>
KeyedRows read_keys(std::vector<BoundBatch> batches, Reader& reader) {
  KeyedRows keyed{std::move(batches), {}, 0};
  for (std::uint32_t batch = 0; batch < keyed.batches.size(); ++batch) {
    for (std::uint32_t row = 0; row < keyed.batches[batch].rows(); ++row) {
      if (const auto key = reader.key(keyed.batches[batch], row)) {
        keyed.rows.push_back({*key, {batch, row}});
      } else {
        ++*keyed.no_key;
      }
    }
  }
  sort_by_key(keyed);
  return keyed;
}

/// Lets the rows through whose key was not seen before, in the order of the keys. The equation's
/// parts: "inserted", "unchanged" and, where it can be, "no_key".
class FirstRows final : public Fold {
 public:
  /// The hub keys of a row, valid until the next call.
  using HubKeys =
      std::function<std::span<const std::optional<Hash128>>(const BoundBatch&, std::uint32_t)>;
  /// The layout must outlive it.
  FirstRows(const OutputLayout& layout, KeyedRows keyed, HubKeys hubs = {});

  Result<std::vector<PageKey>> pages(const Pages& have) const override;
  Result<Output> fold(const Pages& have, const Context& context) const override;

 private:
  const OutputLayout& layout_;
  const KeyedRows keyed_;
  const HubKeys hubs_;
};

}  // namespace assay::fold
