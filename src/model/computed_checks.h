#pragma once
// Checks of what expressions and defaults say.

#include <string>
#include <vector>

#include "model/drafts.h"
#include "model/problems.h"

namespace assay::model {

/// The mappings of the fields of one entity, and the map that declares them.
struct MappingGroup {
  const Draft<Entity>& entity;
  const std::vector<FieldMapping>& mappings;
  const Node& declared;  ///< field name -> mapping
};

/// An expression computes what its field takes, over mapped fields of the same entity and its own
/// inputs.
void check_expression(const MappingGroup& group, const FieldMapping& mapping, const Field& field,
                      ProblemList& problems);
/// `on_error: variant` needs a field that may be null and need not convert.
void check_variant(const MappingGroup& group, const FieldMapping& mapping, const Field& field,
                   ProblemList& problems);
/// A unit of a mapping leads to the field's by an exact factor.
void check_unit(const MappingGroup& group, const FieldMapping& mapping, const Field& field,
                ProblemList& problems);
/// A default is a value of its field, which is no key.
void check_default(const MappingGroup& group, const FieldMapping& mapping, const Field& field,
                   ProblemList& problems);

}  // namespace assay::model
