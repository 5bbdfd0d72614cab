#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "lake/commit_internal.h"
#include "lake/identity_internal.h"

namespace assay::lake {

namespace {

constexpr std::size_t kMetadataLogMax = 100;  ///< older metadata files are not listed any more
constexpr const char* kEngineName = "assay";

std::int64_t milliseconds(Micros time) { return time / 1000; }

/// Total after this commit; nothing where the parent does not say it, since a total is not to be
/// invented.
std::optional<std::string> total_after(const TableMetadata& base, const char* key,
                                       std::int64_t added) {
  if (base.current_snapshot == nullptr) return std::to_string(added);
  const Json* summary = find_at(*base.current_snapshot, "summary");
  const Json* before = summary == nullptr ? nullptr : find_at(*summary, key);
  if (before == nullptr || !before->is_string()) return std::nullopt;
  const auto& text = before->get_ref<const std::string&>();
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return std::to_string(number + added);
}

/// The number that a metadata file's name begins with ("00012-...", "v12..."), else that of the
/// log's entries.
std::int64_t version_after(const TableMetadata& base, const std::string& location) {
  std::string_view name = location;
  name.remove_prefix(name.find_last_of('/') + 1);
  if (name.starts_with('v')) name.remove_prefix(1);
  std::int64_t version = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), version);
  if (error == std::errc{} && end != name.data()) return version + 1;
  const Json* log = find_at(base.document, "metadata-log");
  return log == nullptr ? 1 : static_cast<std::int64_t>(log->size()) + 1;
}

void log_previous(TableMetadata& base, const std::string& location) {
  Json& log = list_of(base.document, "metadata-log");
  log.push_back({{"timestamp-ms", base.last_updated_ms}, {"metadata-file", location}});
  if (log.size() > kMetadataLogMax) log.erase(log.begin(), log.end() - kMetadataLogMax);
}

}  // namespace

Change sum_of(const std::vector<DataFile>& files) {
  Change sum;
  for (const DataFile& file : files) {
    ++sum.files;
    sum.rows += file.record_count;
    sum.bytes += file.size_bytes;
  }
  return sum;
}

Result<TableMetadata> load_base(io::FileSystem& files, const CommitTarget& target) {
  ASSAY_TRY(TableMetadata base, load_metadata(files, *target.location));
  if (io::from_uri(base.location) != target.folder) {
    return make_error(
        Code::lake_unsupported,
        fmt::format("table \"{}\" was made in \"{}\", but is now in \"{}\"", target.table,
                    io::from_uri(base.location), target.folder),
        "Iceberg tables hold absolute paths. Move the workspace back to where it was.");
  }
  return base;
}

Result<std::vector<ManifestFile>> parent_manifests(io::FileSystem& files,
                                                   const TableMetadata& base) {
  if (base.current_snapshot == nullptr) return std::vector<ManifestFile>{};
  ASSAY_TRY(const std::string location, text_at(*base.current_snapshot, "manifest-list"));
  ASSAY_TRY(const std::string bytes, files.read(io::from_uri(location)));
  auto manifests = read_manifest_list(bytes);
  if (!manifests)
    return std::move(manifests).error().with_context(fmt::format("while reading \"{}\"", location));
  return manifests;
}

Result<Json> begin_snapshot(const TableMetadata& base, const CommitTarget& target) {
  const std::int64_t id = snapshot_id_of(target.table, target.identity);
  if (const Json* snapshots = find_at(base.document, "snapshots");
      snapshots != nullptr && snapshots->is_array()) {
    for (const Json& snapshot : *snapshots) {
      ASSAY_TRY(const std::int64_t present, integer_at(snapshot, "snapshot-id"));
      if (present != id) continue;
      return make_error(Code::lake_conflict,
                        fmt::format("table \"{}\" has the snapshot {} of epoch {} already",
                                    target.table, id, target.identity.epoch));
    }
  }
  Json snapshot = {
      {"snapshot-id", id},
      {"sequence-number", base.last_sequence_number + 1},
      // Readers refuse a log that runs backwards.
      {"timestamp-ms", std::max(milliseconds(target.identity.time), base.last_updated_ms)},
      {"schema-id", base.current_schema_id}};
  if (base.current_snapshot != nullptr) {
    ASSAY_TRY(const std::int64_t parent, integer_at(*base.current_snapshot, "snapshot-id"));
    snapshot["parent-snapshot-id"] = parent;
  }
  return snapshot;
}

Json begin_summary(const TableMetadata& base, const CommitTarget& target, const char* operation,
                   const Change& change) {
  Json summary = target.identity.summary;  // computed keys below win over a caller's
  summary["operation"] = operation;
  summary["engine-name"] = kEngineName;
  summary["assay.writer"] = target.identity.writer;
  summary["assay.generation"] = std::to_string(target.identity.generation);
  summary["assay.epoch"] = std::to_string(target.identity.epoch);
  const std::pair<const char*, std::int64_t> totals[] = {
      {"total-data-files", change.files}, {"total-records", change.rows},
      {"total-files-size", change.bytes}, {"total-delete-files", 0},
      {"total-position-deletes", 0},      {"total-equality-deletes", 0}};
  for (const auto& [key, added] : totals) {
    if (const auto total = total_after(base, key, added)) summary[key] = *total;
  }
  return summary;
}

Result<ManifestFile> write_manifest_file(const TableMetadata& base, const CommitTarget& target,
                                         const Json& snapshot, const Spec& spec, int part,
                                         const std::vector<ManifestEntry>& entries,
                                         FileWriter& writer) {
  const auto snapshot_id = snapshot["snapshot-id"].get<std::int64_t>();
  ASSAY_TRY(const std::string bytes, write_manifest(*base.current_schema, spec, entries));
  const std::string name =
      fmt::format("{}-m{}.avro", commit_uuid(target.table, target.identity, "manifest"), part);
  ASSAY_TRY(const std::string path, writer.create(name, "manifest", bytes));
  const auto sequence_number = snapshot["sequence-number"].get<std::int64_t>();
  ManifestFile manifest{.path = io::to_uri(path),
                        .length = static_cast<std::int64_t>(bytes.size()),
                        .spec_id = spec.id,
                        .sequence_number = sequence_number,
                        .min_sequence_number = sequence_number,
                        .added_snapshot_id = snapshot_id,
                        .partitions = summarise_partitions(spec, entries)};
  for (const ManifestEntry& entry : entries) {
    switch (entry.status) {
      case ManifestEntry::Status::existing:
        ++manifest.existing_files;
        manifest.existing_rows += entry.file.record_count;
        break;
      case ManifestEntry::Status::added:
        ++manifest.added_files;
        manifest.added_rows += entry.file.record_count;
        break;
      case ManifestEntry::Status::deleted:
        ++manifest.deleted_files;
        manifest.deleted_rows += entry.file.record_count;
        continue;
    }
    if (entry.sequence_number) {
      manifest.min_sequence_number = std::min(manifest.min_sequence_number, *entry.sequence_number);
    }
  }
  return manifest;
}

/// The list under `key`, made where it is missing or of another type.
Json& list_of(Json& document, const char* key) {
  Json& list = document[key];
  if (!list.is_array()) list = Json::array();
  return list;
}

static void make_current(TableMetadata& base, Json snapshot) {
  Json& document = base.document;
  const Json id = snapshot["snapshot-id"];
  const Json time = snapshot["timestamp-ms"];
  document["last-sequence-number"] = snapshot["sequence-number"];
  document["last-updated-ms"] = time;
  document["current-snapshot-id"] = id;
  Json& refs = document["refs"];
  if (!refs.is_object()) refs = Json::object();
  if (!refs["main"].is_object()) refs["main"] = Json::object();
  refs["main"]["type"] = "branch";
  refs["main"]["snapshot-id"] = id;
  list_of(document, "snapshot-log").push_back({{"timestamp-ms", time}, {"snapshot-id", id}});
  list_of(document, "snapshots").push_back(std::move(snapshot));
}

Status add_snapshot(TableMetadata& base, const CommitTarget& target, Json snapshot,
                    const std::vector<ManifestFile>& manifests, FileWriter& writer) {
  ManifestListHeader header{.snapshot_id = snapshot["snapshot-id"].get<std::int64_t>(),
                            .parent_snapshot_id = std::nullopt,
                            .sequence_number = snapshot["sequence-number"].get<std::int64_t>()};
  if (snapshot.contains("parent-snapshot-id")) {
    header.parent_snapshot_id = snapshot["parent-snapshot-id"].get<std::int64_t>();
  }
  ASSAY_TRY(const std::string bytes, write_manifest_list(header, manifests));
  const std::string name =
      fmt::format("snap-{}-{}-{}.avro", header.snapshot_id, target.identity.attempt,
                  commit_uuid(target.table, target.identity, "manifest list"));
  ASSAY_TRY(const std::string path, writer.create(name, "manifest_list", bytes));
  snapshot["manifest-list"] = io::to_uri(path);
  make_current(base, std::move(snapshot));
  return {};
}

Result<Commit> finish_commit(TableMetadata& base, const CommitTarget& target, FileWriter& writer) {
  Commit commit{
      .swap = {.table = target.table, .old_location = target.location, .new_location = {}},
      .snapshot_id = -1,
      .files = {}};
  std::int64_t version = 0;
  if (target.location) {
    version = version_after(base, *target.location);
    log_previous(base, *target.location);
  }
  ASSAY_TRY(const std::string text, dump_metadata(base.document));
  const std::string name = fmt::format("{:05}-{}.metadata.json", version,
                                       commit_uuid(target.table, target.identity, "metadata"));
  ASSAY_TRY(const std::string path, writer.create(name, "metadata", text));
  ASSAY_TRY_VOID(writer.finish());
  commit.swap.new_location = io::to_uri(path);
  commit.files = writer.take_records();
  return commit;
}

}  // namespace assay::lake
