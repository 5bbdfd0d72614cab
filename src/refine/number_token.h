#pragma once
// JSON's number grammar, and the exact value of numbers of up to 18 digits without an exponent.

#include <array>
#include <cstdint>

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

/// The end of the number in JSON's grammar that begins at `begin`, or nullptr where there is none.
/// REQUIRES: a byte that is no digit follows somewhere.
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
    while (is_digit(*at)) value = value * 10 + static_cast<std::uint64_t>(*at++ - '0');
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
