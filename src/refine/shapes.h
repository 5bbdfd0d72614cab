#pragma once
// What the walk remembers of payloads that it has seen: the places of values and the sequences of
// keys.
//
// A transition says: in an object at this place, after these keys in this order, came this key.
// Objects that repeat a known sequence need one comparison a key; the comparison of raw bytes
// proves the key, its trie node and that no key stands twice, since a transition for a repeated key
// is never made. The memory is bounded and only saves work: what is not remembered is walked by
// name, with the same result.

#include <emmintrin.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "refine/trie.h"

namespace assay::refine {

/// A path of names, with array elements collapsed. 0 is no place; kRootPlace is the payload.
struct Place {
  std::uint32_t parent = 0;
  int trie = -1;               ///< node of the trie; -1 where no rule looks
  std::uint32_t start = 0;     ///< transition before an object's first key; 0 = none seen
  std::uint32_t elements = 0;  ///< place of an array's elements; 0 = none seen
  std::uint32_t anchor =
      0;             ///< nearest place at or above this one that is an array element; 0 = none
  std::string name;  ///< of the member; elements have none
  std::string text;  ///< JSON-escaped JSON Pointer from the anchor (or the payload)
};

struct alignas(64) Transition {
  static constexpr std::uint32_t kInline = 32;
  char key[kInline] = {};      ///< raw bytes of the key and its closing quote
  std::uint32_t mask = 1;      ///< bits of the bytes of `key` in use
  std::uint32_t size = 1;      ///< bytes of the raw key with its closing quote
  std::uint32_t place = 0;     ///< of the member's value
  std::uint32_t next = 0;      ///< transition of the key that came after it last; 0 = none seen
  std::uint32_t sibling = 0;   ///< ring of the keys seen at this point
  std::uint32_t previous = 0;  ///< transition of the key before; a start transition for the first
  std::uint32_t text = 0;      ///< index into the texts
  TrieNode::SlotHint hint;     ///< of the value

  /// Whether the bytes behind a key's opening quote are this key. REQUIRES: 32 readable bytes.
  bool matches(const char* bytes) const {
    const auto equal = [&](std::size_t from) {
      const auto load = [&](const char* at) {
        return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at + from));
      };
      return static_cast<std::uint32_t>(_mm_movemask_epi8(_mm_cmpeq_epi8(load(bytes), load(key))));
    };
    return (~(equal(0) | equal(16) << 16) & mask) == 0;
  }
};
static_assert(sizeof(Transition) == 64);

class Shapes {
 public:
  static constexpr std::uint32_t kRootPlace = 1;
  static constexpr std::uint32_t kKeysLearnt = 256;  ///< keys of one object that are remembered

  explicit Shapes(const Trie& trie);

  const Transition& transition(std::uint32_t index) const { return transitions_[index]; }
  /// All of them; the address stays while the walk learns.
  const Transition* transitions() const { return transitions_.data(); }
  const Place& place(std::uint32_t index) const { return places_[index]; }

  /// The transition of an object at `place` before its first key; 0 when nothing can be remembered.
  std::uint32_t start(std::uint32_t place) {
    const std::uint32_t known = places_[place].start;
    return known != 0 ? known : add_start(place);
  }
  /// The place of element `index` of an array at `place`; 0 when nothing can be remembered.
  std::uint32_t element(std::uint32_t place, std::int64_t index) {
    const std::uint32_t known = places_[place].elements;
    return known != 0 ? known : find_element(place, index);
  }

  enum class Found : std::uint8_t { known, learnt, repeated, full };
  struct Answer {
    Found found = Found::full;
    std::uint32_t transition = 0;
  };
  /// What follows `before` on this raw key (closing quote included). `name` is the key unescaped.
  /// The answer becomes the prediction.
  Answer follow(std::uint32_t before, std::string_view raw, std::string_view name);
  /// The place of a member, for objects that are walked by name; 0 when nothing can be remembered.
  std::uint32_t member(std::uint32_t place, std::string_view name);

  /// Forgets all when the memory is full, and says so. Between records only.
  bool make_room();

 private:
  void reset();
  std::uint32_t add_start(std::uint32_t place);
  std::uint32_t find_element(std::uint32_t place, std::int64_t index);
  std::uint32_t add_place(std::uint32_t parent, int trie, std::string_view name, bool element);
  Answer learn(std::uint32_t before, std::string_view raw, std::string_view name);

  const Trie* trie_;
  std::vector<Transition> transitions_;  ///< 0 is one that nothing matches
  std::vector<Place> places_;            ///< 0 is none
  struct Text {
    std::string raw;
    std::string name;
    std::uint32_t object_place = 0;
  };
  std::vector<Text> texts_;
  std::unordered_map<std::string, std::uint32_t> members_;  ///< "<place>/<name>" -> place
  std::size_t text_size_ = 0;
  bool refused_ = false;  ///< something was not remembered for lack of room
};

}  // namespace assay::refine
