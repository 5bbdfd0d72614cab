#include "refine/row_hasher.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "refine/copy_text.h"
#include "refine/inline_hash_internal.h"

namespace assay::refine {
namespace {

/// Header and varint of any value, and what the copies write behind the end.
constexpr std::size_t kValueRoom = 32;
constexpr std::size_t kSlack = 64;
constexpr std::uint32_t kRowsAtOnce = 32;
constexpr std::size_t kShortText = 64;  ///< longer ones ask for their room
constexpr std::ptrdiff_t kApart = 32;   ///< what copy_text may read and write beyond a text
constexpr std::size_t kCapacityKept = std::size_t{1} << 20;

inline std::uint64_t zigzag(std::int64_t value) {
  return static_cast<std::uint64_t>(value) << 1 ^ static_cast<std::uint64_t>(value >> 63);
}

char* put_long_varint(char* at, UInt128 value) {
  while (value >= 0x80) {
    *at++ = static_cast<char>(static_cast<std::uint8_t>(value) | 0x80);
    value >>= 7;
  }
  *at++ = static_cast<char>(value);
  return at;
}

/// Groups of seven bits, spread over the bytes of a word without a branch on their number.
inline char* put_spread_varint(char* at, std::uint64_t value) {
  if (value >= std::uint64_t{1} << 56) [[unlikely]]
    return put_long_varint(at, value);
  std::uint64_t spread = (value & 0x00fffffff0000000) << 4 | (value & 0x000000000fffffff);
  spread = (spread & 0x0fffc0000fffc000) << 2 | (spread & 0x00003fff00003fff);
  spread = (spread & 0x3f803f803f803f80) << 1 | (spread & 0x007f007f007f007f);
  // ceil(bits / 7) for 1 to 56 bits.
  const unsigned bytes = (static_cast<unsigned>(std::bit_width(value | 1)) * 9 + 64) / 64;
  const std::uint64_t more = 0x8080808080808080 & ~(~std::uint64_t{0} << (8 * bytes - 8));
  spread |= more;
  std::memcpy(at, &spread, sizeof spread);
  return at + bytes;
}

inline char* put_varint(char* at, std::uint64_t value) {
  if (value >= 0x80) return put_spread_varint(at, value);
  *at = static_cast<char>(value);
  return at + 1;
}

inline char* put_float(char* at, const Cell& cell) {
  constexpr std::uint64_t kNan = 0x7ff8000000000000;
  const double value = cell.real();
  const std::uint64_t bits = value != value ? kNan : cell.low;
  std::memcpy(at, &bits, sizeof bits);
  return at + sizeof bits;
}

inline char* put_decimal(char* at, const Cell& cell) {
  const auto low = static_cast<std::int64_t>(cell.low);
  const bool narrow = static_cast<std::int64_t>(cell.high) == low >> 63;
  if (narrow && low < std::int64_t{1} << 62 && low > -(std::int64_t{1} << 62)) [[likely]]
    return put_varint(at, zigzag(low));
  const Int128 value = cell.decimal();
  return put_long_varint(at, static_cast<UInt128>(value) << 1 ^ static_cast<UInt128>(value >> 127));
}

inline char* put_text(char* at, const Cell& cell) {
  at = put_varint(at, cell.high);
  copy_text(at, cell.bytes().data(), cell.high);
  return at + cell.high;
}

EncodedColumn::Kind kind_of(column::Type type) {
  switch (type) {
    case column::Type::boolean: return EncodedColumn::Kind::boolean;
    case column::Type::int32:
    case column::Type::int64:
    case column::Type::date:
    case column::Type::timestamp: return EncodedColumn::Kind::integer;
    case column::Type::float64: return EncodedColumn::Kind::float64;
    case column::Type::decimal: return EncodedColumn::Kind::decimal;
    case column::Type::string:
    case column::Type::binary: break;
  }
  return EncodedColumn::Kind::text;
}

/// One value that is not null, behind its header.
inline char* put_number(char* at, EncodedColumn::Kind kind, const Cell& cell) {
  if (kind == EncodedColumn::Kind::integer) return put_varint(at, zigzag(cell.integer()));
  if (kind == EncodedColumn::Kind::decimal) return put_decimal(at, cell);
  if (kind == EncodedColumn::Kind::float64) return put_float(at, cell);
  *at = cell.low != 0 ? 1 : 0;
  return at + 1;
}

}  // namespace

void RowHasher::choose(const std::vector<ColumnProgram>& columns, const Rows& rows,
                       std::uint32_t first, std::uint32_t count, const std::vector<bool>* outer) {
  columns_.clear();
  segments_.clear();
  for (const ColumnProgram& column : columns) {
    if (!column.hashed) continue;
    EncodedColumn chosen{rows.cells(column.column) + first, rows.present(column.column) + first, 0,
                         column.header.size, kind_of(column.type)};
    if (column.mostly_null && std::memchr(chosen.present, Rows::kValue, count) == nullptr) continue;
    std::memcpy(&chosen.header, column.header.bytes, sizeof chosen.header);
    columns_.push_back(chosen);
    const bool repeats = outer != nullptr && (*outer)[static_cast<std::size_t>(column.column)];
    if (segments_.empty() || segments_.back().repeats != repeats)
      segments_.push_back({0, repeats, 0, 0});
    segments_.back().columns_end = columns_.size();
  }
}

char* RowHasher::grow(char* at, std::size_t more) {
  const auto used = static_cast<std::size_t>(at - bytes_.get());
  capacity_ = (used + more) * 2;
  auto grown = std::make_unique_for_overwrite<char[]>(capacity_);
  if (used > 0) std::memcpy(grown.get(), bytes_.get(), used);
  bytes_ = std::move(grown);
  return bytes_.get() + used;
}

inline char* RowHasher::put_columns(char* at, std::size_t begin, std::size_t end, std::uint32_t row,
                                    std::size_t room) {
  for (std::size_t i = begin; i < end; ++i) {
    const EncodedColumn& column = columns_[i];
    if (column.present[row] == Rows::kNull) continue;
    const Cell& cell = column.cells[row];
    const bool text = column.kind == EncodedColumn::Kind::text;
    if (text && cell.high > kShortText) [[unlikely]]
      at = reserve(at, cell.high + room);
    std::memcpy(at, &column.header, sizeof column.header);
    at += column.header_size;
    at = text ? put_text(at, cell) : put_number(at, column.kind, cell);
  }
  return at;
}

inline char* RowHasher::put_row(char* at, std::uint32_t row, bool repeats, std::size_t room) {
  std::size_t column = 0;
  for (Segment& segment : segments_) {
    if (segment.repeats && repeats) {
      if (segment.size > kShortText) at = reserve(at, segment.size + room);
      const char* const last = bytes_.get() + segment.begin;
      segment.begin = static_cast<std::size_t>(at - bytes_.get());
      // copy_text works in steps of 16, and short rows lie close together.
      if (at - last >= kApart)
        copy_text(at, last, segment.size);
      else
        std::memmove(at, last, segment.size);
      at += segment.size;
    } else {
      segment.begin = static_cast<std::size_t>(at - bytes_.get());
      at = put_columns(at, column, segment.columns_end, row, room);
      segment.size = static_cast<std::size_t>(at - bytes_.get()) - segment.begin;
    }
    column = segment.columns_end;
  }
  return at;
}

/// Encodes a few rows, one behind the other, and hashes them when they have left the processor's
/// store buffer.
void RowHasher::hash_few(std::string_view prefix, std::uint32_t row, std::uint32_t count,
                         const std::uint8_t* repeats, Hash128* hashes) {
  const std::size_t room = columns_.size() * (kValueRoom + kShortText) + prefix.size() + kSlack;
  std::size_t begins[kRowsAtOnce + 1];
  begins[0] = 0;
  char* at = bytes_.get();
  for (std::uint32_t i = 0; i < count; ++i) {
    at = reserve(at, room);
    at = std::copy(prefix.begin(), prefix.end(), at);
    at = put_row(at, row + i, i > 0 && repeats != nullptr && repeats[row + i] != 0, room);
    begins[i + 1] = static_cast<std::size_t>(at - bytes_.get());
  }
  for (std::uint32_t i = 0; i < count; ++i)
    hashes[i] = hash128({bytes_.get() + begins[i], begins[i + 1] - begins[i]});
}

void RowHasher::run(std::string_view prefix, std::uint32_t count, const std::uint8_t* repeats,
                    Hash128* hashes) {
  for (std::uint32_t done = 0; done < count; done += kRowsAtOnce) {
    hash_few(prefix, done, std::min(kRowsAtOnce, count - done), repeats, hashes + done);
  }
  // One huge row must not hold its room for ever.
  if (capacity_ <= kCapacityKept) return;
  capacity_ = 0;
  bytes_.reset();
}

void RowHasher::hash(const std::vector<ColumnProgram>& columns, std::string_view prefix,
                     const Rows& rows, std::uint32_t first, std::uint32_t count, Hash128* hashes) {
  choose(columns, rows, first, count, nullptr);
  run(prefix, count, nullptr, hashes);
}

void RowHasher::hash(const std::vector<ColumnProgram>& columns, const Rows& rows,
                     std::uint32_t first, std::uint32_t count, Hash128* hashes,
                     const std::vector<bool>* outer) {
  choose(columns, rows, first, count, outer);
  run({}, count, outer == nullptr ? nullptr : rows.repeats.data() + first, hashes);
}

}  // namespace assay::refine
