#pragma once
// JSON's number grammar, and the exact value of numbers of up to 18 digits without an exponent.

#include <array>
#include <bit>
#include <cstdint>
#include <cstring>

#include "refine/node.h"

namespace assay::refine {

/// What may stand behind a scalar: a structural character or a blank.
inline constexpr auto kEndsScalar = [] {
  std::array<bool, 256> ends{};
  for (const char c : {',', ':', '[', ']', '{', '}', ' ', '\t', '\n', '\r'}) {
    ends[static_cast<unsigned char>(c)] = true;
  }
  return ends;
}();

inline bool ends_scalar(char c) { return kEndsScalar[static_cast<unsigned char>(c)]; }
inline bool is_digit(char c) { return static_cast<unsigned char>(c - '0') < 10; }

struct NumberToken {
  std::int64_t mantissa = 0;  ///< value * 10^scale, where `exact`
  std::uint8_t scale = 0;     ///< digits behind the point
  bool exact = false;         ///< at most 18 digits, no exponent, not -0
};

/// Powers of ten that fit 64 bits signed.
inline constexpr std::int64_t kTens[] = {1,
                                         10,
                                         100,
                                         1'000,
                                         10'000,
                                         100'000,
                                         1'000'000,
                                         10'000'000,
                                         100'000'000,
                                         1'000'000'000,
                                         10'000'000'000,
                                         100'000'000'000,
                                         1'000'000'000'000,
                                         10'000'000'000'000,
                                         100'000'000'000'000,
                                         1'000'000'000'000'000,
                                         10'000'000'000'000'000,
                                         100'000'000'000'000'000,
                                         1'000'000'000'000'000'000};
inline constexpr int kTensMax = 18;

/// Appends the run of digits at `at` to `value`, eight at a time and without a branch on each, and
/// answers its end. Beyond 2^64 the value wraps. REQUIRES: 8 readable bytes behind the run.
inline const char* take_digits(const char* at, std::uint64_t& value) {
  for (;;) {
    std::uint64_t word = 0;
    std::memcpy(&word, at, sizeof word);
    word ^= 0x3030303030303030;  // digits are 0 to 9 now
    // The high bit of the first byte that is none; what a carry does behind it does not matter.
    const std::uint64_t others = ((word + 0x7676767676767676) | word) & 0x8080808080808080;
    const int digits = others == 0 ? 8 : std::countr_zero(others) / 8;
    if (digits == 0) return at;
    word <<= 64 - 8 * digits;
    // Pairs, then the four pairs, weighted by one multiplication each.
    word = word * 10 + (word >> 8);
    word = ((word & 0x000000ff000000ff) * 0x000f424000000064 +
            ((word >> 16) & 0x000000ff000000ff) * 0x0000271000000001) >>
           32;
    value = value * static_cast<std::uint64_t>(kTens[digits]) + word;
    at += digits;
    if (digits < 8) return at;
  }
}

/// The end of the number in JSON's grammar that begins at `begin`, or nullptr where there is none.
/// REQUIRES: a byte that is no digit follows somewhere, and 8 readable bytes behind it.
inline const char* scan_token(const char* begin, NumberToken& token) {
  const char* at = begin;
  const bool negative = *at == '-';
  at += negative ? 1 : 0;
  const char* const first = at;
  std::uint64_t value = 0;
  while (is_digit(*at)) value = value * 10 + static_cast<std::uint64_t>(*at++ - '0');
  std::int64_t digits = at - first;
  if (digits == 0 || (digits > 1 && *first == '0')) return nullptr;
  if (*at == '.') {
    const char* const fraction = ++at;
    at = take_digits(at, value);
    if (at == fraction) return nullptr;
    digits += at - fraction;
    token.scale = static_cast<std::uint8_t>(at - fraction);
  }
  token.exact = digits <= 18 && !(negative && value == 0);
  if (*at == 'e' || *at == 'E') {
    ++at;
    at += *at == '+' || *at == '-' ? 1 : 0;
    const char* const exponent = at;
    while (is_digit(*at)) ++at;
    if (at == exponent) return nullptr;
    token.exact = false;
  }
  token.mantissa = static_cast<std::int64_t>(negative ? 0 - value : value);
  return at;
}

/// The same of a number leaf: sets mantissa, scale and kExact.
inline const char* scan_number(const char* begin, Node& node) {
  NumberToken token;
  const char* const end = scan_token(begin, token);
  if (end == nullptr || !ends_scalar(*end)) return nullptr;
  node.flags = static_cast<std::uint8_t>(node.flags | (token.exact ? Node::kExact : 0));
  node.scale = token.scale;
  node.mantissa = token.mantissa;
  return end;
}

}  // namespace assay::refine
