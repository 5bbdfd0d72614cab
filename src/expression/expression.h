#pragma once
// Expressions over the fields of a row: a small, total, typed language. It has no loops, no input
// or output and no clock, so what an expression gives depends on its row alone, and it always ends.
// Here stand its tree and the way from text to tree; `refine/compute` evaluates it column by
// column, `verify/computation` once more and in its own way. docs/formats/expressions.md has the
// rules of each operation.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "column/schema.h"

namespace assay::expression {

enum class Op : std::uint8_t {
  null,     ///< no value, of the node's type
  literal,  ///< `literal` is a value of the node's type
  column,   ///< the value of column `index` of the row
  widen,    ///< an integer as decimal or float64; a decimal with more digits of fraction
  add,
  subtract,
  multiply,
  divide,
  negate,
  absolute,
  round,  ///< to as many digits as the node's type has; halves go away from zero
  equal,
  less,
  less_equal,
  logical_and,
  logical_or,
  logical_not,
  is_null,
  choose,    ///< condition, then, otherwise; a condition that is null counts as false
  coalesce,  ///< the first argument that is not null
  concat,
  upper,
  lower,
  trim,
  substring,  ///< text, first character (from 1), and how many where there is a third argument
  length,     ///< in characters
  replace,
  starts_with,
  ends_with,
  contains,
  split_part,  ///< text, separator, number of the part (from 1)
  text,
  date,
  year,
  month,
  day
};

/// One operation. Integers are int64, decimals have 38 digits and the scale of `type`; operands of
/// an operation that compares or adds have one type, by `widen` where needed.
struct Node {
  Op op = Op::null;
  column::DataType type = {};
  std::vector<Node> arguments = {};
  std::string literal = {};  ///< "true", "12", "0.25", "2024-02-29", an instant, or any text
  int index = -1;            ///< of a column: its number in the row
  bool operator==(const Node&) const = default;
};

struct Expression {
  std::string text;  ///< as a person wrote it
  Node root;
  bool operator==(const Expression&) const = default;
};

/// A value that an expression may name.
struct Name {
  std::string name;
  column::DataType type;
  int index = 0;  ///< of its column in the row
};

inline constexpr std::size_t kTextMax = 4096;
inline constexpr std::size_t kNodesMax = 256;
inline constexpr std::size_t kArgumentsMax = 64;  ///< of one operation
inline constexpr int kDepthMax = 32;

/// The tree of a text whose value goes to a field of type `wanted`: a value of that type, one that
/// widens to it, or a text, which then converts as a leaf of a payload would.
/// Code::expression_invalid: the message names the mistake and the column in the text, from 1.
Result<Expression> compile(std::string_view text, std::span<const Name> names,
                           const column::DataType& wanted);

}  // namespace assay::expression
