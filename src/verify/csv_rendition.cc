#include "verify/csv_rendition.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <optional>
#include <unordered_set>

#include "verify/rendition.h"

namespace assay::verify {
namespace {

/// A field; nothing where nothing at all stands between its delimiters.
using Field = std::optional<std::string>;

/// Nothing where a quoted field is not ended as it should be.
std::optional<std::vector<Field>> fields_of(std::string_view line, char delimiter) {
  enum class State { begin, plain, quoted, behind };
  std::vector<Field> fields;
  std::string text;
  State state = State::begin;
  const auto finish = [&] {
    fields.push_back(state == State::begin ? Field() : Field(text));
    text.clear();
    state = State::begin;
  };
  for (const char c : line) {
    const bool ends = c == delimiter && state != State::quoted;
    if (ends) {
      finish();
    } else if (state == State::begin && c == '"') {
      state = State::quoted;
    } else if (state == State::quoted && c == '"') {
      state = State::behind;
    } else if (state == State::behind) {
      if (c != '"') return std::nullopt;
      text += '"';
      state = State::quoted;
    } else {
      text += c;
      if (state == State::begin) state = State::plain;
    }
  }
  if (state == State::quoted) return std::nullopt;
  finish();
  return fields;
}

}  // namespace

std::variant<std::string, Fault> csv_rendition(std::string_view row, std::string_view header,
                                               char delimiter, const PayloadLimits& limits) {
  const auto names = fields_of(header, delimiter);
  if (!names) return Fault{Code::csv_row, "", "the header line is malformed"};
  std::unordered_set<std::string> seen;
  for (const Field& name : *names) {
    if (!seen.insert(name.value_or("")).second)
      return Fault{Code::csv_row, "", "a name stands twice in the header line"};
  }
  if (!simdjson::validate_utf8(row.data(), row.size()))
    return Fault{Code::json_utf8, "", "the row is not UTF-8"};
  const auto fields = fields_of(row, delimiter);
  if (!fields) return Fault{Code::csv_row, "", "the row is malformed"};
  if (fields->size() != names->size())
    return Fault{Code::csv_row, "",
                 fmt::format("{} fields for {} names", fields->size(), names->size())};
  std::string out;
  for (std::size_t i = 0; i < fields->size(); ++i) {
    out += i == 0 ? '{' : ',';
    append_json_string(out, (*names)[i].value_or(""));
    out += ':';
    if ((*fields)[i])
      append_json_string(out, *(*fields)[i]);
    else
      out += "null";
  }
  out += '}';
  if (out.size() > row_rendition_max(row.size(), limits))
    return Fault{Code::json_too_large, "", "larger than the limit once it is written out"};
  return out;
}

}  // namespace assay::verify
