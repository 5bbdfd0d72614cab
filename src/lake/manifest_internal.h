#pragma once
// Iceberg's Avro files of format version 2: manifests (lists of data files) and manifest lists.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "lake/avro.h"
#include "lake/lake.h"
#include "lake/metadata_internal.h"

namespace assay::lake {

/// What a manifest list says of one field of the partition over all files of a manifest.
struct FieldSummary {
  bool contains_null = false;
  std::optional<bool> contains_nan;
  std::optional<std::string> lower;  ///< single-value bytes of the transform's result
  std::optional<std::string> upper;
};

/// One row of a manifest list.
struct ManifestFile {
  std::string path;  ///< URI
  std::int64_t length = 0;
  int spec_id = 0;
  bool has_deletes = false;  ///< content 1: delete files
  std::int64_t sequence_number = 0;
  std::int64_t min_sequence_number = 0;
  std::int64_t added_snapshot_id = 0;
  std::int64_t added_files = 0;
  std::int64_t existing_files = 0;
  std::int64_t deleted_files = 0;
  std::int64_t added_rows = 0;
  std::int64_t existing_rows = 0;
  std::int64_t deleted_rows = 0;
  std::vector<FieldSummary> partitions;  ///< in the order of the spec
  std::optional<std::string> key_metadata;
};

struct ManifestListHeader {
  std::int64_t snapshot_id = 0;
  std::optional<std::int64_t> parent_snapshot_id;
  std::int64_t sequence_number = 0;
};
Result<std::string> write_manifest_list(const ManifestListHeader& header,
                                        const std::vector<ManifestFile>& manifests);
/// Errors: lake_format.
Result<std::vector<ManifestFile>> read_manifest_list(std::string_view bytes);

/// One row of a manifest.
struct ManifestEntry {
  enum class Status : std::uint8_t { existing = 0, added = 1, deleted = 2 };
  Status status = Status::added;
  std::int64_t snapshot_id = 0;  ///< that added the file, or deleted it
  /// Nothing: that of the snapshot which the manifest was written for.
  std::optional<std::int64_t> sequence_number;
  std::optional<std::int64_t> file_sequence_number;
  DataFile file;
};
std::vector<ManifestEntry> added_entries(const std::vector<DataFile>& files,
                                         std::int64_t snapshot_id);

/// A manifest of data files of one spec. `schema` is the JSON of the table's schema.
Result<std::string> write_manifest(const Json& schema, const Spec& spec,
                                   const std::vector<ManifestEntry>& entries);
std::vector<FieldSummary> summarise_partitions(const Spec& spec,
                                               const std::vector<ManifestEntry>& entries);

/// The entries of a manifest with live files; what they inherit stands in them.
/// Errors: as read_manifest.
Result<std::vector<ManifestEntry>> read_entries(std::string_view bytes, const Spec& spec,
                                                const ManifestFile& manifest);
/// The live data files of a manifest, without deleted entries.
/// Errors: lake_format; lake_unsupported for files that are not Parquet on this disk, or partitions
/// of other types.
Result<std::vector<DataFile>> read_manifest(std::string_view bytes, const Spec& spec);

/// The same of a manifest that a table's list names: opens it by its spec.
Result<std::vector<ManifestEntry>> load_entries(io::FileSystem& files,
                                                const TableMetadata& metadata,
                                                const ManifestFile& manifest);

/// Bounds as they go into a manifest: long texts cut, so that metadata stays small. A lower bound
/// may only sink, an upper bound only rise; nothing where there is no short one. Other types stay
/// as they are.
inline constexpr std::size_t kBoundBytesMax = 64;
std::string cut_lower_bound(const std::string& text);
std::optional<std::string> cut_upper_bound(const std::string& text);

}  // namespace assay::lake
