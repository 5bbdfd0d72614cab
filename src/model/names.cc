#include "model/names.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace assay::model {
namespace {

constexpr std::size_t kNameSizeMax = 100;

constexpr std::array<std::string_view, 17> kReservedColumns = {
    "tenant_id",  "record_id",  "manifest_id", "pointer",     "ingest_time",     "knowledge_time",
    "row_hash",   "hub_key",    "link_key",    "null_fields", "source_priority", "content_hash",
    "valid_from", "event_time", "item_index",  "hashdiff",    "record_source"};

bool is_lower(char letter) { return letter >= 'a' && letter <= 'z'; }
bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }
bool is_letter(char letter) { return is_lower(letter) || (letter >= 'A' && letter <= 'Z'); }

}  // namespace

bool is_name(std::string_view text) {
  if (text.empty() || text.size() > kNameSizeMax || !is_lower(text[0])) return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return is_lower(c) || is_digit(c) || c == '_'; });
}

bool is_label(std::string_view text) {
  if (text.empty() || text.size() > kNameSizeMax) return false;
  if (!is_letter(text[0]) && !is_digit(text[0])) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    return is_letter(c) || is_digit(c) || c == '_' || c == '-' || c == '.';
  });
}

bool check_name(const Node& name, std::string_view what, ProblemList& problems) {
  if (is_name(name.text)) return true;
  problems.add(name.location, Code::yaml_bad_value,
               fmt::format("{} is no name for {}", describe(name), what),
               fmt::format("a lower-case letter, then lower-case letters, digits and \"_\", "
                           "at most {} characters",
                           kNameSizeMax));
  return false;
}

bool check_label(const Location& location, std::string_view label, std::string_view what,
                 ProblemList& problems) {
  if (is_label(label)) return true;
  problems.add(location, Code::yaml_bad_value, fmt::format("\"{}\" is no name for {}", label, what),
               fmt::format("a letter or digit, then letters, digits, \".\", \"-\" and \"_\", "
                           "at most {} characters",
                           kNameSizeMax));
  return false;
}

bool is_reserved_column(std::string_view name) {
  return std::find(kReservedColumns.begin(), kReservedColumns.end(), name) !=
         kReservedColumns.end();
}

}  // namespace assay::model
