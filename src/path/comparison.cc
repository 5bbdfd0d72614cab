#include "path/comparison.h"

#include <algorithm>
#include <utility>

namespace assay::path {
namespace {

using Comparator = Expression::Comparator;

constexpr std::size_t kBytesPerStep = 8;  // of a number or a string that is compared

/// Numbers and strings have an order; UTF-8 orders as its code points do.
bool is_less(const Value& left, const Value& right) {
  if (left.kind != right.kind) return false;
  if (left.kind == Value::Kind::number) return left.number < right.number;
  return left.kind == Value::Kind::string && left.string < right.string;
}

}  // namespace

Value value_of(const JsonDocument& document, NodeId node) {
  Value value;
  switch (document.kind(node)) {
    case JsonDocument::Kind::null: value.kind = Value::Kind::null; break;
    case JsonDocument::Kind::boolean:
      value.kind = Value::Kind::boolean;
      value.boolean = document.source(node) == "true";
      break;
    case JsonDocument::Kind::number:
      value.kind = Value::Kind::number;
      value.number = Decimal(document.source(node));
      break;
    case JsonDocument::Kind::string:
      value.kind = Value::Kind::string;
      value.string = document.string(node);
      break;
    case JsonDocument::Kind::array:
    case JsonDocument::Kind::object:
      value.kind = Value::Kind::container;
      value.node = node;
      break;
  }
  return value;
}

Value value_of(const Literal& literal) {
  Value value;
  switch (literal.kind) {
    case Literal::Kind::null: value.kind = Value::Kind::null; break;
    case Literal::Kind::boolean:
      value.kind = Value::Kind::boolean;
      value.boolean = literal.boolean;
      break;
    case Literal::Kind::number:
      value.kind = Value::Kind::number;
      value.number = literal.number;
      break;
    case Literal::Kind::string:
      value.kind = Value::Kind::string;
      value.string = literal.string;
      break;
  }
  return value;
}

std::optional<bool> Comparison::holds(Comparator comparator, const Value& left,
                                      const Value& right) {
  switch (comparator) {
    case Comparator::less: return is_less(left, right);
    case Comparator::greater: return is_less(right, left);
    case Comparator::equal: return are_equal(left, right);
    case Comparator::not_equal: {
      const auto equal = are_equal(left, right);
      return equal ? std::optional<bool>(!*equal) : std::nullopt;
    }
    case Comparator::less_or_equal:
      return is_less(left, right) ? std::optional<bool>(true) : are_equal(left, right);
    case Comparator::greater_or_equal:
      return is_less(right, left) ? std::optional<bool>(true) : are_equal(left, right);
  }
  return false;
}

std::optional<bool> Comparison::are_equal(const Value& left, const Value& right) {
  if (left.kind != right.kind) return false;
  switch (left.kind) {
    case Value::Kind::nothing:
    case Value::Kind::null: return true;
    case Value::Kind::boolean: return left.boolean == right.boolean;
    case Value::Kind::number: return left.number == right.number;
    case Value::Kind::string: return left.string == right.string;
    case Value::Kind::container: return are_equal_below(left.node, right.node);
  }
  return false;
}

/// An array's items in order; an object's members by their names.
std::vector<NodeId> Comparison::children_of(NodeId node) const {
  std::vector<NodeId> children;
  children.reserve(document_.child_count(node));
  for (NodeId child = document_.first_child(node); child != document_.after(node);
       child = document_.after(child)) {
    children.push_back(child);
  }
  if (document_.kind(node) == JsonDocument::Kind::object) {
    std::sort(children.begin(), children.end(),
              [this](NodeId a, NodeId b) { return document_.key(a) < document_.key(b); });
  }
  return children;
}

std::optional<bool> Comparison::are_equal_below(NodeId left, NodeId right) {
  std::vector<std::pair<NodeId, NodeId>> open{{left, right}};
  while (!open.empty()) {
    const auto [a, b] = open.back();
    open.pop_back();
    if (++steps_ > steps_max_) return std::nullopt;
    if (document_.kind(a) != document_.kind(b)) return false;
    if (!document_.is_container(a)) {
      steps_ += document_.source(a).size() / kBytesPerStep;
      const auto equal = are_equal(value_of(document_, a), value_of(document_, b));
      if (!equal || !*equal) return equal;
      continue;
    }
    if (document_.child_count(a) != document_.child_count(b)) return false;
    steps_ += document_.child_count(a);
    const auto children_a = children_of(a);
    const auto children_b = children_of(b);
    for (std::size_t i = 0; i < children_a.size(); ++i) {
      if (document_.key(children_a[i]) != document_.key(children_b[i])) return false;
      open.emplace_back(children_a[i], children_b[i]);
    }
  }
  return true;
}

}  // namespace assay::path
