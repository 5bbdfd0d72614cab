#include "model/variants.h"

#include <fmt/format.h>

#include <algorithm>

#include "model/mapping_rewrite.h"

namespace assay::model {
namespace {

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
  plan::Normalisation text;
  text.trim = mapping.normalisation.trim;
  text.null_if = mapping.normalisation.null_if;
  text.on_error = plan::OnError::null;
  FieldMapping made;
  made.field = variant_name(mapping.field);
  made.location = mapping.location;
  made.expression = fmt::format("if({} is null, {}, null)", mapping.field, kSource);
  made.inputs.push_back(source_input(mapping, {}, std::move(text)));
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

}  // namespace

std::string variant_name(std::string_view field) { return fmt::format("{}_variant", field); }

void keep_variants(Workspace& workspace) { for_each_mapping_list(workspace, add_variants); }

}  // namespace assay::model
