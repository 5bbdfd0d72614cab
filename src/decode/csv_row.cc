#include "decode/csv_row.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <set>

#include "decode/json_text.h"
#include "decode/rendition_room.h"

namespace assay::decode {
namespace {

using Kind = CsvRowEnd::Kind;

/// Behind the quote that closes the field which begins there; npos where none does.
std::size_t behind_quoted(std::string_view bytes, std::size_t begin) {
  for (std::size_t at = begin + 1;;) {
    const auto quote = bytes.find('"', at);
    if (quote == std::string_view::npos) return quote;
    if (quote + 1 == bytes.size() || bytes[quote + 1] != '"') return quote + 1;
    at = quote + 2;
  }
}

/// A quoted field without its quotes, pairs made one.
std::string unquoted(std::string_view field) {
  field = field.substr(1, field.size() - 2);
  std::string text;
  for (std::size_t i = 0; i < field.size(); ++i) {
    text += field[i];
    if (field[i] == '"') ++i;
  }
  return text;
}

}  // namespace

CsvRowEnd find_csv_row_end(std::string_view bytes, char delimiter) {
  std::size_t at = 0;
  for (;;) {
    if (at < bytes.size() && bytes[at] == '"') {
      at = behind_quoted(bytes, at);
      if (at == std::string_view::npos) return {.kind = Kind::in_quotes};
      const std::string_view rest = bytes.substr(at);
      if (rest.empty() || rest == "\r") return {.kind = Kind::open};
      if (rest.starts_with("\r\n")) return {Kind::line_break, at, at + 2};
      if (rest[0] != delimiter && rest[0] != '\n') return {.kind = Kind::misquoted};
    } else {
      while (at < bytes.size() && bytes[at] != delimiter && bytes[at] != '\n') ++at;
      if (at == bytes.size()) return {.kind = Kind::open};
    }
    if (bytes[at] == '\n') {
      const bool has_return = at > 0 && bytes[at - 1] == '\r';
      return {Kind::line_break, has_return ? at - 1 : at, at + 1};
    }
    ++at;
  }
}

Result<std::vector<CsvField>> read_csv_row(std::string_view row, char delimiter) {
  std::vector<CsvField> fields;
  for (std::size_t at = 0;;) {
    std::size_t end = 0;
    if (at < row.size() && row[at] == '"') {
      end = behind_quoted(row, at);
      if (end == std::string_view::npos)
        return make_error(Code::csv_row, fmt::format("byte {}: no quote ends the field", at));
      if (end < row.size() && row[end] != delimiter)
        return make_error(Code::csv_row,
                          fmt::format("byte {}: something stands behind a quoted field", end));
      fields.push_back({.text = unquoted(row.substr(at, end - at)), .quoted = true});
    } else {
      end = std::min(row.find(delimiter, at), row.size());
      fields.push_back({.text = std::string(row.substr(at, end - at))});
    }
    if (end == row.size()) return fields;
    at = end + 1;
  }
}

Result<CsvHeader> CsvHeader::read(std::string_view line, char delimiter) {
  ASSAY_TRY(const auto names, read_csv_row(line, delimiter));
  CsvHeader header;
  header.delimiter_ = delimiter;
  std::set<std::string_view> seen;
  for (const CsvField& name : names) {
    if (!seen.insert(name.text).second) {
      return make_error(Code::csv_row,
                        fmt::format("the header line has the name \"{}\" twice", name.text));
    }
    append_json_string(header.keys_.emplace_back(), name.text);
    header.keys_.back() += ':';
  }
  return header;
}

Status CsvHeader::append(std::string& out, std::string_view row,
                         const PayloadLimits& limits) const {
  if (!simdjson::validate_utf8(row.data(), row.size()))
    return make_error(Code::json_utf8, "the row is not UTF-8");
  ASSAY_TRY(const auto fields, read_csv_row(row, delimiter_));
  if (fields.size() != keys_.size()) {
    return make_error(Code::csv_row, fmt::format("the row has {} fields, its header line names {}",
                                                 fields.size(), keys_.size()));
  }
  const std::size_t size_end =
      out.size() + rendition_size_max(row.size(), limits, kRowRenditionFree);
  out += '{';
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) out += ',';
    out += keys_[i];
    if (fields[i].text.empty() && !fields[i].quoted)
      out += "null";
    else
      append_json_string(out, fields[i].text);
  }
  out += '}';
  if (out.size() <= size_end) return {};
  return make_error(Code::json_too_large,
                    "the payload is larger than the limit once its names are written out");
}

}  // namespace assay::decode
