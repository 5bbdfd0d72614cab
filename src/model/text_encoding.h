#pragma once
// The bytes of a workspace file: valid UTF-8 or not, and where a byte stands for a person's eye.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/workspace.h"

namespace assay::model {

/// A file's text with its lines. Borrows the text.
class SourceText {
 public:
  SourceText(std::string file, std::string_view text);

  /// From the YAML library's line and column (from 0, in bytes) to ours (from 1, in characters).
  Location location(int line, int column) const;

  /// False where a quoted text begins there that no quote ends (the YAML library takes such a
  /// text).
  bool closes_quote(int line, int column) const;

  struct Fault {
    Location location;
    std::string message;
  };
  /// The first byte that is no UTF-8, or a control character that YAML does not allow.
  std::optional<Fault> first_fault() const;

 private:
  Location location_of_byte(std::size_t byte) const;

  std::string file_;
  std::string_view text_;
  std::vector<std::size_t> line_starts_;
};

/// The longest prefix of at most `size` bytes that does not cut a UTF-8 character.
std::string_view whole_characters(std::string_view text, std::size_t size);

/// JSON writes characters beyond 16 bits as a pair of \u escapes, YAML as one \U escape of the same
/// text: returns the text with the pairs joined.
std::string join_surrogate_escapes(std::string_view text);

/// Bytes of the valid UTF-8 character at the front of `text`; 0 where there is none.
std::size_t character_size(std::string_view text);

}  // namespace assay::model
