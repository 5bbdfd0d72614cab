#pragma once
// Exact decimal numbers from text.

#include <cstdint>
#include <optional>
#include <string_view>

#include "refine/cell.h"

namespace assay::refine {

/// mantissa * 10^exponent, without trailing zeros in the mantissa (0 has the exponent 0).
struct ExactNumber {
  bool negative = false;
  bool too_long = false;  ///< more than 38 significant digits: the mantissa is not set
  UInt128 mantissa = 0;
  std::int64_t exponent = 0;
  std::int64_t digits = 0;  ///< significant ones: the value is below 10^(exponent + digits)
};

/// Nothing where the text is not a number in JSON's grammar. Exponents beyond +-10^9 stop counting
/// there.
std::optional<ExactNumber> parse_exact(std::string_view text);

/// value * 10^exponent as a signed number; nothing where it is not whole or does not fit 128 bits.
enum class Shift : std::uint8_t { done, not_whole, too_large };
Shift shift_exact(const ExactNumber& number, std::int64_t exponent, Int128& out);

/// 10^exponent. REQUIRES: 0 <= exponent <= 38.
UInt128 power10(int exponent);

/// The nearest double; nothing beyond the range of doubles.
std::optional<double> parse_double(std::string_view text);

}  // namespace assay::refine
