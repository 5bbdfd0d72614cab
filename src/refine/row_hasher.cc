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
constexpr std::uint32_t kRowsAtOnce = 64;
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

struct PutBoolean {
  char* operator()(char* at, const Cell& cell) const {
    *at = cell.low != 0 ? 1 : 0;
    return at + 1;
  }
};
struct PutInteger {
  char* operator()(char* at, const Cell& cell) const {
    return put_varint(at, zigzag(cell.integer()));
  }
};
struct PutFloat {
  char* operator()(char* at, const Cell& cell) const {
    constexpr std::uint64_t kNan = 0x7ff8000000000000;
    const double value = cell.real();
    const std::uint64_t bits = value != value ? kNan : cell.low;
    std::memcpy(at, &bits, sizeof bits);
    return at + sizeof bits;
  }
};
struct PutDecimal {
  char* operator()(char* at, const Cell& cell) const {
    const Int128 value = cell.decimal();
    const auto narrow = static_cast<std::int64_t>(value);
    if (narrow == value && narrow < std::int64_t{1} << 62 && narrow > -(std::int64_t{1} << 62))
        [[likely]]
      return put_varint(at, zigzag(narrow));
    return put_long_varint(at,
                           static_cast<UInt128>(value) << 1 ^ static_cast<UInt128>(value >> 127));
  }
};
struct PutText {
  char* operator()(char* at, const Cell& cell) const {
    at = put_varint(at, cell.high);
    copy_text(at, cell.bytes().data(), cell.high);
    return at + cell.high;
  }
};

template <typename Put>
void put_column(const ColumnProgram& column, const Rows& rows, std::uint32_t first,
                std::uint32_t count, char** ends) {
  const Cell* const cells = rows.cells(column.column) + first;
  const std::uint8_t* const present = rows.present(column.column) + first;
  std::uint64_t header = 0;
  std::memcpy(&header, column.header.bytes, sizeof header);
  const std::size_t header_size = column.header.size;
  const Put put;
  for (std::uint32_t row = 0; row < count; ++row) {
    if (present[row] == Rows::kNull) continue;
    char* const at = ends[row];
    std::memcpy(at, &header, sizeof header);
    ends[row] = put(at + header_size, cells[row]);
  }
}

void put_any(const ColumnProgram& column, const Rows& rows, std::uint32_t first,
             std::uint32_t count, char** ends) {
  switch (column.type) {
    case column::Type::boolean: return put_column<PutBoolean>(column, rows, first, count, ends);
    case column::Type::int32:
    case column::Type::int64:
    case column::Type::date:
    case column::Type::timestamp: return put_column<PutInteger>(column, rows, first, count, ends);
    case column::Type::float64: return put_column<PutFloat>(column, rows, first, count, ends);
    case column::Type::decimal: return put_column<PutDecimal>(column, rows, first, count, ends);
    case column::Type::string:
    case column::Type::binary: return put_column<PutText>(column, rows, first, count, ends);
  }
}

bool is_text(column::Type type) {
  return type == column::Type::string || type == column::Type::binary;
}

}  // namespace

/// Room for any of the rows: what the longest texts of the columns take.
std::size_t RowHasher::room_of_row(const std::vector<ColumnProgram>& columns,
                                   std::string_view prefix, const Rows& rows, std::uint32_t first,
                                   std::uint32_t count) {
  std::size_t room = columns.size() * kValueRoom + prefix.size() + kSlack;
  for (const ColumnProgram& column : columns) {
    if (!column.hashed || !is_text(column.type)) continue;
    const Cell* const cells = rows.cells(column.column) + first;
    std::uint64_t longest = 0;
    for (std::uint32_t row = 0; row < count; ++row) longest = std::max(longest, cells[row].high);
    room += longest;
  }
  return room;
}

void RowHasher::hash_few(const std::vector<ColumnProgram>& columns, std::string_view prefix,
                         const Rows& rows, std::uint32_t first, std::uint32_t count,
                         Hash128* hashes) {
  const std::size_t room = room_of_row(columns, prefix, rows, first, count);
  if (count > 1 && room * count > kCapacityKept) {
    // Among long texts the short ones must not take their room.
    hash_few(columns, prefix, rows, first, count / 2, hashes);
    return hash_few(columns, prefix, rows, first + count / 2, count - count / 2,
                    hashes + count / 2);
  }
  if (room * count > capacity_) {
    capacity_ = room * count;
    bytes_ = std::make_unique_for_overwrite<char[]>(capacity_);
  }
  char* ends[kRowsAtOnce];
  for (std::uint32_t row = 0; row < count; ++row) {
    char* const begin = bytes_.get() + row * room;
    std::memcpy(begin, prefix.data(), prefix.size());
    ends[row] = begin + prefix.size();
  }
  for (const ColumnProgram& column : columns) {
    if (column.hashed) put_any(column, rows, first, count, ends);
  }
  for (std::uint32_t row = 0; row < count; ++row) {
    const char* const begin = bytes_.get() + row * room;
    hashes[row] = hash128({begin, static_cast<std::size_t>(ends[row] - begin)});
  }
}

void RowHasher::hash(const std::vector<ColumnProgram>& columns, std::string_view prefix,
                     const Rows& rows, std::uint32_t first, std::uint32_t count, Hash128* hashes) {
  for (std::uint32_t done = 0; done < count; done += kRowsAtOnce) {
    hash_few(columns, prefix, rows, first + done, std::min(kRowsAtOnce, count - done),
             hashes + done);
  }
  // One huge row must not hold its room for ever.
  if (capacity_ > kCapacityKept) {
    capacity_ = 0;
    bytes_.reset();
  }
}

void RowHasher::hash(const TableProgram& table, const Rows& rows, std::uint32_t first,
                     std::uint32_t count, Hash128* hashes) {
  hash(table.values, {}, rows, first, count, hashes);
}

}  // namespace assay::refine
