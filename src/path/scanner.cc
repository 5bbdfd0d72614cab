#include "path/scanner.h"

#include <fmt/format.h>

#include <array>
#include <charconv>

#include "path/utf8.h"

namespace assay::path {
namespace {

// RFC 9535 section 2.1: an index lies within the integers that a double keeps exact.
constexpr std::int64_t kIndexMax = (std::int64_t{1} << 53) - 1;

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

struct Escape {
  char letter;
  char meaning;
};
constexpr auto kEscapes = std::to_array<Escape>(
    {{'b', '\b'}, {'f', '\f'}, {'n', '\n'}, {'r', '\r'}, {'t', '\t'}, {'/', '/'}, {'\\', '\\'}});

}  // namespace

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_name_first(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

bool Scanner::take(char c) {
  if (!at(c)) return false;
  ++position_;
  return true;
}

bool Scanner::take(std::string_view word) {
  if (text_.substr(position_, word.size()) != word) return false;
  position_ += word.size();
  return true;
}

void Scanner::skip_blanks() {
  while (position_ < text_.size() && is_blank(text_[position_])) ++position_;
}

Error Scanner::failure_at(std::size_t position, std::string_view what, std::string hint) const {
  return make_error(Code::path_invalid, fmt::format("{} at byte {}", what, position),
                    std::move(hint), fmt::format("The path is {}", text_));
}

Error Scanner::expected(std::string_view what, std::string hint) const {
  return failure(fmt::format("expected {}", what), std::move(hint));
}

Result<std::string> Scanner::shorthand() {
  const std::size_t begin = position_;
  while (position_ < text_.size()) {
    const char c = text_[position_];
    if (is_name_first(c) || (is_digit(c) && position_ > begin)) {
      ++position_;
    } else if (const std::size_t length = multibyte_length(text_, position_); length != 0) {
      position_ += length;
    } else {
      break;
    }
  }
  if (position_ == begin) {
    return failure("expected a name or \"*\"", "A name with other characters is written ['name'].");
  }
  return std::string(text_.substr(begin, position_ - begin));
}

Result<std::string> Scanner::quoted() {
  const char quote = text_[position_++];
  std::string name;
  while (!at(quote)) {
    if (position_ >= text_.size()) return expected("the closing quote");
    const char c = text_[position_];
    if (c == '\\') {
      ASSAY_TRY_VOID(escape(quote, name));
    } else if (static_cast<std::uint8_t>(c) < 0x20) {
      return expected("control characters as escapes", "A line break is written \\n, a tab \\t.");
    } else if (static_cast<std::uint8_t>(c) < 0x80) {
      name += c;
      ++position_;
    } else {
      const std::size_t length = multibyte_length(text_, position_);
      if (length == 0) return expected("valid UTF-8");
      name += text_.substr(position_, length);
      position_ += length;
    }
  }
  ++position_;
  return name;
}

Status Scanner::escape(char quote, std::string& name) {
  const std::size_t begin = position_++;
  if (take(quote)) {
    name += quote;
    return {};
  }
  for (const Escape& row : kEscapes) {
    if (!take(row.letter)) continue;
    name += row.meaning;
    return {};
  }
  if (!at('u')) {
    return expected("one of the escapes b f n r t / \\ u or the quote",
                    "A backslash itself is written \\\\.");
  }
  const UnicodeEscape read = read_unicode_escape(text_, position_ + 1);
  switch (read.problem) {
    case UnicodeEscape::Problem::none: break;
    case UnicodeEscape::Problem::digits: return expected("4 hexadecimal digits");
    case UnicodeEscape::Problem::lone_high:
      return failure_at(begin, "expected a low surrogate behind a high one");
    case UnicodeEscape::Problem::lone_low:
      return failure_at(begin, "expected no low surrogate without a high one");
  }
  append_utf8(name, read.code_point);
  position_ += 1 + read.size;
  return {};
}

Result<std::int64_t> Scanner::integer() {
  const std::size_t begin = position_;
  const bool negative = take('-');
  const std::size_t first = position_;
  while (at_digit()) ++position_;
  const std::string_view digits = text_.substr(first, position_ - first);
  if (digits.empty()) return expected("a digit");
  if (digits[0] == '0' && digits.size() > 1) {
    return failure_at(begin, "expected an index without a leading zero");
  }
  if (digits == "0" && negative) return failure_at(begin, "expected an index other than -0");
  std::int64_t value = 0;
  const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (parsed.ec != std::errc{} || value > kIndexMax) {
    return failure_at(begin,
                      fmt::format("expected an index of at {} {}{}", negative ? "least" : "most",
                                  negative ? "-" : "", kIndexMax));
  }
  return negative ? -value : value;
}

Status Scanner::digits() {
  if (!at_digit()) return expected("a digit");
  while (at_digit()) ++position_;
  return {};
}

Result<std::string_view> Scanner::number() {
  const std::size_t begin = position_;
  take('-');
  if (take('0')) {
    if (at_digit()) return failure_at(begin, "expected a number without a leading zero");
  } else {
    ASSAY_TRY_VOID(digits());
  }
  if (take('.')) ASSAY_TRY_VOID(digits());
  if (take('e') || take('E')) {
    if (!take('+')) take('-');
    ASSAY_TRY_VOID(digits());
  }
  return text_.substr(begin, position_ - begin);
}

std::string_view Scanner::word() {
  const std::size_t begin = position_;
  while (position_ < text_.size()) {
    const char c = text_[position_];
    const bool is_first = c >= 'a' && c <= 'z';
    if (!is_first && (position_ == begin || (c != '_' && !is_digit(c)))) break;
    ++position_;
  }
  return text_.substr(begin, position_ - begin);
}

}  // namespace assay::path
