#include "refine/shapes.h"

#include <algorithm>

#include "refine/text.h"

namespace assay::refine {
namespace {

constexpr std::size_t kTransitionsMax = 1U << 15;
constexpr std::size_t kPlacesMax = 1U << 14;
constexpr std::size_t kTextSizeMax = std::size_t{4} << 20;

std::uint32_t size32(std::size_t size) { return static_cast<std::uint32_t>(size); }

}  // namespace

Shapes::Shapes(const Trie& trie) : trie_(&trie) { reset(); }

void Shapes::reset() {
  transitions_.clear();
  places_.clear();
  texts_.clear();
  members_.clear();
  text_size_ = 0;
  refused_ = false;
  // Fixed capacities: references to transitions and places stay good while the walk learns.
  transitions_.reserve(kTransitionsMax);
  places_.reserve(kPlacesMax);
  transitions_.emplace_back();
  texts_.emplace_back();
  places_.emplace_back();
  add_place(0, 0, {}, false);
}

bool Shapes::make_room() {
  const bool full = refused_;
  if (full) reset();
  return full;
}

std::uint32_t Shapes::add_place(std::uint32_t parent, int trie, std::string_view name,
                                bool element) {
  if (places_.size() == kPlacesMax || text_size_ > kTextSizeMax) {
    refused_ = true;
    return 0;
  }
  const std::uint32_t index = size32(places_.size());
  Place place;
  place.parent = parent;
  place.trie = trie;
  place.name = std::string(name);
  const bool root = index == kRootPlace;
  place.anchor = element ? index : places_[parent].anchor;
  if (!element && !root) {
    place.text = places_[parent].text;
    append_json_pointer_token(place.text, name);
  }
  text_size_ += place.text.size() + place.name.size();
  places_.push_back(std::move(place));
  return index;
}

std::uint32_t Shapes::add_start(std::uint32_t place) {
  if (transitions_.size() == kTransitionsMax) {
    refused_ = true;
    return 0;
  }
  const std::uint32_t index = size32(transitions_.size());
  Transition start;
  start.place = place;
  transitions_.push_back(start);
  places_[place].start = index;
  return index;
}

std::uint32_t Shapes::member(std::uint32_t place, std::string_view name) {
  if (place == 0) return 0;
  std::string id = std::to_string(place);
  id += '/';
  id += name;
  if (const auto known = members_.find(id); known != members_.end()) return known->second;
  const int trie = places_[place].trie;
  const std::uint32_t added =
      add_place(place, trie < 0 ? -1 : trie_->node(trie).name(name), name, false);
  if (added != 0) members_.emplace(std::move(id), added);
  return added;
}

std::uint32_t Shapes::find_element(std::uint32_t place, std::int64_t index) {
  const int trie = places_[place].trie;
  if (trie < 0 || trie_->node(trie).indices.empty()) {
    const std::uint32_t added =
        add_place(place, trie < 0 ? -1 : trie_->node(trie).elements, {}, true);
    places_[place].elements = added;
    return added;
  }
  // Arrays with rules for single elements: one place for each of those, one for the others.
  const TrieNode& node = trie_->node(trie);
  const int wanted = node.element(index);
  std::string id = std::to_string(place);
  id += wanted == node.elements ? "[*]" : "[" + std::to_string(index) + "]";
  if (const auto known = members_.find(id); known != members_.end()) return known->second;
  const std::uint32_t added = add_place(place, wanted, {}, true);
  if (added != 0) members_.emplace(std::move(id), added);
  return added;
}

Shapes::Answer Shapes::follow(std::uint32_t before, std::string_view raw, std::string_view name) {
  const std::uint32_t first = transitions_[before].next;
  for (std::uint32_t i = first; i != 0;) {
    const Transition& candidate = transitions_[i];
    if (candidate.size == raw.size() && texts_[candidate.text].raw == raw) {
      transitions_[before].next = i;
      return {Found::known, i};
    }
    i = candidate.sibling == first ? 0 : candidate.sibling;
  }
  return learn(before, raw, name);
}

Shapes::Answer Shapes::learn(std::uint32_t before, std::string_view raw, std::string_view name) {
  std::uint32_t object = transitions_[before].place;
  std::size_t count = 0;
  if (before != 0 && transitions_[before].text != 0)
    object = texts_[transitions_[before].text].object_place;
  // Walks back over the keys before: none of them may be this one.
  for (std::uint32_t i = before; transitions_[i].text != 0; i = transitions_[i].previous, ++count) {
    if (texts_[transitions_[i].text].name == name) return {Found::repeated, i};
  }
  // A key too long for the transition is walked by name: rare, and the comparison stays two loads.
  const bool fits = raw.size() <= Transition::kInline && count < kKeysLearnt;
  const bool room = transitions_.size() < kTransitionsMax && text_size_ < kTextSizeMax;
  if (before == 0 || !fits || !room) {
    refused_ = refused_ || !room;
    return {Found::full, 0};
  }
  const std::uint32_t place = member(object, name);
  if (place == 0) return {Found::full, 0};
  Transition added;
  std::memcpy(added.key, raw.data(), raw.size());
  added.size = size32(raw.size());
  added.mask = added.size == Transition::kInline ? ~0U : (1U << added.size) - 1;
  added.place = place;
  added.previous = before;
  added.text = size32(texts_.size());
  if (const int trie = places_[place].trie; trie >= 0) added.hint = trie_->node(trie).slot_hint();
  texts_.push_back({std::string(raw), std::string(name), object});
  text_size_ += raw.size() + name.size();
  const std::uint32_t index = size32(transitions_.size());
  const std::uint32_t first = transitions_[before].next;
  added.sibling = first == 0 ? index : transitions_[first].sibling;
  transitions_.push_back(added);
  if (first != 0) transitions_[first].sibling = index;
  transitions_[before].next = index;
  return {Found::learnt, index};
}

}  // namespace assay::refine
