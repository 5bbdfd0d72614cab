#include "expression/token.h"

#include <fmt/format.h>

#include <array>

#include "path/utf8.h"

namespace assay::expression {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool begins_name(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }

/// Longer ones first.
constexpr std::array<std::string_view, 16> kSymbols = {"||", "<=", ">=", "<>", "!=", "(", ")", ",",
                                                       "+",  "-",  "*",  "/",  "=",  "<", ">", "%"};

}  // namespace

Error mistake(std::size_t column, std::string_view what, std::string hint) {
  return make_error(Code::expression_invalid, fmt::format("{} at column {}", what, column),
                    std::move(hint));
}

Result<Token> Lexer::next() {
  while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
  if (at_ == text_.size()) return Token{Token::Kind::end, "", at_ + 1};
  const char c = text_[at_];
  if (c == '\'') return quoted();
  if (is_digit(c)) return number();
  if (begins_name(c)) return name();
  return symbol();
}

/// 'it''s' is the text it's.
Result<Token> Lexer::quoted() {
  Token token{Token::Kind::text, "", at_ + 1};
  for (++at_; at_ < text_.size(); ++at_) {
    if (text_[at_] == '\'') {
      ++at_;
      if (at_ == text_.size() || text_[at_] != '\'') return token;
    }
    const bool ascii = static_cast<unsigned char>(text_[at_]) < 0x80;
    const std::size_t size = ascii ? 1 : path::multibyte_length(text_, at_);
    if (size == 0) return mistake(at_ + 1, "a text is not valid UTF-8");
    token.text += text_.substr(at_, size);
    at_ += size - 1;
  }
  return mistake(token.column, "a text has no end", "Close it with a quote: 'text'.");
}

Token Lexer::number() {
  const std::size_t begin = at_;
  while (at_ < text_.size() && is_digit(text_[at_])) ++at_;
  const bool fraction = at_ + 1 < text_.size() && text_[at_] == '.' && is_digit(text_[at_ + 1]);
  if (fraction) {
    for (++at_; at_ < text_.size() && is_digit(text_[at_]);) ++at_;
  }
  return {Token::Kind::number, std::string(text_.substr(begin, at_ - begin)), begin + 1};
}

Token Lexer::name() {
  const std::size_t begin = at_;
  while (at_ < text_.size() && (begins_name(text_[at_]) || is_digit(text_[at_]))) ++at_;
  return {Token::Kind::name, std::string(text_.substr(begin, at_ - begin)), begin + 1};
}

Result<Token> Lexer::symbol() {
  for (const std::string_view symbol : kSymbols) {
    if (!text_.substr(at_).starts_with(symbol)) continue;
    const std::size_t column = at_ + 1;
    at_ += symbol.size();
    return Token{Token::Kind::symbol, std::string(symbol), column};
  }
  const char c = text_[at_];
  if (c == '"') return mistake(at_ + 1, "a double quote", "Texts stand in single quotes: 'text'.");
  const bool shown = c > ' ' && c < '\x7f';
  return mistake(at_ + 1,
                 shown ? fmt::format("\"{}\" means nothing", c) : "a character that means nothing");
}

}  // namespace assay::expression
