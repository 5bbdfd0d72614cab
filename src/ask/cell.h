#pragma once
// One value of a result, exact: as people read it, and as JSON may carry it.

#include <string>
#include <vector>

namespace assay::ask {

struct Cell {
  enum class Kind {
    null,
    boolean,  ///< "true", "false"
    number,   ///< integers up to 2^53 and finite doubles: a JSON number
    exact,    ///< decimals and larger integers: digits, which JSON carries as a string
    json,     ///< lists, maps and structs, as JSON
    text,     ///< everything else: instants as RFC 3339, days, hex of bytes
  };
  Kind kind = Kind::null;
  std::string text;

  bool is_null() const { return kind == Kind::null; }
  bool is_numeric() const { return kind == Kind::number || kind == Kind::exact; }
  bool operator==(const Cell&) const = default;
};

/// The cell as a JSON token.
std::string to_json(const Cell& cell);
/// Text as a quoted JSON string; bytes that are not UTF-8 become U+FFFD.
std::string json_string(const std::string& text);
/// One line of RFC 4180, without its line end. NULL is an empty field, an empty text is "".
std::string csv_line(const std::vector<Cell>& row);

}  // namespace assay::ask
