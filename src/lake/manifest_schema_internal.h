#pragma once
// The Avro schemas of Iceberg's files, and the field ids of the specification by name.

#include <string>

#include "lake/metadata_internal.h"

namespace assay::lake {

namespace manifest_list_id {
inline constexpr int kPath = 500, kLength = 501, kSpecId = 502, kAddedSnapshotId = 503,
                     kAddedFiles = 504, kExistingFiles = 505, kDeletedFiles = 506,
                     kPartitions = 507, kPartitionItem = 508, kContainsNull = 509, kLower = 510,
                     kUpper = 511, kAddedRows = 512, kExistingRows = 513, kDeletedRows = 514,
                     kSequence = 515, kMinSequence = 516, kContent = 517, kContainsNan = 518,
                     kKeyMetadata = 519;
}

namespace manifest_id {
inline constexpr int kStatus = 0, kSnapshotId = 1, kDataFile = 2, kSequence = 3, kFileSequence = 4,
                     kPath = 100, kFormat = 101, kPartition = 102, kRecordCount = 103,
                     kFileSize = 104, kColumnSizes = 108, kValueCounts = 109, kNullCounts = 110,
                     kLowerBounds = 125, kUpperBounds = 128, kKeyMetadata = 131,
                     kSplitOffsets = 132, kContent = 134, kEqualityIds = 135, kNanCounts = 137,
                     kSortOrderId = 140, kReferencedFile = 143;
}

/// The ids of key and value inside each metrics map.
struct MapIds {
  int key;
  int value;
};
inline constexpr MapIds kColumnSizesIds{117, 118}, kValueCountsIds{119, 120},
    kNullCountsIds{121, 122}, kNanCountsIds{138, 139}, kLowerBoundsIds{126, 127},
    kUpperBoundsIds{129, 130};

/// JSON of the Avro schema of a manifest list, and of a manifest whose files are partitioned by
/// `spec`.
std::string manifest_list_schema();
std::string manifest_schema(const Spec& spec);

}  // namespace assay::lake
