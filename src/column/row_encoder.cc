#include "column/row_encoder.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>

#include "base/assert.h"

namespace assay::column {
namespace {

constexpr std::size_t kVarint64Max = 10;   // bytes of the longest 64-bit varint
constexpr std::size_t kVarint128Max = 19;  // bytes of the longest 128-bit varint
constexpr std::size_t kHeadMax = 6;        // a 31-bit field id as varint, and the type class
constexpr std::uint64_t kCanonicalNan = 0x7ff8'0000'0000'0000U;

__extension__ typedef unsigned __int128 Uint128;

template <typename Unsigned>
char* put_varint(char* out, Unsigned value) {
  while (value >= 0x80) {
    *out++ = static_cast<char>(static_cast<std::uint8_t>(value) | 0x80U);
    value >>= 7;
  }
  *out++ = static_cast<char>(static_cast<std::uint8_t>(value));
  return out;
}

char* put_head(char* out, int id, char value_class) {
  ASSAY_DASSERT(id > 0);
  out = put_varint(out, static_cast<std::uint32_t>(id));
  *out++ = value_class;
  return out;
}

}  // namespace

char* RowEncoder::reserve(std::size_t more) {
  if (capacity_ - size_ < more) {
    const std::size_t capacity = std::max<std::size_t>(capacity_ * 2, size_ + more + 256);
    std::unique_ptr<char[]> grown(new char[capacity]);
    if (size_ != 0) std::memcpy(grown.get(), buffer_.get(), size_);
    buffer_ = std::move(grown);
    capacity_ = capacity;
  }
  return buffer_.get() + size_;
}

void RowEncoder::zigzag(int id, char value_class, std::int64_t value) {
  char* out = put_head(reserve(kHeadMax + kVarint64Max), id, value_class);
  const auto bits = static_cast<std::uint64_t>(value);
  out = put_varint(out, (bits << 1) ^ static_cast<std::uint64_t>(value >> 63));
  size_ = static_cast<std::size_t>(out - buffer_.get());
}

void RowEncoder::text(int id, char value_class, std::string_view value) {
  char* out = put_head(reserve(kHeadMax + kVarint64Max + value.size()), id, value_class);
  out = put_varint(out, static_cast<std::uint64_t>(value.size()));
  if (!value.empty()) std::memcpy(out, value.data(), value.size());
  size_ = static_cast<std::size_t>(out - buffer_.get()) + value.size();
}

void RowEncoder::boolean(int id, bool value) {
  char* out = put_head(reserve(kHeadMax + 1), id, type_class::kBoolean);
  *out++ = value ? 1 : 0;
  size_ = static_cast<std::size_t>(out - buffer_.get());
}

void RowEncoder::integer(int id, std::int64_t value) { zigzag(id, type_class::kInteger, value); }

void RowEncoder::float64(int id, double value) {
  char* out = put_head(reserve(kHeadMax + 8), id, type_class::kFloat64);
  const std::uint64_t bits =
      std::isnan(value) ? kCanonicalNan : std::bit_cast<std::uint64_t>(value);
  for (int i = 0; i < 8; ++i)
    *out++ = static_cast<char>(static_cast<std::uint8_t>(bits >> (8 * i)));
  size_ = static_cast<std::size_t>(out - buffer_.get());
}

void RowEncoder::decimal(int id, int scale, Int128 unscaled) {
  char* out = put_head(reserve(kHeadMax + 1 + kVarint128Max), id, type_class::kDecimal);
  *out++ = static_cast<char>(scale);
  const auto bits = static_cast<Uint128>(unscaled);
  out = put_varint(out, (bits << 1) ^ static_cast<Uint128>(unscaled >> 127));
  size_ = static_cast<std::size_t>(out - buffer_.get());
}

void RowEncoder::date(int id, std::int32_t days) { zigzag(id, type_class::kDate, days); }
void RowEncoder::timestamp(int id, std::int64_t micros) {
  zigzag(id, type_class::kTimestamp, micros);
}
void RowEncoder::string(int id, std::string_view value) { text(id, type_class::kString, value); }
void RowEncoder::binary(int id, std::string_view value) { text(id, type_class::kBinary, value); }

}  // namespace assay::column
