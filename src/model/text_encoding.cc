#include "model/text_encoding.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace assay::model {
namespace {

bool is_continuation(char byte) { return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U; }

/// Four hexadecimal digits after "\u" at `at`; nothing where there are none.
std::optional<unsigned> escape_unit(std::string_view text, std::size_t at) {
  if (text.substr(at, 2) != "\\u" || text.size() < at + 6) return std::nullopt;
  unsigned unit = 0;
  const char* begin = text.data() + at + 2;
  const auto [end, error] = std::from_chars(begin, begin + 4, unit, 16);
  if (error != std::errc{} || end != begin + 4) return std::nullopt;
  return unit;
}

}  // namespace

std::size_t character_size(std::string_view text) {
  if (text.empty()) return 0;
  const auto byte = [&](std::size_t index) {
    return static_cast<unsigned>(static_cast<unsigned char>(text[index]));
  };
  const unsigned first = byte(0);
  if (first < 0x80) return 1;
  const std::size_t size = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() < size) return 0;
  for (std::size_t index = 1; index < size; ++index) {
    if (!is_continuation(text[index])) return 0;
  }
  // Overlong forms, surrogates and what lies beyond U+10FFFF differ in the second byte.
  const unsigned second = byte(1);
  if (first == 0xE0 && second < 0xA0) return 0;
  if (first == 0xED && second > 0x9F) return 0;
  if (first == 0xF0 && second < 0x90) return 0;
  if (first == 0xF4 && second > 0x8F) return 0;
  return size;
}

SourceText::SourceText(std::string file, std::string_view text)
    : file_(std::move(file)), text_(text), line_starts_{0} {
  for (std::size_t index = 0; index < text_.size(); ++index) {
    if (text_[index] == '\n') line_starts_.push_back(index + 1);
  }
}

Location SourceText::location(int line, int column) const {
  if (line < 0 || column < 0) return {file_, 1, 1};
  const auto index = static_cast<std::size_t>(line);
  if (index >= line_starts_.size()) return {file_, line + 1, column + 1};
  const std::string_view rest = text_.substr(line_starts_[index]);
  const std::string_view before = rest.substr(0, static_cast<std::size_t>(column));
  const auto characters =
      std::count_if(before.begin(), before.end(), [](char byte) { return !is_continuation(byte); });
  return {file_, line + 1, static_cast<int>(characters) + 1};
}

Location SourceText::location_of_byte(std::size_t byte) const {
  const auto after = std::upper_bound(line_starts_.begin(), line_starts_.end(), byte);
  const auto line = static_cast<std::size_t>(after - line_starts_.begin()) - 1;
  return location(static_cast<int>(line), static_cast<int>(byte - line_starts_[line]));
}

bool SourceText::closes_quote(int line, int column) const {
  if (line < 0 || column < 0 || static_cast<std::size_t>(line) >= line_starts_.size()) return true;
  const std::size_t begin =
      line_starts_[static_cast<std::size_t>(line)] + static_cast<std::size_t>(column);
  if (begin >= text_.size() || (text_[begin] != '"' && text_[begin] != '\'')) return true;
  const char quote = text_[begin];
  for (std::size_t at = begin + 1; at < text_.size(); ++at) {
    if (quote == '"' && text_[at] == '\\') {
      ++at;  // what it escapes
    } else if (text_[at] == quote) {
      if (quote == '"' || at + 1 == text_.size() || text_[at + 1] != quote) return true;
      ++at;  // a doubled quote is one of the text
    }
  }
  return false;
}

std::optional<SourceText::Fault> SourceText::first_fault() const {
  for (std::size_t at = 0; at < text_.size();) {
    const std::size_t size = character_size(text_.substr(at));
    if (size == 0) return Fault{location_of_byte(at), "a byte that is not UTF-8"};
    const auto first = static_cast<unsigned char>(text_[at]);
    if ((first < 0x20 && first != '\t' && first != '\n' && first != '\r') || first == 0x7F) {
      return Fault{location_of_byte(at), fmt::format("a control character (0x{:02x})", first)};
    }
    at += size;
  }
  return std::nullopt;
}

std::string_view whole_characters(std::string_view text, std::size_t size) {
  if (text.size() <= size) return text;
  while (size > 0 && is_continuation(text[size])) --size;
  return text.substr(0, size);
}

std::string join_surrogate_escapes(std::string_view text) {
  std::string joined;
  joined.reserve(text.size());
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] != '\\') {
      joined += text[at++];
      continue;
    }
    const auto high = escape_unit(text, at);
    const auto low = high ? escape_unit(text, at + 6) : std::nullopt;
    if (high && low && *high >= 0xD800 && *high < 0xDC00 && *low >= 0xDC00 && *low < 0xE000) {
      joined += fmt::format("\\U{:08x}", 0x10000 + ((*high - 0xD800) << 10) + (*low - 0xDC00));
      at += 12;
      continue;
    }
    // The character behind a backslash belongs to it, so that "\\u" is never taken for an escape.
    joined += text.substr(at, 2);
    at += 2;
  }
  return joined;
}

}  // namespace assay::model
