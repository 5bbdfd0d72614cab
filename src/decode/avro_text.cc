#include "decode/avro_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <iterator>
#include <limits>
#include <vector>

#include "base/hash.h"
#include "base/time.h"
#include "path/canonical_json.h"

namespace assay::decode {
namespace {

using schema::AvroLogical;

constexpr std::size_t kDecimalSizeMax = 1024;  ///< bytes of an unscaled number: 2466 digits
constexpr std::int64_t kDayFirst = -719'162;   ///< 0001-01-01
constexpr std::int64_t kDayLast = 2'932'896;   ///< 9999-12-31
constexpr std::int64_t kDaySeconds = 86'400;

void append_special(std::string& out, double value) {
  out += std::isnan(value) ? "\"NaN\"" : value > 0 ? "\"Infinity\"" : "\"-Infinity\"";
}

/// What a number of that annotation counts.
struct Unit {
  std::int64_t per_second = 1;
  int digits = 0;  ///< of the fraction
};

Unit unit_of(AvroLogical logical) {
  switch (logical) {
    case AvroLogical::time_millis:
    case AvroLogical::timestamp_millis:
    case AvroLogical::local_timestamp_millis: return {1'000, 3};
    case AvroLogical::time_micros:
    case AvroLogical::timestamp_micros:
    case AvroLogical::local_timestamp_micros: return {1'000'000, 6};
    case AvroLogical::timestamp_nanos:
    case AvroLogical::local_timestamp_nanos: return {1'000'000'000, 9};
    default: return {};
  }
}

bool is_time(AvroLogical logical) {
  return logical == AvroLogical::time_millis || logical == AvroLogical::time_micros;
}

bool is_utc(AvroLogical logical) {
  return logical == AvroLogical::timestamp_millis || logical == AvroLogical::timestamp_micros ||
         logical == AvroLogical::timestamp_nanos;
}

void append_clock(std::string& out, std::int64_t in_day, const Unit& unit) {
  const std::int64_t seconds = in_day / unit.per_second;
  fmt::format_to(std::back_inserter(out), "{:02}:{:02}:{:02}.{:0{}}", seconds / 3600,
                 seconds / 60 % 60, seconds % 60, in_day % unit.per_second, unit.digits);
}

/// The magnitude as base-2^32 digits, the lowest first, without leading zeros.
std::vector<std::uint32_t> magnitude(std::string_view bytes, bool negative) {
  std::vector<std::uint32_t> words(bytes.size() / 4 + 1, negative ? ~0U : 0U);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto byte = static_cast<std::uint8_t>(bytes[bytes.size() - 1 - i]);
    const auto shift = static_cast<unsigned>(i % 4 * 8);
    words[i / 4] = (words[i / 4] & ~(0xffU << shift)) | std::uint32_t{byte} << shift;
  }
  std::uint64_t carry = negative ? 1 : 0;
  for (std::uint32_t& word : words) {
    carry += negative ? ~word : word;
    word = static_cast<std::uint32_t>(carry);
    carry >>= 32;
  }
  while (!words.empty() && words.back() == 0) words.pop_back();
  return words;
}

std::string decimal_digits(std::vector<std::uint32_t> words) {
  constexpr std::uint64_t kChunk = 1'000'000'000;
  std::vector<std::uint32_t> chunks;
  while (!words.empty()) {
    std::uint64_t rest = 0;
    for (std::size_t i = words.size(); i-- > 0;) {
      rest = rest << 32 | words[i];
      words[i] = static_cast<std::uint32_t>(rest / kChunk);
      rest %= kChunk;
    }
    chunks.push_back(static_cast<std::uint32_t>(rest));
    while (!words.empty() && words.back() == 0) words.pop_back();
  }
  if (chunks.empty()) return "0";
  std::string digits = std::to_string(chunks.back());
  for (std::size_t i = chunks.size() - 1; i-- > 0;) digits += fmt::format("{:09}", chunks[i]);
  return digits;
}

struct Unscaled {
  bool negative = false;
  std::string digits;
};

Result<Unscaled> read_unscaled(std::string_view bytes) {
  if (bytes.empty()) return make_error(Code::avro_value, "a decimal has no bytes");
  const bool negative = (static_cast<std::uint8_t>(bytes.front()) & 0x80) != 0;
  // What only repeats the sign is no part of the size.
  const char filler = negative ? '\xff' : '\0';
  const std::size_t begin = std::min(bytes.find_first_not_of(filler), bytes.size());
  if (bytes.size() - begin > kDecimalSizeMax) {
    return make_error(Code::avro_value,
                      fmt::format("a decimal has more than {} bytes", kDecimalSizeMax));
  }
  return Unscaled{negative, decimal_digits(magnitude(bytes.substr(begin), negative))};
}

}  // namespace

void append_real(std::string& out, double value) {
  if (!std::isfinite(value)) return append_special(out, value);
  if (value == 0) {
    out += std::signbit(value) ? "-0" : "0";
    return;
  }
  out += path::ecmascript_number(value);
}

void append_real(std::string& out, float value) {
  if (!std::isfinite(value) || value == 0) return append_real(out, static_cast<double>(value));
  // At most nine digits: the double that they make has the same shortest digits.
  char digits[32];
  const auto [end, code] =
      std::to_chars(digits, digits + sizeof(digits), value, std::chars_format::scientific);
  static_cast<void>(code);
  double same = 0;
  std::from_chars(digits, end, same);
  append_real(out, same);
}

void append_base64(std::string& out, std::string_view bytes) {
  static constexpr std::string_view kLetters =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    const std::size_t count = std::min<std::size_t>(3, bytes.size() - i);
    std::uint32_t bits = 0;
    for (std::size_t j = 0; j < 3; ++j)
      bits = bits << 8 | (j < count ? static_cast<std::uint8_t>(bytes[i + j]) : 0U);
    for (std::size_t j = 0; j < 4; ++j)
      out += j <= count ? kLetters[bits >> (18 - 6 * j) & 0x3f] : '=';
  }
}

void append_temporal(std::string& out, AvroLogical logical, std::int64_t value) {
  const Unit unit = unit_of(logical);
  const std::int64_t per_day = logical == AvroLogical::date ? 1 : unit.per_second * kDaySeconds;
  const std::int64_t in_day = (value % per_day + per_day) % per_day;
  // Floors, without leaving the range of the type.
  const std::int64_t day = value / per_day - (value % per_day < 0 ? 1 : 0);
  const bool has_text = is_time(logical) ? day == 0 : day >= kDayFirst && day <= kDayLast;
  if (!has_text) {
    out += std::to_string(value);
    return;
  }
  out += '"';
  if (!is_time(logical)) out += format_day(static_cast<Days>(day));
  if (logical != AvroLogical::date) {
    if (!is_time(logical)) out += 'T';
    append_clock(out, in_day, unit);
    if (is_utc(logical)) out += 'Z';
  }
  out += '"';
}

Status append_decimal(std::string& out, std::string_view unscaled, int scale) {
  ASSAY_TRY(Unscaled number, read_unscaled(unscaled));
  const auto places = static_cast<std::size_t>(scale);
  if (number.digits.size() <= places)
    number.digits.insert(0, places + 1 - number.digits.size(), '0');
  if (number.negative) out += '-';
  out.append(number.digits, 0, number.digits.size() - places);
  if (places > 0) (out += '.').append(number.digits, number.digits.size() - places);
  return {};
}

Status append_big_decimal(std::string& out, std::string_view unscaled, std::int64_t scale) {
  if (scale < std::numeric_limits<std::int32_t>::min() ||
      scale > std::numeric_limits<std::int32_t>::max()) {
    return make_error(Code::avro_value, "the scale of a decimal is no int");
  }
  ASSAY_TRY(const Unscaled number, read_unscaled(unscaled));
  if (number.negative) out += '-';
  out += number.digits;
  if (scale != 0) out += fmt::format("e{}", -scale);
  return {};
}

void append_uuid(std::string& out, std::string_view bytes) {
  const std::string hex = to_hex(bytes);
  out += fmt::format("{}-{}-{}-{}-{}", hex.substr(0, 8), hex.substr(8, 4), hex.substr(12, 4),
                     hex.substr(16, 4), hex.substr(20));
}

void append_duration(std::string& out, std::string_view bytes) {
  std::uint32_t parts[3] = {};
  for (std::size_t i = 0; i < 12; ++i)
    parts[i / 4] |= std::uint32_t{static_cast<std::uint8_t>(bytes[i])} << (i % 4 * 8);
  out +=
      fmt::format(R"({{"months":{},"days":{},"milliseconds":{}}})", parts[0], parts[1], parts[2]);
}

}  // namespace assay::decode
