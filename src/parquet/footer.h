#pragma once
// What Iceberg wants to know from the footer of a Parquet file with flat columns.

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "io/file_system.h"

namespace assay::parquet {

struct Footer {
  struct Column {
    int field_id = -1;  ///< -1 where the file has none
    std::string name;
    std::int64_t size_bytes = 0;  ///< compressed, with page headers, over all row groups
  };
  std::int64_t rows = 0;
  std::vector<Column> columns;              ///< in the order of the file
  std::vector<std::int64_t> split_offsets;  ///< first byte of each row group, ascending
  std::int64_t file_size_bytes = 0;
};

/// Errors: those of the file system; parquet_read where the footer is malformed or columns are
/// nested.
Result<Footer> read_footer(io::FileSystem& files, const std::string& path);

/// The same from the bytes of the Thrift structure alone (Thrift's compact protocol).
Result<Footer> parse_footer(std::string_view bytes);

}  // namespace assay::parquet
