// Extensions: a tenant's own fields against the entities that they extend.

#include <fmt/format.h>

#include <map>

#include "model/checks.h"
#include "model/extension_names.h"

namespace assay::model {
namespace {

void check_entity_of(const Drafts& drafts, const Draft<Extension>& draft, ProblemList& problems) {
  const Extension& extension = draft.value;
  if (extension.entity.empty()) return;  // reported as missing
  const Draft<Entity>* entity = drafts.entity(extension.entity);
  if (entity == nullptr) {
    problems.add(extension.location, Code::reference_unknown,
                 fmt::format("\"{}\" is extended and is no entity", extension.entity),
                 expected_kind("an event entity", extension.entity,
                               entity_names(drafts, Entity::Kind::event)));
  } else if (kind_is_known(*entity) && entity->value.kind == Entity::Kind::master) {
    problems.add(
        extension.location, Code::yaml_bad_value,
        fmt::format("\"{}\" is extended and is a master, whose content all tenants describe alike",
                    extension.entity),
        expected_kind("the event entity that carries it", extension.entity,
                      entity_names(drafts, Entity::Kind::event)));
  }
}

/// A name means one thing, also to who reads an entity and its extension side by side.
void check_fields(const Drafts& drafts, const Draft<Extension>& draft, ProblemList& problems) {
  const Extension& extension = draft.value;
  const Draft<Entity>* entity = drafts.entity(extension.entity);
  const Draft<Entity>* parent = entity == nullptr ? nullptr : drafts.entity(entity->value.parent);
  for (const Field& field : extension.fields) {
    for (const Draft<Entity>* known : {entity, parent}) {
      if (known == nullptr || known->value.field(field.name) == nullptr) continue;
      problems.add(field.location, Code::name_duplicate,
                   fmt::format("\"{}\" in the extension of \"{}\" is a field of entity \"{}\"",
                               field.name, extension.entity, known->value.name),
                   "another name, or the canonical field mapped and this one taken away");
      break;
    }
    if (field.renamed_from.empty() || extension.field(field.renamed_from) == nullptr) continue;
    problems.add(field.location, Code::yaml_bad_value,
                 fmt::format("field \"{}\" is renamed from \"{}\", which the extension still has",
                             field.name, field.renamed_from),
                 "a name that no field has any more");
  }
}

}  // namespace

const Draft<Extension>* Drafts::extension(std::string_view tenant, std::string_view entity) const {
  for (const Draft<Extension>& draft : extensions) {
    if (draft.value.tenant == tenant && draft.value.entity == entity) return &draft;
  }
  return nullptr;
}

void check_extensions(const Drafts& drafts, ProblemList& problems) {
  check_unique(
      drafts.extensions, "extension",
      [](const Extension& extension) {
        return extension.entity.empty()
                   ? std::string()
                   : fmt::format("{} of {}", extension.entity, extension.tenant);
      },
      problems);
  std::map<std::string, std::string> tenant_of_suffix;
  for (const Draft<Extension>& draft : drafts.extensions) {
    check_entity_of(drafts, draft, problems);
    check_fields(drafts, draft, problems);
    const std::string& tenant = draft.value.tenant;
    const auto taken = tenant_of_suffix.emplace(extension_suffix(tenant), tenant).first;
    if (taken->second == tenant) continue;
    problems.add(draft.value.location, Code::name_duplicate,
                 fmt::format("extension tables of tenants \"{}\" and \"{}\" would both end in "
                             "\"{}{}\"",
                             taken->second, tenant, kExtensionMark, taken->first),
                 "another name of one of the tenants");
  }
}

}  // namespace assay::model
