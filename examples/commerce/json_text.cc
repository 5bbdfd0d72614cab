#include "examples/commerce/json_text.h"

#include <fmt/format.h>

namespace assay::commerce {

void JsonText::text(std::string_view name, std::string_view value) {
  name_and_comma(name);
  quote(value);
  comma_ = true;
}

void JsonText::raw(std::string_view name, std::string_view token) {
  name_and_comma(name);
  out_ += token;
  comma_ = true;
}

void JsonText::integer(std::string_view name, std::int64_t value) {
  raw(name, std::to_string(value));
}

void JsonText::begin(std::string_view name, char bracket) {
  name_and_comma(name);
  out_ += bracket;
  comma_ = false;
}

void JsonText::end(char bracket) {
  out_ += bracket;
  comma_ = true;
}

void JsonText::name_and_comma(std::string_view name) {
  if (comma_) out_ += ',';
  if (name.empty()) return;
  quote(name);
  out_ += ':';
}

void JsonText::quote(std::string_view value) {
  out_ += '"';
  for (std::size_t at = 0; at < value.size();) {
    const char c = value[at];
    if (ascii_ && static_cast<unsigned char>(c) >= 0x80) {
      escape_code_point(value, at);
      continue;
    }
    switch (c) {
      case '"': out_ += "\\\""; break;
      case '\\': out_ += "\\\\"; break;
      case '\n': out_ += "\\n"; break;
      case '\t': out_ += "\\t"; break;
      default: out_ += c;
    }
    ++at;
  }
  out_ += '"';
}

/// REQUIRES: valid UTF-8, as all texts of the demo are. Beyond the first plane: two surrogates.
void JsonText::escape_code_point(std::string_view value, std::size_t& at) {
  const auto lead = static_cast<unsigned char>(value[at]);
  const int more = lead >= 0xF0 ? 3 : lead >= 0xE0 ? 2 : 1;
  std::uint32_t point = lead & (0x3FU >> more);
  for (int i = 1; i <= more; ++i) {
    point = (point << 6) |
            (static_cast<unsigned char>(value[at + static_cast<std::size_t>(i)]) & 0x3FU);
  }
  at += static_cast<std::size_t>(more) + 1;
  if (point < 0x10000) {
    fmt::format_to(std::back_inserter(out_), "\\u{:04x}", point);
  } else {
    fmt::format_to(std::back_inserter(out_), "\\u{:04x}\\u{:04x}",
                   0xD800 + ((point - 0x10000) >> 10), 0xDC00 + ((point - 0x10000) & 0x3FF));
  }
}

}  // namespace assay::commerce
