#include "registry/extension.h"

#include <algorithm>

#include "model/extension_names.h"
#include "registry/entity_shape.h"

namespace assay::registry {

std::string extension_table(const model::Extension& extension) {
  return "silver." + model::extension_name(extension.entity, extension.tenant);
}

std::vector<model::Field> extension_shared_fields(const model::Workspace& workspace,
                                                  const model::Extension& extension) {
  const model::Entity& event = *workspace.entity(extension.entity);
  if (!event.parent.empty()) return inherited_fields(workspace, event);
  std::vector<model::Field> fields;
  for (const model::Field& field : event.fields) {
    const bool shared = is_key_field(event, field.name) || field.name == event.event_time ||
                        field.name == event.deletion_field;
    if (shared) fields.push_back(field);
  }
  return fields;
}

}  // namespace assay::registry
