#pragma once
// verify's own writer of the typed row encoding, made from docs/formats/row-encoding.md and not
// from the write path's code: what both agree on is the page.

#include <string>
#include <string_view>

#include "base/hash.h"
#include "verify/cell.h"

namespace assay::verify {

/// Appends an unsigned varint: 7 bits a byte, low bits first, the high bit says that more follow.
void append_varint(std::string& bytes, UInt128 value);

/// The encoding of one row. Cells come in ascending order of field id; null cells leave no bytes.
class RowEncoding {
 public:
  void clear() { bytes_.clear(); }
  void append(int field_id, const Cell& cell);
  std::string_view bytes() const { return bytes_; }
  Hash128 hash() const { return xxh3_128(bytes_); }

 private:
  std::string bytes_;
};

}  // namespace assay::verify
