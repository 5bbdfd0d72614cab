// Operations on texts. Characters are code points; what goes in is valid UTF-8, and so is what
// comes out.

#include <algorithm>
#include <charconv>
#include <cstring>

#include "base/time.h"
#include "refine/computation.h"

namespace assay::refine {
namespace {

using column::Type;
using expression::Op;
using Step = ComputationStep;

constexpr std::uint8_t kValue = Rows::kValue;
constexpr std::uint8_t kNull = Rows::kNull;

bool is_ascii_blank(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }
bool begins_character(char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }

/// A text of so many bytes that `fill` writes; null beyond what the record may make.
template <typename Fill>
std::uint8_t make(TextMaker& texts, std::size_t size, Cell& out, Fill fill) {
  char* const at = texts.begin(size);
  if (at == nullptr) return kNull;
  fill(at);
  out = Cell::of_bytes(texts.room->keep(size));
  return kValue;
}

std::uint8_t concat(const Step& step, const Cell* a, TextMaker& texts, Cell& out) {
  std::size_t size = 0;
  for (std::size_t i = 0; i < step.arguments.size(); ++i) size += a[i].bytes().size();
  return make(texts, size, out, [&](char* at) {
    for (std::size_t i = 0; i < step.arguments.size(); ++i) {
      const std::string_view part = a[i].bytes();
      if (!part.empty()) std::memcpy(at, part.data(), part.size());
      at += part.size();
    }
  });
}

template <char first, char last, int move>
std::uint8_t change_case(const Step& /*step*/, const Cell* a, TextMaker& texts, Cell& out) {
  const std::string_view text = a[0].bytes();
  return make(texts, text.size(), out, [&](char* at) {
    std::transform(text.begin(), text.end(), at, [](char c) {
      return c >= first && c <= last ? static_cast<char>(c + move) : c;
    });
  });
}

std::uint8_t trim(const Step& /*step*/, const Cell* a, TextMaker& /*texts*/, Cell& out) {
  std::string_view text = a[0].bytes();
  while (!text.empty() && is_ascii_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_ascii_blank(text.back())) text.remove_suffix(1);
  out = Cell::of_bytes(text);
  return kValue;
}

std::uint8_t length(const Step& /*step*/, const Cell* a, TextMaker& /*texts*/, Cell& out) {
  const std::string_view text = a[0].bytes();
  out = Cell::of_int(std::count_if(text.begin(), text.end(), begins_character));
  return kValue;
}

/// The characters with numbers from `first` (counted from 1) on, `count` of them.
std::uint8_t substring(const Step& step, const Cell* a, TextMaker& /*texts*/, Cell& out) {
  const std::string_view text = a[0].bytes();
  const Int128 first = a[1].integer();
  const bool to_the_end = step.arguments.size() == 2;
  const Int128 behind = to_the_end ? Int128{1} << 100 : first + a[2].integer();
  std::size_t begin = text.size();
  std::size_t end = text.size();
  Int128 number = 0;
  for (std::size_t i = 0; i < text.size() && end == text.size(); ++i) {
    if (!begins_character(text[i])) continue;
    ++number;
    if (number >= behind) end = i;
    if (number >= first && begin == text.size() && number < behind) begin = i;
  }
  out = Cell::of_bytes(text.substr(begin, begin > end ? 0 : end - begin));
  return kValue;
}

std::uint8_t replace(const Step& /*step*/, const Cell* a, TextMaker& texts, Cell& out) {
  const std::string_view text = a[0].bytes();
  const std::string_view from = a[1].bytes();
  const std::string_view to = a[2].bytes();
  out = a[0];
  if (from.empty()) return kValue;
  std::size_t found = 0;
  for (std::size_t at = text.find(from); at != std::string_view::npos;
       at = text.find(from, at + from.size()))
    ++found;
  if (found == 0) return kValue;
  return make(texts, text.size() - found * from.size() + found * to.size(), out, [&](char* at) {
    std::size_t begin = 0;
    for (std::size_t i = 0; i < found; ++i) {
      const std::size_t end = text.find(from, begin);
      at = std::copy(text.begin() + static_cast<std::ptrdiff_t>(begin),
                     text.begin() + static_cast<std::ptrdiff_t>(end), at);
      at = std::copy(to.begin(), to.end(), at);
      begin = end + from.size();
    }
    std::copy(text.begin() + static_cast<std::ptrdiff_t>(begin), text.end(), at);
  });
}

/// Null where the text has no such part.
std::uint8_t split_part(const Step& /*step*/, const Cell* a, TextMaker& /*texts*/, Cell& out) {
  std::string_view text = a[0].bytes();
  const std::string_view separator = a[1].bytes();
  const std::int64_t wanted = a[2].integer();
  if (wanted < 1 || (separator.empty() && wanted > 1)) return kNull;
  for (std::int64_t part = 1;; ++part) {
    const std::size_t end = separator.empty() ? std::string_view::npos : text.find(separator);
    if (part == wanted) {
      out = Cell::of_bytes(text.substr(0, end));
      return kValue;
    }
    if (end == std::string_view::npos) return kNull;
    text.remove_prefix(end + separator.size());
  }
}

template <Op op>
std::uint8_t look_for(const Step& /*step*/, const Cell* a, TextMaker& /*texts*/, Cell& out) {
  const std::string_view text = a[0].bytes();
  const std::string_view part = a[1].bytes();
  const bool found = op == Op::starts_with ? text.starts_with(part)
                     : op == Op::ends_with ? text.ends_with(part)
                                           : text.find(part) != std::string_view::npos;
  out = Cell::of_int(found ? 1 : 0);
  return kValue;
}

/// Digits with a point before the last `scale` of them.
std::string decimal_text(Int128 value, int scale) {
  std::string digits;
  UInt128 size = value < 0 ? -static_cast<UInt128>(value) : static_cast<UInt128>(value);
  for (int i = 0; size > 0 || i <= scale; ++i, size /= 10) {
    if (i == scale && scale > 0) digits += '.';
    digits += static_cast<char>('0' + static_cast<int>(size % 10));
  }
  if (value < 0) digits += '-';
  std::reverse(digits.begin(), digits.end());
  return digits;
}

std::uint8_t to_text(const Step& step, const Cell* a, TextMaker& texts, Cell& out) {
  std::string made;
  switch (step.from.type) {
    case Type::boolean: made = a[0].integer() == 1 ? "true" : "false"; break;
    case Type::decimal: made = decimal_text(a[0].decimal(), step.from.scale); break;
    case Type::date:
      if (!has_written_year(a[0].integer())) return kTooLarge;
      made = format_day(static_cast<Days>(a[0].integer()));
      break;
    default: made = std::to_string(a[0].integer()); break;
  }
  return make(texts, made.size(), out, [&](char* at) { std::copy(made.begin(), made.end(), at); });
}

}  // namespace

Step::Scalar text_operation(const expression::Node& node) {
  switch (node.op) {
    case Op::concat: return &concat;
    case Op::upper: return &change_case<'a', 'z', 'A' - 'a'>;
    case Op::lower: return &change_case<'A', 'Z', 'a' - 'A'>;
    case Op::trim: return &trim;
    case Op::substring: return &substring;
    case Op::length: return &length;
    case Op::replace: return &replace;
    case Op::starts_with: return &look_for<Op::starts_with>;
    case Op::ends_with: return &look_for<Op::ends_with>;
    case Op::contains: return &look_for<Op::contains>;
    case Op::split_part: return &split_part;
    case Op::text: return &to_text;
    default: return nullptr;
  }
}

}  // namespace assay::refine
