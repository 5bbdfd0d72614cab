#include <cstdint>

#include "lake/manifest_internal.h"

namespace assay::lake {

namespace {

bool continues(char byte) { return (static_cast<unsigned char>(byte) & 0xc0) == 0x80; }

/// The longest prefix of whole code points within the limit.
std::string whole_prefix(const std::string& text) {
  std::size_t size = kBoundBytesMax;
  while (size > 0 && continues(text[size])) --size;
  return text.substr(0, size);
}

std::uint32_t last_code_point(const std::string& text, std::size_t begin) {
  const auto first = static_cast<unsigned char>(text[begin]);
  std::uint32_t point = text.size() - begin == 1 ? first : first & (0x7fU >> (text.size() - begin));
  for (std::size_t i = begin + 1; i < text.size(); ++i)
    point = point << 6 | (static_cast<unsigned char>(text[i]) & 0x3f);
  return point;
}

void append_utf8(std::string& out, std::uint32_t point) {
  const auto tail = [&](int shift) {
    out.push_back(static_cast<char>(0x80 | ((point >> shift) & 0x3f)));
  };
  if (point < 0x80) {
    out.push_back(static_cast<char>(point));
  } else if (point < 0x800) {
    out.push_back(static_cast<char>(0xc0 | point >> 6));
    tail(0);
  } else if (point < 0x10000) {
    out.push_back(static_cast<char>(0xe0 | point >> 12));
    tail(6);
    tail(0);
  } else {
    out.push_back(static_cast<char>(0xf0 | point >> 18));
    tail(12);
    tail(6);
    tail(0);
  }
}

}  // namespace

std::string cut_lower_bound(const std::string& text) {
  return text.size() <= kBoundBytesMax ? text : whole_prefix(text);
}

std::optional<std::string> cut_upper_bound(const std::string& text) {
  if (text.size() <= kBoundBytesMax) return text;
  std::string prefix = whole_prefix(text);
  while (!prefix.empty()) {
    std::size_t begin = prefix.size() - 1;
    while (begin > 0 && continues(prefix[begin])) --begin;
    const std::uint32_t point = last_code_point(prefix, begin);
    prefix.resize(begin);
    if (point >= 0x10ffff) continue;  // nothing is greater: raise the code point before it
    append_utf8(prefix, point == 0xd7ff ? 0xe000 : point + 1);  // surrogates are no code points
    return prefix;
  }
  return std::nullopt;
}

}  // namespace assay::lake
