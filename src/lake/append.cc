#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/assert.h"
#include "lake/commit_internal.h"
#include "lake/identity_internal.h"

namespace assay::lake {

namespace {

/// Metadata of a table that is being made.
Result<TableMetadata> new_table(const AppendRequest& request) {
  const std::string uuid =
      commit_uuid(request.schema.name, request.identity, "table\n" + request.table_folder);
  ASSAY_TRY(const std::string text,
            dump_metadata(new_document(request.schema, io::to_uri(request.table_folder), uuid,
                                       request.identity.time / 1000)));
  return parse_metadata(text);
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

Json summary(const TableMetadata& base, const AppendRequest& request, const CommitTarget& target,
             std::size_t kept) {
  std::set<std::vector<parquet::PartitionValue>> partitions;
  for (const DataFile& file : request.appended) partitions.insert(file.partition);
  const Change change = sum_of(request.appended);
  Json summary = begin_summary(base, target, "append", change);
  summary["added-data-files"] = std::to_string(change.files);
  summary["added-records"] = std::to_string(change.rows);
  summary["added-files-size"] = std::to_string(change.bytes);
  summary["changed-partition-count"] = std::to_string(partitions.size());
  summary["manifests-created"] = "1";
  summary["manifests-kept"] = std::to_string(kept);
  summary["manifests-replaced"] = "0";
  return summary;
}

/// A fast append: every manifest of the parent is carried over. Gives the snapshot's id.
Result<std::int64_t> append_snapshot(io::FileSystem& files, TableMetadata& base,
                                     const AppendRequest& request, const CommitTarget& target,
                                     FileWriter& writer) {
  ASSAY_TRY(Json snapshot, begin_snapshot(base, target));
  ASSAY_TRY(std::vector<ManifestFile> manifests, parent_manifests(files, base));
  snapshot["summary"] = summary(base, request, target, manifests.size());
  const auto id = snapshot["snapshot-id"].get<std::int64_t>();
  ASSAY_TRY(ManifestFile added,
            write_manifest_file(base, target, snapshot, *base.spec(base.default_spec_id), 0,
                                added_entries(request.appended, id), writer));
  manifests.insert(manifests.begin(), std::move(added));
  ASSAY_TRY_VOID(add_snapshot(base, target, std::move(snapshot), manifests, writer));
  return id;
}

}  // namespace

Result<Commit> append(io::FileSystem& files, io::Milestones& milestones,
                      const AppendRequest& request) {
  ASSAY_ASSERT(!request.current_location || !request.appended.empty());
  const CommitTarget target{request.schema.name, request.table_folder, request.current_location,
                            request.identity};
  ASSAY_TRY(TableMetadata base,
            request.current_location ? load_base(files, target) : new_table(request));
  ASSAY_TRY_VOID(apply_schema(base, request.schema));
  FileWriter writer(files, milestones, request.schema.name, request.table_folder + "/metadata");
  std::int64_t snapshot_id = -1;
  if (!request.appended.empty()) {
    ASSAY_TRY(snapshot_id, append_snapshot(files, base, request, target, writer));
  }
  ASSAY_TRY(Commit commit, finish_commit(base, target, writer));
  commit.snapshot_id = snapshot_id;
  return commit;
}

}  // namespace assay::lake
