#pragma once
// The contents of one master that a slab has shown so far, by content hash.

#include <cstdint>
#include <vector>

#include "base/hash.h"
#include "base/time.h"

namespace assay::refine {

/// Open addressing over hashes that are uniform already. A generation number empties it at no cost.
class ContentSet {
 public:
  struct Entry {
    Hash128 hash;
    Micros event_time = 0;  ///< of the copy that its row describes
    std::uint32_t row = 0;
    std::uint32_t generation = 0;  ///< of another generation: free
  };

  void begin() {
    ++generation_;
    count_ = 0;
  }
  /// The entry of a hash, made with `added` set where there was none; good until the next call.
  Entry& find(const Hash128& hash, bool& added) {
    if ((count_ + 1) * 2 > entries_.size()) grow();
    const std::size_t mask = entries_.size() - 1;
    for (std::size_t i = hash.low & mask;; i = (i + 1) & mask) {
      Entry& entry = entries_[i];
      if (entry.generation != generation_) {
        entry.hash = hash;
        entry.generation = generation_;
        ++count_;
        added = true;
        return entry;
      }
      if (entry.hash == hash) {
        added = false;
        return entry;
      }
    }
  }

 private:
  void grow();
  std::vector<Entry> entries_;
  std::size_t count_ = 0;
  std::uint32_t generation_ = 1;
};

}  // namespace assay::refine
