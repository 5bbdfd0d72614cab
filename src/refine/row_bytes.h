#pragma once
// The typed row encoding (docs/formats/row-encoding.md) written without calls and without growth
// checks a byte. column/row_encoder.h is the plain form of the same; tests hold the two together.

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

#include "column/schema.h"
#include "refine/cell.h"
#include "refine/inline_hash_internal.h"

namespace assay::refine {

/// What stands before every value of a column: varint(field id), type class and, for decimals, the
/// scale.
struct ValueHeader {
  char bytes[8] = {};
  std::uint32_t size = 0;
};
ValueHeader value_header(int field_id, const column::DataType& type);

/// Copies a text of unknown size, in steps of 16. REQUIRES: 64 readable bytes behind it, 64
/// writable behind out.
inline void copy_text(char* out, const char* from, std::size_t size) {
  std::memcpy(out, from, 16);
  if (size <= 16) return;
  std::memcpy(out + 16, from + 16, 16);
  if (size <= 32) return;
  std::memcpy(out + 32, from + 32, size - 32);
}

inline std::uint64_t zigzag(std::int64_t value) {
  return static_cast<std::uint64_t>(value) << 1 ^ static_cast<std::uint64_t>(value >> 63);
}

class RowBytes {
 public:
  RowBytes() { grow(1024); }

  void clear() { at_ = begin_.get(); }
  std::string_view view() const {
    return {begin_.get(), static_cast<std::size_t>(at_ - begin_.get())};
  }
  Hash128 hash() const { return hash128(view()); }

  void boolean(const ValueHeader& header, bool value) {
    put(header);
    *at_++ = value ? 1 : 0;
  }
  /// int32, int64, date, timestamp: the header's type class tells them apart.
  void integer(const ValueHeader& header, std::int64_t value) {
    put(header);
    put_varint(zigzag(value));
  }
  void float64(const ValueHeader& header, double value) {
    put(header);
    std::uint64_t bits = std::bit_cast<std::uint64_t>(value);
    if (value != value) bits = 0x7ff8000000000000;
    std::memcpy(at_, &bits, sizeof bits);
    at_ += sizeof bits;
  }
  void decimal(const ValueHeader& header, Int128 value) {
    put(header);
    const auto narrow = static_cast<std::int64_t>(value);
    if (narrow == value && narrow < std::int64_t{1} << 62 && narrow > -(std::int64_t{1} << 62))
        [[likely]] {
      put_varint(zigzag(narrow));
      return;
    }
    UInt128 rest = static_cast<UInt128>(value) << 1 ^ static_cast<UInt128>(value >> 127);
    while (rest >= 0x80) {
      *at_++ = static_cast<char>(static_cast<std::uint8_t>(rest) | 0x80);
      rest >>= 7;
    }
    *at_++ = static_cast<char>(rest);
  }
  /// string, binary. REQUIRES: 64 readable bytes behind the text.
  void text(const ValueHeader& header, std::string_view text) {
    if (left() < text.size() + kRoom) [[unlikely]]
      grow(text.size() + kRoom);
    put(header);
    put_varint(text.size());
    copy_text(at_, text.data(), text.size());
    at_ += text.size();
  }
  /// Bytes as they are.
  void raw(std::string_view bytes) {
    if (left() < bytes.size() + kRoom) grow(bytes.size() + kRoom);
    std::memcpy(at_, bytes.data(), bytes.size());
    at_ += bytes.size();
  }
  void put_varint(std::uint64_t value) {
    while (value >= 0x80) {
      *at_++ = static_cast<char>(static_cast<std::uint8_t>(value) | 0x80);
      value >>= 7;
    }
    *at_++ = static_cast<char>(value);
  }
  /// Makes room for one value that is no text. Each value may then be put without a look.
  void reserve() {
    if (left() < kRoom) [[unlikely]]
      grow(kRoom);
  }

 private:
  static constexpr std::size_t kRoom = 128;  ///< header, varints and the slack of copy_text
  std::size_t left() const { return static_cast<std::size_t>(end_ - at_); }
  void put(const ValueHeader& header) {
    std::memcpy(at_, header.bytes, sizeof header.bytes);
    at_ += header.size;
  }
  void grow(std::size_t more);

  std::unique_ptr<char[]> begin_;
  char* at_ = nullptr;
  char* end_ = nullptr;
};

}  // namespace assay::refine
