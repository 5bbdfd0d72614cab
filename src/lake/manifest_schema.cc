#include <fmt/format.h>

#include <cctype>
#include <utility>

#include "lake/manifest_schema_internal.h"

namespace assay::lake {

namespace {

// Members in the order in which the format's own implementation writes them.
using Ordered = nlohmann::ordered_json;

Ordered required(const char* name, Ordered type, int id) {
  return {{"name", name}, {"type", std::move(type)}, {"field-id", id}};
}

Ordered optional(const std::string& name, Ordered type, int id) {
  return {{"name", name},
          {"type", Ordered::array({"null", std::move(type)})},
          {"default", nullptr},
          {"field-id", id}};
}

Ordered record(const char* name, Ordered fields) {
  return {{"type", "record"}, {"name", name}, {"fields", std::move(fields)}};
}

Ordered array(Ordered items, int element_id) {
  return {{"type", "array"}, {"items", std::move(items)}, {"element-id", element_id}};
}

/// A map with int keys is an array of key-value records: Avro's own maps have text keys only.
Ordered int_map(const char* value_type, MapIds ids) {
  const std::string name = fmt::format("k{}_v{}", ids.key, ids.value);
  Ordered fields =
      Ordered::array({required("key", "int", ids.key), required("value", value_type, ids.value)});
  return {{"type", "array"},
          {"items", record(name.c_str(), std::move(fields))},
          {"logicalType", "map"}};
}

/// A name that Avro accepts: other characters as _x and their hexadecimal code, as Java does it.
std::string avro_name(const std::string& name) {
  std::string out;
  for (const char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte == '_' || std::isalpha(byte) != 0 || (std::isdigit(byte) != 0 && !out.empty()))
      out += c;
    else if (std::isdigit(byte) != 0)
      out += fmt::format("_{}", c);
    else
      out += fmt::format("_x{:X}", byte);
  }
  return out;
}

Ordered partition_type(const SpecField& field) {
  if (field.transform == "identity") return "string";
  if (field.transform == "day") return {{"type", "int"}, {"logicalType", "date"}};
  return "int";
}

Ordered partition_record(const Spec& spec) {
  Ordered fields = Ordered::array();
  for (const SpecField& field : spec.fields) {
    fields.push_back(optional(avro_name(field.name), partition_type(field), field.field_id));
  }
  return record("r102", std::move(fields));
}

Ordered data_file_record(const Spec& spec) {
  using namespace manifest_id;
  return record("r2",
                Ordered::array({
                    required("content", "int", kContent),
                    required("file_path", "string", kPath),
                    required("file_format", "string", kFormat),
                    required("partition", partition_record(spec), kPartition),
                    required("record_count", "long", kRecordCount),
                    required("file_size_in_bytes", "long", kFileSize),
                    optional("column_sizes", int_map("long", kColumnSizesIds), kColumnSizes),
                    optional("value_counts", int_map("long", kValueCountsIds), kValueCounts),
                    optional("null_value_counts", int_map("long", kNullCountsIds), kNullCounts),
                    optional("nan_value_counts", int_map("long", kNanCountsIds), kNanCounts),
                    optional("lower_bounds", int_map("bytes", kLowerBoundsIds), kLowerBounds),
                    optional("upper_bounds", int_map("bytes", kUpperBoundsIds), kUpperBounds),
                    optional("key_metadata", "bytes", kKeyMetadata),
                    optional("split_offsets", array("long", 133), kSplitOffsets),
                    optional("equality_ids", array("int", 136), kEqualityIds),
                    optional("sort_order_id", "int", kSortOrderId),
                    optional("referenced_data_file", "string", kReferencedFile),
                }));
}

}  // namespace

std::string manifest_list_schema() {
  using namespace manifest_list_id;
  const Ordered summary = record("r508", Ordered::array({
                                             required("contains_null", "boolean", kContainsNull),
                                             optional("contains_nan", "boolean", kContainsNan),
                                             optional("lower_bound", "bytes", kLower),
                                             optional("upper_bound", "bytes", kUpper),
                                         }));
  return record("manifest_file",
                Ordered::array({
                    required("manifest_path", "string", kPath),
                    required("manifest_length", "long", kLength),
                    required("partition_spec_id", "int", kSpecId),
                    required("content", "int", kContent),
                    required("sequence_number", "long", kSequence),
                    required("min_sequence_number", "long", kMinSequence),
                    required("added_snapshot_id", "long", kAddedSnapshotId),
                    required("added_files_count", "int", kAddedFiles),
                    required("existing_files_count", "int", kExistingFiles),
                    required("deleted_files_count", "int", kDeletedFiles),
                    required("added_rows_count", "long", kAddedRows),
                    required("existing_rows_count", "long", kExistingRows),
                    required("deleted_rows_count", "long", kDeletedRows),
                    optional("partitions", array(summary, kPartitionItem), kPartitions),
                    optional("key_metadata", "bytes", kKeyMetadata),
                }))
      .dump();
}

std::string manifest_schema(const Spec& spec) {
  using namespace manifest_id;
  return record("manifest_entry", Ordered::array({
                                      required("status", "int", kStatus),
                                      optional("snapshot_id", "long", kSnapshotId),
                                      optional("sequence_number", "long", kSequence),
                                      optional("file_sequence_number", "long", kFileSequence),
                                      required("data_file", data_file_record(spec), kDataFile),
                                  }))
      .dump();
}

}  // namespace assay::lake
