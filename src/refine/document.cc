#include "refine/document.h"

#include <algorithm>

#include "path/json_path.h"
#include "refine/shapes.h"
#include "refine/text.h"

namespace assay::refine {

void Document::clear(const std::vector<Scope>& scopes) {
  node_count = 0;
  elements.clear();
  instances.resize(scopes.size());
  for (auto& of_scope : instances) of_scope.clear();
  root_slot_count = scopes[0].slot_count;
  slot_count = root_slot_count;
  if (slots.size() < slot_count) slots.resize(slot_count);
  forget_root_slots();
}

void Document::forget_root_slots() { std::fill_n(slots.begin(), root_slot_count, 0); }

void Document::keep_slots(const std::vector<std::uint32_t>& kept) {
  const std::uint32_t base = slot_count;
  const std::size_t wanted = base + kept.size();
  if (slots.size() < wanted) slots.resize(wanted * 2);
  for (std::size_t i = 0; i < kept.size(); ++i) {
    const std::uint32_t held = slots[kept[i]];
    slots[base + i] = is_of_last(held) ? held : 0;
  }
  slot_count = static_cast<std::uint32_t>(wanted);
  instances[0].back().base = base;
}

namespace {

/// Where the instances of a record begin, when they are the last of their scope.
std::uint32_t first_of(const std::vector<Instance>& instances, std::uint32_t place) {
  std::size_t first = instances.size();
  while (first > 0 && instances[first - 1].place == place) --first;
  return static_cast<std::uint32_t>(first);
}

}  // namespace

void Document::move_instances(const std::vector<ScopeMove>& moves) {
  const std::uint32_t place = instances[0].back().place;
  moved.clear();
  of_moves.clear();
  for (const ScopeMove& move : moves) {
    const auto& source = instances[move.from];
    const std::uint32_t first = first_of(source, place);
    moved.insert(moved.end(), source.begin() + first, source.end());
    of_moves.push_back({first, 0, moved.size()});
  }
  std::size_t at = 0;
  for (std::size_t i = 0; i < moves.size(); ++i) {
    auto& target = instances[moves[i].to];
    target.resize(first_of(target, place));
    of_moves[i].to = static_cast<std::uint32_t>(target.size());
    for (; at < of_moves[i].end; ++at) {
      Instance& instance = target.emplace_back(moved[at]);
      if (moves[i].around < 0) continue;
      const MovedInstances& around = of_moves[static_cast<std::size_t>(moves[i].around)];
      instance.parent = instance.parent - around.from + around.to;
    }
  }
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
