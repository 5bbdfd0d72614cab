#pragma once
// What the sub-commands of `assay registry` share.

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/command.h"
#include "control/subject_store.h"
#include "serve/schema_registry.h"

namespace assay::cli {

/// Errors: no_workspace. Works before the first apply, too.
Result<control::SubjectStore> open_subject_store(const Globals& globals);

/// One schema version of an application as `assay apply` put it in force.
struct AppliedVersion {
  std::string tenant, application, version;
  std::string json;  ///< match, envelope and mappings
  std::size_t mappings = 0;
  Micros since = 0;            ///< when it came into force as it is now
  std::int64_t workspace = 0;  ///< the version of the workspace that brought it
};
/// What is in force now, in the order of tenant, application and version.
Result<std::vector<AppliedVersion>> versions_in_force(control::SubjectStore& store);

/// Something that happened to a schema version or to a subject's version.
struct RegistryEvent {
  Micros time = 0;
  std::string what;   ///< "applied", "changed", "removed", "registered", "deleted", "purged"
  std::string place;  ///< "tenant/application/version", or "tenant subject v1"
  std::string owner, reason;
};
Result<std::vector<RegistryEvent>> registry_events(control::SubjectStore& store);

void add_registry_schemas(CLI::App& group, Globals& globals);  ///< diff, check, register
void add_registry_drafts(CLI::App& group, Globals& globals);   ///< drafts, draft
void add_registry_serve(CLI::App& group, Globals& globals);

}  // namespace assay::cli
