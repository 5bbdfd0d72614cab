#pragma once
// verify's own evaluation of expressions, one row at a time, by the rules of
// docs/formats/expressions.md.

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "verify/cell.h"
#include "verify/plan_document.h"

namespace assay::verify {

/// What an expression gives. `text` owns what a string shows.
struct Computed {
  enum class State : std::uint8_t { null, value, fault };
  State state = State::null;
  CellKind kind = CellKind::null;
  int scale = 0;
  Int128 number = 0;
  double real = 0;
  std::string text;
};

/// Bytes of text that expressions made, and how many they may make; beyond that they give null.
struct TextAllowance {
  std::size_t made = 0;
  std::size_t most = 0;
};

/// `cells` are the columns of the row and, behind them, the inputs.
Computed compute(const PlanExpression& expression, const std::vector<Cell>& cells,
                 TextAllowance& allowance);

/// A number or a condition as its field holds it; a fault where it would have to be rounded or cut.
Computed fitted(Computed value, const ColumnType& type);

}  // namespace assay::verify
