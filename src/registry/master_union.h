#pragma once
// Guesses that are one kind of thing in several roles, and how their fields are called.

#include <set>
#include <string>
#include <vector>

#include "registry/inference.h"
#include "registry/master_guess.h"

namespace assay::registry {

/// A guess with its fields; the role's name is left to the event.
struct NamedGuess {
  MasterGuess guess;
  InferredRole role;
};

struct MasterUnion {
  std::vector<InferredMaster> masters;
  std::vector<std::vector<NamedGuess>> guesses;  ///< by family
};

/// `names` are those of entities; each master takes one.
MasterUnion unite_masters(const std::vector<FamilyView>& views,
                          std::vector<std::vector<MasterGuess>> guesses,
                          std::set<std::string>& names);

}  // namespace assay::registry
