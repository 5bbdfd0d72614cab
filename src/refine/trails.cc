#include "refine/trails.h"

#include <cstring>

namespace assay::refine {
namespace {

constexpr std::size_t kGapsMax = std::size_t{1} << 14;
constexpr std::size_t kStatesMax = std::size_t{1} << 14;
constexpr std::size_t kStatesSizeMax = std::size_t{1} << 20;
constexpr std::uint32_t kEntriesMax = 255;

std::uint32_t size32(std::size_t size) { return static_cast<std::uint32_t>(size); }

}  // namespace

/// One record on its way into the memory.
struct Trails::Lesson {
  const Document& document;
  const std::uint32_t* index;
  std::uint32_t count;
  std::uint32_t state = kStart;
  std::uint32_t entry = 0;  ///< of the gap's first structural character
  std::vector<Open> open;
  std::vector<GapAct> acts;  ///< of the gap so far
};

Trails::Trails(const Trie& trie, const Shapes& shapes) : trie_(&trie), shapes_(&shapes) {
  forget();
}

void Trails::forget() {
  gaps_.assign(1, Gap{});
  acts_.clear();
  states_.clear();
  states_size_ = 0;
  predicted_.assign(kStart + 1, 0);
  recent_.assign(std::size_t{1} << kRecentBits, Recent{});
}

std::uint32_t Trails::other(std::uint32_t state, const char* bytes, const std::uint32_t* at) {
  const char* const text = bytes + at[0];
  Recent& recent = recent_[recent_index(state, bytes, at)];
  if (recent.state == state && gaps_[recent.gap].matches(text)) {
    predicted_[state] = recent.gap;
    return recent.gap;
  }
  const std::uint32_t first = predicted_[state];
  for (std::uint32_t i = gaps_[first].sibling; i != first; i = gaps_[i].sibling) {
    if (!gaps_[i].matches(text)) continue;
    predicted_[state] = i;
    recent = {state, i};
    return i;
  }
  return 0;
}

/// By the end of the gap's first key, in which gaps out of one state mostly differ.
std::size_t Trails::recent_index(std::uint32_t state, const char* bytes, const std::uint32_t* at) {
  constexpr int kLookedAt = 3;
  const char* const text = bytes + at[0];
  std::uint64_t end = 0;
  for (int i = 1; i <= kLookedAt; ++i) {
    const std::uint32_t size = at[i] - at[0];
    if (size > Gap::kTextMax) break;  // also what stands behind the record's last character
    if (text[size] != ':') continue;
    std::memcpy(&end, text + (size < sizeof end ? 0 : size - sizeof end), sizeof end);
    if (size < sizeof end) end &= ~(~std::uint64_t{0} << 8 * size);
    break;
  }
  constexpr std::uint64_t kSpread = 0x9e3779b97f4a7c15;
  return static_cast<std::size_t>(((end ^ state) * kSpread) >> (64 - kRecentBits));
}

/// Ends the containers inside `until`.
void Trails::leave(Lesson& lesson, std::uint32_t until) const {
  while (!lesson.open.empty() && lesson.open.back().node != until) {
    if (lesson.document.nodes[lesson.open.back().node].kind == Kind::array)
      lesson.acts.push_back({GapAct::Kind::leave_array});
    lesson.open.pop_back();
  }
}

/// Notes a value in the container around it; false where it cannot be remembered.
bool Trails::enter(Lesson& lesson, std::uint32_t index) const {
  const Node& node = lesson.document.nodes[index];
  if (node.place == 0) return false;
  if (index == lesson.document.root) return node.kind == Kind::object;
  leave(lesson, node.parent);
  std::vector<std::uint32_t>& shown = lesson.open.back().shown;
  const Place& place = shapes_->place(node.place);
  if ((node.flags & Node::kElement) == 0) {
    shown.push_back(node.place);
    return true;
  }
  // Elements are one place, so that an array of any length is one way; rules for single elements
  // make several.
  const bool first = shown.empty();
  if (!first && shown.back() != node.place) return false;
  const int around = shapes_->place(place.parent).trie;
  if (around >= 0 && !trie_->node(around).indices.empty()) return false;
  if (first) shown.push_back(node.place);
  GapAct act{first ? GapAct::Kind::first_element : GapAct::Kind::next_element};
  act.place = node.place;
  act.trie = place.trie;
  if (act.trie >= 0) act.hint = trie_->node(act.trie).scope_hint();
  lesson.acts.push_back(act);
  return true;
}

/// All that the grammar knows behind the scalar just reached.
std::uint32_t Trails::state_of(const Lesson& lesson) {
  std::vector<std::uint32_t> key;
  for (const Open& open : lesson.open) {
    const Node& node = lesson.document.nodes[open.node];
    key.push_back(node.place * 2 + (node.kind == Kind::object ? 1 : 0));
    key.push_back(size32(open.shown.size()));
    key.insert(key.end(), open.shown.begin(), open.shown.end());
  }
  const std::size_t size = key.size();
  const auto [found, added] = states_.emplace(std::move(key), size32(predicted_.size()));
  if (added) {
    predicted_.push_back(0);
    states_size_ += size;
  }
  return found->second;
}

void Trails::add(std::uint32_t from, const Gap& gap, const std::vector<GapAct>& acts) {
  const std::uint32_t first = predicted_[from];
  for (std::uint32_t i = first; i != 0;) {
    const Gap& known = gaps_[i];
    const bool same = known.size == gap.size && std::memcmp(known.text, gap.text, gap.size) == 0;
    if (same && known.state == gap.state) {
      predicted_[from] = i;
      return;
    }
    i = known.sibling == first ? 0 : known.sibling;
  }
  const std::uint32_t index = size32(gaps_.size());
  Gap& added = gaps_.emplace_back(gap);
  added.acts_begin = size32(acts_.size());
  added.acts = static_cast<std::uint16_t>(acts.size());
  acts_.insert(acts_.end(), acts.begin(), acts.end());
  added.sibling = first == 0 ? index : gaps_[first].sibling;
  if (first != 0) gaps_[first].sibling = index;
  predicted_[from] = index;
}

/// Adds the gap that ends at structural character `end`; false where it is too large.
bool Trails::reach(Lesson& lesson, std::uint32_t end, Gap& gap) {
  const std::uint32_t begin = lesson.index[lesson.entry];
  const std::uint32_t size = lesson.index[end] - begin;
  if (size > Gap::kTextMax || end - lesson.entry > kEntriesMax) return false;
  std::memcpy(gap.text, lesson.document.bytes + begin, size);
  gap.size = static_cast<std::uint8_t>(size);
  gap.mask = size == 64 ? ~std::uint64_t{0} : (std::uint64_t{1} << size) - 1;
  gap.entries = static_cast<std::uint8_t>(end - lesson.entry);
  add(lesson.state, gap, lesson.acts);
  lesson.acts.clear();
  lesson.state = gap.state;
  lesson.entry = end + 1;
  return true;
}

/// Behind a container's opening: what rules see there.
void Trails::open(Lesson& lesson, std::uint32_t index, std::uint32_t entry) const {
  const Node& node = lesson.document.nodes[index];
  const int trie = shapes_->place(node.place).trie;
  if (trie >= 0 && !trie_->node(trie).slots.empty()) {
    lesson.acts.push_back({GapAct::Kind::container, node.kind == Kind::object,
                           static_cast<std::uint8_t>(entry - lesson.entry), node.place, trie,
                           trie_->node(trie).slot_hint()});
  }
  lesson.open.push_back({index, {}});
}

bool Trails::reach_scalar(Lesson& lesson, std::uint32_t index, std::uint32_t entry) {
  const Node& node = lesson.document.nodes[index];
  Gap gap;
  gap.place = node.place;
  gap.trie = shapes_->place(node.place).trie;
  if (gap.trie >= 0) gap.hint = trie_->node(gap.trie).slot_hint();
  // The states of an object with many keys are long.
  if (states_size_ > kStatesSizeMax) return false;
  gap.state = state_of(lesson);
  return reach(lesson, entry, gap);
}

void Trails::learn(const Document& document, const std::uint32_t* index, std::uint32_t count) {
  if (gaps_.size() + count > kGapsMax || states_.size() + count > kStatesMax) return;
  Lesson lesson{document, index, count};
  std::uint32_t entry = 0;
  for (std::uint32_t i = document.root; i < document.node_count; ++i) {
    const Node& node = document.nodes[i];
    const bool empty = node.kind == Kind::empty_object || node.kind == Kind::empty_array;
    if (empty || !enter(lesson, i)) return;
    while (index[entry] != node.begin) ++entry;
    if (!is_leaf(node.kind))
      open(lesson, i, entry);
    else if (!reach_scalar(lesson, i, entry))
      return;
  }
  leave(lesson, ~std::uint32_t{0});
  Gap end;
  end.state = Gap::kEnd;
  reach(lesson, count, end);
}

}  // namespace assay::refine
