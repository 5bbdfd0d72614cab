#include "verify/iceberg.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "verify/avro.h"

namespace assay::verify {
namespace {

using nlohmann::json;

// Iceberg's field ids of a manifest list and of a manifest (reference: apache/iceberg
// format/spec.md).
constexpr int kListPath = 500, kListLength = 501, kListSnapshot = 503, kListAddedFiles = 504,
              kListExistingFiles = 505, kListDeletedFiles = 506, kListAddedRows = 512,
              kListExistingRows = 513, kListDeletedRows = 514, kListSequence = 515,
              kListContent = 517;
constexpr int kEntryStatus = 0, kEntryDataFile = 2, kFileContent = 134, kFilePath = 100,
              kFileRows = 103, kFileSize = 104;
constexpr int kListSpec = 502, kFilePartition = 102;
constexpr int kTenantColumn = 1;
constexpr std::int64_t kExisting = 0, kAdded = 1, kDeleted = 2;

std::int64_t integer_of(const AvroValue& record, int field_id, std::int64_t otherwise = 0) {
  const AvroValue* value = record.field(field_id);
  return value == nullptr ? otherwise : value->integer;
}

std::string text_of(const AvroValue& record, int field_id) {
  const AvroValue* value = record.field(field_id);
  return value == nullptr ? std::string() : value->bytes;
}

Error unreadable(const std::string& path, std::string_view what) {
  return make_error(Code::lake_format, fmt::format("table metadata {}: {}", path, what));
}

Result<std::vector<IcebergField>> read_fields(const json& metadata, const std::string& path) {
  std::vector<IcebergField> fields;
  for (const json& schema : metadata.at("schemas")) {
    if (schema.at("schema-id") != metadata.at("current-schema-id")) continue;
    for (const json& field : schema.at("fields")) {
      const auto type = field.at("type").is_string()
                            ? parse_column_type(field.at("type").get<std::string>())
                            : std::nullopt;
      if (!type) return unreadable(path, "a column has the type " + field.at("type").dump());
      fields.push_back({field.at("id").get<int>(), field.at("name").get<std::string>(), *type,
                        field.at("required").get<bool>()});
    }
    return fields;
  }
  return unreadable(path, "current-schema-id names no schema");
}

std::map<int, int> read_tenant_fields(const json& metadata) {
  std::map<int, int> fields;
  for (const json& spec : metadata.at("partition-specs")) {
    for (const json& field : spec.at("fields")) {
      if (field.at("source-id") != kTenantColumn || field.at("transform") != "identity") continue;
      fields[spec.at("spec-id").get<int>()] = field.at("field-id").get<int>();
    }
  }
  return fields;
}

Result<IcebergTable> read_metadata(io::FileSystem& files, const std::string& name,
                                   const std::string& path) {
  ASSAY_TRY(const std::string bytes, files.read(path));
  const json metadata = json::parse(bytes, nullptr, false);
  if (!metadata.is_object()) return unreadable(path, "it is not a JSON object");
  IcebergTable table;
  table.name = name;
  table.metadata_path = path;
  table.reachable.insert(path);
  try {
    if (metadata.at("format-version") != 2)
      return unreadable(path, "it is not of format version 2");
    table.location = io::from_uri(metadata.at("location").get<std::string>());
    ASSAY_TRY(table.fields, read_fields(metadata, path));
    table.tenant_fields = read_tenant_fields(metadata);
    for (const json& snapshot : metadata.value("snapshots", json::array())) {
      IcebergSnapshot read{snapshot.at("snapshot-id").get<std::int64_t>(),
                           snapshot.at("sequence-number").get<std::int64_t>(),
                           io::from_uri(snapshot.at("manifest-list").get<std::string>()),
                           snapshot.at("summary").get<std::map<std::string, std::string>>()};
      table.reachable.insert(read.list_path);
      table.snapshots.push_back(std::move(read));
    }
    const std::int64_t current = metadata.value("current-snapshot-id", std::int64_t{-1});
    if (current != -1) table.current_snapshot = current;
    for (const json& entry : metadata.value("metadata-log", json::array())) {
      table.reachable.insert(io::from_uri(entry.at("metadata-file").get<std::string>()));
    }
  } catch (const json::exception& failure) {
    return unreadable(path, failure.what());
  }
  return table;
}

/// What the entries of one Iceberg manifest add up to.
struct EntryCounts {
  std::int64_t files[3] = {0, 0, 0};
  std::int64_t rows[3] = {0, 0, 0};
};

/// Follows the current snapshot and notes what does not hold.
class Walk {
 public:
  Walk(io::FileSystem& files, IcebergTable table) : files_(files) {
    result_.table = std::move(table);
  }

  Result<ChainWalk> run() && {
    IcebergTable& table = result_.table;
    for (const IcebergSnapshot& snapshot : table.snapshots) {
      if (snapshot.id != table.current_snapshot) note_older(snapshot);
    }
    if (!table.current_snapshot) return std::move(result_);
    for (const IcebergSnapshot& snapshot : table.snapshots) {
      if (snapshot.id != *table.current_snapshot) continue;
      follow(snapshot);
      check_totals(snapshot);
      return std::move(result_);
    }
    fault(table.metadata_path, "current-snapshot-id names no snapshot");
    return std::move(result_);
  }

 private:
  void fault(const std::string& path, std::string message) {
    result_.faults.push_back({path, std::move(message)});
  }

  std::optional<AvroFile> read(const std::string& path) {
    auto bytes = files_.read(path);
    if (!bytes) {
      fault(path, bytes.error().message);
      return std::nullopt;
    }
    auto file = read_avro(*bytes);
    if (!file) {
      fault(path, file.error().message);
      return std::nullopt;
    }
    return std::move(file).value();
  }

  // Of an older snapshot only the names matter: its bytes are held by their SHA-256.
  void note_older(const IcebergSnapshot& snapshot) {
    const auto list = read(snapshot.list_path);
    if (!list) return;
    for (const AvroValue& entry : list->rows) {
      result_.table.reachable.insert(io::from_uri(text_of(entry, kListPath)));
    }
  }

  void follow(const IcebergSnapshot& snapshot) {
    const auto list = read(snapshot.list_path);
    if (!list) return;
    for (const AvroValue& entry : list->rows) follow_manifest(snapshot, entry);
  }

  void follow_manifest(const IcebergSnapshot& snapshot, const AvroValue& entry) {
    const std::string path = io::from_uri(text_of(entry, kListPath));
    result_.table.reachable.insert(path);
    if (integer_of(entry, kListContent) != 0) {
      return fault(snapshot.list_path, "it lists a manifest of deletes, which Assay never writes");
    }
    if (integer_of(entry, kListSequence) > snapshot.sequence) {
      fault(snapshot.list_path,
            "a manifest has a later sequence number than its snapshot: " + path);
    }
    const auto size = files_.size(path);
    if (size && static_cast<std::int64_t>(*size) != integer_of(entry, kListLength)) {
      fault(snapshot.list_path, fmt::format("manifest_length {} of {} is not its size {}",
                                            integer_of(entry, kListLength), path, *size));
    }
    const auto manifest = read(path);
    if (!manifest) return;
    const auto spec =
        result_.table.tenant_fields.find(static_cast<int>(integer_of(entry, kListSpec, -1)));
    const int tenant_field = spec == result_.table.tenant_fields.end() ? -1 : spec->second;
    EntryCounts counts;
    for (const AvroValue& row : manifest->rows) take_entry({path, tenant_field}, row, counts);
    compare_counts(snapshot.list_path, path, entry, counts);
  }

  struct ManifestFile {
    const std::string& path;
    int tenant_field;  ///< id of the partition field that is the tenant; -1 = none
  };
  void take_entry(const ManifestFile& from, const AvroValue& entry, EntryCounts& counts) {
    const std::string& manifest = from.path;
    const std::int64_t status = integer_of(entry, kEntryStatus, -1);
    const AvroValue* file = entry.field(kEntryDataFile);
    if (status < kExisting || status > kDeleted || file == nullptr) {
      return fault(manifest, "an entry has no status or no data file");
    }
    const std::int64_t rows = integer_of(*file, kFileRows, -1);
    counts.files[status] += 1;
    counts.rows[status] += rows;
    const std::string path = io::from_uri(text_of(*file, kFilePath));
    result_.table.reachable.insert(path);
    if (status == kDeleted) return;
    if (integer_of(*file, kFileContent) != 0)
      return fault(manifest, "it lists a delete file: " + path);
    if (!seen_.insert(path).second) return fault(manifest, "a data file is listed twice: " + path);
    const auto size = files_.size(path);
    if (!size) {
      fault(manifest, "it lists a data file that cannot be read: " + path);
    } else if (static_cast<std::int64_t>(*size) != integer_of(*file, kFileSize)) {
      fault(manifest, fmt::format("file_size_in_bytes {} of {} is not its size {}",
                                  integer_of(*file, kFileSize), path, *size));
    }
    const AvroValue* partition = file->field(kFilePartition);
    const AvroValue* tenant = partition == nullptr ? nullptr : partition->field(from.tenant_field);
    result_.table.files.push_back({path,
                                   tenant == nullptr ? std::nullopt : std::optional(tenant->bytes),
                                   rows, integer_of(*file, kFileSize)});
  }

  void compare_counts(const std::string& list, const std::string& path, const AvroValue& entry,
                      const EntryCounts& counts) {
    struct Pair {
      const char* name;
      int field_id;
      std::int64_t counted;
    };
    const Pair pairs[] = {{"added_files_count", kListAddedFiles, counts.files[kAdded]},
                          {"existing_files_count", kListExistingFiles, counts.files[kExisting]},
                          {"deleted_files_count", kListDeletedFiles, counts.files[kDeleted]},
                          {"added_rows_count", kListAddedRows, counts.rows[kAdded]},
                          {"existing_rows_count", kListExistingRows, counts.rows[kExisting]},
                          {"deleted_rows_count", kListDeletedRows, counts.rows[kDeleted]}};
    for (const Pair& pair : pairs) {
      const std::int64_t claimed = integer_of(entry, pair.field_id, -1);
      if (claimed == pair.counted) continue;
      fault(list, fmt::format("{} of {} is {}, its entries add up to {}", pair.name, path, claimed,
                              pair.counted));
    }
    if (entry.field(kListSnapshot) == nullptr)
      fault(list, "a manifest has no added_snapshot_id: " + path);
  }

  void check_totals(const IcebergSnapshot& snapshot) {
    std::int64_t rows = 0;
    for (const IcebergDataFile& file : result_.table.files) rows += file.rows;
    const auto compare = [&](const char* key, std::int64_t counted) {
      const auto found = snapshot.summary.find(key);
      if (found == snapshot.summary.end() || found->second == std::to_string(counted)) return;
      fault(result_.table.metadata_path,
            fmt::format("{} of the current snapshot is {}, its files make {}", key, found->second,
                        counted));
    };
    compare("total-records", rows);
    compare("total-data-files", static_cast<std::int64_t>(result_.table.files.size()));
  }

  io::FileSystem& files_;
  ChainWalk result_;
  std::set<std::string> seen_;
};

}  // namespace

Result<ChainWalk> walk_chain(io::FileSystem& files, const std::string& name,
                             const std::string& metadata_path) {
  ASSAY_TRY(IcebergTable table, read_metadata(files, name, metadata_path));
  return Walk(files, std::move(table)).run();
}

}  // namespace assay::verify
