#include "refine/text.h"

#include <algorithm>
#include <cstring>

#include "base/assert.h"
#include "path/json_path.h"

namespace assay::refine {
namespace {

constexpr std::size_t kChunkSize = std::size_t{64} << 10;

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/// The code unit of the four hexadecimal digits at the front; -1 where there are none.
int code_unit(std::string_view text) {
  if (text.size() < 4) return -1;
  int unit = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    const int digit = hex_digit(text[i]);
    if (digit < 0) return -1;
    unit = unit << 4 | digit;
  }
  return unit;
}

bool is_high_surrogate(int unit) { return unit >= 0xd800 && unit <= 0xdbff; }
bool is_low_surrogate(int unit) { return unit >= 0xdc00 && unit <= 0xdfff; }

/// What a one-letter escape means; 0 where it is none.
char plain_escape(char letter) {
  switch (letter) {
    case '"': return '"';
    case '\\': return '\\';
    case '/': return '/';
    case 'b': return '\b';
    case 'f': return '\f';
    case 'n': return '\n';
    case 'r': return '\r';
    case 't': return '\t';
    default: return 0;
  }
}

char* put_utf8(std::uint32_t point, char* out) {
  const auto put = [&](std::uint32_t byte) { *out++ = static_cast<char>(byte); };
  if (point < 0x80) {
    put(point);
  } else if (point < 0x800) {
    put(0xc0 | point >> 6);
    put(0x80 | (point & 0x3f));
  } else if (point < 0x10000) {
    put(0xe0 | point >> 12);
    put(0x80 | (point >> 6 & 0x3f));
    put(0x80 | (point & 0x3f));
  } else {
    put(0xf0 | point >> 18);
    put(0x80 | (point >> 12 & 0x3f));
    put(0x80 | (point >> 6 & 0x3f));
    put(0x80 | (point & 0x3f));
  }
  return out;
}

/// The position of the next backslash from `from`; raw.size() where there is none.
std::size_t next_escape(std::string_view raw, std::size_t from) {
  const void* found = std::memchr(raw.data() + from, '\\', raw.size() - from);
  return found == nullptr ? raw.size()
                          : static_cast<std::size_t>(static_cast<const char*>(found) - raw.data());
}

}  // namespace

EscapeFault check_escapes(std::string_view raw) {
  for (std::size_t i = next_escape(raw, 0); i < raw.size(); i = next_escape(raw, i)) {
    ++i;
    if (i == raw.size()) return EscapeFault::unknown_escape;
    if (raw[i] != 'u') {
      if (plain_escape(raw[i]) == 0) return EscapeFault::unknown_escape;
      ++i;
      continue;
    }
    const int unit = code_unit(raw.substr(i + 1));
    if (unit < 0) return EscapeFault::unknown_escape;
    i += 5;
    if (is_low_surrogate(unit)) return EscapeFault::lone_surrogate;
    if (!is_high_surrogate(unit)) continue;
    const std::string_view rest = raw.substr(i);
    const bool escape_follows = rest.size() >= 2 && rest[0] == '\\' && rest[1] == 'u';
    if (!escape_follows || !is_low_surrogate(code_unit(rest.substr(2))))
      return EscapeFault::lone_surrogate;
    i += 6;
  }
  return EscapeFault::none;
}

char* unescape(std::string_view raw, char* out) {
  std::size_t from = 0;
  while (from < raw.size()) {
    const std::size_t escape = next_escape(raw, from);
    std::memcpy(out, raw.data() + from, escape - from);
    out += escape - from;
    from = escape;
    if (escape == raw.size()) break;
    const char letter = raw[escape + 1];
    if (letter != 'u') {
      *out++ = plain_escape(letter);
      from = escape + 2;
      continue;
    }
    const int unit = code_unit(raw.substr(escape + 2));
    from = escape + 6;
    auto point = static_cast<std::uint32_t>(unit);
    if (is_high_surrogate(unit)) {
      const int low = code_unit(raw.substr(from + 2));
      point = 0x10000 + ((point - 0xd800) << 10) + (static_cast<std::uint32_t>(low) - 0xdc00);
      from += 6;
    }
    out = put_utf8(point, out);
  }
  return out;
}

std::string unescaped(std::string_view raw) {
  std::string text(raw.size(), '\0');
  text.resize(static_cast<std::size_t>(unescape(raw, text.data()) - text.data()));
  return text;
}

void append_json_pointer_token(std::string& out, std::string_view token) {
  static constexpr char kHex[] = "0123456789abcdef";
  std::string pointer;
  path::append_pointer(pointer, token);
  for (const char c : pointer) {
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      out += "\\u00";
      out += kHex[static_cast<unsigned char>(c) >> 4];
      out += kHex[c & 15];
    } else {
      out += c;
    }
  }
}

void TextRoom::clear() {
  if (chunks_.empty()) return;
  chunks_.resize(1);
  // One huge record must not hold its room for ever.
  if (first_size_ > kChunkSize) {
    chunks_.clear();
    at_ = nullptr;
    left_ = first_size_ = 0;
    return;
  }
  at_ = chunks_[0].get();
  left_ = first_size_;
}

void TextRoom::add_chunk(std::size_t size) {
  const std::size_t wanted = std::max(size, kChunkSize);
  chunks_.push_back(std::make_unique_for_overwrite<char[]>(wanted));
  if (chunks_.size() == 1) first_size_ = wanted;
  at_ = chunks_.back().get();
  left_ = wanted;
}

}  // namespace assay::refine
