#pragma once
// The schema version that a new shape is nearest to, and what its mappings become there.

#include <string>
#include <vector>

#include "registry/draft_internal.h"
#include "registry/family_view.h"
#include "registry/path_matching.h"

namespace assay::registry {

/// A version's mappings carried over to a new shape.
struct CarriedOver {
  const model::SchemaVersion* version = nullptr;
  double score = 0;  ///< how well its paths are found again, on average
  std::vector<DraftMapping> mappings;
  std::vector<std::string> lacks;      ///< its paths that are not there
  std::vector<std::uint32_t> taken;    ///< leaves of the new shape that fill a field
  std::vector<std::uint32_t> rows;     ///< arrays of it whose elements are rows
  std::vector<std::string> new_paths;  ///< found under another path than before
};

/// The best of the application's versions; where it has none, of all versions of the workspace.
/// Without a version that comes near: `version` is null.
CarriedOver carry_over_nearest(const DraftContext& context, const Draft& draft,
                               const FamilyView& view);

/// A leaf as a mapping under these rows writes it; 0: the payload.
std::string written_path(const FamilyView& view, std::uint32_t leaf, std::uint32_t row);

}  // namespace assay::registry
