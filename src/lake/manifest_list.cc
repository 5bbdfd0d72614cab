#include <fmt/format.h>

#include "lake/manifest_internal.h"
#include "lake/manifest_schema_internal.h"

namespace assay::lake {

namespace {

using namespace manifest_list_id;
using avro::Record;
using avro::Value;

Value summary_value(const FieldSummary& summary) {
  return Record{{kContainsNull, summary.contains_null},
                {kContainsNan, summary.contains_nan},
                {kLower, summary.lower},
                {kUpper, summary.upper}};
}

Value manifest_value(const ManifestFile& manifest) {
  avro::Items partitions;
  for (const FieldSummary& summary : manifest.partitions)
    partitions.push_back(summary_value(summary));
  return Record{{kPath, manifest.path},
                {kLength, manifest.length},
                {kSpecId, manifest.spec_id},
                {kContent, manifest.has_deletes ? 1 : 0},
                {kSequence, manifest.sequence_number},
                {kMinSequence, manifest.min_sequence_number},
                {kAddedSnapshotId, manifest.added_snapshot_id},
                {kAddedFiles, manifest.added_files},
                {kExistingFiles, manifest.existing_files},
                {kDeletedFiles, manifest.deleted_files},
                {kAddedRows, manifest.added_rows},
                {kExistingRows, manifest.existing_rows},
                {kDeletedRows, manifest.deleted_rows},
                {kPartitions, std::move(partitions)},
                {kKeyMetadata, manifest.key_metadata}};
}

Error malformed_list(int id) {
  return make_error(Code::lake_format,
                    fmt::format("a manifest list lacks field {}, or it has another type", id));
}

/// Reads the fields of one row; remembers the first that is missing.
class RowReader {
 public:
  explicit RowReader(const Record& record) : record_(record) {}
  std::int64_t integer(int id) {
    const Value& value = avro::field(record_, id);
    if (value.integer() != nullptr) return *value.integer();
    missing(id);
    return 0;
  }
  /// Counts are optional in older writers' files.
  std::int64_t count(int id) {
    const Value& value = avro::field(record_, id);
    return value.integer() == nullptr ? 0 : *value.integer();
  }
  std::string text(int id) {
    const Value& value = avro::field(record_, id);
    if (value.text() != nullptr) return *value.text();
    missing(id);
    return {};
  }
  std::optional<std::string> optional_text(int id) {
    const Value& value = avro::field(record_, id);
    return value.text() == nullptr ? std::nullopt : std::optional(*value.text());
  }
  std::optional<bool> optional_flag(int id) { return avro::field(record_, id).flag(); }
  void missing(int id) {
    if (missing_ < 0) missing_ = id;
  }
  int first_missing() const { return missing_; }

 private:
  const Record& record_;
  int missing_ = -1;
};

Result<std::vector<FieldSummary>> read_summaries(const Value& value) {
  std::vector<FieldSummary> summaries;
  if (value.is_null()) return summaries;
  if (value.items() == nullptr) return malformed_list(kPartitions);
  for (const Value& item : *value.items()) {
    if (item.record() == nullptr) return malformed_list(kPartitionItem);
    RowReader reader(*item.record());
    const auto contains_null = reader.optional_flag(kContainsNull);
    if (!contains_null) return malformed_list(kContainsNull);
    summaries.push_back({.contains_null = *contains_null,
                         .contains_nan = reader.optional_flag(kContainsNan),
                         .lower = reader.optional_text(kLower),
                         .upper = reader.optional_text(kUpper)});
  }
  return summaries;
}

Result<ManifestFile> read_row(const Value& row) {
  if (row.record() == nullptr) return malformed_list(kPath);
  RowReader reader(*row.record());
  ManifestFile manifest;
  manifest.path = reader.text(kPath);
  manifest.length = reader.integer(kLength);
  manifest.spec_id = static_cast<int>(reader.integer(kSpecId));
  manifest.has_deletes = reader.count(kContent) != 0;
  manifest.sequence_number = reader.integer(kSequence);
  manifest.min_sequence_number = reader.integer(kMinSequence);
  manifest.added_snapshot_id = reader.integer(kAddedSnapshotId);
  manifest.added_files = reader.count(kAddedFiles);
  manifest.existing_files = reader.count(kExistingFiles);
  manifest.deleted_files = reader.count(kDeletedFiles);
  manifest.added_rows = reader.count(kAddedRows);
  manifest.existing_rows = reader.count(kExistingRows);
  manifest.deleted_rows = reader.count(kDeletedRows);
  manifest.key_metadata = reader.optional_text(kKeyMetadata);
  if (reader.first_missing() >= 0) return malformed_list(reader.first_missing());
  ASSAY_TRY(manifest.partitions, read_summaries(avro::field(*row.record(), kPartitions)));
  return manifest;
}

}  // namespace

Result<std::string> write_manifest_list(const ManifestListHeader& header,
                                        const std::vector<ManifestFile>& manifests) {
  avro::WriteOptions options{
      .schema_json = manifest_list_schema(),
      .metadata = {{"snapshot-id", std::to_string(header.snapshot_id)},
                   {"sequence-number", std::to_string(header.sequence_number)},
                   {"format-version", "2"}}};
  options.metadata["parent-snapshot-id"] =
      header.parent_snapshot_id ? std::to_string(*header.parent_snapshot_id) : "null";
  avro::Items rows;
  for (const ManifestFile& manifest : manifests) rows.push_back(manifest_value(manifest));
  return avro::write(options, rows);
}

Result<std::vector<ManifestFile>> read_manifest_list(std::string_view bytes) {
  std::vector<ManifestFile> manifests;
  const auto read = avro::read(bytes, [&manifests](const Value& row) -> Status {
    ASSAY_TRY(ManifestFile manifest, read_row(row));
    manifests.push_back(std::move(manifest));
    return {};
  });
  if (!read) return read.error();
  return manifests;
}

}  // namespace assay::lake
