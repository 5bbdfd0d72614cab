#pragma once
// Paths that the single walk cannot follow: what they find in a record, asked for after the walk.

#include <cstdint>
#include <optional>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "path/json_document.h"
#include "path/query.h"
#include "refine/document.h"
#include "refine/trie.h"

namespace assay::refine {

/// One such path, compiled. `slot` takes the first leaf that it finds.
struct QueryProgram {
  SlotRef slot;
  bool begins_at_root = false;
  SlotRef from;  ///< of the node where the query begins, else
  /// The leaf that is the first one for sure if it is there, which spares the query.
  std::optional<SlotRef> first;
  path::Query query;
};

/// REQUIRES: the path has a query. Code::plan_invalid, or path_invalid.
Result<QueryProgram> compile_query(const path::JsonPath& path, Trie& trie);

/// Fills the slots of queries, record by record. The record is read as a document only if some
/// query needs it. One thread.
class QueryRunner {
 public:
  explicit QueryRunner(const PayloadLimits& limits) : limits_(limits) {}

  /// Before the walk of a record: notes which instances others opened.
  void begin(const Document& document);
  /// After it: fills the slots of the record. Code::path_limit; the codes of JSON where the payload
  /// is nested or keyed beyond its limits.
  Status run(const std::vector<QueryProgram>& queries, Document& document);

 private:
  Status run(const QueryProgram& query, std::uint32_t instance, Document& document);
  Result<const path::JsonDocument*> tree(const Document& document);
  path::NodeId node_at(std::uint32_t position) const;

  PayloadLimits limits_;
  std::vector<std::size_t> firsts_;  ///< of each scope: the record's first instance
  std::optional<path::JsonDocument> tree_;
  const char* text_ = nullptr;
};

}  // namespace assay::refine
