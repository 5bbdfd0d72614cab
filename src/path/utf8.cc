#include "path/utf8.h"

#include <algorithm>
#include <charconv>

namespace assay::path {
namespace {

constexpr std::uint32_t kNoDigits = 0x10000;

bool is_high(std::uint32_t unit) { return unit >= 0xd800 && unit <= 0xdbff; }
bool is_low(std::uint32_t unit) { return unit >= 0xdc00 && unit <= 0xdfff; }

}  // namespace

std::size_t multibyte_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) {
    return at + i < text.size() ? static_cast<std::uint8_t>(text[at + i]) : 0U;
  };
  const auto is_tail = [&](std::size_t i) { return (byte(i) & 0xc0U) == 0x80U; };
  const unsigned lead = byte(0);
  if (lead >= 0xc2 && lead <= 0xdf) return is_tail(1) ? 2 : 0;
  if (lead >= 0xe0 && lead <= 0xef) {
    const bool overlong = lead == 0xe0 && byte(1) < 0xa0;
    const bool surrogate = lead == 0xed && byte(1) > 0x9f;
    return is_tail(1) && is_tail(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (lead >= 0xf0 && lead <= 0xf4) {
    const bool overlong = lead == 0xf0 && byte(1) < 0x90;
    const bool beyond = lead == 0xf4 && byte(1) > 0x8f;
    return is_tail(1) && is_tail(2) && is_tail(3) && !overlong && !beyond ? 4 : 0;
  }
  return 0;
}

void append_utf8(std::string& out, std::uint32_t code_point) {
  const auto tail = [&](int shift) {
    return static_cast<char>(0x80U | ((code_point >> shift) & 0x3fU));
  };
  if (code_point < 0x80) {
    out += static_cast<char>(code_point);
  } else if (code_point < 0x800) {
    out += static_cast<char>(0xc0U | (code_point >> 6));
    out += tail(0);
  } else if (code_point < 0x10000) {
    out += static_cast<char>(0xe0U | (code_point >> 12));
    out += tail(6);
    out += tail(0);
  } else {
    out += static_cast<char>(0xf0U | (code_point >> 18));
    out += tail(12);
    out += tail(6);
    out += tail(0);
  }
}

CodePoint first_code_point(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<std::uint32_t>(text[i]) & 0xffU; };
  const auto tail = [&](std::size_t i) { return byte(i) & 0x3fU; };
  const std::uint32_t lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  if (lead < 0xe0) return {(lead & 0x1fU) << 6 | tail(1), 2};
  if (lead < 0xf0) return {(lead & 0xfU) << 12 | tail(1) << 6 | tail(2), 3};
  return {(lead & 0x7U) << 18 | tail(1) << 12 | tail(2) << 6 | tail(3), 4};
}

std::size_t count_code_points(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
    return (static_cast<std::uint8_t>(c) & 0xc0U) != 0x80U;
  }));
}

std::uint32_t four_hex_digits(std::string_view text, std::size_t at) {
  if (at + 4 > text.size()) return kNoDigits;
  std::uint32_t value = 0;
  const char* end = text.data() + at + 4;
  const auto parsed = std::from_chars(text.data() + at, end, value, 16);
  return parsed.ec == std::errc{} && parsed.ptr == end ? value : kNoDigits;
}

UnicodeEscape read_unicode_escape(std::string_view text, std::size_t at) {
  using Problem = UnicodeEscape::Problem;
  const std::uint32_t unit = four_hex_digits(text, at);
  if (unit == kNoDigits) return {Problem::digits};
  if (is_low(unit)) return {Problem::lone_low};
  if (!is_high(unit)) return {Problem::none, unit, 4};
  const std::uint32_t low = at + 4 < text.size() && text.substr(at + 4, 2) == "\\u"
                                ? four_hex_digits(text, at + 6)
                                : kNoDigits;
  if (!is_low(low)) return {Problem::lone_high};
  return {Problem::none, 0x10000 + ((unit - 0xd800) << 10) + (low - 0xdc00), 10};
}

bool less_by_utf16(std::string_view left, std::string_view right) {
  const std::size_t size = std::min(left.size(), right.size());
  for (std::size_t i = 0; i < size; ++i) {
    const auto a = static_cast<std::uint8_t>(left[i]);
    const auto b = static_cast<std::uint8_t>(right[i]);
    if (a == b) continue;
    // Four bytes become a pair of surrogates (U+D800 to U+DFFF), which lie below U+E000 to U+FFFF,
    // and those begin with 0xEE or 0xEF: the one place where the two orders differ.
    if (a >= 0xee && b >= 0xee && (a >= 0xf0) != (b >= 0xf0)) return a >= 0xf0;
    return a < b;
  }
  return left.size() < right.size();
}

}  // namespace assay::path
