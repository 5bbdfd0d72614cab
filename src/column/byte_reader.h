#pragma once
// Reads the varints of docs/formats/row-encoding.md, from rows and from pages of state.

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace assay::column {

/// Takes numbers and bytes from the front of a buffer that another process may have written.
/// Borrows the buffer. After the first fault `ok` is false and every value is empty.
class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : bytes_(bytes) {}
  bool ok() const { return ok_; }
  bool at_end() const { return bytes_.empty(); }
  std::uint8_t byte();
  /// At most 10 bytes that fit 64 bits.
  std::uint64_t varint();
  std::int64_t zigzag();
  __extension__ typedef __int128 Int128;
  Int128 zigzag128();
  std::string_view bytes(std::size_t count);

 private:
  std::string_view bytes_;
  bool ok_ = true;
};

}  // namespace assay::column
