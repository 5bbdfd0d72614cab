#pragma once
// The keyed half of the kernel: rows and pages of state in; pages, deletions and batches out.
// The host owns the pages (RocksDB here, keyed state in Flink, sorted groups in Spark).

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "base/time.h"
#include "column/batch.h"
#include "plan/plan.h"

namespace assay::fold {

/// A page of one key's state. `key` is opaque to the host; page 0 is the directory.
struct PageKey {
  std::string key;
  std::uint32_t page = 0;
  auto operator<=>(const PageKey&) const = default;
};
struct PageKeyHash {
  std::size_t operator()(const PageKey& key) const {
    return std::hash<std::string>{}(key.key) * 31 + key.page;
  }
};

/// Pages that the host has looked up; nullopt = looked up, and there is none.
/// The first byte of a page is its format version.
using Pages = std::unordered_map<PageKey, std::optional<std::string>, PageKeyHash>;

/// Rows of one input table of the operator: its `input`, or its `contents`.
struct Input {
  int table = 0;  ///< index into Plan::tables
  const column::Batch* batch = nullptr;
};

/// What the rows that come out carry.
struct Context {
  std::string_view tenant;
  std::string_view application;
  std::string_view manifest_id;
  std::optional<Micros> watermark;
};

/// in = sum of the parts; every input row is in one. As the operator has them: "inserted" made a
/// row, "late" (before something that was known) one or two, "overflow" one with a null measure;
/// "unchanged" was known already, "no_key" and "no_order" say nothing about any key.
struct Equation {
  std::int64_t in = 0;
  std::map<std::string, std::int64_t> parts;
};

struct Output {
  std::vector<std::pair<PageKey, std::string>> writes;
  std::vector<PageKey> deletions;
  std::vector<column::Batch> batches;  ///< of the rule's output table
  Equation equation;
};

/// An operator is immutable and may be shared by threads.
class Operator {
 public:
  virtual ~Operator() = default;
  /// The pages that are still needed to fold these inputs; empty when `have` is enough. The host
  /// calls it again with what it looked up until it is empty (at most 4 times).
  virtual Result<std::vector<PageKey>> pages(std::span<const Input> inputs,
                                             const Pages& have) const = 0;
  /// REQUIRES: pages(inputs, have) is empty. Does not depend on the order of the rows within the
  /// inputs beyond what design section 6 says.
  virtual Result<Output> fold(std::span<const Input> inputs, const Pages& have,
                              const Context& context) const = 0;
};

/// Code::plan_invalid where the rule does not fit its tables.
Result<std::unique_ptr<Operator>> make_operator(const plan::Plan& plan,
                                                const plan::OperatorRule& rule);

/// The dedupe operator works on records, not on rows: which of them to keep.
struct RecordKey {
  Hash128 key_hash;
  Hash128 content_hash;
};
class RecordDedupe {
 public:
  std::vector<PageKey> pages(std::span<const RecordKey> records, const Pages& have) const;
  struct Output {
    std::vector<bool> keep;  ///< one a record; of equal ones the first in the span stays
    std::vector<std::pair<PageKey, std::string>> writes;
    std::int64_t duplicates = 0;
  };
  Output fold(std::span<const RecordKey> records, const Pages& have) const;
};

/// Hash of (entity, tenant, key): the same wherever it is computed. `key` is the key columns' row
/// encoding with the ids 1, 2, ... in key order.
Hash128 hub_key(std::string_view entity, std::string_view tenant, std::string_view key);

}  // namespace assay::fold
