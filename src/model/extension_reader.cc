// tenants/<tenant>/extensions.yaml: the fields that a tenant has beside the canonical ones, one
// entity a document.

#include <fmt/format.h>

#include "model/drafts.h"
#include "model/entity_reader.h"
#include "model/map_reader.h"

namespace assay::model {

void read_extension(const Node& document, const std::string& tenant, Drafts& drafts,
                    ProblemList& problems) {
  const Node* name = document.find("extends");
  const std::string what = name != nullptr && name->kind == Node::Kind::scalar
                               ? fmt::format("the extension of \"{}\"", name->text)
                               : std::string("an extension");
  MapReader map(document, {what, {"extends", "fields"}}, problems);
  Draft<Extension> draft{{}, &document};
  Extension& extension = draft.value;
  extension.tenant = tenant;
  extension.location = name == nullptr ? document.location : name->location;
  map.require("extends", "the name of an event entity");
  extension.entity = map.text("extends");
  map.require("fields", "a map of field names");
  if (const Node* fields = map.map("fields"); fields != nullptr) {
    for_each_named(*fields, fmt::format("\"fields\" of {}", what), problems,
                   [&](const Node& field, const Node& value) {
                     extension.fields.push_back(read_field(field, value, problems));
                   });
    if (fields->entries.empty())
      map.bad_value("fields", fmt::format("\"fields\" of {} is empty", what), "at least one field");
  }
  drafts.extensions.push_back(std::move(draft));
}

}  // namespace assay::model
