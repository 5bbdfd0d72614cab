#include "refine/document.h"

#include "path/json_path.h"
#include "refine/shapes.h"
#include "refine/text.h"

namespace assay::refine {

void Document::clear(const std::vector<Scope>& scopes) {
  node_count = 0;
  elements.clear();
  instances.resize(scopes.size());
  for (auto& of_scope : instances) of_scope.clear();
  slot_count = scopes[0].slot_count;
  if (slots.size() < slot_count) slots.resize(slot_count);
}

void Document::keep_slots(const std::vector<std::uint32_t>& kept) {
  const std::uint32_t base = slot_count;
  const std::size_t wanted = base + kept.size();
  if (slots.size() < wanted) slots.resize(wanted * 2);
  for (std::size_t i = 0; i < kept.size(); ++i) slots[base + i] = slots[kept[i]];
  slot_count = static_cast<std::uint32_t>(wanted);
  instances[0].back().base = base;
}

std::string_view Document::raw_key(const Node& node) const {
  const char* const first = bytes + node.key + 1;
  const char* last = first;
  while (*last != '"') last += *last == '\\' ? 2 : 1;
  return {first, static_cast<std::size_t>(last - first)};
}

std::string Document::key(const Node& node) const { return unescaped(raw_key(node)); }

namespace {

/// Names from the array element around a place, or from the payload, down to the place.
void append_names(const Shapes& shapes, std::uint32_t place, std::string& text) {
  const Place& at = shapes.place(place);
  if (place == Shapes::kRootPlace || at.anchor == place) return;
  append_names(shapes, at.parent, text);
  path::append_pointer(text, at.name);
}

void append_element(const Document& document, std::uint32_t element, std::string& text) {
  const Element& at = document.elements[element];
  if (at.around != 0) append_element(document, at.around - 1, text);
  append_names(*document.shapes, document.shapes->place(at.place).parent, text);
  path::append_pointer(text, std::to_string(at.number));
}

}  // namespace

std::string Document::pointer(const Node& node) const {
  std::string text;
  if ((node.flags & Node::kKnown) != 0) {
    if (node.parent != 0) append_element(*this, node.parent - 1, text);
    append_names(*shapes, node.place, text);
    return text;
  }
  std::vector<const Node*> chain;
  for (const Node* i = &node; i != &nodes[i->parent]; i = &nodes[i->parent]) chain.push_back(i);
  for (auto i = chain.rbegin(); i != chain.rend(); ++i) {
    const bool element = ((*i)->flags & Node::kElement) != 0;
    path::append_pointer(text, element ? std::to_string((*i)->key) : key(**i));
  }
  return text;
}

}  // namespace assay::refine
