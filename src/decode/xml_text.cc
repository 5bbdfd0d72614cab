#include "decode/xml_text.h"

#include <fmt/format.h>

#include <cctype>
#include <optional>

#include "path/utf8.h"

namespace assay::decode {
namespace {

enum class Encoding { utf8, ascii, latin1, utf16_big, utf16_little };

Error unsupported(std::string message) {
  return make_error(Code::encoding_unsupported, std::move(message));
}

/// What the bytes say before any declaration is read.
struct Guess {
  Encoding encoding = Encoding::utf8;
  std::size_t mark_size = 0;  ///< of the byte-order mark
};

Result<Guess> guess(std::string_view bytes) {
  using namespace std::string_view_literals;
  if (bytes.starts_with("\xef\xbb\xbf"sv)) return Guess{Encoding::utf8, 3};
  if (bytes.starts_with("\xff\xfe\0\0"sv) || bytes.starts_with("\0\0\xfe\xff"sv) ||
      bytes.starts_with("<\0\0\0"sv) || bytes.starts_with("\0\0\0<"sv)) {
    return unsupported("the payload is UTF-32, which is not read");
  }
  if (bytes.starts_with("\xfe\xff"sv)) return Guess{Encoding::utf16_big, 2};
  if (bytes.starts_with("\xff\xfe"sv)) return Guess{Encoding::utf16_little, 2};
  if (bytes.starts_with("\0<"sv)) return Guess{Encoding::utf16_big, 0};
  if (bytes.starts_with("<\0"sv)) return Guess{Encoding::utf16_little, 0};
  return Guess{};
}

Result<std::string> utf8_of_utf16(std::string_view bytes, bool big) {
  const auto unit = [&](std::size_t at) {
    const auto first = static_cast<unsigned char>(bytes[at]);
    const auto second = static_cast<unsigned char>(bytes[at + 1]);
    return static_cast<std::uint32_t>(big ? first << 8 | second : second << 8 | first);
  };
  const auto broken = [](std::size_t at) {
    return unsupported(fmt::format("byte {} of the payload is no UTF-16", at));
  };
  std::string text;
  text.reserve(bytes.size());
  std::size_t at = 0;
  for (; at + 2 <= bytes.size(); at += 2) {
    std::uint32_t point = unit(at);
    if (point >= 0xdc00 && point < 0xe000) return broken(at);
    if (point >= 0xd800 && point < 0xdc00) {
      if (at + 4 > bytes.size()) return broken(at);
      const std::uint32_t low = unit(at + 2);
      if (low < 0xdc00 || low >= 0xe000) return broken(at);
      point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
      at += 2;
    }
    path::append_utf8(text, point);
  }
  if (at != bytes.size()) return broken(at);
  return text;
}

std::string utf8_of_latin1(std::string_view bytes) {
  std::string text;
  text.reserve(bytes.size() + bytes.size() / 8);
  for (const char c : bytes) path::append_utf8(text, static_cast<unsigned char>(c));
  return text;
}

/// The name in the encoding declaration, in lower case; nothing where there is none.
std::optional<std::string> declared_encoding(std::string_view text) {
  if (!text.starts_with("<?xml")) return std::nullopt;
  const std::string_view declaration = text.substr(0, text.find("?>"));
  std::size_t at = declaration.find("encoding");
  if (at == std::string_view::npos) return std::nullopt;
  at = declaration.find_first_of("\"'", at);
  if (at == std::string_view::npos) return std::nullopt;
  const std::size_t end = declaration.find(declaration[at], at + 1);
  if (end == std::string_view::npos) return std::nullopt;
  std::string name(declaration.substr(at + 1, end - at - 1));
  for (char& c : name) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return name;
}

/// The encoding of bytes that are no UTF-16. REQUIRES: nothing; the names are of IANA's list.
Result<Encoding> encoding_of(const std::string& declared, bool has_mark) {
  if (declared == "utf-8" || declared == "utf8") return Encoding::utf8;
  const bool latin1 = declared == "iso-8859-1" || declared == "latin1";
  const bool ascii = declared == "us-ascii" || declared == "ascii";
  if (!has_mark && latin1) return Encoding::latin1;
  if (!has_mark && ascii) return Encoding::ascii;
  if (latin1 || ascii || declared == "utf-16")
    return unsupported(fmt::format("the payload declares {} and is not in it", declared));
  return unsupported(fmt::format("the payload declares the encoding \"{}\", which is not read",
                                 declared.substr(0, 40)));
}

/// The first byte that is no part of a character that XML allows, or nothing.
Status check_characters(std::string_view text, bool ascii) {
  for (std::size_t at = 0; at < text.size();) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte < 0x80) {
      if (byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r') {
        return make_error(
            Code::xml_syntax,
            fmt::format("byte {} is a control character, which XML does not allow", at));
      }
      ++at;
      continue;
    }
    const std::size_t length = ascii ? 0 : path::multibyte_length(text, at);
    if (length == 0)
      return unsupported(
          fmt::format("byte {} of the payload is no {}", at, ascii ? "US-ASCII" : "UTF-8"));
    const std::string_view point = text.substr(at, length);
    if (point == "\xef\xbf\xbe" || point == "\xef\xbf\xbf") {
      return make_error(Code::xml_syntax,
                        fmt::format("byte {} is no character that XML allows", at));
    }
    at += length;
  }
  return {};
}

}  // namespace

Result<std::string_view> xml_text(std::string_view bytes, std::string& room) {
  ASSAY_TRY(const Guess first, guess(bytes));
  std::string_view text = bytes.substr(first.mark_size);
  Encoding encoding = first.encoding;
  const bool is_utf16 = encoding == Encoding::utf16_big || encoding == Encoding::utf16_little;
  if (is_utf16) {
    ASSAY_TRY(room, utf8_of_utf16(text, encoding == Encoding::utf16_big));
    text = room;
  }
  if (const auto declared = declared_encoding(text)) {
    if (is_utf16) {
      if (!declared->starts_with("utf-16"))
        return unsupported(
            fmt::format("the payload is UTF-16 and declares \"{}\"", declared->substr(0, 40)));
    } else {
      ASSAY_TRY(encoding, encoding_of(*declared, first.mark_size > 0));
    }
  }
  if (encoding == Encoding::latin1) {
    room = utf8_of_latin1(text);
    text = room;
  }
  ASSAY_TRY_VOID(check_characters(text, encoding == Encoding::ascii));
  return text;
}

}  // namespace assay::decode
