#pragma once
// The words of an expression.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace assay::expression {

struct Token {
  enum class Kind : std::uint8_t { end, name, number, text, symbol };
  Kind kind = Kind::end;
  std::string text;        ///< of a text: without its quotes; of a name: as written
  std::size_t column = 1;  ///< where it begins, from 1
};

Error mistake(std::size_t column, std::string_view what, std::string hint = {});

/// Gives the words of a text one after the other. Borrows the text.
class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}
  Result<Token> next();

 private:
  Result<Token> quoted();
  Token number();
  Token name();
  Result<Token> symbol();

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace assay::expression
