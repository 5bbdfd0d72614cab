#pragma once
// JSON Pointers of rows: "/lines/3". Those of low indices are made once.

#include <deque>
#include <string>
#include <vector>

#include "refine/block.h"

namespace assay::refine {

class RowPointers {
 public:
  /// Pointers of the block's rows of a table, in order; good until the next call, as long as the
  /// block. REQUIRES: the table's entities stand in the block in the order of their rows.
  const Cell* of(Block& block, int table, const Rows& rows);

 private:
  /// Pointers of the items 0, 1, 2 ... of an entity whose rows stand in one array.
  struct Known {
    std::deque<std::string> texts;
    std::vector<Cell> cells;
  };
  static constexpr std::uint32_t kRemembered = 1024;

  void learn(Known& known, const EntityProgram& entity, std::uint32_t index);
  void add(Block& block, const EntityRows& made, const Rows& rows);
  /// `own` is the entity of the row's version, `chain` that of its leader.
  static Cell make(Block& block, const EntityProgram& own, const std::vector<std::uint32_t>& chain,
                   std::uint32_t instance);

  std::deque<Known> known_;  ///< by EntityProgram::id; cells look into texts, so none may move
  std::vector<Cell> cells_;
};

}  // namespace assay::refine
