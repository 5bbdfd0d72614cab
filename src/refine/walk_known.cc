// The fast side of the walk: records that go a way that was gone before.

#include "refine/walk.h"
#include "refine/walk_scalar_internal.h"

namespace assay::refine {

bool Walker::known(const std::uint32_t* index, std::uint32_t count) {
  const Gap* const gaps = trails_->gaps();
  const std::uint32_t* const predicted = trails_->predicted();
  const char* const bytes = bytes_;
  Node* const nodes = document_->nodes.data();
  std::uint32_t* slots = document_->slots.data();
  const std::uint32_t* const bases = bases_.data();
  std::uint32_t number = document_->root;
  std::uint32_t containers = 0;
  std::uint32_t state = Trails::kStart;
  const std::uint32_t* at = index;
  element_ = 0;
  for (;;) {
    const std::uint32_t begin = *at;
    const Gap* gap = gaps + predicted[state];
    if (!gap->matches(bytes + begin) || at[gap->entries] != begin + gap->size) [[unlikely]] {
      gap = gaps + trails_->other(state, bytes, at);
      if (gap == gaps || at[gap->entries] != begin + gap->size) return false;
    }
    state = gap->state;
    if (gap->acts != 0) {
      document_->node_count = number;
      for (const GapAct& each : trails_->acts(*gap)) act(each, at);
      containers += document_->node_count - number;
      number = document_->node_count;
      slots = document_->slots.data();
    }
    at += gap->entries;
    if (state == Gap::kEnd) break;
    Node& node = nodes[number++];
    node.begin = *at++;
    node.parent = element_;
    node.place = gap->place;
    node.flags = Node::kKnown;
    if (gap->hint.scope >= 0) {
      slots[bases[gap->hint.scope] + gap->hint.slot] = number;
    } else if (gap->hint.scope != TrieNode::kNoSlot) {
      for (const SlotRef& slot : trie_->node(gap->trie).slots) fill(slot, number - 1);
    }
    if (!scalar(node, at)) return false;
  }
  if (at != index + count) return false;
  document_->node_count = number;
  document_->leaf_count = number - document_->root - containers;
  document_->is_object = true;
  return true;
}

void Walker::act(const GapAct& act, const std::uint32_t* index) {
  std::vector<Element>& elements = document_->elements;
  switch (act.kind) {
    case GapAct::Kind::leave_array: element_ = elements[element_ - 1].around; return;
    case GapAct::Kind::first_element: elements.push_back({element_, 0, act.place}); break;
    case GapAct::Kind::next_element: {
      const Element last = elements[element_ - 1];
      elements.push_back({last.around, last.number + 1, act.place});
      break;
    }
    case GapAct::Kind::container: {
      const std::uint32_t number = document_->node_count++;
      Node& node = document_->nodes[number];
      node.begin = index[act.entry];
      node.parent = element_;
      node.place = act.place;
      node.flags = Node::kKnown;
      node.kind = act.is_object ? Kind::object : Kind::array;
      document_->uses[number] = kContainer;
      if (act.hint.scope >= 0) {
        document_->slots[bases_[static_cast<std::size_t>(act.hint.scope)] + act.hint.slot] =
            number + 1;
      } else {
        for (const SlotRef& slot : trie_->node(act.trie).slots) fill(slot, number);
      }
      return;
    }
  }
  element_ = static_cast<std::uint32_t>(elements.size());
  const std::uint32_t element = elements.back().number;
  if (act.hint.scope >= 0)
    return open_instance(static_cast<std::uint32_t>(act.hint.scope), element);
  if (act.hint.scope == TrieNode::kNoSlot) return;
  for (const std::uint32_t scope : trie_->node(act.trie).opens) open_instance(scope, element);
}

}  // namespace assay::refine
