#include "column/schema.h"

#include <fmt/format.h>

#include <array>
#include <charconv>

namespace assay::column {
namespace {

struct TypeName {
  Type type;
  std::string_view name;
  std::string_view arrow;
};

// Decimal carries parameters, so its two texts are made in the functions below.
constexpr auto kTypeNames = std::to_array<TypeName>({
    {Type::boolean, "boolean", "b"},
    {Type::int32, "int32", "i"},
    {Type::int64, "int64", "l"},
    {Type::float64, "float64", "g"},
    {Type::date, "date", "tdD"},
    {Type::timestamp, "timestamp", "tsu:UTC"},
    {Type::string, "string", "u"},
    {Type::binary, "binary", "z"},
});

const TypeName& name_of(Type type) {
  for (const TypeName& row : kTypeNames) {
    if (row.type == type) return row;
  }
  return kTypeNames.back();
}

constexpr int kDecimalPrecisionMax = 38;

/// Reads a number of one or two digits without leading zero from the front of `text`.
std::optional<int> take_number(std::string_view& text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const auto digits = static_cast<std::size_t>(end - text.data());
  if (error != std::errc{} || text[0] == '-' || digits > 2) return std::nullopt;
  if (digits == 2 && text[0] == '0') return std::nullopt;
  text.remove_prefix(digits);
  return number;
}

std::optional<DataType> parse_decimal(std::string_view text) {
  constexpr std::string_view kPrefix = "decimal(";
  if (!text.starts_with(kPrefix) || !text.ends_with(')')) return std::nullopt;
  text.remove_prefix(kPrefix.size());
  const auto precision = take_number(text);
  if (!precision || !text.starts_with(',')) return std::nullopt;
  text.remove_prefix(1);
  if (text.starts_with(' ')) text.remove_prefix(1);
  const auto scale = take_number(text);
  if (!scale || text != ")") return std::nullopt;
  if (*precision < 1 || *precision > kDecimalPrecisionMax || *scale > *precision)
    return std::nullopt;
  return DataType{Type::decimal, *precision, *scale};
}

}  // namespace

std::string to_string(const DataType& type) {
  if (type.type == Type::decimal) return fmt::format("decimal({},{})", type.precision, type.scale);
  return std::string(name_of(type.type).name);
}

std::optional<DataType> parse_data_type(std::string_view text) {
  for (const TypeName& row : kTypeNames) {
    if (row.name == text) return DataType{row.type, 0, 0};
  }
  return parse_decimal(text);
}

std::string arrow_format(const DataType& type) {
  if (type.type == Type::decimal) return fmt::format("d:{},{}", type.precision, type.scale);
  return std::string(name_of(type.type).arrow);
}

std::string_view to_string(Transform transform) {
  switch (transform) {
    case Transform::identity: return "identity";
    case Transform::day: return "day";
    case Transform::month: return "month";
  }
  return "identity";
}

int TableSchema::index_of(std::string_view field_name) const {
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].name == field_name) return static_cast<int>(i);
  }
  return -1;
}

int TableSchema::index_of_id(int field_id) const {
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].id == field_id) return static_cast<int>(i);
  }
  return -1;
}

}  // namespace assay::column
