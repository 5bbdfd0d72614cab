#pragma once
// Values of one evaluation, compared as RFC 9535 section 2.3.5.2.2 has it.

#include <optional>
#include <string_view>
#include <vector>

#include "path/decimal.h"
#include "path/json_document.h"
#include "path/syntax.h"

namespace assay::path {

/// A value, or Nothing. Borrows from the document or from the syntax tree.
struct Value {
  enum class Kind : std::uint8_t { nothing, null, boolean, number, string, container };
  Kind kind = Kind::nothing;
  bool boolean = false;
  Decimal number;
  std::string_view string;
  NodeId node = NodeId::root;  ///< of a container
};

Value value_of(const JsonDocument& document, NodeId node);
Value value_of(const Literal& literal);

/// Compares within one document, and counts what it looks at.
class Comparison {
 public:
  Comparison(const JsonDocument& document, std::size_t steps_max)
      : document_(document), steps_max_(steps_max) {}

  /// Nothing where the comparison took more steps than it may.
  std::optional<bool> holds(Expression::Comparator comparator, const Value& left,
                            const Value& right);
  std::size_t steps() const { return steps_; }

 private:
  std::optional<bool> are_equal(const Value& left, const Value& right);
  std::optional<bool> are_equal_below(NodeId left, NodeId right);
  std::vector<NodeId> children_of(NodeId node) const;

  const JsonDocument& document_;
  const std::size_t steps_max_;
  std::size_t steps_ = 0;
};

}  // namespace assay::path
