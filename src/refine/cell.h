#pragma once
// A typed value on its way from a leaf to a column. The type is known from the column.

#include <bit>
#include <cstdint>
#include <string_view>

namespace assay::refine {

__extension__ typedef __int128 Int128;
__extension__ typedef unsigned __int128 UInt128;

/// Borrows the bytes of texts: they live as long as the record that is being refined, and 64 bytes
/// behind them are readable.
struct Cell {
  std::uint64_t low = 0;
  std::uint64_t high = 0;

  static Cell of_int(std::int64_t value) { return {static_cast<std::uint64_t>(value), 0}; }
  static Cell of_float(double value) { return {std::bit_cast<std::uint64_t>(value), 0}; }
  static Cell of_decimal(Int128 value) {
    const auto bits = static_cast<UInt128>(value);
    return {static_cast<std::uint64_t>(bits), static_cast<std::uint64_t>(bits >> 64)};
  }
  static Cell of_bytes(const char* data, std::size_t size) {
    return {reinterpret_cast<std::uint64_t>(data), size};
  }
  static Cell of_bytes(std::string_view text) { return of_bytes(text.data(), text.size()); }

  std::int64_t integer() const { return static_cast<std::int64_t>(low); }
  double real() const { return std::bit_cast<double>(low); }
  Int128 decimal() const { return static_cast<Int128>(static_cast<UInt128>(high) << 64 | low); }
  std::string_view bytes() const { return {reinterpret_cast<const char*>(low), high}; }
};
static_assert(sizeof(Cell) == 16);

}  // namespace assay::refine
