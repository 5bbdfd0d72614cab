#include "column/byte_reader.h"

namespace assay::column {
namespace {

__extension__ typedef unsigned __int128 Uint128;

constexpr int kVarint64BytesMax = 10;
constexpr int kVarint128BytesMax = 19;

}  // namespace

std::uint8_t ByteReader::byte() {
  if (!ok_ || bytes_.empty()) {
    ok_ = false;
    return 0;
  }
  const auto value = static_cast<std::uint8_t>(bytes_[0]);
  bytes_.remove_prefix(1);
  return value;
}

std::uint64_t ByteReader::varint() {
  std::uint64_t value = 0;
  for (int i = 0; i < kVarint64BytesMax; ++i) {
    const std::uint8_t group = byte();
    if (i == kVarint64BytesMax - 1 && group > 1) break;
    value |= std::uint64_t{group & 0x7fU} << (7 * i);
    if (group < 0x80) return ok_ ? value : 0;
  }
  ok_ = false;
  return 0;
}

std::int64_t ByteReader::zigzag() {
  const std::uint64_t bits = varint();
  return static_cast<std::int64_t>((bits >> 1) ^ (~(bits & 1) + 1));
}

ByteReader::Int128 ByteReader::zigzag128() {
  Uint128 bits = 0;
  for (int i = 0; i < kVarint128BytesMax; ++i) {
    const std::uint8_t group = byte();
    if (i == kVarint128BytesMax - 1 && group > 3) break;
    bits |= Uint128{group & 0x7fU} << (7 * i);
    if (group < 0x80) return ok_ ? static_cast<Int128>((bits >> 1) ^ (~(bits & 1) + 1)) : 0;
  }
  ok_ = false;
  return 0;
}

std::string_view ByteReader::bytes(std::size_t count) {
  if (!ok_ || count > bytes_.size()) {
    ok_ = false;
    return {};
  }
  const std::string_view taken = bytes_.substr(0, count);
  bytes_.remove_prefix(count);
  return taken;
}

}  // namespace assay::column
