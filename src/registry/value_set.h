#pragma once
// Distinct values, by hash, counted up to a limit.

#include <cstddef>
#include <cstdint>
#include <unordered_set>

namespace assay::registry {

/// How many values all sets of one assessment may still remember.
struct ValueBudget {
  std::size_t left = std::size_t{4} << 20;
};

class ValueSet {
 public:
  /// False where the value is new.
  bool add(std::uint64_t hash, ValueBudget& budget) {
    if (values_.contains(hash)) return true;
    if (budget.left == 0) {
      full_ = true;
      return false;
    }
    --budget.left;
    values_.insert(hash);
    return false;
  }
  std::int64_t size() const { return static_cast<std::int64_t>(values_.size()); }
  /// How many of the smaller set's values the other one has, too.
  std::int64_t shared_with(const ValueSet& other) const {
    if (other.size() < size()) return other.shared_with(*this);
    std::int64_t count = 0;
    for (const std::uint64_t value : values_) count += other.values_.contains(value) ? 1 : 0;
    return count;
  }
  /// Some values were not remembered: size() is too small.
  bool full() const { return full_; }

 private:
  std::unordered_set<std::uint64_t> values_;
  bool full_ = false;
};

}  // namespace assay::registry
