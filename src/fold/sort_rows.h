#pragma once
// Sorting of rows by a key that is a hash.

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace assay::fold {

/// Sorts by `less`, which must compare `Row::key`, a Hash128, before anything else. Hashes are
/// spread evenly, so rows go into buckets by the first bits of theirs, and few are left to compare.
template <typename Row, typename Less>
void sort_rows(std::vector<Row>& rows, Less less) {
  constexpr std::size_t kRowsPerBucket = 8;
  constexpr int kBucketBitsMax = 20;
  const int bits =
      std::min(kBucketBitsMax, static_cast<int>(std::bit_width(rows.size() / kRowsPerBucket)));
  if (bits < 2) {
    std::sort(rows.begin(), rows.end(), less);
    return;
  }
  const auto bucket_of = [bits](const Row& row) { return row.key.high >> (64 - bits); };
  std::vector<std::uint32_t> ends((std::size_t{1} << bits) + 1, 0);
  for (const Row& row : rows) ++ends[bucket_of(row) + 1];
  for (std::size_t i = 1; i < ends.size(); ++i) ends[i] += ends[i - 1];
  std::vector<Row> sorted(rows.size());
  // Afterwards ends[b] is where bucket b ends.
  for (const Row& row : rows) sorted[ends[bucket_of(row)]++] = row;
  std::uint32_t begin = 0;
  for (std::size_t bucket = 0; bucket + 1 < ends.size(); ++bucket) {
    const std::uint32_t end = ends[bucket];
    if (end - begin > 1) std::sort(sorted.begin() + begin, sorted.begin() + end, less);
    begin = end;
  }
  rows.swap(sorted);
}

}  // namespace assay::fold
