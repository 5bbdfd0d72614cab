#pragma once
// Columns whose values expressions give.

#include <cstdint>
#include <span>
#include <vector>

#include "refine/block.h"
#include "refine/computation.h"
#include "refine/convert.h"
#include "refine/rows.h"

namespace assay::refine {

/// Bytes of text that the expressions of a record may make: so many, and kOutputPerInputMax for
/// each byte of the record.
inline constexpr std::size_t kComputedTextMin = std::size_t{64} << 10;

/// A row whose expression refuses its record: by a fault of the computation, or because what came
/// out does not convert.
struct ComputedMisfit {
  std::uint32_t row = 0;
  std::uint8_t state = Rows::kValue;
  Outcome outcome = Outcome::value;
};

/// Keeps its buffers from block to block.
class Computer {
 public:
  /// Fills rows [first, first + count) of the field's column.
  void fill(const FieldProgram& field, Rows& rows, std::uint32_t first, std::uint32_t count,
            Block& block);
  std::vector<ComputedMisfit> misfits;  ///< of the last fill()

 private:
  struct Values {
    const Cell* cells = nullptr;
    const std::uint8_t* states = nullptr;
  };
  /// Of the rows [first, first + count). Valid until the next call.
  Values run(const Computation& program, const Rows& rows, std::uint32_t first, std::uint32_t count,
             Block& block);

  struct Register {
    std::vector<Cell> cells;
    std::vector<std::uint8_t> states;
  };
  void apply(const ComputationStep& step, std::uint32_t number,
             std::span<const std::uint32_t> records, Block& block);
  void decide(const ComputationStep& step, Register& made);

  std::vector<Register> registers_;  ///< by step
  std::vector<Values> values_;       ///< by step
  std::uint32_t count_ = 0;
};

}  // namespace assay::refine
