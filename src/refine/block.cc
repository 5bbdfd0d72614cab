#include "refine/block.h"

#include <algorithm>

namespace assay::refine {

FaultRank FaultPlace::rank() const {
  const auto part = [](std::size_t value) { return std::min<FaultRank>(value, 0xfff); };
  return part(entity) << 52 | std::min<FaultRank>(row, 0xfffffff) << 24 | part(field) << 12 |
         part(master_field);
}

FaultRank FaultPlace::of_master_field(FaultRank role, std::size_t field) {
  return role + std::min<FaultRank>(field, 0xfff);
}

bool Block::dismiss_refused() {
  std::size_t dismissed = 0;
  for (auto& of_version : members) {
    dismissed += std::erase_if(of_version, [&](std::uint32_t i) { return records[i].refused(); });
  }
  return dismissed > 0;
}

}  // namespace assay::refine
