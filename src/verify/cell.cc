#include "verify/cell.h"

#include <fmt/format.h>

#include <charconv>

#include "base/hash.h"
#include "base/time.h"

namespace assay::verify {

Cell integer_cell(std::int64_t value) { return {CellKind::integer, 0, value, 0, {}}; }
Cell string_cell(std::string_view value) { return {CellKind::string, 0, 0, 0, value}; }
Cell binary_cell(std::string_view value) { return {CellKind::binary, 0, 0, 0, value}; }
Cell timestamp_cell(std::int64_t micros) { return {CellKind::timestamp, 0, micros, 0, {}}; }

std::string decimal_text(Int128 unscaled, int scale) {
  const bool negative = unscaled < 0;
  const auto width = static_cast<std::size_t>(scale < 0 ? 0 : scale);
  // Digits come last first. The smallest 128-bit value has no positive twin, so they are taken from
  // negative remainders.
  std::string reversed;
  Int128 rest = unscaled;
  while (rest != 0 || reversed.size() <= width + (width > 0 ? 1 : 0)) {
    if (width > 0 && reversed.size() == width) reversed += '.';
    const int digit = static_cast<int>(rest % 10);
    reversed += static_cast<char>('0' + (negative ? -digit : digit));
    rest /= 10;
  }
  if (negative) reversed += '-';
  return {reversed.rbegin(), reversed.rend()};
}

std::string to_text(const Cell& cell) {
  switch (cell.kind) {
    case CellKind::null: return "null";
    case CellKind::boolean: return cell.number != 0 ? "true" : "false";
    case CellKind::integer: return decimal_text(cell.number, 0);
    case CellKind::float64: return fmt::format("{}", cell.real);
    case CellKind::decimal: return decimal_text(cell.number, cell.scale);
    case CellKind::date: return format_day(static_cast<Days>(cell.number));
    case CellKind::timestamp: return format_instant(static_cast<Micros>(cell.number));
    case CellKind::string: return std::string(cell.text);
    case CellKind::binary: return to_hex(cell.text);
  }
  return {};
}

namespace {

std::optional<ColumnType> parse_decimal_type(std::string_view text) {
  ColumnType type{CellKind::decimal, false, 0, 0};
  const auto comma = text.find(',');
  if (text.empty() || text.back() != ')' || comma == std::string_view::npos) return std::nullopt;
  const auto number = [](std::string_view digits, int& value) {
    while (!digits.empty() && digits.front() == ' ') digits.remove_prefix(1);
    const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return result.ec == std::errc() && result.ptr == digits.data() + digits.size();
  };
  if (!number(text.substr(0, comma), type.precision)) return std::nullopt;
  text.remove_suffix(1);
  if (!number(text.substr(comma + 1), type.scale)) return std::nullopt;
  return type;
}

}  // namespace

std::optional<ColumnType> parse_column_type(std::string_view text) {
  struct Name {
    std::string_view name;
    ColumnType type;
  };
  static constexpr Name kNames[] = {
      {"boolean", {CellKind::boolean, false, 0, 0}},
      {"int32", {CellKind::integer, true, 0, 0}},
      {"int", {CellKind::integer, true, 0, 0}},
      {"int64", {CellKind::integer, false, 0, 0}},
      {"long", {CellKind::integer, false, 0, 0}},
      {"float64", {CellKind::float64, false, 0, 0}},
      {"double", {CellKind::float64, false, 0, 0}},
      {"date", {CellKind::date, false, 0, 0}},
      {"timestamp", {CellKind::timestamp, false, 0, 0}},
      {"timestamptz", {CellKind::timestamp, false, 0, 0}},
      {"string", {CellKind::string, false, 0, 0}},
      {"binary", {CellKind::binary, false, 0, 0}},
  };
  for (const Name& known : kNames) {
    if (known.name == text) return known.type;
  }
  constexpr std::string_view kDecimal = "decimal(";
  if (text.substr(0, kDecimal.size()) == kDecimal) {
    return parse_decimal_type(text.substr(kDecimal.size()));
  }
  return std::nullopt;
}

}  // namespace assay::verify
