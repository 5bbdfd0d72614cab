#include "path/json_path.h"

#include <fmt/format.h>

#include "path/mapping_query.h"
#include "path/scanner.h"
#include "path/single_walk.h"
#include "path/syntax.h"

namespace assay::path {
namespace {

bool fits_shorthand(std::string_view name) {
  if (name.empty() || is_digit(name[0])) return false;
  for (const char c : name) {
    const bool ascii = static_cast<std::uint8_t>(c) < 0x80;
    if (ascii && !is_name_first(c) && !is_digit(c)) return false;
  }
  return true;
}

}  // namespace

Result<JsonPath> parse_json_path(std::string_view text) {
  ASSAY_TRY(const ParsedQuery parsed, parse_query(text, RootsTaken::payload_and_row));
  return single_walk(parsed.syntax, text);
}

Result<JsonPath> parse_mapping_path(std::string_view text) { return split_mapping(text); }

std::string quoted_name(std::string_view name) {
  std::string text = "'";
  for (const char c : name) {
    switch (c) {
      case '\b': text += "\\b"; break;
      case '\f': text += "\\f"; break;
      case '\n': text += "\\n"; break;
      case '\r': text += "\\r"; break;
      case '\t': text += "\\t"; break;
      case '\'': text += "\\'"; break;
      case '\\': text += "\\\\"; break;
      default:
        if (static_cast<std::uint8_t>(c) < 0x20) {
          text += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
        } else {
          text += c;
        }
    }
  }
  text += '\'';
  return text;
}

std::string to_string(const JsonPath& path) {
  std::string text = path.relative ? "@" : "$";
  for (const Step& step : path.steps) {
    switch (step.kind) {
      case Step::Kind::wildcard: text += "[*]"; break;
      case Step::Kind::query: text += step.name; break;
      case Step::Kind::index: text += fmt::format("[{}]", step.index); break;
      case Step::Kind::name:
        text += fits_shorthand(step.name) ? "." + step.name : "[" + quoted_name(step.name) + "]";
        break;
    }
  }
  return text;
}

void append_pointer(std::string& pointer, std::string_view token) {
  pointer += '/';
  for (const char c : token) {
    if (c == '~') {
      pointer += "~0";
    } else if (c == '/') {
      pointer += "~1";
    } else {
      pointer += c;
    }
  }
}

}  // namespace assay::path
