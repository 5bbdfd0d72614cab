#pragma once
// Expressions of a workspace as the kernel runs them.

#include <vector>

#include "model/workspace.h"
#include "plan/plan.h"

namespace assay::registry {

/// The mappings that an expression is written among.
struct MappingScope {
  const model::Entity& entity;
  const std::vector<model::FieldMapping>& mappings;
  const path::JsonPath& rows;
};

/// A path from the payload's root; "@" stands for the row.
path::JsonPath absolute(const path::JsonPath& path, const path::JsonPath& rows);
/// Path, constant or expression (which has no tree yet), default and normalisation of a mapping.
plan::FieldRule source_rule(const model::FieldMapping& mapping, const path::JsonPath& rows,
                            int column);
/// Gives the expressions of `scope` among `fields` their trees. What they name is a column that
/// another rule fills, or becomes an input. REQUIRES: a workspace without problems.
void complete_expressions(const MappingScope& scope, const column::TableSchema& table,
                          std::vector<plan::FieldRule>& fields,
                          std::vector<plan::InputRule>& inputs);

}  // namespace assay::registry
