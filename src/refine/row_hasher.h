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

/// Encodes a few rows at a time, column by column, so that rows and encoding stay in the nearest
/// cache. Buffers are kept from call to call.
class RowHasher {
 public:
  /// Hashes of rows [first, first + count). REQUIRES: 64 readable bytes behind every text.
  void hash(const TableProgram& table, const Rows& rows, std::uint32_t first, std::uint32_t count,
            Hash128* hashes);
  /// The same over other columns, behind a prefix that all rows share.
  void hash(const std::vector<ColumnProgram>& columns, std::string_view prefix, const Rows& rows,
            std::uint32_t first, std::uint32_t count, Hash128* hashes);

 private:
  void hash_few(const std::vector<ColumnProgram>& columns, std::string_view prefix,
                const Rows& rows, std::uint32_t first, std::uint32_t count, Hash128* hashes);
  static std::size_t room_of_row(const std::vector<ColumnProgram>& columns, std::string_view prefix,
                                 const Rows& rows, std::uint32_t first, std::uint32_t count);

  std::unique_ptr<char[]> bytes_;
  std::size_t capacity_ = 0;
};

}  // namespace assay::refine
