#include "decode/xml_document.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "decode/xml_names.h"
#include "path/utf8.h"

namespace assay::decode {
namespace {

constexpr std::string_view kXmlUri = "http://www.w3.org/XML/1998/namespace";
constexpr std::string_view kXmlnsUri = "http://www.w3.org/2000/xmlns/";
constexpr std::size_t kDepthOfElement = 2;  ///< an object in an array

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

bool is_blank_text(std::string_view text) {
  return std::all_of(text.begin(), text.end(), is_blank);
}

std::string_view prefix_of(std::string_view name) {
  const std::size_t colon = name.find(':');
  return colon == std::string_view::npos ? std::string_view() : name.substr(0, colon);
}

std::string_view local_of(std::string_view name) {
  const std::size_t colon = name.find(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

bool is_declaration(std::string_view name) { return name == "xmlns" || name.starts_with("xmlns:"); }

/// Whether a character reference may name it (production Char).
bool is_character(std::uint32_t point) {
  if (point < 0x20) return point == '\t' || point == '\n' || point == '\r';
  return point < 0xd800 || (point >= 0xe000 && point < 0xfffe) ||
         (point >= 0x10000 && point < 0x110000);
}

}  // namespace

Error XmlReader::wrong_at(std::size_t at, std::string_view what) {
  return make_error(Code::xml_syntax, fmt::format("at byte {}: {}", at, what));
}

bool XmlReader::take(std::string_view token) {
  if (!looking_at(token)) return false;
  at_ += token.size();
  return true;
}

bool XmlReader::skip_blanks() {
  const std::size_t begin = at_;
  while (!at_end() && is_blank(text_[at_])) ++at_;
  return at_ > begin;
}

std::string_view XmlReader::keep(std::string text) {
  return *kept_.emplace_back(std::make_unique<std::string>(std::move(text)));
}

/// prolog -> the root element with all within -> comments and instructions -> the end
Result<const XmlDocument*> XmlReader::read(std::string_view text) {
  text_ = text;
  at_ = 0;
  document_.elements.clear();
  document_.attributes.clear();
  document_.pieces.clear();
  document_.names.clear();
  open_.clear();
  bindings_.clear();
  bindings_of_.clear();
  name_ids_.clear();
  group_heads_.clear();
  kept_.clear();
  ASSAY_TRY_VOID(read_prolog());
  ASSAY_TRY_VOID(read_start_tag());
  while (!open_.empty()) ASSAY_TRY_VOID(read_content());
  for (skip_blanks(); !at_end(); skip_blanks()) {
    if (!looking_at("<!--") && !looking_at("<?"))
      return wrong("something stands behind the root element");
    ASSAY_TRY_VOID(read_markup());
  }
  return &document_;
}

/// "<?xml version="1.0" encoding="UTF-8"?>"; what the encoding says was used before.
Status XmlReader::read_declaration() {
  static constexpr std::string_view kNames[] = {"version", "encoding", "standalone"};
  at_ += 5;
  std::size_t next = 0;
  for (;;) {
    const bool blank = skip_blanks();
    if (take("?>")) break;
    if (!blank) return wrong("the XML declaration is malformed");
    ASSAY_TRY(const RawAttribute part, read_attribute());
    while (next > 0 && next < std::size(kNames) && kNames[next] != part.name) ++next;
    if (next >= std::size(kNames) || kNames[next] != part.name)
      return wrong_at(part.at, "the XML declaration is malformed");
    const bool is_one = part.value.size() > 2 && part.value.starts_with("1.") &&
                        part.value.find_first_not_of("0123456789", 2) == std::string_view::npos;
    if (next == 0 && !is_one) return wrong_at(part.at, "the version of XML is not 1.x");
    if (next == 2 && part.value != "yes" && part.value != "no")
      return wrong_at(part.at, "standalone is neither yes nor no");
    ++next;
  }
  return next > 0 ? Status() : wrong("the XML declaration has no version");
}

Status XmlReader::read_prolog() {
  if (looking_at("<?xml") && text_.size() > 5 && is_blank(text_[5]))
    ASSAY_TRY_VOID(read_declaration());
  for (skip_blanks(); looking_at("<!") || looking_at("<?"); skip_blanks()) {
    ASSAY_TRY_VOID(read_markup());
  }
  if (!looking_at("<")) return wrong("an element was expected");
  return {};
}

Status XmlReader::read_content() {
  if (at_end()) {
    return wrong(
        fmt::format("the document ends within the element <{}>", open_.back().name.substr(0, 80)));
  }
  if (text_[at_] != '<') return read_text();
  if (looking_at("</")) return read_end_tag();
  if (looking_at("<!") || looking_at("<?")) return read_markup();
  return read_start_tag();
}

/// What begins with "<!" or "<?".
Status XmlReader::read_markup() {
  if (looking_at("<!--")) return skip_comment();
  if (looking_at("<?")) return skip_instruction();
  if (looking_at("<![CDATA[") && !open_.empty()) return read_cdata();
  if (looking_at("<!DOCTYPE")) {
    return make_error(
        Code::xml_doctype,
        fmt::format("at byte {}: the payload declares a document type, which is refused: its "
                    "entities could name files, or grow without bounds",
                    at_));
  }
  return wrong("a comment, an instruction or an element was expected");
}

Status XmlReader::skip_comment() {
  const std::size_t end = text_.find("--", at_ + 4);
  if (end == std::string_view::npos) return wrong("a comment does not end");
  if (end + 2 >= text_.size() || text_[end + 2] != '>')
    return wrong_at(end, "two hyphens stand within a comment");
  at_ = end + 3;
  return {};
}

Status XmlReader::skip_instruction() {
  const std::size_t begin = at_;
  at_ += 2;
  ASSAY_TRY(const std::string_view target, read_name("the target of an instruction"));
  std::string lower(target);
  for (char& c : lower) c = static_cast<char>(c >= 'A' && c <= 'Z' ? c + 32 : c);
  if (lower == "xml") return wrong_at(begin, "an XML declaration stands where none may");
  if (target.find(':') != std::string_view::npos)
    return wrong_at(begin, "the target of an instruction has a colon");
  const bool goes_on = skip_blanks();
  const std::size_t end = text_.find("?>", at_);
  if (end == std::string_view::npos) return wrong_at(begin, "an instruction does not end");
  if (!goes_on && end != at_) return wrong("a blank was expected");
  at_ = end + 2;
  return {};
}

Status XmlReader::read_cdata() {
  const std::size_t begin = at_ + 9;
  const std::size_t end = text_.find("]]>", begin);
  if (end == std::string_view::npos) return wrong("a CDATA section does not end");
  std::string_view text = text_.substr(begin, end - begin);
  if (text.find('\r') != std::string_view::npos) {
    std::string unix_lines;
    for (std::size_t i = 0; i < text.size(); ++i) {
      if (text[i] != '\r')
        unix_lines += text[i];
      else if (i + 1 >= text.size() || text[i + 1] != '\n')
        unix_lines += '\n';
    }
    text = keep(std::move(unix_lines));
  }
  add_piece(text);
  at_ = end + 3;
  return {};
}

/// Character data up to the next markup, references resolved and line ends made one.
Status XmlReader::read_text() {
  const std::size_t begin = at_;
  const std::size_t end = std::min(text_.find('<', at_), text_.size());
  const std::string_view raw = text_.substr(begin, end - begin);
  if (const auto bad = raw.find("]]>"); bad != std::string_view::npos)
    return wrong_at(begin + bad, "\"]]>\" stands in text");
  if (raw.find_first_of("&\r") == std::string_view::npos) {
    at_ = end;
    add_piece(raw);
    return {};
  }
  std::string text;
  while (at_ < end) {
    const char c = text_[at_];
    if (c == '&') {
      ASSAY_TRY(const std::string_view resolved, read_reference());
      text += resolved;
      continue;
    }
    ++at_;
    if (c != '\r')
      text += c;
    else if (at_ >= text_.size() || text_[at_] != '\n')
      text += '\n';
  }
  add_piece(keep(std::move(text)));
  return {};
}

void XmlReader::add_piece(std::string_view text) {
  if (text.empty()) return;
  XmlElement& element = document_.elements[open_.back().element];
  element.has_visible_text |= !is_blank_text(text);
  document_.pieces.push_back({text, 0});
  const auto piece = static_cast<std::uint32_t>(document_.pieces.size());
  if (element.first_piece == 0)
    element.first_piece = piece;
  else
    document_.pieces[element.last_piece - 1].next = piece;
  element.last_piece = piece;
}

Result<std::string_view> XmlReader::read_name(std::string_view what) {
  const std::size_t begin = at_;
  while (!at_end()) {
    const path::CodePoint point = path::first_code_point(text_.substr(at_));
    const bool good =
        at_ == begin ? is_xml_name_first(point.value) : is_xml_name_character(point.value);
    if (!good) break;
    at_ += point.size;
  }
  if (at_ == begin) return wrong(fmt::format("{} was expected", what));
  return text_.substr(begin, at_ - begin);
}

/// "&amp;", "&#65;" and the like. REQUIRES: looking at "&".
Result<std::string_view> XmlReader::read_reference() {
  static constexpr std::pair<std::string_view, std::string_view> kEntities[] = {
      {"&lt;", "<"}, {"&gt;", ">"}, {"&amp;", "&"}, {"&apos;", "'"}, {"&quot;", "\""}};
  for (const auto& [entity, meaning] : kEntities) {
    if (take(entity)) return meaning;
  }
  const std::size_t begin = at_;
  if (!take("&#")) {
    return wrong("an entity is named that XML itself does not define, or \"&\" stands for itself");
  }
  const int base = take("x") ? 16 : 10;
  std::uint32_t point = 0;
  const char* first = text_.data() + at_;
  const auto digits = std::from_chars(first, text_.data() + text_.size(), point, base);
  at_ += static_cast<std::size_t>(digits.ptr - first);
  if (digits.ec != std::errc() || !take(";") || !is_character(point))
    return wrong_at(begin, "a character reference is malformed");
  std::string text;
  path::append_utf8(text, point);
  return keep(std::move(text));
}

/// An attribute's value with its quotes, normalised.
Result<std::string_view> XmlReader::read_value() {
  if (!looking_at("\"") && !looking_at("'")) return wrong("a quote was expected");
  const char quote = text_[at_++];
  const std::size_t end = text_.find(quote, at_);
  if (end == std::string_view::npos) return wrong("the value of an attribute does not end");
  const std::string_view raw = text_.substr(at_, end - at_);
  if (const auto bad = raw.find('<'); bad != std::string_view::npos)
    return wrong_at(at_ + bad, "\"<\" stands in the value of an attribute");
  if (raw.find_first_of("&\r\n\t") == std::string_view::npos) {
    at_ = end + 1;
    return raw;
  }
  std::string value;
  while (at_ < end) {
    const char c = text_[at_];
    if (c == '&') {
      ASSAY_TRY(const std::string_view resolved, read_reference());
      value += resolved;
      continue;
    }
    ++at_;
    if (c == '\r' && at_ < end && text_[at_] == '\n') continue;
    value += is_blank(c) ? ' ' : c;
  }
  at_ = end + 1;
  return keep(std::move(value));
}

Result<XmlReader::RawAttribute> XmlReader::read_attribute() {
  RawAttribute attribute;
  attribute.at = at_;
  ASSAY_TRY(attribute.name, read_name("the name of an attribute"));
  skip_blanks();
  if (!take("=")) return wrong("\"=\" was expected");
  skip_blanks();
  ASSAY_TRY(attribute.value, read_value());
  return attribute;
}

Status XmlReader::read_start_tag() {
  const std::size_t begin = at_;
  if (!take("<")) return wrong("an element was expected");
  ASSAY_TRY(const std::string_view name, read_name("the name of an element"));
  raw_attributes_.clear();
  for (;;) {
    const bool blank = skip_blanks();
    if (looking_at(">") || looking_at("/>")) break;
    if (at_end()) return wrong("the document ends within a tag");
    if (!blank) return wrong("a blank was expected");
    ASSAY_TRY(const RawAttribute attribute, read_attribute());
    raw_attributes_.push_back(attribute);
  }
  ASSAY_TRY_VOID(open_element(name, begin));
  if (take("/>"))
    close_element();
  else
    take(">");
  return {};
}

Status XmlReader::open_element(std::string_view name, std::size_t at) {
  if (kDepthOfElement * (open_.size() + 1) + 1 > limits_.depth_max) {
    return make_error(Code::json_too_deep,
                      fmt::format("at byte {}: elements are nested deeper than {}", at,
                                  (limits_.depth_max - 1) / kDepthOfElement));
  }
  const auto id = static_cast<XmlElementId>(document_.elements.size());
  open_.push_back({id, name, bindings_.size()});
  for (const RawAttribute& attribute : raw_attributes_) {
    if (is_declaration(attribute.name)) ASSAY_TRY_VOID(bind(attribute));
  }
  XmlElement element;
  ASSAY_TRY(element.name, expand(name, at, false));
  ASSAY_TRY_VOID(add_attributes(element));
  if (open_.size() > 1) element.parent = open_[open_.size() - 2].element;
  document_.elements.push_back(element);
  link(id);
  return {};
}

Status XmlReader::bind(const RawAttribute& attribute) {
  const std::string_view prefix =
      attribute.name == "xmlns" ? std::string_view() : local_of(attribute.name);
  const std::string_view uri = attribute.value;
  const bool reserved = prefix == "xmlns" || uri == kXmlnsUri ||
                        (prefix == "xml") != (uri == kXmlUri) || (!prefix.empty() && uri.empty());
  const bool is_name =
      attribute.name == "xmlns" || (!prefix.empty() && prefix.find(':') == std::string_view::npos &&
                                    is_xml_name_first(path::first_code_point(prefix).value));
  if (reserved || !is_name)
    return wrong_at(attribute.at, "a namespace is declared that may not be");
  std::vector<std::size_t>& known = bindings_of_[prefix];
  if (!known.empty() && known.back() >= open_.back().bindings_begin)
    return wrong_at(attribute.at, "a namespace prefix is declared twice in one element");
  known.push_back(bindings_.size());
  bindings_.push_back({prefix, uri});
  return {};
}

Status XmlReader::add_attributes(XmlElement& element) {
  element.attributes_begin = static_cast<std::uint32_t>(document_.attributes.size());
  std::vector<std::uint32_t> names;
  for (const RawAttribute& attribute : raw_attributes_) {
    if (is_declaration(attribute.name)) continue;
    XmlAttribute made;
    ASSAY_TRY(made.name, expand(attribute.name, attribute.at, true));
    made.value = attribute.value;
    names.push_back(made.name);
    document_.attributes.push_back(made);
  }
  element.attributes_end = static_cast<std::uint32_t>(document_.attributes.size());
  std::sort(names.begin(), names.end());
  const auto twice = std::adjacent_find(names.begin(), names.end());
  if (twice == names.end()) return {};
  return wrong(fmt::format("the attribute {} stands twice in one element",
                           document_.names[*twice].substr(0, 80)));
}

/// The expanded name of an element or attribute. The default namespace holds for elements alone.
Result<std::uint32_t> XmlReader::expand(std::string_view name, std::size_t at, bool is_attribute) {
  const std::string_view prefix = prefix_of(name);
  const std::string_view local = local_of(name);
  const bool has_prefix = local.size() != name.size();
  const bool good = !local.empty() && local.find(':') == std::string_view::npos &&
                    (!has_prefix || !prefix.empty()) &&
                    is_xml_name_first(path::first_code_point(local).value);
  if (!good) return wrong_at(at, "a colon stands where namespaces allow none");
  if (prefix == "xml") return intern(kXmlUri, local);
  if (!has_prefix && is_attribute) return intern({}, local);
  const auto bound = bindings_of_.find(prefix);
  if (bound != bindings_of_.end() && !bound->second.empty())
    return intern(bindings_[bound->second.back()].uri, local);
  if (!has_prefix) return intern({}, local);
  return wrong_at(at, fmt::format("the prefix \"{}\" is not declared", prefix.substr(0, 80)));
}

std::uint32_t XmlReader::intern(std::string_view uri, std::string_view local) {
  std::string expanded;
  if (!uri.empty()) expanded.append("{").append(uri).append("}");
  expanded += local;
  const auto [found, fresh] =
      name_ids_.try_emplace(std::move(expanded), static_cast<std::uint32_t>(name_ids_.size()));
  if (fresh) document_.names.push_back(found->first);
  return found->second;
}

/// Puts an element into its group among its parent's children.
void XmlReader::link(XmlElementId id) {
  XmlElement& element = document_.elements[id];
  element.head = element.last_same = id;
  if (element.parent == kNoElement) return;
  const auto group = std::uint64_t{element.parent} << 32 | element.name;
  const auto [found, fresh] = group_heads_.try_emplace(group, id);
  if (!fresh) {
    XmlElement& head = document_.elements[found->second];
    element.head = found->second;
    document_.elements[head.last_same].next_same = id;
    head.last_same = id;
    return;
  }
  XmlElement& parent = document_.elements[element.parent];
  if (parent.last_group == kNoElement)
    parent.first_group = id;
  else
    document_.elements[parent.last_group].next_group = id;
  parent.last_group = id;
}

void XmlReader::close_element() {
  for (std::size_t i = open_.back().bindings_begin; i < bindings_.size(); ++i)
    bindings_of_[bindings_[i].prefix].pop_back();
  bindings_.resize(open_.back().bindings_begin);
  open_.pop_back();
}

Status XmlReader::read_end_tag() {
  const std::size_t begin = at_;
  take("</");
  ASSAY_TRY(const std::string_view name, read_name("the name of an element"));
  if (name != open_.back().name) {
    return wrong_at(begin, fmt::format("</{}> closes <{}>", name.substr(0, 80),
                                       open_.back().name.substr(0, 80)));
  }
  skip_blanks();
  if (!take(">")) return wrong("\">\" was expected");
  close_element();
  return {};
}

}  // namespace assay::decode
