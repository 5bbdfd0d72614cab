#pragma once
// From instances of a scope outwards: where the slots of the scopes around each of them lie.

#include <cstdint>
#include <span>
#include <vector>

#include "refine/document.h"

namespace assay::refine {

/// Level 0 is the scope itself, level i the i-th around it. Good until the next climb.
class Ladder {
 public:
  /// Starts with instances of chain[0]; `chain` lists the scopes outwards.
  void climb(const Document& document, const std::vector<std::uint32_t>& chain,
             std::span<const std::uint32_t> instances) {
    document_ = &document;
    chain_ = &chain;
    size_ = instances.size();
    if (levels_.size() < chain.size()) levels_.resize(chain.size());
    levels_[0].instances.assign(instances.begin(), instances.end());
    add_bases(0);
    known_ = 1;
  }
  /// The instance of the scope at `level`, for each that the climb started with.
  const std::uint32_t* instances(std::uint32_t level) {
    while (known_ <= level) add_level();
    return levels_[level].instances.data();
  }
  /// Where its slots begin.
  const std::uint32_t* bases(std::uint32_t level) {
    instances(level);
    return levels_[level].bases.data();
  }

 private:
  struct Level {
    std::vector<std::uint32_t> instances;
    std::vector<std::uint32_t> bases;
  };

  void add_level() {
    const Level& below = levels_[known_ - 1];
    const Instance* const at = document_->instances[(*chain_)[known_ - 1]].data();
    std::vector<std::uint32_t>& made = levels_[known_].instances;
    made.resize(size_);
    for (std::size_t i = 0; i < size_; ++i) made[i] = at[below.instances[i]].parent;
    add_bases(known_++);
  }
  void add_bases(std::size_t level) {
    const Instance* const at = document_->instances[(*chain_)[level]].data();
    Level& of = levels_[level];
    of.bases.resize(size_);
    for (std::size_t i = 0; i < size_; ++i) of.bases[i] = at[of.instances[i]].base;
  }

  const Document* document_ = nullptr;
  const std::vector<std::uint32_t>* chain_ = nullptr;
  std::size_t size_ = 0;
  std::uint32_t known_ = 0;
  std::vector<Level> levels_;
};

}  // namespace assay::refine
