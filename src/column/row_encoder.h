#pragma once
// The typed row encoding (design section 6), specified byte by byte in
// docs/formats/row-encoding.md. verify has its own implementation of the same page; they share
// nothing but the hashing primitive.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

#include "base/hash.h"

namespace assay::column {

/// Type classes of docs/formats/row-encoding.md; a number is never used twice.
namespace type_class {
inline constexpr char kBoolean = 1;
inline constexpr char kInteger = 2;
inline constexpr char kFloat64 = 3;
inline constexpr char kDecimal = 4;
inline constexpr char kDate = 5;
inline constexpr char kTimestamp = 6;
inline constexpr char kString = 7;
inline constexpr char kBinary = 8;
}  // namespace type_class

/// Appends the values of one row in ascending order of field id; nulls are simply not appended.
/// One thread. Keeps its buffer across `clear`, so that one encoder serves many rows.
///
/// A value is: varint(field id), one byte of type class, the minimal bytes:
///   1 boolean: one byte 0 or 1            2 integer (int32, int64): zigzag varint
///   3 float64: 8 bytes little-endian, every NaN as 0x7ff8000000000000, -0.0 kept
///   4 decimal: one byte scale, zigzag varint of the unscaled 128-bit value
///   5 date: zigzag varint of days         6 timestamp: zigzag varint of UTC microseconds
///   7 string: varint length, UTF-8        8 binary: varint length, bytes
class RowEncoder {
 public:
  void clear() { size_ = 0; }
  void boolean(int id, bool value);
  void integer(int id, std::int64_t value);
  void float64(int id, double value);
  __extension__ typedef __int128 Int128;
  void decimal(int id, int scale, Int128 unscaled);
  void date(int id, std::int32_t days);
  void timestamp(int id, std::int64_t micros);
  void string(int id, std::string_view value);
  void binary(int id, std::string_view value);
  std::string_view bytes() const { return {buffer_.get(), size_}; }
  Hash128 hash() const { return xxh3_128(bytes()); }

 private:
  char* reserve(std::size_t more);
  void zigzag(int id, char value_class, std::int64_t value);
  void text(int id, char value_class, std::string_view value);

  std::unique_ptr<char[]> buffer_;  ///< capacity_ bytes, of which size_ are the row
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace assay::column
