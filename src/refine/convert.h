#pragma once
// Leaf -> typed value. The rules, which verify's interpreter follows too:
//
// - A JSON null gives null. A non-empty object or array, {} and [] never convert (value_type).
// - The source text of a leaf is the string unescaped, the number's token as it stands, or
// "true"/"false".
//   Where the mapping says so the text is trimmed of ASCII blanks, then compared with null_if
//   (null), then replaced by the value map (no entry: value_unmapped), then put in ASCII lower or
//   upper case; what comes out is converted as a string would be.
// - boolean: true, false, and the strings "true" and "false".
// - int32, int64: a number, or a string that holds a number in JSON's grammar, times 10^scale10,
// exactly: 17850.0
//   and 1e3 are integers, 1.5 is not (value_type); too large is value_range.
// - decimal(p, s): the same numbers, exactly; a digit behind the s-th that is not 0, or more than p
// digits, is
//   value_range.
// - float64: the same numbers, rounded to the nearest double; beyond its range is value_range, too
// small is 0.
// - date: "2011-12-09", or a number of seconds, millis or micros since 1970 with that time format
// (its UTC day).
// - timestamp: text that base/time.h takes (the offset of the mapping where it carries none), or,
// with a time
//   format of epoch_*, a number whose microseconds are whole (else value_type).
// - string, binary: the text.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/error_table.h"
#include "column/schema.h"
#include "plan/plan.h"
#include "refine/cell.h"
#include "refine/document.h"
#include "refine/text.h"

namespace assay::refine {

enum class Outcome : std::uint8_t { value, null, wrong_type, out_of_range, unmapped };

Code code_of(Outcome failure);

struct Conversion {
  /// Which of quick_convert.h knows most of its leaves.
  enum class Quick : std::uint8_t {
    nothing,
    text,
    integer,
    decimal,
    float64,
    boolean,
    instant,
    epoch
  };
  column::DataType type;
  plan::Normalisation normalisation;
  bool changes_text = false;  ///< trim, case, null_if or a value map
  Quick quick = Quick::nothing;
};
Conversion make_conversion(const column::DataType& type, const plan::Normalisation& normalisation);

/// Text results live in `document`'s bytes or in `room`.
Outcome convert(const Conversion& conversion, const Document& document, const Node& node,
                TextRoom& room, Cell& cell);
/// Converts a text as a string leaf of that text.
Outcome convert_text(const Conversion& conversion, std::string_view text, TextRoom& room,
                     Cell& cell);

}  // namespace assay::refine
