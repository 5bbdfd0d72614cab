#include "refine/content_set.h"

#include <algorithm>
#include <utility>

namespace assay::refine {

void ContentSet::grow() {
  constexpr std::size_t kFirst = 256;
  std::vector<Entry> old = std::move(entries_);
  entries_.assign(std::max(kFirst, old.size() * 2), Entry{});
  const std::size_t mask = entries_.size() - 1;
  for (const Entry& entry : old) {
    if (entry.generation != generation_) continue;
    std::size_t i = entry.hash.low & mask;
    while (entries_[i].generation == generation_) i = (i + 1) & mask;
    entries_[i] = entry;
  }
}

}  // namespace assay::refine
