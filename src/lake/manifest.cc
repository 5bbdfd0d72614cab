#include <fmt/format.h>

#include <algorithm>

#include "io/file_system.h"
#include "lake/manifest_internal.h"
#include "lake/manifest_schema_internal.h"
#include "parquet/single_value.h"

namespace assay::lake {

namespace {

using namespace manifest_id;
using avro::Items;
using avro::Record;
using avro::Value;
using parquet::ColumnMetrics;
using parquet::PartitionValue;

Value partition_value(const PartitionValue& value) {
  if (value.text) return *value.text;
  if (value.number) return *value.number;
  return {};
}

/// The metrics map that `get` reads, over the columns for which it gives something.
template <typename Get>
Value metrics_map(const DataFile& file, MapIds ids, const Get& get) {
  Items items;
  for (const auto& [field_id, metrics] : file.metrics) {
    const auto value = get(field_id, metrics);
    if (value) items.push_back(Record{{ids.key, field_id}, {ids.value, *value}});
  }
  return items;
}

using Count = std::optional<std::int64_t>;
using Bound = std::optional<std::string>;

Value data_file_value(const DataFile& file, const Spec& spec,
                      const std::vector<int>& text_columns) {
  Record partition;
  for (std::size_t i = 0; i < spec.fields.size(); ++i) {
    partition.emplace_back(spec.fields[i].field_id, partition_value(file.partition[i]));
  }
  const auto is_text = [&](int id) {
    return std::binary_search(text_columns.begin(), text_columns.end(), id);
  };
  Items splits(file.split_offsets.begin(), file.split_offsets.end());
  return Record{
      {kContent, 0},
      {kPath, io::to_uri(file.path)},
      {kFormat, std::string("PARQUET")},
      {kPartition, std::move(partition)},
      {kRecordCount, file.record_count},
      {kFileSize, file.size_bytes},
      {kColumnSizes, metrics_map(file, kColumnSizesIds,
                                 [](int, const ColumnMetrics& m) { return Count(m.size_bytes); })},
      {kValueCounts, metrics_map(file, kValueCountsIds,
                                 [](int, const ColumnMetrics& m) { return Count(m.value_count); })},
      {kNullCounts, metrics_map(file, kNullCountsIds,
                                [](int, const ColumnMetrics& m) { return Count(m.null_count); })},
      {kNanCounts,
       metrics_map(file, kNanCountsIds, [](int, const ColumnMetrics& m) { return m.nan_count; })},
      {kLowerBounds, metrics_map(file, kLowerBoundsIds,
                                 [&](int id, const ColumnMetrics& m) {
                                   return m.lower && is_text(id) ? Bound(cut_lower_bound(*m.lower))
                                                                 : m.lower;
                                 })},
      {kUpperBounds, metrics_map(file, kUpperBoundsIds,
                                 [&](int id, const ColumnMetrics& m) {
                                   return m.upper && is_text(id) ? cut_upper_bound(*m.upper)
                                                                 : m.upper;
                                 })},
      {kSplitOffsets, std::move(splits)},
      {kSortOrderId, 0},
  };
}

std::vector<int> text_columns(const Json& schema) {
  std::vector<int> ids;
  for (const Json& field : schema.at("fields")) {
    if (field.at("type") == "string") ids.push_back(field.at("id").get<int>());
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

}  // namespace

Result<std::string> write_manifest(const Json& schema, const Spec& spec,
                                   const std::vector<ManifestEntry>& entries) {
  ASSAY_TRY(std::string schema_text, dump_metadata(schema));
  ASSAY_TRY(std::string spec_text, dump_metadata(spec_fields_json(spec)));
  const avro::WriteOptions options{
      .schema_json = manifest_schema(spec),
      .metadata = {{"schema", std::move(schema_text)},
                   {"schema-id", std::to_string(schema.at("schema-id").get<int>())},
                   {"partition-spec", std::move(spec_text)},
                   {"partition-spec-id", std::to_string(spec.id)},
                   {"format-version", "2"},
                   {"content", "data"}}};
  const std::vector<int> texts = text_columns(schema);
  Items rows;
  for (const ManifestEntry& entry : entries) {
    const DataFile& file = entry.file;
    if (file.partition.size() != spec.fields.size()) {
      return make_error(
          Code::internal,
          fmt::format("the data file \"{}\" has {} partition values, its table has {}", file.path,
                      file.partition.size(), spec.fields.size()));
    }
    rows.push_back(Record{{kStatus, static_cast<std::int64_t>(entry.status)},
                          {kSnapshotId, entry.snapshot_id},
                          {kSequence, entry.sequence_number},
                          {kFileSequence, entry.file_sequence_number},
                          {kDataFile, data_file_value(file, spec, texts)}});
  }
  return avro::write(options, rows);
}

std::vector<ManifestEntry> added_entries(const std::vector<DataFile>& files,
                                         std::int64_t snapshot_id) {
  std::vector<ManifestEntry> entries;
  for (const DataFile& file : files) {
    ManifestEntry& entry = entries.emplace_back();
    entry.snapshot_id = snapshot_id;
    entry.file = file;
  }
  return entries;
}

std::vector<FieldSummary> summarise_partitions(const Spec& spec,
                                               const std::vector<ManifestEntry>& entries) {
  std::vector<FieldSummary> summaries;
  const auto bytes = [](const PartitionValue& value) {
    return value.text ? *value.text : parquet::single_value(*value.number);
  };
  for (std::size_t i = 0; i < spec.fields.size(); ++i) {
    FieldSummary summary{.contains_nan = false};
    const PartitionValue* least = nullptr;
    const PartitionValue* greatest = nullptr;
    for (const ManifestEntry& entry : entries) {
      const PartitionValue& value = entry.file.partition[i];
      if (value.is_null()) {
        summary.contains_null = true;
        continue;
      }
      if (least == nullptr || value < *least) least = &value;
      if (greatest == nullptr || *greatest < value) greatest = &value;
    }
    if (least != nullptr) summary.lower = bytes(*least);
    if (greatest != nullptr) summary.upper = bytes(*greatest);
    summaries.push_back(std::move(summary));
  }
  return summaries;
}

namespace {

Error malformed_manifest(std::string_view what) {
  return make_error(Code::lake_format, "a manifest of the table is malformed", {},
                    fmt::format("It {}.", what));
}

Result<std::int64_t> integer(const Record& record, int id) {
  const std::int64_t* value = avro::field(record, id).integer();
  if (value == nullptr)
    return malformed_manifest(fmt::format("lacks field {}, or it has another type", id));
  return *value;
}

Result<PartitionValue> read_partition_value(const SpecField& field, const Record& partition) {
  const Value& value = avro::field(partition, field.field_id);
  if (value.is_null()) return PartitionValue{};
  if (field.transform == "identity" && value.text() != nullptr)
    return PartitionValue{.text = *value.text()};
  const bool is_date = field.transform == "day" || field.transform == "month";
  if (is_date && value.integer() != nullptr) {
    return PartitionValue{.number = static_cast<std::int32_t>(*value.integer())};
  }
  return make_error(
      Code::lake_unsupported,
      fmt::format("the partition field \"{}\" has a type that is not supported", field.name));
}

/// Calls take(metrics of the column, value) for each entry of a metrics map; a missing map has
/// none.
template <typename Take>
Status read_map(const Record& file, int id, MapIds ids, DataFile& out, const Take& take) {
  const Value& value = avro::field(file, id);
  if (value.is_null()) return {};
  if (value.items() == nullptr)
    return malformed_manifest(fmt::format("has no list in field {}", id));
  for (const Value& item : *value.items()) {
    if (item.record() == nullptr)
      return malformed_manifest(fmt::format("has no pairs in field {}", id));
    ASSAY_TRY(const std::int64_t key, integer(*item.record(), ids.key));
    if (!take(out.metrics[static_cast<int>(key)], avro::field(*item.record(), ids.value))) {
      return malformed_manifest(fmt::format("has a value of another type in field {}", id));
    }
  }
  return {};
}

Status read_metrics(const Record& file, DataFile& out) {
  const auto count = [](std::int64_t ColumnMetrics::* member) {
    return [member](ColumnMetrics& metrics, const Value& value) {
      if (value.integer() != nullptr) metrics.*member = *value.integer();
      return value.integer() != nullptr;
    };
  };
  const auto bound = [](Bound ColumnMetrics::* member) {
    return [member](ColumnMetrics& metrics, const Value& value) {
      if (value.text() != nullptr) metrics.*member = *value.text();
      return value.text() != nullptr;
    };
  };
  ASSAY_TRY_VOID(
      read_map(file, kColumnSizes, kColumnSizesIds, out, count(&ColumnMetrics::size_bytes)));
  ASSAY_TRY_VOID(
      read_map(file, kValueCounts, kValueCountsIds, out, count(&ColumnMetrics::value_count)));
  ASSAY_TRY_VOID(
      read_map(file, kNullCounts, kNullCountsIds, out, count(&ColumnMetrics::null_count)));
  ASSAY_TRY_VOID(read_map(file, kLowerBounds, kLowerBoundsIds, out, bound(&ColumnMetrics::lower)));
  ASSAY_TRY_VOID(read_map(file, kUpperBounds, kUpperBoundsIds, out, bound(&ColumnMetrics::upper)));
  return read_map(file, kNanCounts, kNanCountsIds, out,
                  [](ColumnMetrics& metrics, const Value& value) {
                    if (value.integer() != nullptr) metrics.nan_count = *value.integer();
                    return value.integer() != nullptr;
                  });
}

Result<DataFile> read_data_file(const Record& record, const Spec& spec) {
  DataFile file;
  const std::string* path = avro::field(record, kPath).text();
  const std::string* format = avro::field(record, kFormat).text();
  const Record* partition = avro::field(record, kPartition).record();
  if (path == nullptr || format == nullptr || partition == nullptr) {
    return malformed_manifest("has a data file without path, format or partition");
  }
  if (*format != "PARQUET" && *format != "parquet") {
    return make_error(Code::lake_unsupported,
                      fmt::format("data files of the format \"{}\" are not supported", *format));
  }
  file.path = io::from_uri(*path);
  if (!file.path.starts_with('/')) {
    return make_error(Code::lake_unsupported,
                      fmt::format("the data file \"{}\" is not on this disk", *path));
  }
  for (const SpecField& field : spec.fields) {
    ASSAY_TRY(PartitionValue value, read_partition_value(field, *partition));
    file.partition.push_back(std::move(value));
  }
  ASSAY_TRY(file.record_count, integer(record, kRecordCount));
  ASSAY_TRY(file.size_bytes, integer(record, kFileSize));
  ASSAY_TRY_VOID(read_metrics(record, file));
  if (const Items* splits = avro::field(record, kSplitOffsets).items(); splits != nullptr) {
    for (const Value& split : *splits) {
      if (split.integer() == nullptr)
        return malformed_manifest("has a split offset that is no number");
      file.split_offsets.push_back(*split.integer());
    }
  }
  return file;
}

}  // namespace

Result<std::vector<ManifestEntry>> read_entries(std::string_view bytes, const Spec& spec,
                                                const ManifestFile& manifest) {
  std::vector<ManifestEntry> entries;
  const auto read = avro::read(bytes, [&](const Value& row) -> Status {
    if (row.record() == nullptr) return malformed_manifest("has rows that are no records");
    ASSAY_TRY(const std::int64_t status, integer(*row.record(), kStatus));
    if (status == static_cast<std::int64_t>(ManifestEntry::Status::deleted)) return {};
    const Record* data_file = avro::field(*row.record(), kDataFile).record();
    if (data_file == nullptr) return malformed_manifest("has an entry without a data file");
    const auto inherited = [&](int id, std::int64_t otherwise) {
      const std::int64_t* own = avro::field(*row.record(), id).integer();
      return own == nullptr ? otherwise : *own;
    };
    ManifestEntry& entry = entries.emplace_back();
    entry.status = status == 0 ? ManifestEntry::Status::existing : ManifestEntry::Status::added;
    entry.snapshot_id = inherited(kSnapshotId, manifest.added_snapshot_id);
    entry.sequence_number = inherited(kSequence, manifest.sequence_number);
    entry.file_sequence_number = inherited(kFileSequence, manifest.sequence_number);
    ASSAY_TRY(entry.file, read_data_file(*data_file, spec));
    return {};
  });
  if (!read) return read.error();
  return entries;
}

Result<std::vector<DataFile>> read_manifest(std::string_view bytes, const Spec& spec) {
  ASSAY_TRY(std::vector<ManifestEntry> entries, read_entries(bytes, spec, {}));
  std::vector<DataFile> files;
  files.reserve(entries.size());
  for (ManifestEntry& entry : entries) files.push_back(std::move(entry.file));
  return files;
}

Result<std::vector<ManifestEntry>> load_entries(io::FileSystem& files,
                                                const TableMetadata& metadata,
                                                const ManifestFile& manifest) {
  const std::string path = io::from_uri(manifest.path);
  const auto load = [&]() -> Result<std::vector<ManifestEntry>> {
    const Spec* spec = metadata.spec(manifest.spec_id);
    if (spec == nullptr)
      return malformed_metadata(fmt::format("Partition spec {} is missing.", manifest.spec_id));
    ASSAY_TRY(const std::string bytes, files.read(path));
    return read_entries(bytes, *spec, manifest);
  };
  auto entries = load();
  if (!entries)
    return std::move(entries).error().with_context(fmt::format("while reading \"{}\"", path));
  return entries;
}

}  // namespace assay::lake
