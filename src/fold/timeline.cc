#include "fold/timeline.h"

#include <algorithm>
#include <optional>

#include "base/assert.h"
#include "fold/bound_batch.h"

namespace assay::fold {
namespace {

Result<Directory> directory_of(const Hash128& key, const Pages& have) {
  const auto found = have.find(page_of(key));
  ASSAY_ASSERT(found.has_value());
  if (!*found) return Directory{};
  return read_directory(**found);
}

/// The arrivals that belong into leaf `index`: up to its last position; the rest goes to the last
/// leaf. So the successor of an arrival lies in the same leaf, and its predecessor in the same one
/// or in the directory.
std::span<const Arrival> take_arrivals(std::span<const Arrival>& rest, const Directory& directory,
                                       std::size_t index) {
  std::size_t count = rest.size();
  if (index + 1 < directory.leaves.size()) {
    const Position& last = directory.leaves[index].last;
    const auto end = std::upper_bound(
        rest.begin(), rest.end(), last,
        [](const Position& position, const Arrival& arrival) { return position < arrival.at; });
    count = static_cast<std::size_t>(end - rest.begin());
  }
  const auto taken = rest.first(count);
  rest = rest.subspan(count);
  return taken;
}

/// One leaf, or a short timeline, with arrivals merged in.
class Run {
 public:
  Run(const TimelineOptions& options, const std::optional<Position>& predecessor,
      const std::optional<Position>& newest)
      : options_(options), predecessor_(predecessor), newest_(newest) {}

  /// Returns whether anything changed.
  bool merge(std::vector<Observation> known, std::span<const Arrival> arrivals,
             TimelineChange& change) {
    interleave(std::move(known), arrivals, change);
    bool changed = false;
    for (std::size_t i = 0; i < merged_.size(); ++i) {
      const bool arrived = sources_[i].has_value();
      changed |= arrived;
      Observation& observation = merged_[i];
      if (observation.asserted) continue;
      if (!must_assert(i)) {
        if (arrived) ++change.unchanged;
        continue;
      }
      changed = true;
      assert_row(i, change);
    }
    return changed;
  }

  std::vector<Observation>& observations() { return merged_; }

 private:
  void interleave(std::vector<Observation> known, std::span<const Arrival> arrivals,
                  TimelineChange& change) {
    merged_.reserve(known.size() + arrivals.size());
    auto next = known.begin();
    for (const Arrival& arrival : arrivals) {
      while (next != known.end() && next->at < arrival.at) append(*next++, std::nullopt);
      const bool repeated = !merged_.empty() && merged_.back().at == arrival.at;
      if (repeated || (next != known.end() && next->at == arrival.at)) {
        ++change.unchanged;
        continue;
      }
      append({arrival.at, arrival.knowledge, false}, arrival.source);
    }
    while (next != known.end()) append(*next++, std::nullopt);
  }

  void append(const Observation& observation, std::optional<std::size_t> source) {
    merged_.push_back(observation);
    sources_.push_back(source);
  }

  /// Invariant 2 of the timeline.
  bool must_assert(std::size_t index) const {
    if (options_.keep_equal_neighbours) return true;
    const std::optional<Position> before =
        index == 0 ? predecessor_ : std::optional(merged_[index - 1].at);
    const Position& at = merged_[index].at;
    return !before || before->hash != at.hash || before->order == at.order;
  }

  void assert_row(std::size_t index, TimelineChange& change) {
    Observation& observation = merged_[index];
    observation.asserted = true;
    if (sources_[index]) {
      const bool late = newest_ && observation.at < *newest_;
      ++(late ? change.late : change.inserted);
    } else if (index > 0) {
      // Only the arrival before it says that this one is news. It may itself repeat what stood
      // before (the same content at the same instant, from a source of less priority); then it is
      // late all the same, since a row comes out because of it.
      if (!merged_[index - 1].asserted) {
        --change.unchanged;
        ++change.late;
      }
      observation.knowledge = std::max(observation.knowledge, merged_[index - 1].knowledge);
    }
    change.assertions.push_back({observation, sources_[index]});
  }

  const TimelineOptions& options_;
  const std::optional<Position> predecessor_;  ///< what stands before the run
  const std::optional<Position> newest_;       ///< the last that was known of the key
  std::vector<Observation> merged_;
  std::vector<std::optional<std::size_t>> sources_;  ///< of those that arrived now
};

/// Cuts observations into leaves. New leaves are filled evenly, but at the end of the timeline,
/// where most arrivals go, the first ones are filled whole.
void write_leaves(const Hash128& key, const std::vector<Observation>& observations, bool at_end,
                  std::uint32_t first_page, Directory& directory, std::vector<Leaf>& leaves,
                  TimelineChange& change) {
  const std::size_t most = leaf_max(directory.leaves.size());
  const std::size_t count = (observations.size() + most - 1) / most;
  std::size_t begin = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t even = (observations.size() - begin + count - i - 1) / (count - i);
    const std::size_t size = at_end ? std::min(most, observations.size() - begin) : even;
    const std::vector<Observation> part(
        observations.begin() + static_cast<std::ptrdiff_t>(begin),
        observations.begin() + static_cast<std::ptrdiff_t>(begin + size));
    const std::uint32_t page = i == 0 && first_page != 0 ? first_page : directory.next_page++;
    leaves.push_back({page, static_cast<std::uint32_t>(size), part.back().at});
    change.writes.add(page_of(key, page), write_leaf(part));
    begin += size;
  }
}

Result<TimelineChange> merge_short(const Hash128& key, Directory directory,
                                   std::span<const Arrival> arrivals,
                                   const TimelineOptions& options) {
  TimelineChange change;
  std::optional<Position> newest;
  if (!directory.observations.empty()) newest = directory.observations.back().at;
  Run run(options, std::nullopt, newest);
  if (!run.merge(std::move(directory.observations), arrivals, change)) return change;
  directory.observations = std::move(run.observations());
  if (directory.observations.size() > kShortMax) {
    std::vector<Leaf> leaves;
    write_leaves(key, directory.observations, true, 0, directory, leaves, change);
    directory.leaves = std::move(leaves);
    directory.observations.clear();
  }
  change.writes.add(page_of(key), write_directory(directory));
  return change;
}

Result<TimelineChange> merge_leaves(const Hash128& key, Directory directory,
                                    std::span<const Arrival> arrivals, const Pages& have,
                                    const TimelineOptions& options) {
  TimelineChange change;
  const Position newest = directory.leaves.back().last;
  std::vector<Leaf> leaves;
  for (std::size_t i = 0; i < directory.leaves.size(); ++i) {
    const Leaf leaf = directory.leaves[i];
    const auto taken = take_arrivals(arrivals, directory, i);
    if (taken.empty()) {
      leaves.push_back(leaf);
      continue;
    }
    const auto found = have.find(page_of(key, leaf.page));
    ASSAY_ASSERT(found.has_value());
    ASSAY_TRY(auto known, read_leaf(found->value_or("")));
    std::optional<Position> predecessor;
    if (i > 0) predecessor = directory.leaves[i - 1].last;
    Run run(options, predecessor, newest);
    if (!run.merge(std::move(known), taken, change)) {
      leaves.push_back(leaf);
      continue;
    }
    const bool at_end = i + 1 == directory.leaves.size();
    write_leaves(key, run.observations(), at_end, leaf.page, directory, leaves, change);
  }
  if (change.writes.empty()) return change;
  directory.leaves = std::move(leaves);
  change.writes.add(page_of(key), write_directory(directory));
  return change;
}

/// One arrival of a key that was never seen, as most are: what merge_short would give.
TimelineChange first_change(const Hash128& key, const Arrival& arrival) {
  const Observation observation{arrival.at, arrival.knowledge, true};
  TimelineChange change;
  change.assertions.push_back({observation, arrival.source});
  change.inserted = 1;
  change.writes.add(page_of(key), write_directory({.observations = {observation}}));
  return change;
}

}  // namespace

Status append_needed_pages(const Hash128& key, std::span<const Arrival> arrivals, const Pages& have,
                           std::vector<PageKey>& needed) {
  const PageKey first = page_of(key);
  const auto found = have.find(first);
  if (!found) {
    needed.push_back(first);
    return {};
  }
  if (!*found) return {};
  ASSAY_TRY(const Directory directory, read_directory(**found));
  for (std::size_t i = 0; i < directory.leaves.size(); ++i) {
    if (take_arrivals(arrivals, directory, i).empty()) continue;
    const PageKey leaf = page_of(key, directory.leaves[i].page);
    if (!have.contains(leaf)) needed.push_back(leaf);
  }
  return {};
}

Result<TimelineChange> merge(const Hash128& key, std::span<const Arrival> arrivals,
                             const Pages& have, const TimelineOptions& options) {
  if (arrivals.size() == 1 && !have.find(page_of(key)).value_or("")) {
    return first_change(key, arrivals.front());
  }
  ASSAY_TRY(Directory directory, directory_of(key, have));
  if (directory.leaves.empty()) return merge_short(key, std::move(directory), arrivals, options);
  return merge_leaves(key, std::move(directory), arrivals, have, options);
}

}  // namespace assay::fold
