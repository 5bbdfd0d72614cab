#pragma once
// Master data that records repeat, as far as values and names tell.

#include <cstdint>
#include <string>
#include <vector>

#include "registry/family_view.h"

namespace assay::registry {

/// Leaves that a key among them determines: one role of one row.
struct MasterGuess {
  std::uint32_t row = 0;   ///< whose role it is
  std::uint32_t base = 0;  ///< the object; the row itself where it lies flat
  Words prefix;            ///< of its leaves' names, where it lies flat
  std::uint32_t key = 0;
  std::vector<std::uint32_t> members;  ///< the key is none of them
  Words role;
  Words entity;
  double score = 0;
  std::string reason;
};

/// A leaf belongs to one guess at most.
std::vector<MasterGuess> guess_masters(const FamilyView& view);

}  // namespace assay::registry
