#include "model/scalars.h"

#include <algorithm>
#include <charconv>

#include "base/time.h"

namespace assay::model {
namespace {

template <typename T>
std::optional<T> whole_number(std::string_view text) {
  T number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

/// A number of 1 to 9 digits with a unit behind it.
struct Amount {
  std::int64_t number;
  std::string_view unit;
};
std::optional<Amount> parse_amount(std::string_view text) {
  const std::size_t digits = std::min(text.find_first_not_of("0123456789"), text.size());
  if (digits == 0 || digits > 9) return std::nullopt;
  return Amount{*whole_number<std::int64_t>(text.substr(0, digits)), text.substr(digits)};
}

std::optional<int> two_digits(std::string_view text) {
  if (text.size() != 2 || text.find_first_not_of("0123456789") != std::string_view::npos) {
    return std::nullopt;
  }
  return (text[0] - '0') * 10 + (text[1] - '0');
}

bool is_decimal(std::string_view text, const column::DataType& type) {
  if (text.starts_with('-')) text.remove_prefix(1);
  const std::size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  const std::string_view fraction =
      point == std::string_view::npos ? std::string_view{} : text.substr(point + 1);
  const auto digits = [](std::string_view part) {
    return part.find_first_not_of("0123456789") == std::string_view::npos;
  };
  if (whole.empty() || !digits(whole) || !digits(fraction)) return false;
  if (point != std::string_view::npos && fraction.empty()) return false;
  const std::size_t zeros = std::min(whole.find_first_not_of('0'), whole.size());
  return fraction.size() <= static_cast<std::size_t>(type.scale) &&
         whole.size() - zeros <= static_cast<std::size_t>(type.precision - type.scale);
}

}  // namespace

std::optional<std::int64_t> parse_size(std::string_view text) {
  const auto amount = parse_amount(text);
  if (!amount) return std::nullopt;
  if (amount->unit.empty()) return amount->number;
  constexpr std::string_view kUnits[] = {"B", "KiB", "MiB", "GiB"};
  for (int index = 0; index < 4; ++index) {
    if (amount->unit == kUnits[index]) return amount->number << (10 * index);
  }
  return std::nullopt;
}

std::optional<std::int64_t> parse_window(std::string_view text) {
  const auto amount = parse_amount(text);
  if (!amount || amount->number == 0) return std::nullopt;
  struct Unit {
    std::string_view name;
    std::int64_t seconds;
  };
  constexpr Unit kUnits[] = {{"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86'400}, {"w", 604'800}};
  constexpr std::int64_t kSecondsMax = std::int64_t{36'525} * 86'400;
  for (const Unit& unit : kUnits) {
    if (amount->unit != unit.name) continue;
    const std::int64_t seconds = amount->number * unit.seconds;
    if (seconds > kSecondsMax) return std::nullopt;
    return seconds * kMicrosPerSecond;
  }
  return std::nullopt;
}

std::optional<int> parse_offset(std::string_view text) {
  if (text == "UTC" || text == "Z") return 0;
  if (text.size() < 5 || (text[0] != '+' && text[0] != '-')) return std::nullopt;
  const auto hours = two_digits(text.substr(1, 2));
  std::string_view rest = text.substr(3);
  if (rest.starts_with(':')) rest.remove_prefix(1);
  const auto minutes = two_digits(rest);
  if (!hours || !minutes || *minutes > 59) return std::nullopt;
  const int offset = *hours * 60 + *minutes;
  if (offset > 18 * 60) return std::nullopt;
  return text[0] == '-' ? -offset : offset;
}

bool is_value_of(std::string_view text, const column::DataType& type) {
  switch (type.type) {
    case column::Type::boolean: return text == "true" || text == "false";
    case column::Type::int32: return whole_number<std::int32_t>(text).has_value();
    case column::Type::int64: return whole_number<std::int64_t>(text).has_value();
    case column::Type::float64: return whole_number<double>(text).has_value();
    case column::Type::decimal: return is_decimal(text, type);
    case column::Type::date: return parse_day(text).has_value();
    case column::Type::timestamp: return parse_instant(text).has_value();
    case column::Type::string: return true;
    case column::Type::binary: return false;
  }
  return false;
}

}  // namespace assay::model
