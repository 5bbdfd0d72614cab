// What a table remembers of its past, and what it leads to.

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "lake/commit_internal.h"

namespace assay::lake {

namespace {

/// Writers find in a summary what they have committed: without it they would commit it again.
constexpr const char* kMarkers[] = {"flink.job-id", "spark.sql.streaming.queryId", "assay.writer"};

std::string marker_of(const Json& snapshot) {
  const Json* summary = find_at(snapshot, "summary");
  if (summary == nullptr) return {};
  for (const char* key : kMarkers) {
    const Json* value = find_at(*summary, key);
    if (value != nullptr && value->is_string())
      return fmt::format("{}={}", key, value->get<std::string>());
  }
  return {};
}

Result<std::set<std::int64_t>> kept_snapshots(const Json& document, std::size_t newest) {
  std::set<std::int64_t> kept;
  if (const Json* refs = find_at(document, "refs"); refs != nullptr) {
    for (const auto& [name, ref] : refs->items()) {
      ASSAY_TRY(const std::int64_t id, integer_at(ref, "snapshot-id"));
      kept.insert(id);
    }
  }
  ASSAY_TRY(const std::int64_t current, integer_at(document, "current-snapshot-id"));
  kept.insert(current);  // refs may be missing
  ASSAY_TRY(const Json* const snapshots, list_at(document, "snapshots"));
  std::set<std::string> seen;
  std::size_t taken = 0;
  for (auto snapshot = snapshots->rbegin(); snapshot != snapshots->rend(); ++snapshot) {
    ASSAY_TRY(const std::int64_t id, integer_at(*snapshot, "snapshot-id"));
    const std::string marker = marker_of(*snapshot);
    const bool last_of_writer = !marker.empty() && seen.insert(marker).second;
    if (taken++ < newest || last_of_writer) kept.insert(id);
  }
  return kept;
}

void drop_others(Json& list, const std::set<std::int64_t>& kept) {
  std::erase_if(list.get_ref<Json::array_t&>(), [&](const Json& entry) {
    const Json* id = find_at(entry, "snapshot-id");
    return id != nullptr && id->is_number_integer() && !kept.contains(id->get<std::int64_t>());
  });
}

/// What was current before a forgotten snapshot goes as well: a log with holes would tell readers
/// who go back in time of a snapshot that was not current then.
void cut_log(Json& log, const std::set<std::int64_t>& kept) {
  auto& entries = log.get_ref<Json::array_t&>();
  const auto last = std::find_if(entries.rbegin(), entries.rend(), [&](const Json& entry) {
    const Json* id = find_at(entry, "snapshot-id");
    return id == nullptr || !id->is_number_integer() || !kept.contains(id->get<std::int64_t>());
  });
  entries.erase(entries.begin(), last.base());
}

/// What statistics files the metadata names.
void add_statistics(const Json& document, std::set<std::string>& paths) {
  for (const char* key : {"statistics", "partition-statistics"}) {
    const Json* list = find_at(document, key);
    if (list == nullptr || !list->is_array()) continue;
    for (const Json& entry : *list) {
      const Json* path = find_at(entry, "statistics-path");
      if (path != nullptr && path->is_string())
        paths.insert(io::from_uri(path->get<std::string>()));
    }
  }
}

Status add_manifest(io::FileSystem& files, const TableMetadata& metadata,
                    const ManifestFile& manifest, std::set<std::string>& paths) {
  if (!paths.insert(io::from_uri(manifest.path)).second) return {};
  ASSAY_TRY(const std::vector<ManifestEntry> entries, load_entries(files, metadata, manifest));
  for (const ManifestEntry& entry : entries) paths.insert(entry.file.path);
  return {};
}

}  // namespace

Result<Expiry> expire(io::FileSystem& files, io::Milestones& milestones,
                      const ExpireRequest& request) {
  const std::optional<std::string> location = request.current_location;
  const CommitTarget target{request.table, request.table_folder, location, request.identity};
  ASSAY_TRY(TableMetadata base, load_base(files, target));
  Expiry expiry;
  if (base.current_snapshot == nullptr) return expiry;
  ASSAY_TRY(const std::set<std::int64_t> kept,
            kept_snapshots(base.document, request.snapshots_kept));
  const std::size_t before = list_of(base.document, "snapshots").size();
  expiry.snapshots = static_cast<std::int64_t>(before - std::min(before, kept.size()));
  if (expiry.snapshots == 0 || request.dry_run) return expiry;
  base.current_snapshot = nullptr;  // it moves
  for (const char* key : {"snapshots", "statistics", "partition-statistics"}) {
    if (base.document.contains(key)) drop_others(list_of(base.document, key), kept);
  }
  if (base.document.contains("snapshot-log")) cut_log(list_of(base.document, "snapshot-log"), kept);
  base.document["last-updated-ms"] = std::max(request.identity.time / 1000, base.last_updated_ms);
  FileWriter writer(files, milestones, request.table, request.table_folder + "/metadata");
  ASSAY_TRY(expiry.commit, finish_commit(base, target, writer));
  return expiry;
}

Result<std::set<std::string>> reachable(io::FileSystem& files,
                                        const std::string& metadata_location) {
  ASSAY_TRY(const TableMetadata metadata, load_metadata(files, metadata_location));
  std::set<std::string> paths = {io::from_uri(metadata_location)};
  if (const Json* log = find_at(metadata.document, "metadata-log"); log != nullptr) {
    for (const Json& entry : *log) {
      ASSAY_TRY(const std::string path, text_at(entry, "metadata-file"));
      paths.insert(io::from_uri(path));
    }
  }
  add_statistics(metadata.document, paths);
  const Json* snapshots = find_at(metadata.document, "snapshots");
  if (snapshots == nullptr) return paths;
  for (const Json& snapshot : *snapshots) {
    ASSAY_TRY(const std::string location, text_at(snapshot, "manifest-list"));
    const std::string list = io::from_uri(location);
    paths.insert(list);
    ASSAY_TRY(const std::string bytes, files.read(list));
    ASSAY_TRY(const std::vector<ManifestFile> manifests, read_manifest_list(bytes));
    for (const ManifestFile& manifest : manifests)
      ASSAY_TRY_VOID(add_manifest(files, metadata, manifest, paths));
  }
  return paths;
}

}  // namespace assay::lake
