#pragma once
// The pages of the keyed operators, in RocksDB. Follows the control transaction: it can be behind,
// never ahead.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"
#include "fold/operator.h"

namespace assay::engine {

/// Whose pages: one operator of one tenant, in one state generation.
struct StateScope {
  std::string tenant;
  std::int64_t state_generation = 0;
  std::string operator_name;
};

/// Key layout: tenant, state generation, operator (each length-prefixed), page key, page number.
/// One process (RocksDB's own lock), one thread at a time.
class StateStore {
 public:
  /// Opens or makes the store in `folder`. Code::state_store.
  static Result<StateStore> open(const std::string& folder);
  ~StateStore();
  StateStore(StateStore&&) noexcept;
  StateStore& operator=(StateStore&&) noexcept;

  /// Last epoch whose pages are in the store; 0 for a new store.
  Result<std::int64_t> applied_epoch() const;
  /// Looks up all keys; the overlay's pages come first.
  Status load(const StateScope& scope, std::span<const fold::PageKey> keys,
              fold::Pages& pages) const;
  /// Adds to the overlay: seen by `load` at once, stored by `apply`.
  void stage(const StateScope& scope, std::vector<std::pair<fold::PageKey, std::string>> writes,
             std::span<const fold::PageKey> deletions);
  /// Writes the overlay and the epoch's number in one batch.
  Status apply(std::int64_t epoch);
  /// Forgets the overlay of an epoch that was not committed.
  void discard() { overlay_.clear(); }

 private:
  struct Impl;
  explicit StateStore(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
  std::unordered_map<std::string, std::optional<std::string>> overlay_;
};

}  // namespace assay::engine
