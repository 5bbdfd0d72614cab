#include "path/evaluate.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/assert.h"
#include "path/utf8.h"

namespace assay::path {
namespace {

constexpr std::size_t kPatternsKept = 16;  // patterns from the payload that stay compiled
// Where its automaton grows too large, RE2 follows all states at once: about 4 instructions in the
// time of a step, for each byte of text.
constexpr std::size_t kInstructionsPerStep = 4;
constexpr std::size_t kBytesPerStep = 8;          // of a number or a string that is compared
constexpr std::size_t kStepsPerPatternByte = 64;  // for compiling a pattern

Value number_value(std::size_t number) {
  Value value;
  value.kind = Value::Kind::number;
  value.number = Decimal(std::uint64_t{number});
  return value;
}

}  // namespace

Result<NodeList> Evaluation::run(const QuerySyntax& query, NodeId current) {
  NodeList nodes{query.from_row ? row_ : query.is_relative ? current : NodeId::root};
  for (const Segment& segment : query.segments) {
    ASSAY_TRY(nodes, follow(segment, nodes));
    if (nodes.empty()) break;
  }
  return nodes;
}

Status Evaluation::count_steps(std::size_t steps) {
  steps_ += steps;
  if (steps_ <= limits_.steps_max) return {};
  return make_error(Code::path_limit,
                    fmt::format("the path takes more than {} steps", limits_.steps_max),
                    "Replace \"..\" by the names on the way, or nest fewer filters.");
}

Status Evaluation::append(NodeId node, NodeList& found) const {
  if (found.size() >= limits_.results_max) {
    return make_error(Code::path_limit,
                      fmt::format("the path finds more than {} nodes", limits_.results_max),
                      "Narrow the path, or map the rows one by one.");
  }
  found.push_back(node);
  return {};
}

Result<NodeList> Evaluation::follow(const Segment& segment, const NodeList& nodes) {
  NodeList found;
  for (const NodeId node : nodes) {
    if (!segment.is_descendant) {
      ASSAY_TRY_VOID(select(segment, node, found));
      continue;
    }
    const std::size_t depth_max = document_.depth(node) + limits_.descendant_depth_max;
    // Document order is what section 2.5.2.2 asks for: parents first, items as they stand.
    for (auto below = node; below != document_.after(node); below = document_.first_child(below)) {
      if (document_.depth(below) > depth_max) {
        return make_error(
            Code::path_limit,
            fmt::format("\"..\" goes down more than {} levels", limits_.descendant_depth_max),
            "Begin the path nearer to what it looks for.");
      }
      ASSAY_TRY_VOID(select(segment, below, found));
    }
  }
  return found;
}

Status Evaluation::select(const Segment& segment, NodeId node, NodeList& found) {
  ASSAY_TRY_VOID(count_steps(1));
  if (!document_.is_container(node)) return {};
  for (const Selector& selector : segment.selectors) {
    ASSAY_TRY_VOID(select(selector, node, found));
  }
  return {};
}

Status Evaluation::select(const Selector& selector, NodeId node, NodeList& found) {
  switch (selector.kind) {
    case Selector::Kind::name:
    case Selector::Kind::index: {
      ASSAY_TRY(const auto only, child(selector, node));
      if (!only) return {};
      return append(*only, found);
    }
    case Selector::Kind::slice: return select_slice(selector.slice, node, found);
    case Selector::Kind::wildcard:
    case Selector::Kind::filter: break;
  }
  for (NodeId child = document_.first_child(node); child != document_.after(node);
       child = document_.after(child)) {
    ASSAY_TRY_VOID(count_steps(1));
    if (selector.kind == Selector::Kind::filter) {
      ASSAY_TRY(const bool is_wanted, holds(*selector.filter, child));
      if (!is_wanted) continue;
    }
    ASSAY_TRY_VOID(append(child, found));
  }
  return {};
}

Result<std::optional<NodeId>> Evaluation::child(const Selector& selector, NodeId node) {
  return selector.kind == Selector::Kind::name ? member(selector.name, node)
                                               : item(selector.index, node);
}

Result<std::optional<NodeId>> Evaluation::member(const std::string& name, NodeId node) {
  if (document_.kind(node) != JsonDocument::Kind::object) return std::optional<NodeId>();
  ASSAY_TRY_VOID(count_steps(document_.child_count(node)));
  for (NodeId child = document_.first_child(node); child != document_.after(node);
       child = document_.after(child)) {
    if (document_.key(child) == name) return std::optional<NodeId>(child);
  }
  return std::optional<NodeId>();
}

Result<std::optional<NodeId>> Evaluation::item(std::int64_t index, NodeId node) {
  if (document_.kind(node) != JsonDocument::Kind::array) return std::optional<NodeId>();
  const auto count = static_cast<std::int64_t>(document_.child_count(node));
  if (index < 0) index += count;
  if (index < 0 || index >= count) return std::optional<NodeId>();
  ASSAY_TRY_VOID(count_steps(static_cast<std::size_t>(index)));
  NodeId child = document_.first_child(node);
  for (std::int64_t i = 0; i < index; ++i) child = document_.after(child);
  return std::optional<NodeId>(child);
}

/// Section 2.3.4.2.2, word by word: bounds from the end are counted up, then both are held within
/// the array.
Status Evaluation::select_slice(const Slice& slice, NodeId node, NodeList& found) {
  if (document_.kind(node) != JsonDocument::Kind::array || slice.step == 0) return {};
  ASSAY_TRY(const NodeList items, children_of(node));
  const auto count = static_cast<std::int64_t>(items.size());
  const auto from_front = [count](std::int64_t bound) { return bound < 0 ? bound + count : bound; };
  const auto item = [&](std::int64_t index) { return items[static_cast<std::size_t>(index)]; };
  if (slice.step > 0) {
    std::int64_t index = std::clamp<std::int64_t>(from_front(slice.begin.value_or(0)), 0, count);
    const std::int64_t end =
        std::clamp<std::int64_t>(from_front(slice.end.value_or(count)), 0, count);
    for (; index < end; index += slice.step) ASSAY_TRY_VOID(append(item(index), found));
    return {};
  }
  // Behind the first item there is nothing to count from: the default of the end lies before it.
  std::int64_t index =
      std::clamp<std::int64_t>(from_front(slice.begin.value_or(count - 1)), -1, count - 1);
  const std::int64_t end =
      slice.end ? std::clamp<std::int64_t>(from_front(*slice.end), -1, count - 1) : -1;
  for (; index > end; index += slice.step) ASSAY_TRY_VOID(append(item(index), found));
  return {};
}

Result<NodeList> Evaluation::children_of(NodeId node) {
  ASSAY_TRY_VOID(count_steps(document_.child_count(node)));
  NodeList children;
  children.reserve(document_.child_count(node));
  for (NodeId child = document_.first_child(node); child != document_.after(node);
       child = document_.after(child)) {
    children.push_back(child);
  }
  return children;
}

Result<bool> Evaluation::holds(const Expression& condition, NodeId current) {
  ASSAY_TRY_VOID(count_steps(1));
  switch (condition.kind) {
    case Expression::Kind::any_of:
    case Expression::Kind::all_of: {
      const bool decides = condition.kind == Expression::Kind::any_of;
      for (const Expression& part : condition.parts) {
        ASSAY_TRY(const bool holds_part, holds(part, current));
        if (holds_part == decides) return decides;
      }
      return !decides;
    }
    case Expression::Kind::negation: {
      ASSAY_TRY(const bool holds_part, holds(condition.parts[0], current));
      return !holds_part;
    }
    case Expression::Kind::comparison: return compares(condition, current);
    case Expression::Kind::test: return passes(condition.operands[0], current);
  }
  return false;
}

Result<bool> Evaluation::compares(const Expression& comparison, NodeId current) {
  ASSAY_TRY(const Value left, value_of_operand(comparison.operands[0], current));
  ASSAY_TRY(const Value right, value_of_operand(comparison.operands[1], current));
  Comparison compared(document_, limits_.steps_max - steps_);
  const auto holds = compared.holds(comparison.comparator, left, right);
  ASSAY_TRY_VOID(count_steps(compared.steps()));
  ASSAY_ASSERT(holds.has_value());
  return *holds;
}

Result<bool> Evaluation::passes(const Operand& test, NodeId current) {
  if (test.kind == Operand::Kind::call) return finds_pattern(*test.call, current);
  if (test.query->is_singular()) {
    ASSAY_TRY(const auto node, node_of(*test.query, current));
    return node.has_value();
  }
  ASSAY_TRY(const Found found, nodes_of(*test.query, current));
  return found.count > 0;
}

Result<bool> Evaluation::finds_pattern(const Call& call, NodeId current) {
  ASSAY_TRY(const Value text, value_of_operand(call.arguments[0], current));
  std::optional<IRegexp> pattern = call.pattern;
  if (!call.has_fixed_pattern) {
    ASSAY_TRY(const Value written, value_of_operand(call.arguments[1], current));
    if (written.kind == Value::Kind::string) {
      ASSAY_TRY(pattern, pattern_of(written.string));
    }
  }
  if (!pattern || text.kind != Value::Kind::string) return false;
  ASSAY_TRY_VOID(
      count_steps(text.string.size() * (1 + pattern->program_size() / kInstructionsPerStep)));
  return call.function == Function::match ? pattern->matches_all_of(text.string)
                                          : pattern->occurs_in(text.string);
}

Result<std::optional<IRegexp>> Evaluation::pattern_of(std::string_view text) {
  const auto known = patterns_.find(text);
  if (known != patterns_.end()) return known->second;
  ASSAY_TRY_VOID(count_steps(text.size() * kStepsPerPatternByte));
  ASSAY_TRY(auto compiled, IRegexp::compile(text));
  if (patterns_.size() >= kPatternsKept) patterns_.clear();
  patterns_.emplace(text, compiled);
  return compiled;
}

Result<Value> Evaluation::value_of_operand(const Operand& operand, NodeId current) {
  switch (operand.kind) {
    case Operand::Kind::literal: return value_of(operand.literal);
    case Operand::Kind::call: return value_of_call(*operand.call, current);
    case Operand::Kind::query: break;
  }
  ASSAY_TRY(const auto node, node_of(*operand.query, current));
  if (!node) return Value();
  return value_of_node(*node);
}

/// Numbers and strings are as long as a payload likes, and each look at them reads them.
Result<Value> Evaluation::value_of_node(NodeId node) {
  if (!document_.is_container(node)) {
    ASSAY_TRY_VOID(count_steps(document_.source(node).size() / kBytesPerStep));
  }
  return value_of(document_, node);
}

Result<Value> Evaluation::value_of_call(const Call& call, NodeId current) {
  const Operand& argument = call.arguments[0];
  if (call.function == Function::length) {
    ASSAY_TRY(const Value value, value_of_operand(argument, current));
    return length_of(value);
  }
  ASSAY_TRY(const Found found, nodes_of(*argument.query, current));
  if (call.function == Function::count) return number_value(found.count);
  if (found.count != 1) return Value();
  return value_of_node(found.first);
}

Result<Value> Evaluation::length_of(const Value& value) {
  if (value.kind == Value::Kind::container) return number_value(document_.child_count(value.node));
  if (value.kind != Value::Kind::string) return Value();
  ASSAY_TRY_VOID(count_steps(value.string.size()));
  return number_value(count_code_points(value.string));
}

Result<std::optional<NodeId>> Evaluation::node_of(const QuerySyntax& query, NodeId current) {
  if (!query.is_relative) {
    ASSAY_TRY(const Found found, nodes_of(query, current));
    return found.count > 0 ? std::optional<NodeId>(found.first) : std::nullopt;
  }
  std::optional<NodeId> node = current;
  for (const Segment& segment : query.segments) {
    ASSAY_TRY_VOID(count_steps(1));
    ASSAY_TRY(node, child(segment.selectors[0], *node));
    if (!node) break;
  }
  return node;
}

Result<Evaluation::Found> Evaluation::nodes_of(const QuerySyntax& query, NodeId current) {
  if (!query.is_relative) {
    const auto known = absolute_.find(&query);
    if (known != absolute_.end()) return known->second;
  }
  ASSAY_TRY(const NodeList nodes, run(query, current));
  const Found found{nodes.size(), nodes.empty() ? NodeId::root : nodes[0]};
  if (!query.is_relative) absolute_.emplace(&query, found);
  return found;
}

}  // namespace assay::path
