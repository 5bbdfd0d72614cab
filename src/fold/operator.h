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
#include <vector>

#include "base/hash.h"
#include "base/result.h"
#include "base/time.h"
#include "column/batch.h"
#include "fold/pages.h"
#include "plan/plan.h"

namespace assay::fold {

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
  PageWrites writes;
  std::vector<PageKey> deletions;
  std::vector<column::Batch> batches;  ///< of the rule's output table
  Equation equation;
};

/// One fold under way: rows that were read and put in the order of their keys, once. Borrows the
/// batches and the operator. One thread.
///   start -> pages, looked up by the host, until there are none left to look up -> fold
class Fold {
 public:
  virtual ~Fold() = default;
  /// The pages that are still needed; empty when `have` is enough. The host calls it again with
  /// what it looked up until it is empty (at most 4 times).
  virtual Result<std::vector<PageKey>> pages(const Pages& have) const = 0;
  /// REQUIRES: pages(have) is empty. Does not depend on the order of the rows within the inputs
  /// beyond what design section 6 says.
  virtual Result<Output> fold(const Pages& have, const Context& context) const = 0;
};

/// An operator is immutable and may be shared by threads.
class Operator {
 public:
  virtual ~Operator() = default;
  virtual Result<std::unique_ptr<Fold>> start(std::span<const Input> inputs) const = 0;
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
    PageWrites writes;
    std::int64_t duplicates = 0;
  };
  Output fold(std::span<const RecordKey> records, const Pages& have) const;
};

/// Hash of (entity, tenant, key): the same wherever it is computed. `key` is the key columns' row
/// encoding with the ids 1, 2, ... in key order.
Hash128 hub_key(std::string_view entity, std::string_view tenant, std::string_view key);

}  // namespace assay::fold
