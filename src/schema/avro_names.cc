#include "schema/avro_names.h"

#include <algorithm>
#include <array>
#include <utility>

namespace assay::schema {
namespace {

// In the order of the enumerations.
constexpr std::array<std::string_view, 14> kKinds = {
    "null",   "boolean", "int",  "long",  "float", "double", "bytes",
    "string", "record",  "enum", "array", "map",   "union",  "fixed"};
constexpr std::array<std::string_view, 14> kLogical = {"none",
                                                       "decimal",
                                                       "big-decimal",
                                                       "uuid",
                                                       "date",
                                                       "time-millis",
                                                       "time-micros",
                                                       "timestamp-millis",
                                                       "timestamp-micros",
                                                       "timestamp-nanos",
                                                       "local-timestamp-millis",
                                                       "local-timestamp-micros",
                                                       "local-timestamp-nanos",
                                                       "duration"};

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

}  // namespace

std::string_view to_string(AvroKind kind) { return kKinds[static_cast<std::size_t>(kind)]; }
std::string_view to_string(AvroLogical logical) {
  return kLogical[static_cast<std::size_t>(logical)];
}

std::optional<AvroKind> primitive_kind(std::string_view word) {
  const auto* const end = kKinds.begin() + static_cast<std::size_t>(AvroKind::record);
  const auto* const found = std::find(kKinds.begin(), end, word);
  if (found == end) return std::nullopt;
  return static_cast<AvroKind>(found - kKinds.begin());
}

AvroLogical logical_type(std::string_view word) {
  const auto* const found = std::find(kLogical.begin() + 1, kLogical.end(), word);
  return found == kLogical.end() ? AvroLogical::none
                                 : static_cast<AvroLogical>(found - kLogical.begin());
}

bool logical_fits(AvroLogical logical, AvroKind kind, std::size_t fixed_size) {
  switch (logical) {
    case AvroLogical::none: return true;
    case AvroLogical::decimal: return kind == AvroKind::bytes || kind == AvroKind::fixed;
    case AvroLogical::big_decimal: return kind == AvroKind::bytes;
    case AvroLogical::uuid:
      return kind == AvroKind::string || (kind == AvroKind::fixed && fixed_size == 16);
    case AvroLogical::date:
    case AvroLogical::time_millis: return kind == AvroKind::int32;
    case AvroLogical::duration: return kind == AvroKind::fixed && fixed_size == 12;
    default: return kind == AvroKind::int64;
  }
}

bool is_avro_name(std::string_view word) {
  return !word.empty() && is_letter(word.front()) &&
         std::all_of(word.begin(), word.end(),
                     [](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

bool is_avro_full_name(std::string_view word) {
  for (;;) {
    const auto dot = word.find('.');
    if (!is_avro_name(word.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    word.remove_prefix(dot + 1);
  }
}

std::string full_name(std::string_view name, std::string_view name_space) {
  if (name_space.empty() || name.find('.') != std::string_view::npos) return std::string(name);
  return std::string(name_space) + "." + std::string(name);
}

std::string_view namespace_of(std::string_view full_name) {
  const auto dot = full_name.rfind('.');
  return dot == std::string_view::npos ? std::string_view() : full_name.substr(0, dot);
}

}  // namespace assay::schema
