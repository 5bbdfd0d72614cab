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
  enum class Kind : std::uint8_t { text, integer, decimal, float64, boolean };
  const Cell* cells = nullptr;
  const std::uint8_t* present = nullptr;
  std::uint64_t header = 0;
  std::uint32_t header_size = 0;
  Kind kind = Kind::text;
};

/// Buffers are kept from call to call.
class RowHasher {
 public:
  /// Hashes of rows [first, first + count) over the hashed ones of the columns. REQUIRES: 64
  /// readable bytes behind every text. `outer` says by column which repeat where Rows::repeats says
  /// so; nullptr: none.
  void hash(const std::vector<ColumnProgram>& columns, const Rows& rows, std::uint32_t first,
            std::uint32_t count, Hash128* hashes, const std::vector<bool>* outer);
  /// The same over other columns, behind a prefix that all rows share.
  void hash(const std::vector<ColumnProgram>& columns, std::string_view prefix, const Rows& rows,
            std::uint32_t first, std::uint32_t count, Hash128* hashes);

 private:
  /// Neighbouring columns that repeat together, or do not.
  struct Segment {
    std::size_t columns_end = 0;
    bool repeats = false;
    std::size_t begin = 0;  ///< of its encoding in the last row
    std::size_t size = 0;
  };

  void choose(const std::vector<ColumnProgram>& columns, const Rows& rows, std::uint32_t first,
              std::uint32_t count, const std::vector<bool>* outer);
  void run(std::string_view prefix, std::uint32_t count, const std::uint8_t* repeats,
           Hash128* hashes);
  void hash_few(std::string_view prefix, std::uint32_t row, std::uint32_t count,
                const std::uint8_t* repeats, Hash128* hashes);
  char* put_row(char* at, std::uint32_t row, bool repeats, std::size_t room);
  char* put_columns(char* at, std::size_t begin, std::size_t end, std::uint32_t row,
                    std::size_t room);
  /// Sees to room for `more` bytes at `at`; what is encoded so far may move.
  char* reserve(char* at, std::size_t more) {
    return static_cast<std::size_t>(bytes_.get() + capacity_ - at) < more ? grow(at, more) : at;
  }
  char* grow(char* at, std::size_t more);

  std::vector<EncodedColumn> columns_;
  std::vector<Segment> segments_;
  std::unique_ptr<char[]> bytes_;
  std::size_t capacity_ = 0;
};

}  // namespace assay::refine
