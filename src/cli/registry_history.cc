// What was applied and registered, when, and what it replaced.

#include <algorithm>
#include <map>
#include <nlohmann/json.hpp>
#include <tuple>

#include "cli/open_control.h"
#include "cli/registry.h"

namespace assay::cli {
namespace {

using nlohmann::json;

/// The schema versions within one applied workspace, by "tenant/application/version".
std::map<std::string, AppliedVersion> versions_of(const control::AppliedWorkspace& workspace) {
  std::map<std::string, AppliedVersion> versions;
  const json parsed = json::parse(workspace.json, nullptr, false);
  if (!parsed.is_object() || !parsed.contains("versions")) return versions;
  for (const json& item : parsed["versions"]) {
    AppliedVersion version{.tenant = item.value("tenant", ""),
                           .application = item.value("application", ""),
                           .version = item.value("version", ""),
                           .since = workspace.applied,
                           .workspace = workspace.version};
    json body = item;
    for (const char* name : {"tenant", "application", "version"}) body.erase(name);
    if (body.contains("mappings") && body["mappings"].is_array()) {
      for (const json& mapping : body["mappings"]) {
        version.mappings += mapping.contains("fields") ? mapping["fields"].size() : 0;
      }
    }
    version.json = body.dump(2, ' ', false, json::error_handler_t::replace);
    versions[version.tenant + "/" + version.application + "/" + version.version] = version;
  }
  return versions;
}

void add_subject_events(const std::string& tenant, const control::SubjectVersion& version,
                        std::vector<RegistryEvent>& events) {
  const std::string place = tenant + " " + serve::qualified({version.context, version.subject}) +
                            " v" + std::to_string(version.version);
  events.push_back({version.registered, "registered", place, version.owner, version.reason});
  if (version.state == control::VersionState::active) return;
  const bool is_purged = version.state == control::VersionState::purged;
  events.push_back({version.changed, is_purged ? "purged" : "deleted", place, "", ""});
}

}  // namespace

Result<control::SubjectStore> open_subject_store(const Globals& globals) {
  ASSAY_TRY(const engine::Paths paths, data_paths(globals));
  ASSAY_TRY_VOID(io::local_file_system()->make_folders(paths.data));
  return control::SubjectStore::open(paths.control_db);
}

Result<std::vector<AppliedVersion>> versions_in_force(control::SubjectStore& store) {
  ASSAY_TRY(const auto applied, store.applied_workspaces());
  std::map<std::string, AppliedVersion> in_force;
  for (const auto& workspace : applied) {
    auto versions = versions_of(workspace);
    for (auto& [name, version] : versions) {
      const auto before = in_force.find(name);
      if (before != in_force.end() && before->second.json == version.json) version = before->second;
    }
    in_force = std::move(versions);
  }
  std::vector<AppliedVersion> list;
  for (auto& [name, version] : in_force) list.push_back(std::move(version));
  return list;
}

Result<std::vector<RegistryEvent>> registry_events(control::SubjectStore& store) {
  std::vector<RegistryEvent> events;
  ASSAY_TRY(const auto applied, store.applied_workspaces());
  std::map<std::string, AppliedVersion> before;
  for (const auto& workspace : applied) {
    const auto versions = versions_of(workspace);
    const std::string reason = "workspace version " + std::to_string(workspace.version);
    for (const auto& [name, version] : versions) {
      const auto old = before.find(name);
      if (old != before.end() && old->second.json == version.json) continue;
      events.push_back(
          {workspace.applied, old == before.end() ? "applied" : "changed", name, "", reason});
    }
    for (const auto& [name, version] : before) {
      if (!versions.contains(name)) {
        events.push_back({workspace.applied, "removed", name, "", reason});
      }
    }
    before = versions;
  }
  ASSAY_TRY(const auto tenants, store.tenants());
  for (const std::string& tenant : tenants) {
    ASSAY_TRY(const auto contexts, store.contexts(tenant));
    for (const std::string& context : contexts) {
      ASSAY_TRY(const auto versions, store.versions({tenant, context}, std::nullopt));
      for (const auto& version : versions) add_subject_events(tenant, version, events);
    }
  }
  std::stable_sort(
      events.begin(), events.end(),
      [](const RegistryEvent& left, const RegistryEvent& right) { return left.time < right.time; });
  return events;
}

}  // namespace assay::cli
