#include "verify/avro_words.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <vector>

#include "base/hash.h"

namespace assay::verify {
namespace {

/// The digits and the exponent that the fewest digits need: "d.ddd" times ten to it.
struct Scientific {
  std::string digits;
  int exponent = 0;
};

template <typename Same>
Scientific shortest(double value, const Same& same) {
  char text[64];
  for (int places = 0; places < 17; ++places) {
    std::snprintf(text, sizeof(text), "%.*e", places, value);
    if (same(text)) break;
  }
  Scientific made;
  const std::string all(text);
  const auto e = all.find('e');
  for (const char c : all.substr(0, e)) {
    if (c >= '0' && c <= '9') made.digits += c;
  }
  while (made.digits.size() > 1 && made.digits.back() == '0') made.digits.pop_back();
  made.exponent = std::atoi(all.c_str() + e + 1);
  return made;
}

/// As ECMAScript lays it out: plain from 1e-6 up to below 1e21.
std::string laid_out(const Scientific& number, bool negative) {
  std::string text;
  const int count = static_cast<int>(number.digits.size());
  const int point = number.exponent + 1;
  if (point > 21 || point <= -6) {
    text = number.digits.substr(0, 1);
    if (count > 1) text += "." + number.digits.substr(1);
    text += number.exponent < 0 ? "e-" : "e+";
    text += std::to_string(std::abs(number.exponent));
  } else if (point <= 0) {
    text = "0." + std::string(static_cast<std::size_t>(-point), '0') + number.digits;
  } else if (point >= count) {
    text = number.digits + std::string(static_cast<std::size_t>(point - count), '0');
  } else {
    text = number.digits.substr(0, static_cast<std::size_t>(point)) + "." +
           number.digits.substr(static_cast<std::size_t>(point));
  }
  return negative ? "-" + text : text;
}

std::optional<std::string> word_for(double value) {
  if (std::isnan(value)) return "\"NaN\"";
  if (std::isinf(value)) return value < 0 ? "\"-Infinity\"" : "\"Infinity\"";
  if (value == 0) return std::signbit(value) ? "-0" : "0";
  return std::nullopt;
}

/// Year, month and day by counting years and months.
std::optional<std::string> day_text(std::int64_t day) {
  if (day < -800'000 || day > 3'000'000) return std::nullopt;
  std::int64_t year = 1970 + day / 366 - (day < 0 ? 2 : 0);
  const auto leap = [](std::int64_t y) { return (y % 4 == 0 && y % 100 != 0) || y % 400 == 0; };
  const auto before = [](std::int64_t y) {  // days of the years 1 to y - 1
    const std::int64_t full = y - 1;
    const auto floored = [&](std::int64_t by) { return full / by - (full % by < 0 ? 1 : 0); };
    return full * 365 + floored(4) - floored(100) + floored(400);
  };
  const std::int64_t number = day + 719'162;
  while (before(year + 1) <= number) ++year;
  while (before(year) > number) --year;
  if (year < 1 || year > 9999) return std::nullopt;
  std::int64_t rest = number - before(year);
  static constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  int month = 0;
  for (;; ++month) {
    const int length = kDays[month] + (month == 1 && leap(year) ? 1 : 0);
    if (rest < length) break;
    rest -= length;
  }
  return fmt::format("{:04}-{:02}-{:02}", year, month + 1, rest + 1);
}

}  // namespace

int digits_of_fraction(std::string_view logical) {
  for (const std::string_view family : {"time-", "timestamp-", "local-timestamp-"}) {
    if (!logical.starts_with(family)) continue;
    const std::string_view unit = logical.substr(family.size());
    if (unit == "millis") return 3;
    if (unit == "micros") return 6;
    if (unit == "nanos" && family != "time-") return 9;
  }
  return 0;
}

std::string temporal_text(std::string_view logical, std::int64_t value) {
  if (logical == "date") {
    const auto day = day_text(value);
    return day ? '"' + *day + '"' : std::to_string(value);
  }
  const int digits = digits_of_fraction(logical);
  std::int64_t per_second = 1;
  for (int i = 0; i < digits; ++i) per_second *= 10;
  std::int64_t seconds = value / per_second, fraction = value % per_second;
  if (fraction < 0) {
    fraction += per_second;
    --seconds;
  }
  std::int64_t day = seconds / 86'400, clock = seconds % 86'400;
  if (clock < 0) {
    clock += 86'400;
    --day;
  }
  const std::string time = fmt::format("{:02}:{:02}:{:02}.{:0{}}", clock / 3600, clock % 3600 / 60,
                                       clock % 60, fraction, digits);
  if (logical.starts_with("time-")) return day == 0 ? '"' + time + '"' : std::to_string(value);
  const auto date = day_text(day);
  if (!date) return std::to_string(value);
  return '"' + *date + "T" + time + (logical.starts_with("local-") ? "\"" : "Z\"");
}

std::string real_text(double value) {
  if (auto word = word_for(value)) return *word;
  const auto number =
      shortest(value, [&](const char* text) { return std::strtod(text, nullptr) == value; });
  return laid_out(number, value < 0);
}

std::string real_text(float value) {
  const auto wide = static_cast<double>(value);
  if (auto word = word_for(wide)) return *word;
  const auto number =
      shortest(wide, [&](const char* text) { return std::strtof(text, nullptr) == value; });
  return laid_out(number, value < 0);
}

std::optional<std::string> decimal_text(std::string_view octets) {
  if (octets.empty()) return std::nullopt;
  const bool negative = (octets.front() & 0x80) != 0;
  std::vector<unsigned> bytes;  // of the magnitude, the lowest first
  for (std::size_t i = octets.size(); i-- > 0;)
    bytes.push_back(static_cast<unsigned char>(octets[i]));
  while (!bytes.empty() && bytes.back() == (negative ? 255U : 0U)) bytes.pop_back();
  if (bytes.size() > 1024) return std::nullopt;
  if (negative) {
    bytes.push_back(255);  // the sign, should all of it have been taken for filler
    unsigned carry = 1;
    for (unsigned& byte : bytes) {
      byte = 255 - byte + carry;
      carry = byte / 256;
      byte %= 256;
    }
  }
  std::vector<unsigned> digits{0};  // the lowest first
  for (std::size_t i = bytes.size(); i-- > 0;) {
    unsigned carry = bytes[i];
    for (unsigned& digit : digits) {
      carry += digit * 256;
      digit = carry % 10;
      carry /= 10;
    }
    for (; carry > 0; carry /= 10) digits.push_back(carry % 10);
  }
  std::string text = negative ? "-" : "";
  for (std::size_t i = digits.size(); i-- > 0;) text += static_cast<char>('0' + digits[i]);
  return text;
}

std::string with_point(std::string digits, int scale) {
  if (scale == 0) return digits;
  const std::size_t sign = digits.starts_with('-') ? 1 : 0;
  const auto places = static_cast<std::size_t>(scale);
  while (digits.size() - sign <= places) {
    const std::size_t missing = places + 1 - (digits.size() - sign);
    digits.insert(sign, missing, '0');
  }
  digits.insert(digits.size() - places, ".");
  return digits;
}

std::string base64_text(std::string_view octets) {
  static const char* const kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  unsigned held = 0;
  int bits = 0;
  for (const char c : octets) {
    held = held << 8 | static_cast<unsigned char>(c);
    for (bits += 8; bits >= 6; bits -= 6) text += kDigits[held >> (bits - 6) & 63];
    held &= 63;
  }
  if (bits > 0) text += kDigits[held << (6 - bits) & 63];
  while (text.size() % 4 != 0) text += '=';
  return text;
}

std::string uuid_text(std::string_view octets) {
  std::string text = to_hex(octets);
  for (const std::size_t at : {8, 13, 18, 23}) text.insert(at, "-");
  return text;
}

std::string duration_text(std::string_view octets) {
  const auto part = [&](std::size_t at) {
    std::uint32_t value = 0;
    for (std::size_t i = 4; i-- > 0;)
      value = value * 256 + static_cast<unsigned char>(octets[at + i]);
    return std::to_string(value);
  };
  return "{\"months\":" + part(0) + ",\"days\":" + part(4) + ",\"milliseconds\":" + part(8) + "}";
}

}  // namespace assay::verify
