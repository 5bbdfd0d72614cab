#pragma once
// One evaluation of one query over one document.

#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "path/comparison.h"
#include "path/json_document.h"
#include "path/syntax.h"

namespace assay::path {

using NodeList = std::vector<NodeId>;

/// For one call, on one thread; borrows all that it is given.
///
///     nodes = the root, or the row
///     for each segment
///       for each node, and each node below it if the segment descends
///         for each selector: append what it finds (a filter asks its condition of each child)
///
/// Recursion follows the nesting of the query alone (kPathNestingMax), never that of the document.
class Evaluation {
 public:
  /// `row` is where "@@" begins, in whatever filter.
  Evaluation(const JsonDocument& document, const PathLimits& limits, NodeId row = NodeId::root)
      : document_(document), limits_(limits), row_(row) {}

  Result<NodeList> run(const QuerySyntax& query, NodeId current);

 private:
  Status count_steps(std::size_t steps);
  Status append(NodeId node, NodeList& found) const;

  Result<NodeList> follow(const Segment& segment, const NodeList& nodes);
  Status select(const Segment& segment, NodeId node, NodeList& found);
  Status select(const Selector& selector, NodeId node, NodeList& found);
  /// What a name or an index selects.
  Result<std::optional<NodeId>> child(const Selector& selector, NodeId node);
  Result<std::optional<NodeId>> member(const std::string& name, NodeId node);
  Result<std::optional<NodeId>> item(std::int64_t index, NodeId node);
  Status select_slice(const Slice& slice, NodeId node, NodeList& found);
  Result<NodeList> children_of(NodeId node);

  Result<bool> holds(const Expression& condition, NodeId current);
  Result<bool> compares(const Expression& comparison, NodeId current);
  Result<bool> passes(const Operand& test, NodeId current);
  Result<bool> finds_pattern(const Call& call, NodeId current);
  Result<std::optional<IRegexp>> pattern_of(std::string_view text);
  Result<Value> value_of_operand(const Operand& operand, NodeId current);
  Result<Value> value_of_call(const Call& call, NodeId current);
  Result<Value> value_of_node(NodeId node);
  Result<Value> length_of(const Value& value);
  /// The node of a query for one node at most.
  Result<std::optional<NodeId>> node_of(const QuerySyntax& query, NodeId current);
  /// What a filter needs to know of a query in it; that of "$" or "@@" is asked for once.
  struct Found {
    std::size_t count = 0;
    NodeId first = NodeId::root;  ///< where there is one
  };
  Result<Found> nodes_of(const QuerySyntax& query, NodeId current);

  const JsonDocument& document_;
  const PathLimits limits_;
  const NodeId row_;
  std::size_t steps_ = 0;
  std::unordered_map<const QuerySyntax*, Found> absolute_;
  std::map<std::string, std::optional<IRegexp>, std::less<>> patterns_;
};

}  // namespace assay::path
