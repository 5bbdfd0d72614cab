#pragma once
// Versions that differ only in where their payloads hold things. Once the walk has put values into
// slots, nothing else tells them apart, so one set of rules maps the records of all of them.

#include <cstdint>
#include <vector>

#include "refine/program.h"

namespace assay::refine {

/// Gives each version its leader: the first version that maps alike, often itself. Call it when the
/// last version is compiled.
void find_leaders(std::vector<VersionProgram>& versions);

/// The version's own rule for what `field` is to its leader: the same but for the path.
const FieldProgram& own_field(const EntityProgram& own, const EntityProgram& leader,
                              const FieldProgram& field);

}  // namespace assay::refine
