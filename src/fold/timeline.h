#pragma once
// The timeline of one key: every observation of it, in pages. Histories and satellites fold into
// it.
//
// Invariants
//  1. Every observation (order, priority, hash) stands in the timeline once, in ascending order.
//  2. An observation is asserted - a row says it - if it is the first, or its predecessor has
//     another hash or the same order. Once asserted it stays so. So the rows that were written,
//     ordered and with equal neighbours collapsed, are the same view as all observations (design
//     section 9), whatever the order of arrival.
//  3. Page 0 holds a timeline of at most kShortMax observations itself; a longer one lies in leaves
//     of at most kLeafMax, so that a hot key never rewrites all of its history.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "fold/operator.h"
#include "fold/timeline_page.h"

namespace assay::fold {

inline constexpr std::size_t kShortMax = 16;  ///< observations that page 0 holds itself
inline constexpr std::size_t kLeafMax = 512;  ///< observations of a leaf page

/// Observations of a leaf where there are so many leaves. Nearly every epoch reaches nearly every
/// master, and each costs its page 0 and a leaf, read and written: the leaves of a timeline grow
/// with their number, so that neither the one nor the other is much longer than it must be.
constexpr std::size_t leaf_max(std::size_t leaves) {
  if (leaves < 64) return 32;
  return leaves < 512 ? 128 : kLeafMax;
}

/// A new observation that its row, `source`, brought.
struct Arrival {
  Position at = {};
  Micros knowledge = 0;
  std::size_t source = 0;
};

/// An observation that a row must be written for.
struct Assertion {
  Observation observation = {};
  /// Of the arrival; nothing where it came earlier, repeated what stood before it then, and does so
  /// no longer.
  std::optional<std::size_t> source = {};
};

/// What arrivals did to a timeline. in = inserted + late + unchanged.
struct TimelineChange {
  std::vector<Assertion> assertions;  ///< in the order of the timeline
  std::int64_t inserted = 0;          ///< asserted, after all that was known
  /// Before something that was known: it is asserted, with or without the one that follows it, or
  /// only the one that follows it is.
  std::int64_t late = 0;
  std::int64_t unchanged = 0;  ///< known already, or repeats its predecessor
  PageWrites writes;
};

struct TimelineOptions {
  bool keep_equal_neighbours = false;  ///< every observation is asserted
};

/// Appends the pages that `merge` still needs. REQUIRES: arrivals sorted by position, not empty.
Status append_needed_pages(const Hash128& key, std::span<const Arrival> arrivals, const Pages& have,
                           std::vector<PageKey>& needed);

/// REQUIRES: arrivals sorted by (position, knowledge); append_needed_pages appends nothing.
Result<TimelineChange> merge(const Hash128& key, std::span<const Arrival> arrivals,
                             const Pages& have, const TimelineOptions& options);

}  // namespace assay::fold
