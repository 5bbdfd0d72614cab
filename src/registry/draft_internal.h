#pragma once
// Between the gathering of drafts and what is suggested for each.

#include <string>
#include <vector>

#include "model/workspace.h"
#include "registry/assessment_internal.h"
#include "registry/draft.h"

namespace assay::registry {

/// What is known when a draft is made. Borrowed.
struct DraftContext {
  const model::Workspace& workspace;
  const Facts& fresh;                     ///< of the records that wait; one family at least
  const std::vector<FamilyFacts>& known;  ///< of records that versions of the application take
};

/// Fills what the shape suggests: nearest version, match, mappings, likely masters, YAML.
/// REQUIRES: tenant, application, id, records and `said` are filled.
void suggest(const DraftContext& context, Draft& draft);

/// The draft as the file of a schema version, with the scores as comments.
std::string draft_text(const Draft& draft);

/// What a mapping says beside its path, as YAML: ", trim: true".
std::string settings_text(const model::FieldMapping& mapping);

}  // namespace assay::registry
