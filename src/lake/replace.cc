// Compaction's commit: the same rows in other files. Specification: "Snapshots" (replace) and
// "Manifests" of apache/iceberg format/spec.md.

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "lake/commit_internal.h"

namespace assay::lake {

namespace {

/// What becomes of a table's live files, by the spec that they are of.
struct Sorted {
  std::map<int, std::vector<ManifestEntry>> entries;
  std::vector<DataFile> gone;
};

Result<std::vector<ManifestEntry>> entries_of(io::FileSystem& files, const TableMetadata& base,
                                              const ManifestFile& manifest) {
  if (manifest.has_deletes) {
    return make_error(Code::lake_unsupported,
                      fmt::format("\"{}\" lists delete files, which are not supported",
                                  io::from_uri(manifest.path)));
  }
  return load_entries(files, base, manifest);
}

Result<Sorted> sort_entries(io::FileSystem& files, const TableMetadata& base,
                            const std::vector<ManifestFile>& manifests,
                            const ReplaceRequest& request, std::int64_t snapshot_id) {
  const std::set<std::string> replaced(request.replaced.begin(), request.replaced.end());
  Sorted sorted;
  for (const ManifestFile& manifest : manifests) {
    ASSAY_TRY(std::vector<ManifestEntry> entries, entries_of(files, base, manifest));
    for (ManifestEntry& entry : entries) {
      const bool goes = replaced.contains(entry.file.path);
      entry.status = goes ? ManifestEntry::Status::deleted : ManifestEntry::Status::existing;
      if (goes) {
        entry.snapshot_id = snapshot_id;
        sorted.gone.push_back(entry.file);
      }
      sorted.entries[manifest.spec_id].push_back(std::move(entry));
    }
  }
  if (sorted.gone.size() == replaced.size()) return sorted;
  return make_error(
      Code::lake_conflict,
      fmt::format("of {} files of table \"{}\" that are to be replaced only {} are live",
                  replaced.size(), request.table, sorted.gone.size()));
}

Json summary(const TableMetadata& base, const CommitTarget& target, const Change& added,
             const Change& gone, std::size_t created, std::size_t replaced) {
  Json summary =
      begin_summary(base, target, "replace",
                    {added.files - gone.files, added.rows - gone.rows, added.bytes - gone.bytes});
  summary["added-data-files"] = std::to_string(added.files);
  summary["added-records"] = std::to_string(added.rows);
  summary["added-files-size"] = std::to_string(added.bytes);
  summary["deleted-data-files"] = std::to_string(gone.files);
  summary["deleted-records"] = std::to_string(gone.rows);
  summary["removed-files-size"] = std::to_string(gone.bytes);
  summary["manifests-created"] = std::to_string(created);
  summary["manifests-kept"] = "0";
  summary["manifests-replaced"] = std::to_string(replaced);
  return summary;
}

/// One manifest a spec: a table whose partitioning never changed has one.
Result<std::vector<ManifestFile>> write_manifests(
    const TableMetadata& base, const CommitTarget& target, const Json& snapshot,
    const std::map<int, std::vector<ManifestEntry>>& entries, FileWriter& writer) {
  std::vector<ManifestFile> manifests;
  for (const auto& [spec, of_spec] : entries) {
    ASSAY_TRY(ManifestFile made,
              write_manifest_file(base, target, snapshot, *base.spec(spec),
                                  static_cast<int>(manifests.size()), of_spec, writer));
    manifests.push_back(std::move(made));
  }
  return manifests;
}

}  // namespace

Result<Commit> replace(io::FileSystem& files, io::Milestones& milestones,
                       const ReplaceRequest& request) {
  const std::optional<std::string> location = request.current_location;
  const CommitTarget target{request.table, request.table_folder, location, request.identity};
  ASSAY_TRY(TableMetadata base, load_base(files, target));
  ASSAY_TRY(Json snapshot, begin_snapshot(base, target));
  const auto id = snapshot["snapshot-id"].get<std::int64_t>();
  ASSAY_TRY(const std::vector<ManifestFile> parents, parent_manifests(files, base));
  ASSAY_TRY(Sorted sorted, sort_entries(files, base, parents, request, id));
  const Change gone = sum_of(sorted.gone);
  const Change added = sum_of(request.replacing);
  if (gone.rows != added.rows) {
    return make_error(Code::internal, fmt::format("{} rows of table \"{}\" would be replaced by {}",
                                                  gone.rows, request.table, added.rows));
  }
  auto& of_spec = sorted.entries[base.default_spec_id];
  for (ManifestEntry& entry : added_entries(request.replacing, id)) of_spec.push_back(entry);
  if (of_spec.empty()) sorted.entries.erase(base.default_spec_id);
  FileWriter writer(files, milestones, request.table, request.table_folder + "/metadata");
  ASSAY_TRY(const std::vector<ManifestFile> manifests,
            write_manifests(base, target, snapshot, sorted.entries, writer));
  snapshot["summary"] = summary(base, target, added, gone, manifests.size(), parents.size());
  ASSAY_TRY_VOID(add_snapshot(base, target, std::move(snapshot), manifests, writer));
  ASSAY_TRY(Commit commit, finish_commit(base, target, writer));
  commit.snapshot_id = id;
  return commit;
}

}  // namespace assay::lake
