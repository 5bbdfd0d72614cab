#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "base/assert.h"
#include "lake/identity_internal.h"
#include "lake/manifest_internal.h"
#include "lake/metadata_internal.h"

namespace assay::lake {

namespace {

constexpr std::size_t kMetadataLogMax = 100;  ///< older metadata files are not listed any more
constexpr const char* kEngineName = "assay";

/// The files that one commit writes, in the order of writing.
class FileWriter {
 public:
  FileWriter(io::FileSystem& files, io::Milestones& milestones, std::string table,
             std::string folder)
      : files_(files),
        milestones_(milestones),
        table_(std::move(table)),
        folder_(std::move(folder)) {}

  /// Gives the path.
  Result<std::string> create(const std::string& name, const std::string& kind,
                             std::string_view bytes) {
    std::string path = folder_ + "/" + name;
    io::StepScope step(milestones_, io::Step::iceberg_metadata);
    ASSAY_TRY_VOID(files_.create(path, bytes));
    step.done();
    records_.push_back({.path = path,
                        .size = bytes.size(),
                        .sha256 = sha256(bytes),
                        .table = table_,
                        .kind = kind});
    return path;
  }
  /// Makes the names durable. To be called after the last file.
  Status finish() { return files_.sync_folder(folder_); }
  std::vector<FileRecord> take_records() { return std::move(records_); }

 private:
  io::FileSystem& files_;
  io::Milestones& milestones_;
  const std::string table_;
  const std::string folder_;
  std::vector<FileRecord> records_;
};

std::int64_t milliseconds(Micros time) { return time / 1000; }

Result<TableMetadata> load_base(io::FileSystem& files, const AppendRequest& request) {
  if (!request.current_location) {
    const std::string uuid =
        commit_uuid(request.schema.name, request.identity, "table\n" + request.table_folder);
    ASSAY_TRY(const std::string text,
              dump_metadata(new_document(request.schema, io::to_uri(request.table_folder), uuid,
                                         milliseconds(request.identity.time))));
    return parse_metadata(text);
  }
  ASSAY_TRY(TableMetadata base, load_metadata(files, *request.current_location));
  if (io::from_uri(base.location) != request.table_folder) {
    return make_error(
        Code::lake_unsupported,
        fmt::format("table \"{}\" was made in \"{}\", but is now in \"{}\"", request.schema.name,
                    io::from_uri(base.location), request.table_folder),
        "Iceberg tables hold absolute paths. Move the workspace back to where it was.");
  }
  return base;
}

/// A schema version with these columns: one that exists already, else a new one.
int schema_version(Json& document, const std::vector<column::Field>& fields) {
  int last_id = -1;
  for (const Json& schema : document["schemas"]) {
    const int id = schema.at("schema-id").get<int>();
    last_id = std::max(last_id, id);
    if (schema == schema_json(fields, id)) return id;
  }
  document["schemas"].push_back(schema_json(fields, last_id + 1));
  return last_id + 1;
}

/// Changes the base's current schema to what the request asks for. Gives the columns then in force.
Status apply_schema(TableMetadata& base, const column::TableSchema& wanted) {
  ASSAY_TRY(const column::TableSchema present, table_schema(base));
  ASSAY_TRY(const std::vector<column::Field> fields, evolve(present, wanted));
  const column::TableSchema evolved{.name = present.name, .fields = fields, .partition = {}};
  if (spec_fields_json(first_spec({present.name, evolved.fields, wanted.partition})) !=
      spec_fields_json(*base.spec(base.default_spec_id))) {
    return make_error(
        Code::lake_unsupported,
        fmt::format("the partitioning of table \"{}\" cannot be changed", present.name));
  }
  if (fields == present.fields) return {};
  Json& document = base.document;
  const int id = schema_version(document, fields);
  document["current-schema-id"] = id;
  for (const column::Field& field : fields)
    base.last_column_id = std::max(base.last_column_id, field.id);
  document["last-column-id"] = base.last_column_id;
  document["properties"][kProvenanceProperty] = provenance_property(fields);
  base.current_schema_id = id;
  for (const Json& schema : document["schemas"]) {
    if (schema["schema-id"] == id) base.current_schema = &schema;
  }
  return {};
}

Result<ManifestFile> write_new_manifest(const TableMetadata& base, const AppendRequest& request,
                                        const Json& snapshot, FileWriter& writer) {
  const Spec& spec = *base.spec(base.default_spec_id);
  const auto snapshot_id = snapshot["snapshot-id"].get<std::int64_t>();
  ASSAY_TRY(const std::string bytes,
            write_manifest(*base.current_schema, spec, snapshot_id, request.appended));
  const std::string name =
      fmt::format("{}-m0.avro", commit_uuid(request.schema.name, request.identity, "manifest"));
  ASSAY_TRY(const std::string path, writer.create(name, "manifest", bytes));
  const auto sequence_number = snapshot["sequence-number"].get<std::int64_t>();
  ManifestFile manifest{.path = io::to_uri(path),
                        .length = static_cast<std::int64_t>(bytes.size()),
                        .spec_id = spec.id,
                        .sequence_number = sequence_number,
                        .min_sequence_number = sequence_number,
                        .added_snapshot_id = snapshot_id,
                        .added_files = static_cast<std::int64_t>(request.appended.size()),
                        .partitions = summarise_partitions(spec, request.appended)};
  for (const DataFile& file : request.appended) manifest.added_rows += file.record_count;
  return manifest;
}

/// All Iceberg manifests of the base's current snapshot; a fast append carries every one of them
/// over.
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

Json summary(const TableMetadata& base, const AppendRequest& request, std::size_t kept) {
  std::int64_t rows = 0;
  std::int64_t bytes = 0;
  std::set<std::vector<parquet::PartitionValue>> partitions;
  for (const DataFile& file : request.appended) {
    rows += file.record_count;
    bytes += file.size_bytes;
    partitions.insert(file.partition);
  }
  const auto file_count = static_cast<std::int64_t>(request.appended.size());
  Json summary = request.identity.summary;  // computed keys below win over a caller's
  summary["operation"] = "append";
  summary["added-data-files"] = std::to_string(file_count);
  summary["added-records"] = std::to_string(rows);
  summary["added-files-size"] = std::to_string(bytes);
  summary["changed-partition-count"] = std::to_string(partitions.size());
  summary["manifests-created"] = "1";
  summary["manifests-kept"] = std::to_string(kept);
  summary["manifests-replaced"] = "0";
  summary["engine-name"] = kEngineName;
  summary["assay.writer"] = request.identity.writer;
  summary["assay.generation"] = std::to_string(request.identity.generation);
  summary["assay.epoch"] = std::to_string(request.identity.epoch);
  const std::pair<const char*, std::int64_t> totals[] = {
      {"total-data-files", file_count}, {"total-records", rows},
      {"total-files-size", bytes},      {"total-delete-files", 0},
      {"total-position-deletes", 0},    {"total-equality-deletes", 0}};
  for (const auto& [key, added] : totals) {
    if (const auto total = total_after(base, key, added)) summary[key] = *total;
  }
  return summary;
}

/// The snapshot without its manifest list and its summary.
Result<Json> begin_snapshot(const TableMetadata& base, const AppendRequest& request) {
  const std::int64_t id = snapshot_id_of(request.schema.name, request.identity);
  if (const Json* snapshots = find_at(base.document, "snapshots");
      snapshots != nullptr && snapshots->is_array()) {
    for (const Json& snapshot : *snapshots) {
      ASSAY_TRY(const std::int64_t present, integer_at(snapshot, "snapshot-id"));
      if (present != id) continue;
      return make_error(Code::lake_conflict,
                        fmt::format("table \"{}\" has the snapshot {} of epoch {} already",
                                    request.schema.name, id, request.identity.epoch));
    }
  }
  Json snapshot = {
      {"snapshot-id", id},
      {"sequence-number", base.last_sequence_number + 1},
      // Readers refuse a log that runs backwards.
      {"timestamp-ms", std::max(milliseconds(request.identity.time), base.last_updated_ms)},
      {"schema-id", base.current_schema_id}};
  if (base.current_snapshot != nullptr) {
    ASSAY_TRY(const std::int64_t parent, integer_at(*base.current_snapshot, "snapshot-id"));
    snapshot["parent-snapshot-id"] = parent;
  }
  return snapshot;
}

Result<Json> write_snapshot(io::FileSystem& files, const TableMetadata& base,
                            const AppendRequest& request, FileWriter& writer) {
  ASSAY_TRY(Json snapshot, begin_snapshot(base, request));
  ASSAY_TRY(std::vector<ManifestFile> manifests, parent_manifests(files, base));
  snapshot["summary"] = summary(base, request, manifests.size());
  ASSAY_TRY(ManifestFile added, write_new_manifest(base, request, snapshot, writer));
  manifests.insert(manifests.begin(), std::move(added));
  ManifestListHeader header{.snapshot_id = snapshot["snapshot-id"].get<std::int64_t>(),
                            .parent_snapshot_id = std::nullopt,
                            .sequence_number = snapshot["sequence-number"].get<std::int64_t>()};
  if (snapshot.contains("parent-snapshot-id")) {
    header.parent_snapshot_id = snapshot["parent-snapshot-id"].get<std::int64_t>();
  }
  ASSAY_TRY(const std::string bytes, write_manifest_list(header, manifests));
  const std::string name =
      fmt::format("snap-{}-{}-{}.avro", header.snapshot_id, request.identity.attempt,
                  commit_uuid(request.schema.name, request.identity, "manifest list"));
  ASSAY_TRY(const std::string path, writer.create(name, "manifest_list", bytes));
  snapshot["manifest-list"] = io::to_uri(path);
  return snapshot;
}

/// The list under `key`, made where it is missing or of another type.
Json& list_of(Json& document, const char* key) {
  Json& list = document[key];
  if (!list.is_array()) list = Json::array();
  return list;
}

void add_snapshot(TableMetadata& base, Json snapshot) {
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

void log_previous(TableMetadata& base, const std::string& location) {
  Json& log = list_of(base.document, "metadata-log");
  log.push_back({{"timestamp-ms", base.last_updated_ms}, {"metadata-file", location}});
  if (log.size() > kMetadataLogMax) log.erase(log.begin(), log.end() - kMetadataLogMax);
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

}  // namespace

Result<Commit> append(io::FileSystem& files, io::Milestones& milestones,
                      const AppendRequest& request) {
  ASSAY_ASSERT(!request.current_location || !request.appended.empty());
  ASSAY_TRY(TableMetadata base, load_base(files, request));
  ASSAY_TRY_VOID(apply_schema(base, request.schema));
  FileWriter writer(files, milestones, request.schema.name, request.table_folder + "/metadata");
  Commit commit{.swap = {.table = request.schema.name,
                         .old_location = request.current_location,
                         .new_location = {}},
                .snapshot_id = -1,
                .files = {}};
  std::int64_t version = 0;
  if (request.current_location) {
    version = version_after(base, *request.current_location);
    log_previous(base, *request.current_location);
  }
  if (!request.appended.empty()) {
    ASSAY_TRY(Json snapshot, write_snapshot(files, base, request, writer));
    commit.snapshot_id = snapshot["snapshot-id"].get<std::int64_t>();
    add_snapshot(base, std::move(snapshot));
  }
  ASSAY_TRY(const std::string text, dump_metadata(base.document));
  const std::string name =
      fmt::format("{:05}-{}.metadata.json", version,
                  commit_uuid(request.schema.name, request.identity, "metadata"));
  ASSAY_TRY(const std::string path, writer.create(name, "metadata", text));
  ASSAY_TRY_VOID(writer.finish());
  commit.swap.new_location = io::to_uri(path);
  commit.files = writer.take_records();
  return commit;
}

}  // namespace assay::lake
