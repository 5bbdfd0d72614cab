#pragma once
// JSON Pointers of rows: "/lines/3". Those of low indices are made once.

#include <deque>
#include <map>
#include <string>
#include <vector>

#include "refine/block.h"

namespace assay::refine {

class RowPointers {
 public:
  /// Pointers of the block's rows of a table, in order; good until the next call, as long as the
  /// block. REQUIRES: the table's entities stand in the block in the order of their rows.
  const Cell* of(Block& block, int table);

 private:
  /// Pointers of the items 0, 1, 2 ... of an entity whose rows stand in one array.
  struct Known {
    std::deque<std::string> texts;
    std::vector<Cell> cells;
  };
  static constexpr std::uint32_t kRemembered = 1024;

  void learn(Known& known, const EntityProgram& entity, std::uint32_t index);
  void add(Block& block, const EntityRows& made, Known& known);
  static Cell make(Block& block, const EntityProgram& entity, std::uint32_t instance);

  std::map<const EntityProgram*, Known> known_;
  std::vector<Cell> cells_;
};

}  // namespace assay::refine
