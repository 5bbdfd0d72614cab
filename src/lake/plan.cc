#include <fmt/format.h>

#include <set>

#include "lake/manifest_internal.h"
#include "lake/metadata_internal.h"

namespace assay::lake {

namespace {

/// Where the tenant stands in a partition spec: its place, or -1 where files are not separated by
/// tenant.
int tenant_place(const Spec& spec) {
  for (std::size_t i = 0; i < spec.fields.size(); ++i) {
    if (spec.fields[i].source_id == column::field_id::kTenantId &&
        spec.fields[i].transform == "identity") {
      return static_cast<int>(i);
    }
  }
  return -1;
}

/// Whether a manifest can have files of the tenant, by the summary in the list.
bool may_hold(const ManifestFile& manifest, int place, const std::string& tenant) {
  if (static_cast<std::size_t>(place) >= manifest.partitions.size())
    return true;  // no summary: look inside
  const FieldSummary& summary = manifest.partitions[static_cast<std::size_t>(place)];
  if (!summary.lower || !summary.upper)
    return !summary.lower && !summary.upper ? !summary.contains_null : true;
  return *summary.lower <= tenant && tenant <= *summary.upper;
}

Error not_separated(const std::string& table) {
  return make_error(Code::lake_unsupported,
                    fmt::format("table \"{}\" has files that are not separated by tenant", table));
}

/// Adds the files of one manifest that the scope may read.
Status read_files(io::FileSystem& files, const TableMetadata& metadata,
                  const ManifestFile& manifest, const TenantScope& scope, ScanPlan& plan) {
  const std::string path = io::from_uri(manifest.path);
  const auto within = [&](Error error) {
    return std::move(error).with_context(fmt::format("while reading \"{}\"", path));
  };
  if (manifest.has_deletes) {
    return within(make_error(
        Code::lake_unsupported,
        fmt::format("table \"{}\" has delete files, which are not supported", plan.schema.name)));
  }
  const Spec* spec = metadata.spec(manifest.spec_id);
  if (spec == nullptr)
    return within(
        malformed_metadata(fmt::format("Partition spec {} is missing.", manifest.spec_id)));
  const int place = tenant_place(*spec);
  const bool all = scope.tenant.empty();
  if (!all && place < 0) return within(not_separated(plan.schema.name));
  if (!all && !may_hold(manifest, place, scope.tenant.text())) return {};
  ASSAY_TRY(const std::string bytes, files.read(path));
  auto found = read_manifest(bytes, *spec);
  if (!found) return within(std::move(found).error());
  for (DataFile& file : *found) {
    if (!all && file.partition[static_cast<std::size_t>(place)].text != scope.tenant.text())
      continue;
    plan.files.push_back(std::move(file));
  }
  return {};
}

Status check_paths(const std::vector<DataFile>& files) {
  std::set<std::string_view> paths;
  for (const DataFile& file : files) {
    if (paths.insert(file.path).second) continue;
    return make_error(Code::lake_format,
                      fmt::format("the data file \"{}\" is in its table twice", file.path));
  }
  return {};
}

}  // namespace

Result<ScanPlan> plan(io::FileSystem& files, const std::string& metadata_location,
                      const TenantScope& scope) {
  ASSAY_TRY(const TableMetadata metadata, load_metadata(files, metadata_location));
  ScanPlan plan;
  ASSAY_TRY(plan.schema, table_schema(metadata));
  if (!scope.tenant.empty() && tenant_place(*metadata.spec(metadata.default_spec_id)) < 0) {
    return not_separated(plan.schema.name);
  }
  if (metadata.current_snapshot == nullptr) return plan;
  ASSAY_TRY(plan.snapshot_id, integer_at(*metadata.current_snapshot, "snapshot-id"));
  ASSAY_TRY(const std::string list_location, text_at(*metadata.current_snapshot, "manifest-list"));
  ASSAY_TRY(const std::string bytes, files.read(io::from_uri(list_location)));
  const auto manifests = read_manifest_list(bytes);
  if (!manifests) {
    return Error(manifests.error())
        .with_context(fmt::format("while reading \"{}\"", io::from_uri(list_location)));
  }
  for (const ManifestFile& manifest : *manifests) {
    ASSAY_TRY_VOID(read_files(files, metadata, manifest, scope, plan));
  }
  ASSAY_TRY_VOID(check_paths(plan.files));
  return plan;
}

}  // namespace assay::lake
