#pragma once
// UTF-8, as RFC 3629 has it: no overlong forms, no surrogates, nothing beyond U+10FFFF.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace assay::path {

/// Bytes of the UTF-8 sequence at `text[at]`, of two to four bytes; 0 where it is not valid.
std::size_t multibyte_length(std::string_view text, std::size_t at);

/// Appends one code point. REQUIRES: no surrogate, at most U+10FFFF.
void append_utf8(std::string& out, std::uint32_t code_point);

/// The code point of the first bytes. REQUIRES: `text` is valid UTF-8 and not empty.
struct CodePoint {
  std::uint32_t value = 0;
  std::size_t size = 0;  ///< bytes, 1 to 4
};
CodePoint first_code_point(std::string_view text);

/// REQUIRES: `text` is valid UTF-8.
std::size_t count_code_points(std::string_view text);

/// The value of the four hexadecimal digits at `text[at]`; 0x10000 where they do not stand
/// there.
std::uint32_t four_hex_digits(std::string_view text, std::size_t at);

/// What stands behind "\u" in JSON and JSONPath: one code unit, or two for what needs a pair.
struct UnicodeEscape {
  enum class Problem : std::uint8_t { none, digits, lone_high, lone_low };
  Problem problem = Problem::none;
  std::uint32_t code_point = 0;
  std::size_t size = 0;  ///< bytes read behind the first "\u": 4, or 10 for a pair
};
UnicodeEscape read_unicode_escape(std::string_view text, std::size_t at);

/// Orders UTF-8 texts by their UTF-16 code units, as RFC 8785 sorts the keys of an object.
bool less_by_utf16(std::string_view left, std::string_view right);

}  // namespace assay::path
