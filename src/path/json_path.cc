#include "path/json_path.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <optional>

namespace assay::path {
namespace {

// RFC 9535 section 2.1: an index lies within the integers that a double keeps exact.
constexpr std::int64_t kIndexMax = (std::int64_t{1} << 53) - 1;

constexpr std::string_view kNotTaken = "A mapping takes names, indices and wildcards.";

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

/// Bytes of the UTF-8 sequence at `text[at]`, of two to four bytes; 0 where it is not valid.
std::size_t multibyte_length(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) {
    return at + i < text.size() ? static_cast<std::uint8_t>(text[at + i]) : 0U;
  };
  const auto is_tail = [&](std::size_t i) { return (byte(i) & 0xc0U) == 0x80U; };
  const unsigned lead = byte(0);
  if (lead >= 0xc2 && lead <= 0xdf) return is_tail(1) ? 2 : 0;
  if (lead >= 0xe0 && lead <= 0xef) {
    const bool overlong = lead == 0xe0 && byte(1) < 0xa0;
    const bool surrogate = lead == 0xed && byte(1) > 0x9f;
    return is_tail(1) && is_tail(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (lead >= 0xf0 && lead <= 0xf4) {
    const bool overlong = lead == 0xf0 && byte(1) < 0x90;
    const bool beyond = lead == 0xf4 && byte(1) > 0x8f;
    return is_tail(1) && is_tail(2) && is_tail(3) && !overlong && !beyond ? 4 : 0;
  }
  return 0;
}

void append_utf8(std::string& out, std::uint32_t code_point) {
  const auto tail = [&](int shift) {
    return static_cast<char>(0x80U | ((code_point >> shift) & 0x3fU));
  };
  if (code_point < 0x80) {
    out += static_cast<char>(code_point);
  } else if (code_point < 0x800) {
    out += static_cast<char>(0xc0U | (code_point >> 6));
    out += tail(0);
  } else if (code_point < 0x10000) {
    out += static_cast<char>(0xe0U | (code_point >> 12));
    out += tail(6);
    out += tail(0);
  } else {
    out += static_cast<char>(0xf0U | (code_point >> 18));
    out += tail(12);
    out += tail(6);
    out += tail(0);
  }
}

struct Escape {
  char letter;
  char meaning;
};
constexpr auto kEscapes = std::to_array<Escape>(
    {{'b', '\b'}, {'f', '\f'}, {'n', '\n'}, {'r', '\r'}, {'t', '\t'}, {'/', '/'}, {'\\', '\\'}});

/// Recursive descent over the text, one method a rule of the grammar. Stops at the first mistake.
class Parser {
 public:
  explicit Parser(std::string_view text) : text_(text) {}

  Result<JsonPath> parse() {
    JsonPath path;
    if (!at('$') && !at('@')) return expected("\"$\" (the payload) or \"@\" (the row)");
    path.relative = at('@');
    ++position_;
    while (position_ < text_.size()) {
      const std::size_t before_blanks = position_;
      skip_blanks();
      if (position_ == text_.size()) {
        position_ = before_blanks;
        return expected("nothing behind the path, not even blanks");
      }
      ASSAY_TRY(Step step, segment());
      path.steps.push_back(std::move(step));
    }
    return path;
  }

 private:
  bool at(char c) const { return position_ < text_.size() && text_[position_] == c; }
  void skip_blanks() {
    while (position_ < text_.size() && is_blank(text_[position_])) ++position_;
  }

  Error failure(std::string_view what, std::string hint = {}) const {
    return make_error(Code::path_invalid, fmt::format("{} at byte {}", what, position_),
                      std::move(hint), fmt::format("The path is {}", text_));
  }
  Error expected(std::string_view what) const { return failure(fmt::format("expected {}", what)); }
  Error not_taken(std::string_view what) const {
    return failure(fmt::format("{} not taken yet", what), std::string(kNotTaken));
  }

  Result<Step> segment() {
    if (at('[')) return bracketed();
    if (!at('.')) return expected("\".\" or \"[\"");
    ++position_;
    if (at('.')) return not_taken("descendant segments (\"..\") are");
    if (at('*')) {
      ++position_;
      return Step{Step::Kind::wildcard, {}, 0};
    }
    return shorthand();
  }

  /// A name behind a dot: letters, digits, "_" and everything outside of ASCII; no digit in front.
  Result<Step> shorthand() {
    const std::size_t begin = position_;
    while (position_ < text_.size()) {
      const char c = text_[position_];
      if (is_letter(c) || (is_digit(c) && position_ > begin)) {
        ++position_;
      } else if (const std::size_t length = multibyte_length(text_, position_); length != 0) {
        position_ += length;
      } else {
        break;
      }
    }
    if (position_ == begin) {
      return failure("expected a name or \"*\"",
                     "A name with other characters is written ['name'].");
    }
    return Step{Step::Kind::name, std::string(text_.substr(begin, position_ - begin)), 0};
  }

  Result<Step> bracketed() {
    ++position_;
    skip_blanks();
    ASSAY_TRY(Step step, selector());
    skip_blanks();
    if (at(',')) return not_taken("lists of selectors are");
    if (at(':')) return not_taken("slices are");
    if (!at(']')) return expected("\"]\"");
    ++position_;
    return step;
  }

  Result<Step> selector() {
    if (at('\'') || at('"')) return quoted();
    if (at('*')) {
      ++position_;
      return Step{Step::Kind::wildcard, {}, 0};
    }
    if (at('?')) return not_taken("filters are");
    if (at(':')) return not_taken("slices are");
    if (at('-')) return not_taken("negative indices are");
    return index();
  }

  Result<Step> index() {
    const std::size_t begin = position_;
    while (position_ < text_.size() && is_digit(text_[position_])) ++position_;
    const std::string_view digits = text_.substr(begin, position_ - begin);
    if (digits.empty()) return expected("a quoted name, an index or \"*\"");
    std::int64_t value = 0;
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (digits.size() > 1 && digits[0] == '0') {
      position_ = begin;
      return expected("an index without a leading zero");
    }
    if (parsed.ec != std::errc{} || value > kIndexMax) {
      position_ = begin;
      return expected(fmt::format("an index of at most {}", kIndexMax));
    }
    return Step{Step::Kind::index, {}, value};
  }

  Result<Step> quoted() {
    const char quote = text_[position_++];
    Step step{Step::Kind::name, {}, 0};
    while (!at(quote)) {
      if (position_ >= text_.size()) return expected("the closing quote");
      const char c = text_[position_];
      if (c == '\\') {
        ASSAY_TRY_VOID(escape(quote, step.name));
      } else if (static_cast<std::uint8_t>(c) < 0x20) {
        return expected("control characters as escapes");
      } else if (static_cast<std::uint8_t>(c) < 0x80) {
        step.name += c;
        ++position_;
      } else {
        const std::size_t length = multibyte_length(text_, position_);
        if (length == 0) return expected("valid UTF-8");
        step.name += text_.substr(position_, length);
        position_ += length;
      }
    }
    ++position_;
    return step;
  }

  Status escape(char quote, std::string& name) {
    ++position_;
    if (at(quote)) {
      name += quote;
      ++position_;
      return {};
    }
    for (const Escape& row : kEscapes) {
      if (!at(row.letter)) continue;
      name += row.meaning;
      ++position_;
      return {};
    }
    if (!at('u')) return expected("one of the escapes b f n r t / \\ u or the quote");
    return unicode_escape(name);
  }

  Status unicode_escape(std::string& name) {
    const std::size_t begin = position_;
    auto code_point = hex_digits();
    if (!code_point) return expected("4 hexadecimal digits");
    if (*code_point >= 0xd800 && *code_point <= 0xdbff) {
      std::optional<std::uint32_t> low;
      if (at('\\')) {
        ++position_;
        if (at('u')) low = hex_digits();
      }
      if (!low || *low < 0xdc00 || *low > 0xdfff) {
        position_ = begin - 1;
        return expected("a low surrogate behind a high one");
      }
      code_point = 0x10000 + ((*code_point - 0xd800) << 10) + (*low - 0xdc00);
    } else if (*code_point >= 0xdc00 && *code_point <= 0xdfff) {
      position_ = begin - 1;
      return expected("no low surrogate without a high one");
    }
    append_utf8(name, *code_point);
    return {};
  }

  /// Takes "uXXXX"; where it does not stand there, nothing is taken.
  std::optional<std::uint32_t> hex_digits() {
    const std::string_view digits = text_.substr(position_ + 1, 4);
    std::uint32_t value = 0;
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), value, 16);
    if (digits.size() != 4 || parsed.ptr != digits.data() + 4) return std::nullopt;
    position_ += 5;
    return value;
  }

  std::string_view text_;
  std::size_t position_ = 0;
};

bool fits_shorthand(std::string_view name) {
  if (name.empty() || is_digit(name[0])) return false;
  for (const char c : name) {
    const bool ascii = static_cast<std::uint8_t>(c) < 0x80;
    if (ascii && !is_letter(c) && !is_digit(c)) return false;
  }
  return true;
}

/// The canonical form of a quoted name (RFC 9535 section 2.7, normalized paths).
std::string quote(std::string_view name) {
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

}  // namespace

Result<JsonPath> parse_json_path(std::string_view text) { return Parser(text).parse(); }

std::string to_string(const JsonPath& path) {
  std::string text = path.relative ? "@" : "$";
  for (const Step& step : path.steps) {
    switch (step.kind) {
      case Step::Kind::wildcard: text += "[*]"; break;
      case Step::Kind::index: text += fmt::format("[{}]", step.index); break;
      case Step::Kind::name:
        text += fits_shorthand(step.name) ? "." + step.name : "[" + quote(step.name) + "]";
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
