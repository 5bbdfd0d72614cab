#include "refine/convert.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "base/time.h"
#include "refine/exact_number.h"
#include "refine/number_token.h"

namespace assay::refine {
namespace {

bool is_text_type(column::Type type) {
  return type == column::Type::string || type == column::Type::binary;
}

bool is_ascii_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

// Texts of the two booleans, with room behind them.
alignas(64) const char kTrue[128] = "true";
alignas(64) const char kFalse[128] = "false";

Outcome outcome_of(Shift shift, Outcome not_whole) {
  if (shift == Shift::done) return Outcome::value;
  return shift == Shift::not_whole ? not_whole : Outcome::out_of_range;
}

Outcome to_integer(const Conversion& conversion, const ExactNumber& number, Cell& cell) {
  Int128 value = 0;
  const Shift shift = shift_exact(number, conversion.normalisation.scale10, value);
  if (shift != Shift::done) return outcome_of(shift, Outcome::wrong_type);
  const bool narrow = conversion.type.type == column::Type::int32;
  const Int128 high =
      narrow ? std::numeric_limits<std::int32_t>::max() : std::numeric_limits<std::int64_t>::max();
  if (value > high || value < -high - 1) return Outcome::out_of_range;
  cell = Cell::of_int(static_cast<std::int64_t>(value));
  return Outcome::value;
}

Outcome to_decimal(const Conversion& conversion, const ExactNumber& number, Cell& cell) {
  Int128 value = 0;
  const Shift shift =
      shift_exact(number, conversion.normalisation.scale10 + conversion.type.scale, value);
  if (shift != Shift::done) return Outcome::out_of_range;
  const auto bound = static_cast<Int128>(power10(conversion.type.precision));
  if (value >= bound || value <= -bound) return Outcome::out_of_range;
  cell = Cell::of_decimal(value);
  return Outcome::value;
}

/// Digits of a second that are whole microseconds.
std::int64_t epoch_shift(plan::TimeFormat format) {
  if (format == plan::TimeFormat::epoch_seconds) return 6;
  return format == plan::TimeFormat::epoch_millis ? 3 : 0;
}

Outcome to_instant(const Conversion& conversion, const ExactNumber& number, Cell& cell) {
  Int128 micros = 0;
  const Shift shift =
      shift_exact(number, epoch_shift(conversion.normalisation.time_format), micros);
  if (shift != Shift::done) return outcome_of(shift, Outcome::wrong_type);
  constexpr Int128 kMax = std::numeric_limits<std::int64_t>::max();
  if (micros > kMax || micros < -kMax) return Outcome::out_of_range;
  cell = Cell::of_int(static_cast<std::int64_t>(micros));
  return Outcome::value;
}

Outcome to_date(const Conversion& conversion, const ExactNumber& number, Cell& cell) {
  Cell instant;
  const Outcome outcome = to_instant(conversion, number, instant);
  if (outcome == Outcome::value) cell = Cell::of_int(day_of(instant.integer()));
  return outcome;
}

/// Numbers that JSON's grammar allows, from a number leaf or from a text.
Outcome convert_number(const Conversion& conversion, std::string_view token, Cell& cell) {
  if (conversion.type.type == column::Type::float64) {
    const auto value = parse_double(token);
    if (!value) return Outcome::out_of_range;
    cell = Cell::of_float(*value);
    return Outcome::value;
  }
  const auto number = parse_exact(token);
  if (!number) return Outcome::wrong_type;
  switch (conversion.type.type) {
    case column::Type::int32:
    case column::Type::int64: return to_integer(conversion, *number, cell);
    case column::Type::decimal: return to_decimal(conversion, *number, cell);
    case column::Type::timestamp: return to_instant(conversion, *number, cell);
    case column::Type::date: return to_date(conversion, *number, cell);
    default: return Outcome::wrong_type;
  }
}

/// "20160404" as "2016-04-04"; empty where the text is no such day.
std::string with_hyphens(std::string_view text) {
  if (text.size() != 8 || !std::all_of(text.begin(), text.end(), is_digit)) return "";
  return fmt::format("{}-{}-{}", text.substr(0, 4), text.substr(4, 2), text.substr(6, 2));
}

Outcome text_to_time(const Conversion& conversion, std::string_view text, Cell& cell) {
  const plan::Normalisation& rule = conversion.normalisation;
  std::string hyphened;
  if (rule.time_format == plan::TimeFormat::iso8601_basic) {
    hyphened = with_hyphens(text);
    text = hyphened;
  } else if (rule.time_format != plan::TimeFormat::iso8601) {
    return convert_number(conversion, text, cell);
  }
  if (conversion.type.type == column::Type::date) {
    const auto day = parse_day(text);
    if (!day) return Outcome::wrong_type;
    cell = Cell::of_int(*day);
    return Outcome::value;
  }
  const auto instant = parse_instant(text, rule.offset_minutes);
  if (!instant) return Outcome::wrong_type;
  cell = Cell::of_int(*instant);
  return Outcome::value;
}

/// Undoes the escapes of a string leaf.
std::string_view text_of(const Document& document, const Node& node, TextRoom& room) {
  switch (node.kind) {
    case Kind::yes: return {kTrue, 4};
    case Kind::no: return {kFalse, 5};
    case Kind::string: break;
    default: return document.raw(node);
  }
  const std::string_view raw = document.raw_string(node);
  if ((node.flags & Node::kEscaped) == 0) return raw;
  char* const out = room.reserve(raw.size());
  return room.keep(static_cast<std::size_t>(unescape(raw, out) - out));
}

/// Trims, maps and changes case; null_if answers Outcome::null.
Outcome normalise(const plan::Normalisation& rule, std::string_view& text, TextRoom& room) {
  if (rule.trim) {
    while (!text.empty() && is_ascii_blank(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_ascii_blank(text.back())) text.remove_suffix(1);
  }
  if (std::find(rule.null_if.begin(), rule.null_if.end(), text) != rule.null_if.end())
    return Outcome::null;
  const std::string_view source = text;
  if (!rule.value_map.empty()) {
    const auto entry = std::find_if(rule.value_map.begin(), rule.value_map.end(),
                                    [&](const auto& pair) { return pair.first == source; });
    if (entry == rule.value_map.end()) return Outcome::unmapped;
    text = entry->second;
  }
  if (rule.value_map.empty() && rule.text_case == plan::TextCase::keep) return Outcome::value;
  // The map's texts have no room behind them, so they are copied too.
  char* const out = room.reserve(text.size());
  std::transform(text.begin(), text.end(), out, [&](char c) {
    if (rule.text_case == plan::TextCase::lower && c >= 'A' && c <= 'Z')
      return static_cast<char>(c + 32);
    if (rule.text_case == plan::TextCase::upper && c >= 'a' && c <= 'z')
      return static_cast<char>(c - 32);
    return c;
  });
  text = room.keep(text.size());
  return Outcome::value;
}

/// A text without normalisation to the column's type.
Outcome plain_text_to(const Conversion& conversion, std::string_view text, Cell& cell) {
  switch (conversion.type.type) {
    case column::Type::string:
    case column::Type::binary: cell = Cell::of_bytes(text); return Outcome::value;
    case column::Type::boolean:
      if (text != "true" && text != "false") return Outcome::wrong_type;
      cell = Cell::of_int(text == "true" ? 1 : 0);
      return Outcome::value;
    case column::Type::date:
    case column::Type::timestamp: return text_to_time(conversion, text, cell);
    default: break;
  }
  // from_chars takes more than JSON does ("inf", "1."), so the grammar decides first.
  if (!parse_exact(text)) return Outcome::wrong_type;
  return convert_number(conversion, text, cell);
}

Conversion::Quick quick_of(const column::DataType& type, const plan::Normalisation& rule) {
  using Quick = Conversion::Quick;
  switch (type.type) {
    case column::Type::string:
    case column::Type::binary: return Quick::text;
    case column::Type::int32:
    case column::Type::int64: return Quick::integer;
    case column::Type::decimal: return Quick::decimal;
    case column::Type::float64: return Quick::float64;
    case column::Type::boolean: return Quick::boolean;
    case column::Type::date: return Quick::nothing;
    case column::Type::timestamp: break;
  }
  switch (rule.time_format) {
    case plan::TimeFormat::iso8601: return Quick::instant;
    case plan::TimeFormat::iso8601_basic: return Quick::nothing;
    default: return Quick::epoch;
  }
}

}  // namespace

Code code_of(Outcome failure) {
  if (failure == Outcome::unmapped) return Code::value_unmapped;
  return failure == Outcome::out_of_range ? Code::value_range : Code::value_type;
}

Conversion make_conversion(const column::DataType& type, const plan::Normalisation& normalisation) {
  const bool changes = normalisation.trim || normalisation.text_case != plan::TextCase::keep ||
                       !normalisation.null_if.empty() || !normalisation.value_map.empty();
  return {type, normalisation, changes,
          changes ? Conversion::Quick::nothing : quick_of(type, normalisation)};
}

Outcome convert_text(const Conversion& conversion, std::string_view text, TextRoom& room,
                     Cell& cell) {
  if (conversion.changes_text) {
    const Outcome outcome = normalise(conversion.normalisation, text, room);
    if (outcome != Outcome::value) return outcome;
  }
  return plain_text_to(conversion, text, cell);
}

Outcome convert(const Conversion& conversion, const Document& document, const Node& node,
                TextRoom& room, Cell& cell) {
  if (node.kind == Kind::null) return Outcome::null;
  if (node.kind <= Kind::empty_array) return Outcome::wrong_type;
  if (conversion.changes_text)
    return convert_text(conversion, text_of(document, node, room), room, cell);
  const column::Type type = conversion.type.type;
  if (is_text_type(type) || node.kind == Kind::string) {
    return plain_text_to(conversion, text_of(document, node, room), cell);
  }
  if (node.kind == Kind::number) {
    const bool time = type == column::Type::timestamp || type == column::Type::date;
    const plan::TimeFormat format = conversion.normalisation.time_format;
    if (time && format == plan::TimeFormat::iso8601) return Outcome::wrong_type;
    if (time && format == plan::TimeFormat::iso8601_basic)
      return text_to_time(conversion, document.raw(node), cell);
    return convert_number(conversion, document.raw(node), cell);
  }
  if (type != column::Type::boolean) return Outcome::wrong_type;
  cell = Cell::of_int(node.kind == Kind::yes ? 1 : 0);
  return Outcome::value;
}

}  // namespace assay::refine
