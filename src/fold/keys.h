#pragma once
// Keys computed from rows: of masters and events, of hubs, of links (docs/formats/row-encoding.md,
// section 2).

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/hash.h"
#include "column/row_encoder.h"
#include "column/schema.h"
#include "fold/bound_batch.h"
#include "plan/plan.h"

namespace assay::fold {

/// Encodes key columns of rows of one table. One thread; keeps its buffer from row to row.
class KeyReader {
 public:
  KeyReader(const column::TableSchema& schema, std::vector<int> columns);
  /// The values with the ids 1, 2, ... in key order; nothing where one of them is null. Valid until
  /// the next call.
  std::optional<std::string_view> encode(const BoundBatch& batch, std::uint32_t row);
  /// Appends the non-null values to a row that others started, with ids from `first_id` on.
  void append(column::RowEncoder& encoder, int first_id, const BoundBatch& batch,
              std::uint32_t row) const;

 private:
  std::vector<int> columns_;
  std::vector<column::DataType> types_;
  column::RowEncoder encoder_;
};

/// Hub keys of rows. One thread. Remembers the last one: the rows of one record follow each other.
class HubKeyReader {
 public:
  HubKeyReader(const column::TableSchema& schema, std::string entity, std::string tenant,
               std::vector<int> columns);
  /// Nothing where a part of the key is null.
  std::optional<Hash128> key(const BoundBatch& batch, std::uint32_t row);

 private:
  std::string entity_;
  std::string tenant_;
  KeyReader reader_;
  column::RowEncoder encoder_;
  std::string last_key_;
  std::optional<Hash128> last_;
};

/// Link keys of rows. One thread.
class LinkKeyReader {
 public:
  LinkKeyReader(const column::TableSchema& schema, const std::string& tenant,
                const plan::OperatorRule& rule);
  /// Nothing where the first hub key, the unit of work's own, is null.
  std::optional<Hash128> key(const BoundBatch& batch, std::uint32_t row);
  /// The hub keys of the last call, in the order of the rule.
  std::span<const std::optional<Hash128>> hubs() const { return hub_keys_; }

 private:
  std::string name_;
  std::vector<HubKeyReader> hubs_;
  std::vector<std::optional<Hash128>> hub_keys_;
  KeyReader dependent_child_;
  column::RowEncoder encoder_;
};

}  // namespace assay::fold
