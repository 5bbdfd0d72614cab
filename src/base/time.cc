#include "base/time.h"

#include <fmt/format.h>

namespace assay {
namespace {

struct Civil {
  int year;
  unsigned month;
  unsigned day;
};

// Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
Civil civil_from_days(Days days) {
  const std::int64_t z = static_cast<std::int64_t>(days) + 719468;
  const std::int64_t era = (z >= 0 ? z : z - 146096) / 146097;
  const auto doe = static_cast<unsigned>(z - era * 146097);
  const unsigned yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
  const unsigned doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
  const unsigned mp = (5 * doy + 2) / 153;
  const unsigned day = doy - (153 * mp + 2) / 5 + 1;
  const unsigned month = mp < 10 ? mp + 3 : mp - 9;
  const auto year =
      static_cast<int>(static_cast<std::int64_t>(yoe) + era * 400 + (month <= 2 ? 1 : 0));
  return {year, month, day};
}

unsigned days_in_month(int year, unsigned month) {
  constexpr unsigned kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  return month == 2 && leap ? 29 : kDays[month - 1];
}

/// Reads a run of digits from the front of a text.
class Digits {
 public:
  explicit Digits(std::string_view text) : text_(text) {}
  bool take(char c) {
    if (text_.empty() || text_.front() != c) return false;
    text_.remove_prefix(1);
    return true;
  }
  bool take_any(std::string_view set) {
    if (text_.empty() || set.find(text_.front()) == std::string_view::npos) return false;
    text_.remove_prefix(1);
    return true;
  }
  std::optional<int> number(std::size_t width) {
    if (text_.size() < width) return std::nullopt;
    int value = 0;
    for (std::size_t i = 0; i < width; ++i) {
      if (text_[i] < '0' || text_[i] > '9') return std::nullopt;
      value = value * 10 + (text_[i] - '0');
    }
    text_.remove_prefix(width);
    return value;
  }
  std::string_view rest() const { return text_; }
  bool at_end() const { return text_.empty(); }

 private:
  std::string_view text_;
};

std::optional<Days> read_day(Digits& digits) {
  const auto year = digits.number(4);
  if (!year || !digits.take('-')) return std::nullopt;
  const auto month = digits.number(2);
  if (!month || *month < 1 || *month > 12 || !digits.take('-')) return std::nullopt;
  const auto day = digits.number(2);
  const auto month_number = static_cast<unsigned>(*month);
  if (!day || *day < 1 || static_cast<unsigned>(*day) > days_in_month(*year, month_number))
    return std::nullopt;
  return days_from_civil(*year, month_number, static_cast<unsigned>(*day));
}

/// The micros of a fraction; digits beyond the sixth must be zeros.
std::optional<Micros> read_fraction(Digits& digits) {
  Micros micros = 0;
  int count = 0;
  for (std::optional<int> digit = digits.number(1); digit; digit = digits.number(1), ++count) {
    if (count < 6)
      micros = micros * 10 + *digit;
    else if (*digit != 0)
      return std::nullopt;
  }
  if (count == 0) return std::nullopt;
  for (; count < 6; ++count) micros *= 10;
  return micros;
}

std::optional<int> read_offset_minutes(Digits& digits, int otherwise) {
  if (digits.at_end()) return otherwise;
  if (digits.take_any("Zz")) return 0;
  const bool negative = digits.take('-');
  if (!negative && !digits.take('+')) return std::nullopt;
  const auto hours = digits.number(2);
  if (!hours || *hours > 23) return std::nullopt;
  digits.take(':');
  const auto minutes = digits.at_end() ? std::optional<int>(0) : digits.number(2);
  if (!minutes || *minutes > 59) return std::nullopt;
  const int total = *hours * 60 + *minutes;
  return negative ? -total : total;
}

std::optional<Micros> read_clock(Digits& digits) {
  const auto hour = digits.number(2);
  if (!hour || *hour > 23 || !digits.take(':')) return std::nullopt;
  const auto minute = digits.number(2);
  if (!minute || *minute > 59) return std::nullopt;
  Micros micros = (*hour * 3600LL + *minute * 60LL) * kMicrosPerSecond;
  if (!digits.take(':')) return micros;
  const auto second = digits.number(2);
  if (!second || *second > 59) return std::nullopt;
  micros += *second * kMicrosPerSecond;
  if (digits.take('.')) {
    const auto fraction = read_fraction(digits);
    if (!fraction) return std::nullopt;
    micros += *fraction;
  }
  return micros;
}

}  // namespace

Days days_from_civil(int year, unsigned month, unsigned day) {
  const int y = month <= 2 ? year - 1 : year;
  const int era = (y >= 0 ? y : y - 399) / 400;
  const auto yoe = static_cast<unsigned>(y - era * 400);
  const unsigned doy = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  const unsigned doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
  return era * 146097 + static_cast<int>(doe) - 719468;
}

Days day_of(Micros instant) {
  const Micros day = instant / kMicrosPerDay;
  return static_cast<Days>(instant % kMicrosPerDay < 0 ? day - 1 : day);
}

std::int32_t month_of(Micros instant) {
  const Civil civil = civil_from_days(day_of(instant));
  return (civil.year - 1970) * 12 + static_cast<std::int32_t>(civil.month) - 1;
}

std::string format_day(Days day) {
  const Civil civil = civil_from_days(day);
  return fmt::format("{:04}-{:02}-{:02}", civil.year, civil.month, civil.day);
}

std::string format_instant(Micros instant) {
  const Days day = day_of(instant);
  const Micros rest = instant - day * kMicrosPerDay;
  const Micros seconds = rest / kMicrosPerSecond;
  std::string text = fmt::format("{}T{:02}:{:02}:{:02}", format_day(day), seconds / 3600,
                                 seconds / 60 % 60, seconds % 60);
  if (const Micros fraction = rest % kMicrosPerSecond; fraction != 0)
    text += fmt::format(".{:06}", fraction);
  return text + "Z";
}

std::optional<Days> parse_day(std::string_view text) {
  Digits digits(text);
  const auto day = read_day(digits);
  return day && digits.at_end() ? day : std::nullopt;
}

std::optional<Micros> parse_instant(std::string_view text, int offset_minutes) {
  Digits digits(text);
  const auto day = read_day(digits);
  if (!day) return std::nullopt;
  Micros clock = 0;
  std::optional<int> offset = offset_minutes;
  if (digits.take_any("Tt ")) {
    const auto read = read_clock(digits);
    if (!read) return std::nullopt;
    clock = *read;
    offset = read_offset_minutes(digits, offset_minutes);
  }
  if (!offset || !digits.at_end()) return std::nullopt;
  return *day * kMicrosPerDay + clock - static_cast<Micros>(*offset) * 60 * kMicrosPerSecond;
}

}  // namespace assay
