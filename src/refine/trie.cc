#include "refine/trie.h"

#include <algorithm>
#include <set>

namespace assay::refine {

TrieNode::SlotHint TrieNode::slot_hint() const {
  if (slots.empty()) return {};
  const bool small = slots.size() == 1 && slots[0].scope < 0x7fff && slots[0].slot < 0xffff;
  if (!small) return {kAskTrie, 0};
  return {static_cast<std::int16_t>(slots[0].scope), static_cast<std::uint16_t>(slots[0].slot)};
}

TrieNode::SlotHint TrieNode::scope_hint() const {
  if (opens.empty()) return {};
  if (opens.size() > 1 || opens[0] >= 0x7fff) return {kAskTrie, 0};
  return {static_cast<std::int16_t>(opens[0]), 0};
}

int TrieNode::name(std::string_view text) const {
  const auto found =
      std::lower_bound(names.begin(), names.end(), text,
                       [](const auto& entry, std::string_view t) { return entry.first < t; });
  return found != names.end() && found->first == text ? found->second : -1;
}

int TrieNode::element(std::int64_t index) const {
  for (const auto& [known, node] : indices) {
    if (known == index) return node;
  }
  return elements;
}

namespace {

path::JsonPath prefix_of(const path::JsonPath& path, std::size_t size) {
  path::JsonPath prefix;
  prefix.steps.assign(path.steps.begin(), path.steps.begin() + static_cast<std::ptrdiff_t>(size));
  return prefix;
}

/// Steps up to and with the last wildcard; 0 where there is none.
std::size_t scope_size(const path::JsonPath& path) {
  for (std::size_t i = path.steps.size(); i > 0; --i) {
    if (path.steps[i - 1].kind == path::Step::Kind::wildcard) return i;
  }
  return 0;
}

}  // namespace

std::uint32_t Trie::scope_of(const path::JsonPath& path) {
  const std::size_t size = scope_size(path);
  if (size == 0) return 0;
  const path::JsonPath prefix = prefix_of(path, size);
  const std::string text = path::to_string(prefix);
  if (const auto known = scope_of_path_.find(text); known != scope_of_path_.end())
    return known->second;
  const std::uint32_t parent = scope_of(prefix_of(path, size - 1));
  const auto scope = static_cast<std::uint32_t>(scopes_.size());
  scopes_.push_back({static_cast<int>(parent), 0});
  scope_of_path_.emplace(text, scope);
  const auto& steps = steps_.emplace("scope " + text, prefix.steps).first->second;
  targets_.push_back({&steps, true, {scope, 0}});
  return scope;
}

SlotRef Trie::add(const path::JsonPath& path) {
  const std::string text = path::to_string(path);
  if (const auto known = slot_of_path_.find(text); known != slot_of_path_.end())
    return known->second;
  const std::uint32_t scope = scope_of(path);
  const SlotRef slot{scope, scopes_[scope].slot_count++};
  slot_of_path_.emplace(text, slot);
  if (path.has_query()) return slot;
  const auto& steps = steps_.emplace("slot " + text, path.steps).first->second;
  targets_.push_back({&steps, false, slot});
  return slot;
}

void Trie::build() {
  nodes_.clear();
  build_node(targets_, 0);
}

int Trie::build_node(const std::vector<Target>& targets, std::size_t depth) {
  const auto index = static_cast<int>(nodes_.size());
  nodes_.emplace_back();
  std::map<std::string, std::vector<Target>> names;
  std::set<std::int64_t> indices;
  TrieNode node;
  for (const Target& target : targets) {
    if (target.steps->size() == depth) {
      if (target.opens)
        node.opens.push_back(target.slot.scope);
      else
        node.slots.push_back(target.slot);
      continue;
    }
    const path::Step& step = (*target.steps)[depth];
    if (step.kind == path::Step::Kind::name) names[step.name].push_back(target);
    if (step.kind == path::Step::Kind::index) indices.insert(step.index);
  }
  std::sort(node.opens.begin(), node.opens.end());
  // What holds for any element holds for a named one, too.
  const auto elements_at = [&](std::int64_t wanted) {
    std::vector<Target> chosen;
    for (const Target& target : targets) {
      if (target.steps->size() == depth) continue;
      const path::Step& step = (*target.steps)[depth];
      const bool any = step.kind == path::Step::Kind::wildcard;
      if (any || (step.kind == path::Step::Kind::index && step.index == wanted))
        chosen.push_back(target);
    }
    return chosen;
  };
  for (const auto& [name, below] : names)
    node.names.emplace_back(name, build_node(below, depth + 1));
  for (const std::int64_t i : indices)
    node.indices.emplace_back(i, build_node(elements_at(i), depth + 1));
  if (const auto below = elements_at(-1); !below.empty())
    node.elements = build_node(below, depth + 1);
  nodes_[static_cast<std::size_t>(index)] = std::move(node);
  return index;
}

}  // namespace assay::refine
