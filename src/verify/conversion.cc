#include "verify/conversion.h"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdlib>

namespace assay::verify {
namespace {

using Outcome = Converted::Outcome;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// A decimal number as written: sign, significant digits without zeros at either end, power of ten.
struct WrittenNumber {
  bool negative = false;
  std::string digits;         ///< empty = zero
  std::int64_t exponent = 0;  ///< of the last digit
};

constexpr std::int64_t kExponentMax = 1'000'000'000;

/// JSON's number grammar; nothing on other text.
std::optional<WrittenNumber> read_number(std::string_view text) {
  WrittenNumber number;
  std::size_t at = 0;
  const auto take = [&](std::string_view any) {
    const bool found = at < text.size() && any.find(text[at]) != std::string_view::npos;
    at += found ? 1 : 0;
    return found;
  };
  const auto take_digits = [&] {
    const std::size_t begin = at;
    while (at < text.size() && is_digit(text[at])) ++at;
    return text.substr(begin, at - begin);
  };
  number.negative = take("-");
  const auto whole = take_digits();
  if (whole.empty() || (whole.size() > 1 && whole.front() == '0')) return std::nullopt;
  number.digits = whole;
  if (take(".")) {
    const auto fraction = take_digits();
    if (fraction.empty()) return std::nullopt;
    number.digits += fraction;
    number.exponent -= static_cast<std::int64_t>(fraction.size());
  }
  if (take("eE")) {
    const bool down = at < text.size() && text[at] == '-';
    take("+-");
    const auto power = take_digits();
    if (power.empty()) return std::nullopt;
    std::int64_t value = 0;
    for (const char c : power) value = std::min(value * 10 + (c - '0'), kExponentMax);
    number.exponent += down ? -value : value;
  }
  if (at != text.size()) return std::nullopt;
  while (!number.digits.empty() && number.digits.back() == '0') {
    number.digits.pop_back();
    ++number.exponent;
  }
  number.digits.erase(0, number.digits.find_first_not_of('0'));
  return number;
}

/// number * 10^shift, where it is whole and has at most 38 digits.
struct Whole {
  Outcome outcome = Outcome::value;
  Int128 value = 0;
};
Whole whole_of(const WrittenNumber& number, std::int64_t shift) {
  if (number.digits.empty()) return {};
  const std::int64_t zeros = number.exponent + shift;
  if (zeros < 0) return {Outcome::wrong_type, 0};
  if (static_cast<std::int64_t>(number.digits.size()) + zeros > 38)
    return {Outcome::out_of_range, 0};
  Int128 value = 0;
  for (const char c : number.digits) value = value * 10 + (c - '0');
  for (std::int64_t i = 0; i < zeros; ++i) value *= 10;
  return {Outcome::value, number.negative ? -value : value};
}

Int128 power_of_ten(int exponent) {
  Int128 power = 1;
  for (int i = 0; i < exponent; ++i) power *= 10;
  return power;
}

Converted failed(Outcome outcome) { return {outcome, {}, {}}; }

Converted to_integer(const WrittenNumber& number, const ColumnType& type,
                     const Normaliser& normaliser) {
  const Whole whole = whole_of(number, normaliser.scale10);
  if (whole.outcome != Outcome::value) return failed(whole.outcome);
  const int bits = type.narrow ? 31 : 63;
  const Int128 limit = static_cast<Int128>(1) << bits;
  if (whole.value >= limit || whole.value < -limit) return failed(Outcome::out_of_range);
  return {Outcome::value, {CellKind::integer, 0, whole.value, 0, {}}, {}};
}

Converted to_decimal(const WrittenNumber& number, const ColumnType& type,
                     const Normaliser& normaliser) {
  const Whole whole = whole_of(number, normaliser.scale10 + type.scale);
  const Int128 limit = power_of_ten(type.precision);
  if (whole.outcome != Outcome::value || whole.value >= limit || whole.value <= -limit) {
    return failed(Outcome::out_of_range);
  }
  return {Outcome::value, {CellKind::decimal, type.scale, whole.value, 0, {}}, {}};
}

Converted to_double(std::string_view text) {
  const double value = std::strtod(std::string(text).c_str(), nullptr);
  if (std::isinf(value)) return failed(Outcome::out_of_range);
  return {Outcome::value, {CellKind::float64, 0, 0, value, {}}, {}};
}

/// Microseconds of a number of seconds, millis or micros.
Converted to_epoch(std::string_view text, const ColumnType& type, const Normaliser& normaliser) {
  const auto number = read_number(text);
  if (!number) return failed(Outcome::wrong_type);
  const int shift = normaliser.time_format == "epoch_seconds"  ? 6
                    : normaliser.time_format == "epoch_millis" ? 3
                                                               : 0;
  const Whole whole = whole_of(*number, shift);
  if (whole.outcome != Outcome::value) return failed(whole.outcome);
  const Int128 limit = static_cast<Int128>(1) << 63;
  if (whole.value >= limit || whole.value <= -limit) return failed(Outcome::out_of_range);
  if (type.kind == CellKind::timestamp)
    return {Outcome::value, {CellKind::timestamp, 0, whole.value, 0, {}}, {}};
  constexpr std::int64_t kDay = 86'400'000'000;
  const auto micros = static_cast<std::int64_t>(whole.value);
  const std::int64_t days = micros / kDay - (micros % kDay < 0 ? 1 : 0);
  return {Outcome::value, {CellKind::date, 0, days, 0, {}}, {}};
}

/// Two, or four, digits at a place of a text; -1 where there are none.
int digits_at(std::string_view text, std::size_t at, std::size_t count) {
  if (at + count > text.size()) return -1;
  int value = 0;
  for (const char c : text.substr(at, count)) {
    if (!is_digit(c)) return -1;
    value = value * 10 + (c - '0');
  }
  return value;
}

bool char_at(std::string_view text, std::size_t at, std::string_view any) {
  return at < text.size() && any.find(text[at]) != std::string_view::npos;
}

/// Days since 1970 of the "2011-12-09" that a text begins with.
std::optional<std::int64_t> day_at_front(std::string_view text) {
  const int year = digits_at(text, 0, 4), month = digits_at(text, 5, 2),
            day = digits_at(text, 8, 2);
  if (year < 0 || month < 0 || day < 0 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return std::nullopt;
  return std::chrono::sys_days(date).time_since_epoch().count();
}

constexpr std::size_t kDaySize = 10;

/// Minutes east of UTC that the rest of a text says; `otherwise` where it is empty.
std::optional<int> offset_of(std::string_view rest, int otherwise) {
  if (rest.empty()) return otherwise;
  if (rest == "Z" || rest == "z") return 0;
  if (!char_at(rest, 0, "+-")) return std::nullopt;
  const int hours = digits_at(rest, 1, 2);
  if (hours < 0 || hours > 23) return std::nullopt;
  std::string_view tail = rest.substr(3);
  if (char_at(tail, 0, ":")) tail.remove_prefix(1);
  int minutes = 0;
  if (!tail.empty()) {
    minutes = digits_at(tail, 0, 2);
    if (minutes < 0 || minutes > 59 || tail.size() != 2) return std::nullopt;
  }
  return (rest[0] == '-' ? -1 : 1) * (hours * 60 + minutes);
}

/// Takes ".123456" from the front: its microseconds, or nothing where digits beyond the sixth are
/// not zero.
std::optional<std::int64_t> take_fraction(std::string_view& rest) {
  if (!char_at(rest, 0, ".")) return 0;
  rest.remove_prefix(1);
  std::int64_t micros = 0;
  int count = 0;
  for (; !rest.empty() && is_digit(rest.front()); rest.remove_prefix(1), ++count) {
    if (count < 6)
      micros = micros * 10 + (rest.front() - '0');
    else if (rest.front() != '0')
      return std::nullopt;
  }
  if (count == 0) return std::nullopt;
  for (; count < 6; ++count) micros *= 10;
  return micros;
}

Converted to_iso(std::string_view text, const ColumnType& type, const Normaliser& normaliser) {
  if (type.kind == CellKind::date) {
    const auto day = day_at_front(text);
    if (!day || text.size() != kDaySize) return failed(Outcome::wrong_type);
    return {Outcome::value, {CellKind::date, 0, *day, 0, {}}, {}};
  }
  const auto instant = parse_iso_instant(text, normaliser.offset_minutes);
  if (!instant) return failed(Outcome::wrong_type);
  return {Outcome::value, {CellKind::timestamp, 0, *instant, 0, {}}, {}};
}

/// A text, after its normalisation, as the column's type.
Converted convert_text(std::string text, const ColumnType& type, const Normaliser& normaliser) {
  switch (type.kind) {
    case CellKind::string:
    case CellKind::binary: {
      Converted converted{Outcome::value, {type.kind, 0, 0, 0, {}}, std::move(text)};
      return converted;
    }
    case CellKind::boolean:
      if (text != "true" && text != "false") return failed(Outcome::wrong_type);
      return {Outcome::value, {CellKind::boolean, 0, text == "true" ? 1 : 0, 0, {}}, {}};
    case CellKind::date:
    case CellKind::timestamp:
      if (normaliser.time_format == "iso8601_basic") {
        const bool day = text.size() == 8 && digits_at(text, 0, 8) >= 0;
        if (!day) return failed(Outcome::wrong_type);
        text = text.substr(0, 4) + "-" + text.substr(4, 2) + "-" + text.substr(6);
        return to_iso(text, type, normaliser);
      }
      return normaliser.time_format == "iso8601" ? to_iso(text, type, normaliser)
                                                 : to_epoch(text, type, normaliser);
    default: break;
  }
  const auto number = read_number(text);
  if (!number) return failed(Outcome::wrong_type);
  if (type.kind == CellKind::float64) return to_double(text);
  if (type.kind == CellKind::decimal) return to_decimal(*number, type, normaliser);
  return to_integer(*number, type, normaliser);
}

bool is_ascii_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

void trim(std::string& text) {
  while (!text.empty() && is_ascii_blank(text.back())) text.pop_back();
  std::size_t blanks = 0;
  while (blanks < text.size() && is_ascii_blank(text[blanks])) ++blanks;
  text.erase(0, blanks);
}

void change_case(std::string& text, const std::string& text_case) {
  for (char& c : text) {
    if (text_case == "lower" && c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (text_case == "upper" && c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  }
}

}  // namespace

std::optional<std::int64_t> parse_iso_instant(std::string_view text, int offset_minutes) {
  const auto day = day_at_front(text);
  if (!day) return std::nullopt;
  std::int64_t seconds = 0;
  std::int64_t micros = 0;
  std::optional<int> offset = offset_minutes;
  std::string_view rest = text.substr(kDaySize);
  if (!rest.empty()) {
    const int hour = digits_at(rest, 1, 2), minute = digits_at(rest, 4, 2);
    if (!char_at(rest, 0, "Tt ") || !char_at(rest, 3, ":")) return std::nullopt;
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59) return std::nullopt;
    seconds = hour * 3600 + minute * 60;
    rest.remove_prefix(6);
    if (char_at(rest, 0, ":")) {
      const int second = digits_at(rest, 1, 2);
      if (second < 0 || second > 59) return std::nullopt;
      seconds += second;
      rest.remove_prefix(3);
      const auto fraction = take_fraction(rest);
      if (!fraction) return std::nullopt;
      micros = *fraction;
    }
    offset = offset_of(rest, offset_minutes);
    if (!offset) return std::nullopt;
  }
  return (*day * 86'400 + seconds - std::int64_t{*offset} * 60) * 1'000'000 + micros;
}

Converted convert_leaf(const Node& leaf, const ColumnType& type, const Normaliser& normaliser) {
  if (leaf.kind == Node::Kind::null) return failed(Outcome::null);
  if (!leaf.is_scalar()) return failed(Outcome::wrong_type);
  std::string text = leaf.text;
  if (normaliser.trim) trim(text);
  const auto& nulls = normaliser.null_if;
  if (std::find(nulls.begin(), nulls.end(), text) != nulls.end()) return failed(Outcome::null);
  if (!normaliser.value_map.empty()) {
    const auto entry = std::find_if(normaliser.value_map.begin(), normaliser.value_map.end(),
                                    [&](const auto& pair) { return pair.first == text; });
    if (entry == normaliser.value_map.end()) return failed(Outcome::unmapped);
    text = entry->second;
  }
  change_case(text, normaliser.text_case);
  return convert_text(std::move(text), type, normaliser);
}

Converted convert_constant(std::string_view text, const ColumnType& type,
                           const Normaliser& normaliser) {
  return convert_text(std::string(text), type, normaliser);
}

Code code_of(Converted::Outcome failure) {
  switch (failure) {
    case Outcome::unmapped: return Code::value_unmapped;
    case Outcome::out_of_range: return Code::value_range;
    default: return Code::value_type;
  }
}

}  // namespace assay::verify
