#include "model/variants.h"

#include <fmt/format.h>

#include <algorithm>

namespace assay::model {
namespace {

constexpr std::string_view kSource = "the_source";

Field variant_field(const Field& field) {
  Field made;
  made.name = variant_name(field.name);
  made.sensitivity = field.sensitivity;
  made.description = fmt::format("What stood in the payload where \"{}\" could not be read as {}.",
                                 field.name, column::to_string(field.type));
  made.location = field.location;
  return made;
}

/// The text of the leaf where the field is null although the leaf is not.
FieldMapping variant_mapping(const FieldMapping& mapping) {
  FieldMapping source = mapping;
  source.field = kSource;
  source.input_type = column::DataType{};
  source.fallback.reset();
  source.keeps_variant = false;
  plan::Normalisation text;
  text.trim = mapping.normalisation.trim;
  text.null_if = mapping.normalisation.null_if;
  text.on_error = plan::OnError::null;
  source.normalisation = std::move(text);
  FieldMapping made;
  made.field = variant_name(mapping.field);
  made.location = mapping.location;
  made.expression = fmt::format("if({} is null, {}, null)", mapping.field, kSource);
  made.inputs.push_back(std::move(source));
  return made;
}

/// Adds what `mappings` keep, in the order of `fields`.
void add_variants(std::vector<Field>& fields, std::vector<FieldMapping>& mappings) {
  const std::vector<Field> declared = fields;
  for (const Field& field : declared) {
    const auto kept = std::find_if(mappings.begin(), mappings.end(), [&](const FieldMapping& each) {
      return each.field == field.name && each.keeps_variant;
    });
    if (kept == mappings.end()) continue;
    kept->keeps_variant = false;
    mappings.push_back(variant_mapping(*kept));
    const std::string name = variant_name(field.name);
    const bool known = std::any_of(fields.begin(), fields.end(),
                                   [&](const Field& each) { return each.name == name; });
    if (!known) fields.push_back(variant_field(field));
  }
}

Entity& entity_of(Workspace& workspace, const std::string& name) {
  return *std::find_if(workspace.entities.begin(), workspace.entities.end(),
                       [&](const Entity& entity) { return entity.name == name; });
}

}  // namespace

std::string variant_name(std::string_view field) { return fmt::format("{}_variant", field); }

void keep_variants(Workspace& workspace) {
  for (SchemaVersion& version : workspace.versions) {
    for (EntityMapping& mapping : version.mappings) {
      Entity& entity = entity_of(workspace, mapping.entity);
      add_variants(entity.fields, mapping.fields);
      for (RoleMapping& role : mapping.roles)
        add_variants(entity_of(workspace, entity.role(role.role)->entity).fields, role.fields);
      for (Extension& extension : workspace.extensions) {
        if (extension.tenant == version.tenant && extension.entity == mapping.entity)
          add_variants(extension.fields, mapping.extension);
      }
    }
  }
}

}  // namespace assay::model
