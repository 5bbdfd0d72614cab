#pragma once
// A leaf of a payload becomes a typed value: verify's own reading of the rules of
// docs/formats/conversion.md.

#include <optional>
#include <string>
#include <string_view>

#include "base/error_table.h"
#include "verify/cell.h"
#include "verify/payload.h"
#include "verify/plan_document.h"

namespace assay::verify {

/// What became of a leaf. `text` owns what the cell shows where it is a string or binary.
struct Converted {
  enum class Outcome : std::uint8_t { value, null, wrong_type, out_of_range, unmapped };
  Outcome outcome = Outcome::null;
  Cell cell;
  std::string text;
};

Converted convert_leaf(const Node& leaf, const ColumnType& type, const Normaliser& normaliser);
/// A plan's constant: converted as a string, without trim, case, null_if and value map.
Converted convert_constant(std::string_view text, const ColumnType& type,
                           const Normaliser& normaliser);

/// The code that a failed outcome has in quarantine.
Code code_of(Converted::Outcome failure);

/// Microseconds since 1970 of "2011-12-09", "2011-12-09 12:50", "2011-12-09T12:50:00.25+02:00" and
/// the like.
std::optional<std::int64_t> parse_iso_instant(std::string_view text, int offset_minutes);

}  // namespace assay::verify
