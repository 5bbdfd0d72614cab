#include "schema/avro_default.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>

#include "schema/json_pointer.h"

namespace assay::schema {
namespace {

using path::JsonDocument;
using path::NodeId;

class DefaultCheck {
 public:
  DefaultCheck(const JsonDocument& document, std::span<const AvroType> types)
      : document_(document), types_(types) {}

  std::optional<std::string> misfit(NodeId value, AvroTypeId id) {
    if (steps_left_ == 0) return "a default takes too many steps to check";
    steps_left_ -= 1;
    const AvroType& type = types_[static_cast<std::size_t>(id)];
    switch (type.kind) {
      case AvroKind::null: return unless(is(value, Kind::null), value, "null");
      case AvroKind::boolean: return unless(is(value, Kind::boolean), value, "true or false");
      case AvroKind::int32: return unless(is_integer<std::int32_t>(value), value, "an int");
      case AvroKind::int64: return unless(is_integer<std::int64_t>(value), value, "a long");
      case AvroKind::float32:
      case AvroKind::float64: return unless(is_float(value), value, "a number");
      case AvroKind::string: return unless(is(value, Kind::string), value, "a string");
      case AvroKind::bytes:
        return unless(byte_count(value).has_value(), value,
                      "a string of the characters U+0000 to U+00FF");
      case AvroKind::fixed:
        return unless(byte_count(value) == type.fixed_size, value,
                      fmt::format("a string of {} characters U+0000 to U+00FF", type.fixed_size));
      case AvroKind::enumeration:
        return unless(
            is(value, Kind::string) &&
                std::count(type.symbols.begin(), type.symbols.end(), document_.string(value)) == 1,
            value, fmt::format("a symbol of {}", type.name));
      case AvroKind::array:
      case AvroKind::map: return misfit_of_items(value, type);
      case AvroKind::choice: return misfit_of_choice(value, type);
      case AvroKind::record: return misfit_of_record(value, type);
    }
    return std::nullopt;
  }

 private:
  using Kind = JsonDocument::Kind;

  bool is(NodeId value, Kind kind) const { return document_.kind(value) == kind; }

  std::optional<std::string> unless(bool good, NodeId value, std::string_view wanted) const {
    if (good) return std::nullopt;
    return fmt::format("{} is not {}", json_pointer(document_, value), wanted);
  }

  template <typename Integer>
  bool is_integer(NodeId value) const {
    if (!is(value, Kind::number)) return false;
    const std::string_view text = document_.source(value);
    Integer number = 0;
    const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
    return failure == std::errc() && end == text.data() + text.size();
  }

  /// A number, or what JSON has no number for (as Avro's own library writes it).
  bool is_float(NodeId value) const {
    if (is(value, Kind::number)) return true;
    if (!is(value, Kind::string)) return false;
    const std::string_view text = document_.string(value);
    return text == "NaN" || text == "INF" || text == "-INF" || text == "Infinity" ||
           text == "-Infinity";
  }

  /// Characters of a string that stands for bytes, one each (ISO-8859-1); nothing for any other.
  std::optional<std::size_t> byte_count(NodeId value) const {
    if (!is(value, Kind::string)) return std::nullopt;
    std::size_t count = 0;
    for (const char c : document_.string(value)) {
      const auto byte = static_cast<unsigned char>(c);
      if (byte > 0xC3) return std::nullopt;     // the lead byte of something above U+00FF
      if ((byte & 0xC0U) != 0x80U) count += 1;  // not a continuation
    }
    return count;
  }

  std::optional<std::string> misfit_of_items(NodeId value, const AvroType& type) {
    const bool is_array = type.kind == AvroKind::array;
    if (!is(value, is_array ? Kind::array : Kind::object)) {
      return unless(false, value, is_array ? "an array" : "an object");
    }
    for (NodeId item = document_.first_child(value); item != document_.after(value);
         item = document_.after(item)) {
      if (auto found = misfit(item, type.item())) return found;
    }
    return std::nullopt;
  }

  std::optional<std::string> misfit_of_choice(NodeId value, const AvroType& type) {
    const bool fits = std::any_of(type.types.begin(), type.types.end(), [&](AvroTypeId branch) {
      return !misfit(value, branch).has_value();
    });
    return unless(fits, value, "of any type of the union");
  }

  /// Every field is there, or has a default of its own.
  std::optional<std::string> misfit_of_record(NodeId value, const AvroType& type) {
    if (!is(value, Kind::object)) return unless(false, value, "an object");
    for (const AvroField& field : type.fields) {
      const std::size_t cost = document_.child_count(value);
      if (cost >= steps_left_) return "a default takes too many steps to check";
      steps_left_ -= cost;
      const auto found = member(document_, value, field.name);
      if (!found && field.default_json) continue;
      if (!found)
        return unless(false, value, fmt::format("complete: \"{}\" is missing", field.name));
      if (auto wrong = misfit(*found, field.type)) return wrong;
    }
    return std::nullopt;
  }

  const JsonDocument& document_;
  std::span<const AvroType> types_;
  // Unions that stand in records that stand in unions would be tried in all combinations.
  std::size_t steps_left_ = 2'000'000;
};

}  // namespace

std::optional<std::string> misfit_of_default(const JsonDocument& document, NodeId value,
                                             std::span<const AvroType> types, AvroTypeId type) {
  return DefaultCheck(document, types).misfit(value, type);
}

}  // namespace assay::schema
