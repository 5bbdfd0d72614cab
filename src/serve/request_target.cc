#include "serve/request_target.h"

#include <algorithm>

#include "path/utf8.h"

namespace assay::serve {
namespace {

constexpr std::size_t kTargetSizeMax = 8 << 10;
constexpr std::size_t kPartsMax = 64;

Error invalid(const char* what) {
  return make_error(Code::request_invalid, std::string("the address is not valid: ") + what);
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

bool is_text(std::string_view text) {
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 || byte == 0x7f) return false;
    const std::size_t size = byte < 0x80 ? 1 : path::multibyte_length(text, i);
    if (size == 0) return false;
    i += size;
  }
  return true;
}

enum class Part { path, query };

Result<std::string> decoded(std::string_view text, Part part) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '+' && part == Part::query) {
      out += ' ';
    } else if (text[i] != '%') {
      out += text[i];
    } else {
      const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
      const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
      if (high < 0 || low < 0) return invalid("an escape needs two hexadecimal digits");
      out += static_cast<char>(high * 16 + low);
      i += 2;
    }
  }
  if (!is_text(out)) return invalid("it holds control characters, or bytes that are no UTF-8");
  return out;
}

/// The parts between separators; an empty text has none.
std::vector<std::string_view> cut(std::string_view text, char separator) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const auto end = text.find(separator);
    parts.push_back(text.substr(0, end));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
  return parts;
}

}  // namespace

bool RequestTarget::flag(std::string_view name) const {
  const std::string value = text(name);
  return value == "true" || value == "True";
}

std::string RequestTarget::text(std::string_view name) const {
  const auto found = query.find(name);
  return found == query.end() ? std::string() : found->second;
}

Result<RequestTarget> parse_target(std::string_view target) {
  if (target.size() > kTargetSizeMax) return invalid("it is too long");
  if (!target.starts_with('/')) return invalid("it does not begin with \"/\"");
  if (target.find('#') != std::string_view::npos) return invalid("it holds a \"#\"");
  RequestTarget parsed;
  const auto question = target.find('?');
  const auto segments =
      cut(target.substr(1, question == std::string_view::npos ? question : question - 1), '/');
  if (segments.size() > kPartsMax) return invalid("it has too many parts");
  for (const std::string_view segment : segments) {
    ASSAY_TRY(auto text, decoded(segment, Part::path));
    if (text == "." || text == "..") return invalid("\".\" and \"..\" are no segments");
    parsed.segments.push_back(std::move(text));
  }
  if (question == std::string_view::npos) return parsed;
  const auto pairs = cut(target.substr(question + 1), '&');
  if (pairs.size() > kPartsMax) return invalid("it has too many parts");
  for (const std::string_view pair : pairs) {
    const auto equals = pair.find('=');
    ASSAY_TRY(auto name, decoded(pair.substr(0, equals), Part::query));
    ASSAY_TRY(auto value, decoded(equals == std::string_view::npos ? std::string_view()
                                                                   : pair.substr(equals + 1),
                                  Part::query));
    parsed.query[std::move(name)] = std::move(value);
  }
  return parsed;
}

}  // namespace assay::serve
