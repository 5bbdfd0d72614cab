#pragma once
// Escapes of JSON strings: checking, undoing, and writing them.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace assay::refine {

enum class EscapeFault : std::uint8_t { none, unknown_escape, lone_surrogate };

/// Checks the escapes of a string's raw text (between its quotes).
EscapeFault check_escapes(std::string_view raw);

/// Writes the text of a raw string that passed check_escapes; returns one behind the last byte
/// written. REQUIRES: raw.size() bytes of room.
char* unescape(std::string_view raw, char* out);
std::string unescaped(std::string_view raw);

/// Appends "/token" with the escapes of a JSON Pointer and, around them, of a JSON string.
void append_json_pointer_token(std::string& out, std::string_view token);

/// Room for texts that live as long as one record. What was handed out does not move.
class TextRoom {
 public:
  static constexpr std::size_t kSlack = 64;  ///< readable bytes behind every text
  /// Room for `size` bytes; `keep` afterwards says how many of them count.
  char* reserve(std::size_t size) {
    if (left_ < size + kSlack) add_chunk(size + kSlack);
    return at_;
  }
  std::string_view keep(std::size_t size) {
    const std::string_view text(at_, size);
    at_ += size;
    left_ -= size;
    return text;
  }
  void clear();

 private:
  void add_chunk(std::size_t size);
  std::vector<std::unique_ptr<char[]>> chunks_;
  std::size_t first_size_ = 0;
  char* at_ = nullptr;
  std::size_t left_ = 0;
};

}  // namespace assay::refine
