#pragma once
// Rows of CSV (RFC 4180): where they end, what their fields are, their renditions
// (docs/formats/renditions.md).

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "base/result.h"

namespace assay::decode {

struct CsvField {
  std::string text;
  bool quoted = false;
};

/// Where the row at the start of some bytes ends.
struct CsvRowEnd {
  enum class Kind {
    line_break,
    open,       ///< the bytes end within the row, outside of quotes
    in_quotes,  ///< the bytes end within a quoted field
    misquoted,  ///< behind a quoted field stands neither a delimiter nor a line break
  };
  Kind kind = Kind::open;
  std::size_t size = 0;   ///< of the row, where there is a line break
  std::size_t after = 0;  ///< where the next row begins then
};
CsvRowEnd find_csv_row_end(std::string_view bytes, char delimiter);

/// The fields of one row, without its line break. Code::csv_row.
Result<std::vector<CsvField>> read_csv_row(std::string_view row, char delimiter);

/// What a header line says. Immutable.
class CsvHeader {
 public:
  /// Code::csv_row where the line is malformed or has a name twice.
  static Result<CsvHeader> read(std::string_view line, char delimiter);

  /// Appends the rendition of a row. Code::csv_row, json_utf8, json_too_large.
  Status append(std::string& out, std::string_view row, const PayloadLimits& limits) const;
  std::size_t count() const { return keys_.size(); }

 private:
  char delimiter_ = ',';
  std::vector<std::string> keys_;  ///< as JSON, with the colon
};

}  // namespace assay::decode
