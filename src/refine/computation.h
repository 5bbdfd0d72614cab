#pragma once
// An expression compiled for the kernel: steps, each of which goes over all rows of a block.
//
// A step gives each row a value, null, or a fault. Faults are values too: what stands in a branch
// that `if` does not take harms nobody. Null goes through every operation but `is null`,
// `coalesce`, `if`, `and`, `or`.

#include <cstdint>
#include <string>
#include <vector>

#include "expression/expression.h"
#include "refine/cell.h"
#include "refine/rows.h"
#include "refine/text.h"

namespace assay::refine {

/// States of a row behind Rows::kNull and Rows::kValue.
inline constexpr std::uint8_t kDividedByZero = 2;
inline constexpr std::uint8_t kTooLarge = 3;  ///< beyond 38 digits, or 64 bits, or a double
inline constexpr std::uint8_t kInexact = 4;   ///< more digits of fraction than the field has

/// Where a scalar operation puts texts, and what the record at hand may still make.
struct TextMaker {
  TextRoom* room = nullptr;
  std::size_t* spent = nullptr;
  std::size_t most = 0;

  /// Room for a text; nullptr beyond what the record may make, which gate() refuses.
  char* begin(std::size_t size) {
    *spent += size;
    return *spent > most ? nullptr : room->reserve(size);
  }
};

struct ComputationStep {
  /// One row: its arguments, none of which is null. Returns the state.
  using Scalar = std::uint8_t (*)(const ComputationStep& step, const Cell* arguments,
                                  TextMaker& texts, Cell& out);
  expression::Op op = expression::Op::null;
  column::DataType type;
  column::DataType from;                 ///< of the first argument
  column::DataType second;               ///< of the second one
  int shift = 0;                         ///< powers of ten between its operands and its result
  std::vector<std::uint32_t> arguments;  ///< numbers of earlier steps
  Scalar scalar = nullptr;               ///< nullptr: an operation that looks at states
  bool makes_text = false;
  int column = -1;
  Cell literal;
  std::string literal_text;  ///< holds its bytes, with room behind
};

/// The last step gives the value.
struct Computation {
  std::vector<ComputationStep> steps;
  const column::DataType& type() const { return steps.back().type; }
};

/// REQUIRES: a tree that expression::compile made.
Computation compile_expression(const expression::Node& root);

/// The scalar operation of a node; nullptr where it has none.
ComputationStep::Scalar number_operation(const expression::Node& node);
ComputationStep::Scalar text_operation(const expression::Node& node);

/// Whether a day since 1970 has a year from 0000 to 9999, as texts of days write it.
inline bool has_written_year(std::int64_t days) { return days >= -719'528 && days <= 2'932'896; }

/// value * 10^digits, or kTooLarge beyond 38 digits. REQUIRES: 0 <= digits <= 76.
std::uint8_t scale_up(Int128 value, int digits, Int128& out);

}  // namespace assay::refine
