#include "verify/xml_rendition.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <cctype>
#include <map>
#include <set>

#include "verify/rendition.h"

namespace assay::verify {
namespace {

/// Thrown inside of this file only.
struct Refused {
  Code code;
  std::string message;
};

[[noreturn]] void refuse(Code code, std::string message) {
  throw Refused{code, std::move(message)};
}

struct Element {
  std::string name;
  std::vector<std::pair<std::string, std::string>> attributes;
  std::string text;
  std::vector<Element> children;
};

std::string lower(std::string_view text) {
  std::string made(text);
  for (char& c : made) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return made;
}

// ------------------------------------------------------------------------------------- characters

std::string from_utf16(std::string_view bytes, bool big) {
  std::string text;
  std::vector<std::uint32_t> units;
  if (bytes.size() % 2 != 0) refuse(Code::encoding_unsupported, "half a unit of UTF-16");
  for (std::size_t i = 0; i < bytes.size(); i += 2) {
    const auto a = static_cast<unsigned char>(bytes[i]);
    const auto b = static_cast<unsigned char>(bytes[i + 1]);
    units.push_back(big ? a * 256U + b : b * 256U + a);
  }
  for (std::size_t i = 0; i < units.size(); ++i) {
    const std::uint32_t unit = units[i];
    if (unit < 0xd800 || unit > 0xdfff) {
      append_utf8(text, unit);
      continue;
    }
    const bool pair =
        unit < 0xdc00 && i + 1 < units.size() && units[i + 1] >= 0xdc00 && units[i + 1] <= 0xdfff;
    if (!pair) refuse(Code::encoding_unsupported, "half of a surrogate pair");
    append_utf8(text, 0x10000 + (unit - 0xd800) * 0x400 + (units[++i] - 0xdc00));
  }
  return text;
}

/// The value of the encoding declaration in lower case; empty where there is none.
std::string declared_encoding(std::string_view text) {
  if (!text.starts_with("<?xml")) return "";
  const std::string declaration(text.substr(0, text.find("?>")));
  const auto name = declaration.find("encoding");
  if (name == std::string::npos) return "";
  const auto quote = declaration.find_first_of("'\"", name);
  if (quote == std::string::npos) return "";
  const auto end = declaration.find(declaration[quote], quote + 1);
  if (end == std::string::npos) return "";
  const std::string value = lower(declaration.substr(quote + 1, end - quote - 1));
  return value.empty() ? "(empty)" : value;
}

std::string utf8_of(std::string_view bytes) {
  using namespace std::string_view_literals;
  for (const auto mark : {"\xff\xfe\0\0"sv, "\0\0\xfe\xff"sv, "<\0\0\0"sv, "\0\0\0<"sv}) {
    if (bytes.starts_with(mark)) refuse(Code::encoding_unsupported, "UTF-32");
  }
  std::string text;
  const bool marked8 = bytes.starts_with("\xef\xbb\xbf"sv);
  const bool marked_big = bytes.starts_with("\xfe\xff"sv);
  const bool marked_little = bytes.starts_with("\xff\xfe"sv);
  const bool big = marked_big || bytes.starts_with("\0<"sv);
  const bool little = marked_little || bytes.starts_with("<\0"sv);
  bytes.remove_prefix(marked8 ? 3 : marked_big || marked_little ? 2 : 0);
  text = big || little ? from_utf16(bytes, big) : std::string(bytes);
  const std::string declared = declared_encoding(text);
  bool ascii = false;
  if (big || little) {
    if (!declared.empty() && !declared.starts_with("utf-16"))
      refuse(Code::encoding_unsupported, "UTF-16 that declares another encoding");
  } else if (!marked8 && (declared == "iso-8859-1" || declared == "latin1")) {
    text.clear();
    for (const char c : bytes) append_utf8(text, static_cast<unsigned char>(c));
  } else if (!marked8 && (declared == "us-ascii" || declared == "ascii")) {
    ascii = true;
  } else if (!declared.empty() && declared != "utf-8" && declared != "utf8") {
    refuse(Code::encoding_unsupported, "an encoding that is not read");
  }
  // The first fault in the text is the one that counts.
  for (std::size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const std::size_t length = byte < 0x80 ? 1 : byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    if (byte < 0x20 && byte != 9 && byte != 10 && byte != 13)
      refuse(Code::xml_syntax, "a control character");
    const std::string_view character = std::string_view(text).substr(i, length);
    if ((byte >= 0x80 && ascii) || !simdjson::validate_utf8(character.data(), character.size()))
      refuse(Code::encoding_unsupported, "not in its encoding");
    if (character == "\xef\xbf\xbe" || character == "\xef\xbf\xbf")
      refuse(Code::xml_syntax, "a character that XML does not allow");
    i += length;
  }
  return text;
}

/// Productions 4 and 4a of XML 1.0, fifth edition.
bool is_name_character(std::uint32_t c, bool first) {
  static const std::vector<std::pair<std::uint32_t, std::uint32_t>> kFirst = {
      {0xc0, 0xd6},     {0xd8, 0xf6},     {0xf8, 0x2ff},    {0x370, 0x37d},
      {0x37f, 0x1fff},  {0x200c, 0x200d}, {0x2070, 0x218f}, {0x2c00, 0x2fef},
      {0x3001, 0xd7ff}, {0xf900, 0xfdcf}, {0xfdf0, 0xfffd}, {0x10000, 0xeffff}};
  if (c < 0x80) {
    const auto letter = static_cast<unsigned char>(c);
    if (std::isalpha(letter) || c == '_' || c == ':') return true;
    return !first && (std::isdigit(letter) || c == '-' || c == '.');
  }
  for (const auto& [low, high] : kFirst) {
    if (c >= low && c <= high) return true;
  }
  return !first && (c == 0xb7 || (c >= 0x300 && c <= 0x36f) || c == 0x203f || c == 0x2040);
}

// ---------------------------------------------------------------------------------------- grammar

using Bindings = std::map<std::string, std::string>;

class XmlParser {
 public:
  XmlParser(std::string_view text, const PayloadLimits& limits) : text_(text), limits_(limits) {}

  Element document() {
    prolog();
    Element root = element({}, 1);
    misc();
    if (at_ < text_.size()) wrong("text behind the root element");
    return root;
  }

 private:
  [[noreturn]] void wrong(const std::string& what) const {
    refuse(Code::xml_syntax, fmt::format("at byte {}: {}", at_, what));
  }
  bool starts(std::string_view token) const { return text_.substr(at_).starts_with(token); }
  bool take(std::string_view token) {
    const bool there = starts(token);
    if (there) at_ += token.size();
    return there;
  }
  void expect(std::string_view token) {
    if (!take(token)) wrong(std::string(token) + " expected");
  }
  bool blanks() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
    return at_ > begin;
  }
  static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

  /// The text up to a token, which is taken, too.
  std::string_view until(std::string_view token) {
    const auto end = text_.find(token, at_);
    if (end == std::string_view::npos) wrong(std::string(token) + " is missing");
    const std::string_view between = text_.substr(at_, end - at_);
    at_ = end + token.size();
    return between;
  }

  void prolog() {
    if (starts("<?xml") && at_ + 5 < text_.size() && is_blank(text_[at_ + 5])) declaration();
    misc();
    if (starts("<!DOCTYPE")) refuse(Code::xml_doctype, "a document type");
  }

  void declaration() {
    expect("<?xml");
    std::vector<std::string> names;
    while (true) {
      const bool blank = blanks();
      if (take("?>")) break;
      if (!blank) wrong("a blank expected");
      const std::string name(this->name());
      blanks();
      expect("=");
      blanks();
      const std::string value = this->value();
      names.push_back(name);
      const bool digits =
          value.size() > 2 && value.starts_with("1.") &&
          std::all_of(value.begin() + 2, value.end(), [](char c) { return c >= '0' && c <= '9'; });
      if (name == "version" && !digits) wrong("version");
      if (name == "standalone" && value != "yes" && value != "no") wrong("standalone");
    }
    using Names = std::vector<std::string>;
    const bool good = names == Names{"version"} || names == Names{"version", "encoding"} ||
                      names == Names{"version", "standalone"} ||
                      names == Names{"version", "encoding", "standalone"};
    if (!good) wrong("the XML declaration is malformed");
  }

  void misc() {
    for (blanks(); starts("<!--") || starts("<?"); blanks()) {
      if (starts("<?"))
        instruction();
      else
        comment();
    }
  }

  void comment() {
    expect("<!--");
    until("--");
    expect(">");
  }

  void instruction() {
    expect("<?");
    const std::string target(name());
    if (lower(target) == "xml" || target.find(':') != std::string::npos) wrong("target");
    if (!take("?>")) {
      if (!blanks()) wrong("a blank expected");
      until("?>");
    }
  }

  std::string_view name() {
    const std::size_t begin = at_;
    while (at_ < text_.size()) {
      std::size_t size = 1;
      while (at_ + size < text_.size() && (text_[at_ + size] & 0xc0) == 0x80) ++size;
      const auto byte = static_cast<unsigned char>(text_[at_]);
      std::uint32_t point = byte < 0x80 ? byte : byte & (0xff >> (size + 1));
      for (std::size_t i = 1; i < size; ++i) point = point << 6 | (text_[at_ + i] & 0x3fU);
      if (!is_name_character(point, at_ == begin)) break;
      at_ += size;
    }
    if (at_ == begin) wrong("a name expected");
    return text_.substr(begin, at_ - begin);
  }

  std::string reference() {
    expect("&");
    if (take("lt;")) return "<";
    if (take("gt;")) return ">";
    if (take("amp;")) return "&";
    if (take("apos;")) return "'";
    if (take("quot;")) return "\"";
    expect("#");
    const unsigned base = take("x") ? 16 : 10;
    std::uint32_t point = 0;
    const std::string digits(until(";"));
    if (digits.empty()) wrong("a digit expected");
    for (const char c : digits) {
      const auto digit = std::string_view("0123456789abcdef").find(lower(std::string(1, c)));
      if (digit >= base || point > 0x10ffff) wrong("a digit expected");
      point = point * base + static_cast<std::uint32_t>(digit);
    }
    const bool control = point < 0x20 && point != 9 && point != 10 && point != 13;
    if (control || (point >= 0xd800 && point <= 0xdfff) || point == 0xfffe || point == 0xffff ||
        point > 0x10ffff)
      wrong("no character");
    std::string text;
    append_utf8(text, point);
    return text;
  }

  std::string value() {
    const char quote = at_ < text_.size() ? text_[at_] : ' ';
    if (quote != '"' && quote != '\'') wrong("a quote expected");
    ++at_;
    std::string value;
    while (!take(std::string_view(&quote, 1))) {
      if (at_ >= text_.size() || starts("<")) wrong("the value of an attribute");
      if (starts("&"))
        value += reference();
      else if (take("\r\n") || take("\r") || take("\n") || take("\t"))
        value += ' ';
      else
        value += text_[at_++];
    }
    return value;
  }

  /// "{uri}local" of a name with or without prefix.
  std::string expanded(std::string_view name, const Bindings& bindings, bool attribute) const {
    const auto colon = name.find(':');
    const std::string prefix(colon == std::string_view::npos ? "" : name.substr(0, colon));
    const std::string local(colon == std::string_view::npos ? name : name.substr(colon + 1));
    if (colon == 0 || local.find(':') != std::string::npos || !begins_name(local)) wrong("a colon");
    if (prefix == "xml") return "{http://www.w3.org/XML/1998/namespace}" + local;
    if (prefix.empty() && attribute) return local;
    const auto bound = bindings.find(prefix);
    if (bound == bindings.end()) {
      if (!prefix.empty()) wrong("a prefix is not declared");
      return local;
    }
    return bound->second.empty() ? local : "{" + bound->second + "}" + local;
  }

  static bool begins_name(const std::string& local) {
    if (local.empty()) return false;
    try {
      return XmlParser(local, {}).name() == local;
    } catch (const Refused&) {
      return false;
    }
  }

  void bind(const std::string& attribute, const std::string& uri, Bindings& bindings) const {
    const std::string prefix = attribute == "xmlns" ? "" : attribute.substr(6);
    const bool xml = prefix == "xml", xml_uri = uri == "http://www.w3.org/XML/1998/namespace";
    if (attribute != "xmlns" &&
        (!begins_name(prefix) || prefix.find(':') != std::string::npos || uri.empty()))
      wrong("a namespace");
    if (prefix == "xmlns" || uri == "http://www.w3.org/2000/xmlns/" || xml != xml_uri)
      wrong("a namespace");
    bindings[prefix] = uri;
  }

  Element element(Bindings bindings, std::size_t level) {
    if (!starts("<") || starts("<!") || starts("<?")) wrong("an element expected");
    expect("<");
    const std::string tag(name());
    std::vector<std::pair<std::string, std::string>> attributes;
    while (true) {
      const bool blank = blanks();
      if (starts(">") || starts("/>")) break;
      if (!blank) wrong("a blank expected");
      const std::string attribute(name());
      blanks();
      expect("=");
      blanks();
      std::string text = value();
      attributes.emplace_back(attribute, std::move(text));
    }
    if (2 * level + 1 > limits_.depth_max) refuse(Code::json_too_deep, "nested too deep");
    std::set<std::string> declared;
    for (const auto& [attribute, uri] : attributes) {
      if (attribute != "xmlns" && !attribute.starts_with("xmlns:")) continue;
      if (!declared.insert(attribute).second) wrong("a namespace is declared twice");
      bind(attribute, uri, bindings);
    }
    Element made;
    made.name = expanded(tag, bindings, false);
    std::set<std::string> seen;
    for (auto& [attribute, text] : attributes) {
      if (attribute == "xmlns" || attribute.starts_with("xmlns:")) continue;
      std::string full = expanded(attribute, bindings, true);
      if (!seen.insert(full).second) wrong("an attribute stands twice");
      made.attributes.emplace_back(std::move(full), std::move(text));
    }
    if (take("/>")) return made;
    expect(">");
    content(made, bindings, level);
    if (name() != tag) wrong("another element is closed");
    blanks();
    expect(">");
    return made;
  }

  /// All up to and with "</".
  void content(Element& into, const Bindings& bindings, std::size_t level) {
    while (!take("</")) {
      if (at_ >= text_.size()) wrong("the document ends within an element");
      if (starts("<!--"))
        comment();
      else if (starts("<?"))
        instruction();
      else if (take("<![CDATA["))
        into.text += unix_lines(until("]]>"));
      else if (starts("<!DOCTYPE"))
        refuse(Code::xml_doctype, "a document type");
      else if (starts("<"))
        into.children.push_back(element(bindings, level + 1));
      else if (starts("&"))
        into.text += reference();
      else if (starts("]]>"))
        wrong("]]> in text");
      else if (take("\r\n") || take("\r"))
        into.text += '\n';
      else
        into.text += text_[at_++];
    }
  }

  static std::string unix_lines(std::string_view text) {
    std::string made;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text.substr(i, 2) == "\r\n") ++i;
      made += text[i] == '\r' ? '\n' : text[i];
    }
    return made;
  }

  std::string_view text_;
  const PayloadLimits& limits_;
  std::size_t at_ = 0;
};

// ---------------------------------------------------------------------------------------- writing

void write(const Element& element, std::string& out) {
  const char* comma = "";
  out += '{';
  for (const auto& [name, value] : element.attributes) {
    out += comma;
    append_json_string(out, "@" + name);
    out += ':';
    append_json_string(out, value);
    comma = ",";
  }
  const bool blank = element.text.find_first_not_of(" \t\r\n") == std::string::npos;
  if (!element.text.empty() && (element.children.empty() || !blank)) {
    out += comma;
    out += "\"#text\":";
    append_json_string(out, element.text);
    comma = ",";
  }
  std::vector<std::pair<std::string, std::vector<const Element*>>> groups;
  std::map<std::string, std::size_t> group_of;
  for (const Element& child : element.children) {
    const auto [found, fresh] = group_of.emplace(child.name, groups.size());
    if (fresh) groups.emplace_back(child.name, std::vector<const Element*>());
    groups[found->second].second.push_back(&child);
  }
  for (const auto& [name, children] : groups) {
    out += comma;
    append_json_string(out, name);
    const char* between = ":[";
    for (const Element* child : children) {
      out += between;
      write(*child, out);
      between = ",";
    }
    out += ']';
    comma = ",";
  }
  out += '}';
}

}  // namespace

std::variant<std::string, Fault> xml_rendition(std::string_view payload,
                                               const PayloadLimits& limits) {
  try {
    const std::string text = utf8_of(payload);
    const Element root = XmlParser(text, limits).document();
    std::string out = "{";
    append_json_string(out, root.name);
    out += ":[";
    write(root, out);
    out += "]}";
    if (auto fault = size_fault(out.size(), payload.size(), limits)) return *std::move(fault);
    return out;
  } catch (const Refused& refused) {
    return Fault{refused.code, "", refused.message};
  }
}

}  // namespace assay::verify
