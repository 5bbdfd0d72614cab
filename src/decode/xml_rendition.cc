#include "decode/xml_rendition.h"

#include <fmt/format.h>

#include "decode/json_text.h"
#include "decode/rendition_room.h"
#include "decode/xml_document.h"
#include "decode/xml_text.h"

namespace assay::decode {
namespace {

/// Writes the elements without recursion:
///   open: the object with attributes and text; then down to the first group of children
///   close: on to the next of the same name, else to the next group, else up to the parent
class XmlWriter {
 public:
  XmlWriter(const XmlDocument& document, std::string& out, std::size_t size_max)
      : document_(document), out_(out), size_end_(out.size() + size_max) {}

  Status write() {
    out_ += '{';
    group(0);
    XmlElementId at = 0;
    for (bool down = true; at != kNoElement;) {
      if (out_.size() > size_end_) break;
      const XmlElement& element = document_.elements[at];
      if (down) {
        open(element);
        down = element.first_group != kNoElement;
        if (down) at = next_down(element);
        if (down) continue;
      }
      out_ += '}';
      if (element.next_same != kNoElement) {
        out_ += ',';
        at = element.next_same;
        down = true;
        continue;
      }
      out_ += ']';
      const XmlElementId next = document_.elements[element.head].next_group;
      if (next != kNoElement) {
        out_ += ',';
        group(next);
        down = true;
      }
      at = down ? next : element.parent;
    }
    out_ += '}';
    if (out_.size() <= size_end_) return {};
    return make_error(Code::json_too_large,
                      "the payload is larger than the limit once its names "
                      "are written out");
  }

 private:
  XmlElementId next_down(const XmlElement& element) {
    if (has_members_) out_ += ',';
    group(element.first_group);
    return element.first_group;
  }

  void group(XmlElementId head) {
    out_ += '"';
    append_json_characters(out_, document_.names[document_.elements[head].name]);
    out_ += "\":[";
  }

  void open(const XmlElement& element) {
    out_ += '{';
    has_members_ = false;
    for (std::uint32_t i = element.attributes_begin; i < element.attributes_end; ++i) {
      member("@", document_.names[document_.attributes[i].name]);
      append_json_string(out_, document_.attributes[i].value);
    }
    const bool has_children = element.first_group != kNoElement;
    if (element.first_piece == 0 || (has_children && !element.has_visible_text)) return;
    member("#text", {});
    out_ += '"';
    for (std::uint32_t i = element.first_piece; i != 0; i = document_.pieces[i - 1].next)
      append_json_characters(out_, document_.pieces[i - 1].text);
    out_ += '"';
  }

  void member(std::string_view sign, std::string_view name) {
    if (has_members_) out_ += ',';
    has_members_ = true;
    out_ += '"';
    out_ += sign;
    append_json_characters(out_, name);
    out_ += "\":";
  }

  const XmlDocument& document_;
  std::string& out_;
  const std::size_t size_end_;
  bool has_members_ = false;
};

}  // namespace

Status append_xml(std::string& out, std::string_view payload, const PayloadLimits& limits) {
  std::string room;
  ASSAY_TRY(const std::string_view text, xml_text(payload, room));
  XmlReader reader(limits);
  ASSAY_TRY(const XmlDocument* const document, reader.read(text));
  return XmlWriter(*document, out, rendition_size_max(payload.size(), limits)).write();
}

}  // namespace assay::decode
