#pragma once
// The pages of the keyed operators, in RocksDB. Follows the control transaction: it can be behind,
// never ahead.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
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

/// Key layout: 'p', hash of (tenant, state generation, operator), page key, page number: all of one
/// size. What lies under another format version is thrown away at `open`: it is made again from
/// silver. One process (RocksDB's own lock), one thread at a time.
///
/// Memory is bounded by the caches' sizes and by the overlay, which holds one epoch's pages.
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
  void stage(const StateScope& scope, fold::PageWrites writes,
             std::span<const fold::PageKey> deletions);
  /// Makes the overlay and the epoch's number part of the store, all or nothing.
  Status apply(std::int64_t epoch);
  /// Forgets the overlay of an epoch that was not committed.
  void discard() { overlay_.clear(); }

 private:
  struct Impl;
  explicit StateStore(std::unique_ptr<Impl> impl);
  Status apply_as_batch(std::int64_t epoch);
  Status apply_as_file(std::int64_t epoch);

  std::unique_ptr<Impl> impl_;
  std::map<std::string, fold::Pages> overlay_;  ///< by the part of the key that says the scope
};

}  // namespace assay::engine
