#pragma once
// The words of JSONPath's grammar: blanks, names, strings, numbers.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace assay::path {

bool is_digit(char c);
bool is_name_first(char c);  ///< of ASCII: a letter or "_"

/// A place in a path's text that only moves forward, and the errors that name this place.
/// Borrows the text.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  std::string_view text() const { return text_; }
  std::size_t position() const { return position_; }
  void move_to(std::size_t position) { position_ = position; }
  bool at_end() const { return position_ == text_.size(); }
  bool at(char c) const { return position_ < text_.size() && text_[position_] == c; }
  bool at_digit() const { return position_ < text_.size() && is_digit(text_[position_]); }
  /// A number of JSON's grammar begins here.
  bool at_number() const { return at('-') || at_digit(); }
  bool take(char c);
  bool take(std::string_view word);
  void skip_blanks();

  /// Code::path_invalid; the byte counts from 0.
  Error failure(std::string_view what, std::string hint = {}) const {
    return failure_at(position_, what, std::move(hint));
  }
  Error failure_at(std::size_t position, std::string_view what, std::string hint = {}) const;
  Error expected(std::string_view what, std::string hint = {}) const;

  /// A name behind a dot: letters, digits, "_" and everything outside of ASCII; no digit in front.
  Result<std::string> shorthand();
  /// A text in single or double quotes, escapes resolved. REQUIRES: a quote stands here.
  Result<std::string> quoted();
  /// An index or a bound of a slice, within the integers that a double keeps exact.
  Result<std::int64_t> integer();
  /// A number of JSON's grammar, as it stands there. REQUIRES: at_number().
  Result<std::string_view> number();
  /// Lowercase letters, digits and "_": the name of a function or a literal; may be empty.
  std::string_view word();

 private:
  Status escape(char quote, std::string& name);
  Status digits();

  std::string_view text_;
  std::size_t position_ = 0;
};

}  // namespace assay::path
