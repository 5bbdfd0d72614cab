#pragma once
// Row hashes of many rows at once: XXH3-128 over the typed row encoding
// (docs/formats/row-encoding.md) of their content columns. column/row_encoder.h is the plain form
// of the same; tests hold the two together.

#include <cstdint>
#include <memory>
#include <vector>

#include "base/hash.h"
#include "refine/program.h"
#include "refine/rows.h"

namespace assay::refine {

/// A column on its way into the encoding, from the first row on.
struct EncodedColumn {
  const Cell* cells = nullptr;
  const std::uint8_t* present = nullptr;
  std::uint64_t header = 0;
  std::uint32_t header_size = 0;
  column::Type type = column::Type::string;
};

/// Buffers are kept from call to call.
class RowHasher {
 public:
  /// Hashes of rows [first, first + count). REQUIRES: 64 readable bytes behind every text.
  void hash(const TableProgram& table, const Rows& rows, std::uint32_t first, std::uint32_t count,
            Hash128* hashes);
  /// The same over other columns, behind a prefix that all rows share.
  void hash(const std::vector<ColumnProgram>& columns, std::string_view prefix, const Rows& rows,
            std::uint32_t first, std::uint32_t count, Hash128* hashes);

 private:
  void choose(const std::vector<ColumnProgram>& columns, const Rows& rows, std::uint32_t first,
              std::uint32_t count);
  char* grow(char* at, std::size_t more);
  void hash_few(std::string_view prefix, std::uint32_t row, std::uint32_t count, Hash128* hashes);

  std::vector<EncodedColumn> columns_;
  std::unique_ptr<char[]> bytes_;
  std::size_t capacity_ = 0;
};

}  // namespace assay::refine
