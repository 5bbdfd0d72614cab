// Leaves that no rule took, as one JSON object: JSON Pointer -> value as it stands in the payload.

#include <charconv>

#include "refine/kernel.h"

namespace assay::refine {
namespace {

/// Appends the JSON-escaped pointer of a node: what its place remembers, or key by key.
void append_pointer(const Shapes& shapes, const Document& document, const Node& node,
                    std::string& out) {
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
  char digits[16];
  out += '/';
  out.append(digits, std::to_chars(digits, digits + sizeof digits, node.key).ptr);
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
