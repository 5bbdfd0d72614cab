// From a folder to a checked workspace: find the root, read every file, check across files.

#include "model/workspace.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "io/process.h"
#include "model/checks.h"
#include "model/document.h"
#include "model/drafts.h"
#include "model/load.h"
#include "model/names.h"
#include "model/units.h"
#include "model/variants.h"
#include "model/version_order.h"

namespace assay::model {
namespace {

constexpr std::string_view kRootFile = "assay.yaml";
constexpr std::string_view kExtensionsFile = "extensions";
constexpr std::size_t kFileBytesMax = std::size_t{16} << 20;

std::string parent_folder(const std::string& folder) {
  const std::size_t slash = folder.rfind('/');
  if (slash == std::string::npos || folder.size() == 1) return {};
  return slash == 0 ? "/" : folder.substr(0, slash);
}

std::string join(const std::string& folder, std::string_view name) {
  return folder == "/" ? fmt::format("/{}", name) : fmt::format("{}/{}", folder, name);
}

/// YAML and JSON files that no tool has hidden.
bool is_workspace_file(std::string_view relative) {
  if (relative.starts_with('.') || relative.find("/.") != std::string_view::npos) return false;
  return relative.ends_with(".yaml") || relative.ends_with(".yml") || relative.ends_with(".json");
}

/// Reads the files of a workspace into drafts.
class Loader {
 public:
  Loader(io::FileSystem& files, std::string root) : files_(files), root_(std::move(root)) {}

  /// load:
  ///   read assay.yaml
  ///   read each folder: entities, sources, tenants, metrics, features
  ///   check across files
  ///   assemble
  Result<LoadResult> load();

 private:
  using ReadDocument = void (*)(const Node&, Drafts&, ProblemList&);

  Status read_root_file();
  void read_folder(const std::string& folder, ReadDocument read);
  void read_tenants();
  void read_extensions(const std::string& relative, const std::string& tenant);
  std::vector<std::string> list(const std::string& folder);
  /// The documents of one file, kept alive by the drafts.
  const std::vector<Node>* documents(const std::string& relative);
  void check();
  Workspace assemble();

  io::FileSystem& files_;
  const std::string root_;
  Drafts drafts_;
  ProblemList problems_;
};

Status Loader::read_root_file() {
  const std::string path = join(root_, kRootFile);
  auto text = files_.read(path);
  if (!text) {
    if (text.error().code != Code::file_not_found) return std::move(text).error();
    return make_error(Code::no_workspace, fmt::format("there is no \"{}\"", path),
                      "Go to a workspace, or make one with: assay init DIR");
  }
  const std::string file(kRootFile);
  drafts_.documents.push_back(parse_documents(file, *text, problems_));
  const std::vector<Node>& documents = drafts_.documents.back();
  if (documents.empty() && problems_.count() == 0) {
    problems_.add({file, 1, 1}, Code::yaml_missing_key, "assay.yaml is empty", "name: ...");
  }
  for (std::size_t index = 1; index < documents.size(); ++index) {
    problems_.add(documents[index].location, Code::yaml_bad_value,
                  "assay.yaml has several documents", "one document");
  }
  if (!documents.empty()) read_root(documents.front(), drafts_, problems_);
  return {};
}

std::vector<std::string> Loader::list(const std::string& folder) {
  auto listed = files_.list(join(root_, folder));
  if (!listed) {
    problems_.add({folder, 1, 1}, listed.error().code, listed.error().message, "a readable folder");
    return {};
  }
  std::vector<std::string> relative;
  const std::size_t skipped = join(root_, "").size();
  for (const io::FileInfo& file : *listed) {
    std::string path = file.path.substr(std::min(skipped, file.path.size()));
    if (is_workspace_file(path)) relative.push_back(std::move(path));
  }
  return relative;
}

const std::vector<Node>* Loader::documents(const std::string& relative) {
  const std::string path = join(root_, relative);
  auto text = files_.read(path);
  if (!text) {
    problems_.add({relative, 1, 1}, text.error().code, text.error().message, "a readable file");
    return nullptr;
  }
  if (text->size() > kFileBytesMax) {
    problems_.add({relative, 1, 1}, Code::yaml_bad_value,
                  fmt::format("the file has {} bytes", text->size()),
                  fmt::format("at most {} bytes a file", kFileBytesMax));
    return nullptr;
  }
  drafts_.documents.push_back(parse_documents(relative, *text, problems_));
  return &drafts_.documents.back();
}

void Loader::read_folder(const std::string& folder, ReadDocument read) {
  for (const std::string& relative : list(folder)) {
    const std::vector<Node>* parsed = documents(relative);
    if (parsed == nullptr) continue;
    for (const Node& document : *parsed) read(document, drafts_, problems_);
  }
}

void Loader::read_extensions(const std::string& relative, const std::string& tenant) {
  check_label({relative, 1, 1}, tenant, "a tenant", problems_);
  const std::vector<Node>* parsed = documents(relative);
  if (parsed == nullptr) return;
  for (const Node& document : *parsed) read_extension(document, tenant, drafts_, problems_);
}

void Loader::read_tenants() {
  for (const std::string& relative : list("tenants")) {
    const std::size_t stem_end = relative.rfind('.');
    std::vector<std::string> parts;
    for (std::size_t begin = 0; begin < stem_end;) {
      const std::size_t end = std::min(relative.find('/', begin), stem_end);
      parts.push_back(relative.substr(begin, end - begin));
      begin = end + 1;
    }
    if (parts.size() == 3 && parts[2] == kExtensionsFile) {
      read_extensions(relative, parts[1]);
      continue;
    }
    if (parts.size() != 4) {
      problems_.add({relative, 1, 1}, Code::yaml_bad_value,
                    "the file is at no schema version's place",
                    "tenants/<tenant>/<application>/<version>.yaml, or "
                    "tenants/<tenant>/extensions.yaml");
      continue;
    }
    const char* kinds[] = {"", "a tenant", "an application", "a schema version"};
    for (std::size_t index = 1; index < 4; ++index) {
      check_label({relative, 1, 1}, parts[index], kinds[index], problems_);
    }
    const std::size_t before = problems_.count();
    const std::vector<Node>* parsed = documents(relative);
    if (parsed == nullptr) continue;
    if (parsed->empty() && problems_.count() == before) {
      problems_.add({relative, 1, 1}, Code::yaml_missing_key, "the schema version is empty",
                    "match and mappings");
    }
    for (std::size_t index = 1; index < parsed->size(); ++index) {
      problems_.add((*parsed)[index].location, Code::yaml_bad_value,
                    "a schema version's file has several documents", "one document");
    }
    if (parsed->empty()) continue;
    read_version(parsed->front(), {parts[1], parts[2], parts[3]}, drafts_, problems_);
  }
}

void Loader::check() {
  check_entities(drafts_, problems_);
  check_generated_columns(drafts_, problems_);
  check_extensions(drafts_, problems_);
  check_sources(drafts_, problems_);
  check_versions(drafts_, problems_);
  check_metrics(drafts_, problems_);
  check_feature_views(drafts_, problems_);
}

template <typename T>
std::vector<T> values_of(std::vector<Draft<T>>& drafts) {
  std::vector<T> values;
  for (Draft<T>& draft : drafts) values.push_back(std::move(draft.value));
  return values;
}

Workspace Loader::assemble() {
  Workspace workspace;
  workspace.root = root_;
  workspace.name = drafts_.name;
  workspace.description = drafts_.description;
  workspace.limits = drafts_.limits;
  workspace.entities = values_of(drafts_.entities);
  workspace.extensions = values_of(drafts_.extensions);
  workspace.sources = values_of(drafts_.sources);
  workspace.versions = values_of(drafts_.versions);
  workspace.metrics = values_of(drafts_.metrics);
  workspace.segments = values_of(drafts_.segments);
  workspace.feature_views = values_of(drafts_.feature_views);
  std::stable_sort(workspace.versions.begin(), workspace.versions.end(),
                   [](const SchemaVersion& a, const SchemaVersion& b) {
                     if (a.tenant != b.tenant) return a.tenant < b.tenant;
                     if (a.application != b.application) return a.application < b.application;
                     return is_newer_version(a.version, b.version);
                   });
  if (problems_.count() > 0) return workspace;
  apply_units(workspace);
  keep_variants(workspace);
  return workspace;
}

Result<LoadResult> Loader::load() {
  ASSAY_TRY_VOID(read_root_file());
  read_folder("entities", read_entity);
  read_folder("sources", read_source);
  read_tenants();
  read_folder("metrics", read_metrics);
  read_folder("features", read_feature_view);
  check();
  LoadResult result;
  result.workspace = assemble();
  result.problems = std::move(problems_).take();
  return result;
}

}  // namespace

const Field* Entity::field(std::string_view field_name) const {
  for (const Field& field : fields) {
    if (field.name == field_name) return &field;
  }
  return nullptr;
}

const Field* Extension::field(std::string_view field_name) const {
  for (const Field& field : fields) {
    if (field.name == field_name) return &field;
  }
  return nullptr;
}

const Role* Entity::role(std::string_view role_name) const {
  for (const Role& role : roles) {
    if (role.name == role_name) return &role;
  }
  return nullptr;
}

const Entity* Workspace::entity(std::string_view entity_name) const {
  for (const Entity& entity : entities) {
    if (entity.name == entity_name) return &entity;
  }
  return nullptr;
}

const Extension* Workspace::extension(std::string_view tenant, std::string_view entity_name) const {
  for (const Extension& extension : extensions) {
    if (extension.tenant == tenant && extension.entity == entity_name) return &extension;
  }
  return nullptr;
}

std::vector<std::string> Workspace::tenants() const {
  std::set<std::string> names;
  for (const SchemaVersion& version : versions) names.insert(version.tenant);
  return {names.begin(), names.end()};
}

Result<std::string> find_root(const std::string& folder) {
  ASSAY_TRY(const std::string start, io::absolute_path(folder));
  const auto files = io::local_file_system();
  for (std::string at = start; !at.empty(); at = parent_folder(at)) {
    ASSAY_TRY(const bool found, files->exists(join(at, kRootFile)));
    if (found) return at;
  }
  return make_error(
      Code::no_workspace, fmt::format("no assay.yaml in \"{}\" or any folder above it", start),
      "Go to a workspace (or name one with -C DIR), or make one with: assay init DIR");
}

Result<LoadResult> load_from(io::FileSystem& files, const std::string& root) {
  return Loader(files, root).load();
}

Result<LoadResult> load(const std::string& root) {
  const auto files = io::local_file_system();
  ASSAY_TRY(const std::string absolute, io::absolute_path(root));
  return load_from(*files, absolute);
}

Result<Workspace> load_valid(const std::string& root) {
  ASSAY_TRY(LoadResult result, load(root));
  if (result.problems.empty()) return std::move(result.workspace);
  std::string detail;
  for (const Problem& problem : result.problems) {
    detail += fmt::format("{}{}", detail.empty() ? "" : "\n", problem.to_text());
  }
  const std::size_t count = result.problems.size();
  return make_error(Code::workspace_invalid,
                    fmt::format("the workspace has {} mistake{}", count, count == 1 ? "" : "s"),
                    "Correct the places and run the command again.", std::move(detail));
}

}  // namespace assay::model
