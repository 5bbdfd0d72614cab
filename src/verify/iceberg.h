#pragma once
// verify's own reader of an Iceberg v2 table: metadata JSON -> manifest lists -> Iceberg manifests
// -> data files. It reads through the file-system seam and believes no count that it has not made
// itself.

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "io/file_system.h"
#include "verify/cell.h"

namespace assay::verify {

struct IcebergField {
  int id = 0;
  std::string name;
  ColumnType type;
  bool required = false;
};

struct IcebergDataFile {
  std::string path;                   ///< plain, absolute
  std::optional<std::string> tenant;  ///< of its partition
  std::int64_t rows = 0;
  std::int64_t size = 0;
};

struct IcebergSnapshot {
  std::int64_t id = 0;
  std::int64_t sequence = 0;
  std::string list_path;
  std::map<std::string, std::string> summary;
};

/// The current state of one table, and every file that its metadata reaches.
struct IcebergTable {
  std::string name;      ///< "namespace.table"
  std::string location;  ///< folder, plain and absolute
  std::string metadata_path;
  std::vector<IcebergField> fields;  ///< current schema
  std::map<int, int> tenant_fields;  ///< spec id -> id of the partition field that is the tenant
  std::vector<IcebergSnapshot> snapshots;
  std::optional<std::int64_t> current_snapshot;
  std::vector<IcebergDataFile> files;  ///< live in the current snapshot
  std::set<std::string> reachable;     ///< all files that the metadata names, of any kind
};

/// A place where the chain does not hold; `path` is the file that says so.
struct ChainFault {
  std::string path;
  std::string message;
};

struct ChainWalk {
  IcebergTable table;
  std::vector<ChainFault> faults;
};

/// Follows the chain from a metadata file. What does not hold is a fault, and the walk goes on
/// where it can; an error (lake_format, lake_unsupported, file_not_found ...) means that the table
/// cannot be read at all.
Result<ChainWalk> walk_chain(io::FileSystem& files, const std::string& name,
                             const std::string& metadata_path);

}  // namespace assay::verify
