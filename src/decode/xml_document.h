#pragma once
// A well-formed XML document as flat nodes: what its rendition is written from.

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/limits.h"
#include "base/result.h"

namespace assay::decode {

/// Place of an element in its document. The root element is 0.
using XmlElementId = std::uint32_t;
inline constexpr XmlElementId kNoElement = ~XmlElementId{0};

/// One element. Its children stand in groups, one an expanded name, in the order in which the names
/// first appear; within a group in document order.
struct XmlElement {
  std::uint32_t name = 0;  ///< into XmlDocument::names: "{uri}local", or "local"
  XmlElementId parent = kNoElement;
  XmlElementId first_group = kNoElement;  ///< head of the first group of children
  XmlElementId last_group = kNoElement;
  XmlElementId next_group = kNoElement;  ///< of a head: the head of the next group beside it
  XmlElementId next_same = kNoElement;   ///< the next child of the same group
  XmlElementId head = kNoElement;        ///< of its own group
  XmlElementId last_same = kNoElement;   ///< of a head: the last of its group
  std::uint32_t attributes_begin = 0;    ///< into XmlDocument::attributes
  std::uint32_t attributes_end = 0;
  std::uint32_t first_piece = 0;  ///< into XmlDocument::pieces, + 1; 0 where it has no text
  std::uint32_t last_piece = 0;
  bool has_visible_text = false;  ///< some that is no blank
};

struct XmlAttribute {
  std::uint32_t name = 0;
  std::string_view value;  ///< normalised, references resolved
};

/// A piece of an element's own text; comments and child elements cut it.
struct XmlPiece {
  std::string_view text;
  std::uint32_t next = 0;  ///< + 1; 0 at the end
};

/// Borrows the text that it was read from.
struct XmlDocument {
  std::vector<XmlElement> elements;
  std::vector<XmlAttribute> attributes;
  std::vector<XmlPiece> pieces;
  std::vector<std::string_view> names;  ///< expanded, each once
};

/// Reads documents, strictly: all of XML 1.0 (fifth edition) with namespaces, but no document type
/// and so no entities beside the five of XML itself. No recursion. One thread.
class XmlReader {
 public:
  explicit XmlReader(const PayloadLimits& limits) : limits_(limits) {}

  /// REQUIRES: `text` is valid UTF-8 of characters that XML allows. The document is good until the
  /// next call. Code::xml_syntax and Code::xml_doctype say the byte; Code::json_too_deep.
  Result<const XmlDocument*> read(std::string_view text);

 private:
  struct OpenElement {
    XmlElementId element = 0;
    std::string_view name;           ///< as it stands, with its prefix
    std::size_t bindings_begin = 0;  ///< of its own namespace declarations in bindings_
  };
  struct Binding {
    std::string_view prefix;
    std::string_view uri;
  };
  struct RawAttribute {
    std::string_view name;
    std::string_view value;
    std::size_t at = 0;
  };

  Status read_prolog();
  Status read_declaration();
  Status read_content();
  Status read_markup();
  Status skip_comment();
  Status skip_instruction();
  Status read_cdata();
  Status read_text();
  Status read_start_tag();
  Status read_end_tag();
  Result<RawAttribute> read_attribute();
  Status bind(const RawAttribute& attribute);
  Status open_element(std::string_view name, std::size_t at);
  Status add_attributes(XmlElement& element);
  void close_element();
  void link(XmlElementId id);
  void add_piece(std::string_view text);
  Result<std::string_view> read_name(std::string_view what);
  Result<std::string_view> read_reference();
  Result<std::string_view> read_value();
  Result<std::uint32_t> expand(std::string_view name, std::size_t at, bool is_attribute);
  std::uint32_t intern(std::string_view uri, std::string_view local);
  std::string_view keep(std::string text);

  bool at_end() const { return at_ >= text_.size(); }
  bool looking_at(std::string_view token) const { return text_.substr(at_).starts_with(token); }
  bool take(std::string_view token);
  bool skip_blanks();
  Error wrong(std::string_view what) const { return wrong_at(at_, what); }
  static Error wrong_at(std::size_t at, std::string_view what);

  PayloadLimits limits_;
  std::string_view text_;
  std::size_t at_ = 0;
  XmlDocument document_;
  std::vector<OpenElement> open_;
  std::vector<Binding> bindings_;
  /// Prefix -> its bindings in bindings_, the innermost last.
  std::unordered_map<std::string_view, std::vector<std::size_t>> bindings_of_;
  std::vector<RawAttribute> raw_attributes_;
  std::unordered_map<std::string, std::uint32_t> name_ids_;
  std::unordered_map<std::uint64_t, XmlElementId> group_heads_;  ///< by parent and name
  std::vector<std::unique_ptr<std::string>> kept_;  ///< texts that do not stand in text_
};

}  // namespace assay::decode
