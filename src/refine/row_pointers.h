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
  static constexpr std::uint32_t kRemembered = 1024;
  Cell pointer(Block& block, const EntityProgram& entity, std::uint32_t instance,
               std::deque<std::string>& known);

  std::map<const EntityProgram*, std::deque<std::string>> known_;  ///< by index of the item
  std::vector<Cell> cells_;
};

}  // namespace assay::refine
