#pragma once
// What units and variants share: they are written as mappings that the kernel knows already.

#include <algorithm>
#include <string>
#include <string_view>

#include "model/workspace.h"

namespace assay::model {

/// What expressions that nobody wrote call the leaf of their mapping.
inline constexpr std::string_view kSource = "the_source";

/// The leaf of a mapping as the input of an expression.
FieldMapping source_input(FieldMapping mapping, const column::DataType& type,
                          plan::Normalisation normalisation);

/// Calls `body(fields, mappings)` for each list of mappings and the declared fields that they fill:
/// of entities, roles and extensions. REQUIRES: a workspace without problems.
template <typename Body>
void for_each_mapping_list(Workspace& workspace, Body body) {
  const auto entity_of = [&](const std::string& name) -> Entity& {
    return *std::find_if(workspace.entities.begin(), workspace.entities.end(),
                         [&](const Entity& entity) { return entity.name == name; });
  };
  for (SchemaVersion& version : workspace.versions) {
    for (EntityMapping& mapping : version.mappings) {
      Entity& entity = entity_of(mapping.entity);
      body(entity.fields, mapping.fields);
      for (RoleMapping& role : mapping.roles)
        body(entity_of(entity.role(role.role)->entity).fields, role.fields);
      for (Extension& extension : workspace.extensions) {
        if (extension.tenant == version.tenant && extension.entity == mapping.entity)
          body(extension.fields, mapping.extension);
      }
    }
  }
}

}  // namespace assay::model
