// Leaves that no rule took, as one JSON object: JSON Pointer -> value as it stands in the payload.

#include <charconv>

#include "refine/kernel.h"

namespace assay::refine {
namespace {

void append_number(std::uint32_t number, std::string& out) {
  char digits[16];
  out += '/';
  out.append(digits, std::to_chars(digits, digits + sizeof digits, number).ptr);
}

void append_element(const Shapes& shapes, const Document& document, std::uint32_t element,
                    std::string& out) {
  const Element& at = document.elements[element];
  if (at.around != 0) append_element(shapes, document, at.around - 1, out);
  out += shapes.place(shapes.place(at.place).parent).text;
  append_number(at.number, out);
}

/// Appends the JSON-escaped pointer of a node: what its place remembers, or key by key.
void append_pointer(const Shapes& shapes, const Document& document, const Node& node,
                    std::string& out) {
  if ((node.flags & Node::kKnown) != 0) {
    if (node.parent != 0) append_element(shapes, document, node.parent - 1, out);
    const Place& place = shapes.place(node.place);
    if (place.anchor != node.place) out += place.text;
    return;
  }
  const bool element = (node.flags & Node::kElement) != 0;
  if (node.place != 0 && !element) {
    const Place& place = shapes.place(node.place);
    if (place.anchor != 0) {
      // The element that the remembered text starts from.
      const Node* at = &node;
      while (at->place != place.anchor) at = &document.nodes[at->parent];
      append_pointer(shapes, document, *at, out);
    }
    out += place.text;
    return;
  }
  if (&document.nodes[node.parent] == &node) return;
  append_pointer(shapes, document, document.nodes[node.parent], out);
  if (!element) return append_json_pointer_token(out, document.key(node));
  append_number(node.key, out);
}

}  // namespace

void append_residue(const Shapes& shapes, const Document& document, const Record& record,
                    std::string& out) {
  char separator = '{';
  for (std::uint32_t i = record.nodes_begin; i < record.nodes_end; ++i) {
    if (document.uses[i] != 0) continue;
    const Node& node = document.nodes[i];
    out += separator;
    separator = ',';
    out += '"';
    append_pointer(shapes, document, node, out);
    out += "\":";
    out += document.raw(node);
  }
  out += separator == '{' ? "{}" : "}";
}

}  // namespace assay::refine
