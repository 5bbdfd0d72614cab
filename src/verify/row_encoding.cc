#include "verify/row_encoding.h"

#include <bit>
#include <cmath>

namespace assay::verify {
namespace {

// Zigzag puts the sign into the lowest bit: 0, -1, 1, -2 ... become 0, 1, 2, 3 ...
UInt128 zigzag(Int128 value) {
  const UInt128 doubled = static_cast<UInt128>(value) << 1;
  return value < 0 ? ~doubled : doubled;
}

constexpr std::uint64_t kTheNan = 0x7ff8000000000000;

void append_float64(std::string& bytes, double value) {
  const std::uint64_t bits = std::isnan(value) ? kTheNan : std::bit_cast<std::uint64_t>(value);
  for (int i = 0; i < 8; ++i) bytes += static_cast<char>((bits >> (8 * i)) & 0xff);
}

void append_text(std::string& bytes, std::string_view text) {
  append_varint(bytes, text.size());
  bytes.append(text);
}

}  // namespace

void append_varint(std::string& bytes, UInt128 value) {
  for (; value >= 0x80; value >>= 7) {
    bytes += static_cast<char>(static_cast<unsigned>(value & 0x7f) | 0x80);
  }
  bytes += static_cast<char>(value);
}

void RowEncoding::append(int field_id, const Cell& cell) {
  if (cell.is_null()) return;
  append_varint(bytes_, static_cast<UInt128>(field_id));
  bytes_ += static_cast<char>(cell.kind);
  switch (cell.kind) {
    case CellKind::null: break;
    case CellKind::boolean: bytes_ += static_cast<char>(cell.number != 0 ? 1 : 0); break;
    case CellKind::float64: append_float64(bytes_, cell.real); break;
    case CellKind::decimal:
      bytes_ += static_cast<char>(cell.scale);
      append_varint(bytes_, zigzag(cell.number));
      break;
    case CellKind::integer:
    case CellKind::date:
    case CellKind::timestamp: append_varint(bytes_, zigzag(cell.number)); break;
    case CellKind::string:
    case CellKind::binary: append_text(bytes_, cell.text); break;
  }
}

}  // namespace assay::verify
