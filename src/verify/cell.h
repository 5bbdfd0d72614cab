#pragma once
// One typed value, as verify's own readers and its own interpreter see it.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace assay::verify {

__extension__ typedef __int128 Int128;
__extension__ typedef unsigned __int128 UInt128;

/// The type classes of the row encoding; `null` has no bytes.
enum class CellKind : std::uint8_t {
  null = 0,
  boolean = 1,
  integer = 2,
  float64 = 3,
  decimal = 4,
  date = 5,
  timestamp = 6,
  string = 7,
  binary = 8
};

/// Borrows its text: what it was read from must outlive it.
struct Cell {
  CellKind kind = CellKind::null;
  int scale = 0;          ///< decimal only
  Int128 number = 0;      ///< boolean, integer, unscaled decimal, days, UTC microseconds
  double real = 0;        ///< float64
  std::string_view text;  ///< string, binary

  bool is_null() const { return kind == CellKind::null; }
};

Cell integer_cell(std::int64_t value);
Cell string_cell(std::string_view value);
Cell binary_cell(std::string_view value);
Cell timestamp_cell(std::int64_t micros);

/// What a person reads: "12.50", "2011-12-09T12:50:00Z", text as it is, binary in hex, "null".
std::string to_text(const Cell& cell);
std::string decimal_text(Int128 unscaled, int scale);

/// A column's type: a name of docs/formats/tables.md, with its scale for a decimal.
struct ColumnType {
  CellKind kind = CellKind::string;
  bool narrow = false;  ///< integer only: 32 bits
  int precision = 0;    ///< decimal only
  int scale = 0;        ///< decimal only
};
/// "string", "int32", "decimal(18,3)" of plans, and Iceberg's "int", "long", "double",
/// "timestamptz".
std::optional<ColumnType> parse_column_type(std::string_view text);

}  // namespace assay::verify
