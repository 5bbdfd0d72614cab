// The slow side of the walk: keys that were not predicted, and objects whose keys are not
// remembered.

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "path/json_path.h"
#include "refine/inline_hash_internal.h"
#include "refine/text.h"
#include "refine/walk.h"

namespace assay::refine {

std::string_view Walker::raw_key(std::uint32_t key, std::uint32_t behind) const {
  const char* end = bytes_ + behind;
  while (end[-1] != '"') --end;
  return {bytes_ + key + 1, static_cast<std::size_t>(end - 1 - (bytes_ + key + 1))};
}

std::string_view Walker::name_at(std::uint32_t key, std::string& room) const {
  Node node;
  node.key = key;
  const std::string_view raw = document_->raw_key(node);
  if (raw.find('\\') == std::string_view::npos) return raw;
  room = unescaped(raw);
  return room;
}

const Transition* Walker::unpredicted(std::uint32_t key) {
  const std::string_view raw = raw_key(key, at_[1]);
  std::string_view name = raw;
  if (raw.find('\\') != std::string_view::npos) {
    const EscapeFault fault = check_escapes(raw);
    if (fault != EscapeFault::none) {
      const bool surrogate = fault == EscapeFault::lone_surrogate;
      fail(surrogate ? Code::json_utf8 : Code::json_syntax,
           surrogate ? "a key holds half of a surrogate pair"
                     : "a key holds an escape that JSON does not know",
           key);
      return nullptr;
    }
    name_room_ = unescaped(raw);
    name = name_room_;
  }
  if (top_.by_name) return by_name(key, name);
  const std::string_view with_quote(raw.data(), raw.size() + 1);
  const Shapes::Answer answer = shapes_->follow(top_.transition, with_quote, name);
  if (answer.found == Shapes::Found::known || answer.found == Shapes::Found::learnt) {
    top_.transition = answer.transition;
    return &shapes_->transition(answer.transition);
  }
  // A repeated key is found when the object closes, with all other keys taken by name.
  start_by_name();
  return by_name(key, name);
}

void Walker::start_by_name() {
  top_.by_name = true;
  top_.transition = 0;
  top_.keys_begin = static_cast<std::uint32_t>(keys_.size());
  std::string room;
  for (std::uint32_t i = top_.node + 1; i < document_->node_count; ++i) {
    const Node& node = document_->nodes[i];
    if (node.parent == top_.node) keys_.push_back({hash64(name_at(node.key, room)), node.key});
  }
}

const Transition* Walker::by_name(std::uint32_t key, std::string_view name) {
  if (top_.count < limits_.object_keys_max) keys_.push_back({hash64(name), key});
  by_name_.place = top_.place == 0 ? 0 : shapes_->member(top_.place, name);
  if (by_name_.place != 0)
    by_name_trie_ = shapes_->place(by_name_.place).trie;
  else
    by_name_trie_ = top_.trie < 0 ? -1 : trie_->node(top_.trie).name(name);
  by_name_.hint.scope = by_name_trie_ < 0 ? TrieNode::kNoSlot : TrieNode::kAskTrie;
  return &by_name_;
}

void Walker::check_keys() {
  const auto first = keys_.begin() + top_.keys_begin;
  std::string left;
  std::string right;
  // Names decide between equal hashes, so that forged collisions cost a sort and not its square.
  std::sort(first, keys_.end(), [&](const SeenKey& a, const SeenKey& b) {
    if (a.hash != b.hash) return a.hash < b.hash;
    const int order = name_at(a.position, left).compare(name_at(b.position, right));
    return order != 0 ? order < 0 : a.position < b.position;
  });
  for (auto i = first; i != keys_.end(); ++i) {
    const auto next = i + 1;
    if (next == keys_.end() || next->hash != i->hash) continue;
    const std::string_view name = name_at(i->position, left);
    if (name != name_at(next->position, right)) continue;
    std::string pointer = document_->pointer(top_.node);
    path::append_pointer(pointer, name);
    const std::uint32_t at = next->position - document_->begin;
    note(Code::json_duplicate_key, fmt::format("a key stands twice, again at byte {}", at),
         next->position, std::move(pointer));
  }
  keys_.erase(first, keys_.end());
}

}  // namespace assay::refine
