#pragma once
// Content rows that a satellite keeps by hash, since a history row may need one that came long ago.

#include <functional>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "column/schema.h"
#include "fold/bound_batch.h"
#include "fold/operator.h"

namespace assay::fold {

/// A page: format version, then the content columns in the typed row encoding (which names fields
/// by id, so that a page outlives a change of the table). One thread; borrows nothing.
class Contents {
 public:
  /// The content rows of the inputs. Code::internal where a hash column holds no hash.
  static Result<Contents> read(const std::vector<BoundBatch>& batches,
                               const column::TableSchema& schema, int hash_column);

  static PageKey page_of(const Hash128& hash);
  bool contains(const Hash128& hash) const { return rows_.contains(hash); }
  /// The encoded row, from the inputs or from the state. Code::internal where neither has it.
  /// REQUIRES: contains(hash), or `have` knows its page.
  Result<std::string_view> find(const Hash128& hash, const Pages& have) const;
  /// Writes a page for each row of the inputs, in the order of the hashes.
  void write(Output& output) const;

 private:
  struct HashOfHash {
    std::size_t operator()(const Hash128& hash) const { return hash.low; }
  };
  std::unordered_map<Hash128, std::string, HashOfHash> rows_;  ///< as pages
};

}  // namespace assay::fold
