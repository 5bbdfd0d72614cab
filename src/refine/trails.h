#pragma once
// What stands between one scalar and the next in payloads that were walked before.
//
// JSON is a row of scalars with gaps between them: the closing and opening of containers, commas,
// keys, colons, blanks. Payloads of one shape have the same gaps, byte for byte, so a gap that
// follows where it followed before says all that a walk would find out in it, with one comparison.
//
// A state is all that the grammar knows behind a scalar: which containers are open, and which keys
// each of them has shown, in order. It is kept exactly, so that a key that stands twice is never
// taken for a known gap. The memory is bounded and only saves work.

#include <emmintrin.h>

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "refine/document.h"
#include "refine/shapes.h"

namespace assay::refine {

/// What a gap does on its way besides reaching the next scalar.
struct GapAct {
  enum class Kind : std::uint8_t {
    container,      ///< a container opens on which rules look
    first_element,  ///< an array opens and its first element begins
    next_element,
    leave_array  ///< the innermost array ends
  };
  Kind kind = Kind::container;
  bool is_object = false;   ///< container
  std::uint8_t entry = 0;   ///< container: its structural character, counted from the gap's first
  std::uint32_t place = 0;  ///< of the container or the element
  int trie = -1;            ///< rules at the container or the element
  TrieNode::SlotHint hint;  ///< container: its slot; element: the scope that it opens
};

struct alignas(64) Gap {
  static constexpr std::uint32_t kTextMax = 64;
  static constexpr std::uint32_t kEnd = 0;  ///< state of a payload that is over

  char text[kTextMax] =
      {};                  ///< from the structural character behind a scalar up to the next scalar
  std::uint64_t mask = 1;  ///< bits of the bytes in use
  std::uint32_t state = kEnd;    ///< where it leads
  std::uint32_t place = 0;       ///< of the scalar behind it
  std::uint32_t sibling = 0;     ///< ring of the gaps out of one state
  std::uint32_t acts_begin = 0;  ///< in Trails::acts
  std::uint16_t acts = 0;
  TrieNode::SlotHint hint;   ///< of the scalar
  std::uint8_t entries = 0;  ///< structural characters in it
  std::uint8_t size = 0;     ///< bytes
  int trie = -1;             ///< rules at the scalar

  /// REQUIRES: 64 readable bytes.
  bool matches(const char* bytes) const {
    const auto low = static_cast<std::uint32_t>(mask);
    if (size <= 16) return (~equal(bytes, 0) & low) == 0;
    const std::uint32_t first = equal(bytes, 0) | equal(bytes, 16) << 16;
    if ((~first & low) != 0) return false;
    if (size <= 32) return true;
    const std::uint32_t second = equal(bytes, 32) | equal(bytes, 48) << 16;
    return (~second & static_cast<std::uint32_t>(mask >> 32)) == 0;
  }

 private:
  std::uint32_t equal(const char* bytes, std::size_t from) const {
    const auto load = [](const char* at) {
      return _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
    };
    return static_cast<std::uint32_t>(
        _mm_movemask_epi8(_mm_cmpeq_epi8(load(bytes + from), load(text + from))));
  }
};
static_assert(sizeof(Gap) == 128);

class Trails {
 public:
  static constexpr std::uint32_t kStart = 1;  ///< state before a payload's first byte

  Trails(const Trie& trie, const Shapes& shapes);

  const Gap* gaps() const { return gaps_.data(); }
  /// By state: the gap that was last taken out of it; 0, which matches nothing, where there is
  /// none.
  const std::uint32_t* predicted() const { return predicted_.data(); }
  /// Another gap out of the state that matches at the structural character `at`, which becomes the
  /// prediction; 0: none. REQUIRES: 3 more entries behind `at`, whatever they hold.
  std::uint32_t other(std::uint32_t state, const char* bytes, const std::uint32_t* at);
  std::span<const GapAct> acts(const Gap& gap) const {
    return {acts_.data() + gap.acts_begin, gap.acts};
  }

  /// Remembers the way of the record that was walked last: its structural characters are
  /// index[0, count).
  void learn(const Document& document, const std::uint32_t* index, std::uint32_t count);
  /// After the shapes forgot their places.
  void forget();

 private:
  /// A container on the way, with the places of what it has shown: its members, or its elements.
  struct Open {
    std::uint32_t node = 0;
    std::vector<std::uint32_t> shown;
  };
  struct Lesson;

  bool enter(Lesson& lesson, std::uint32_t index) const;
  void leave(Lesson& lesson, std::uint32_t until) const;
  void open(Lesson& lesson, std::uint32_t index, std::uint32_t entry) const;
  bool reach_scalar(Lesson& lesson, std::uint32_t index, std::uint32_t entry);
  bool reach(Lesson& lesson, std::uint32_t end, Gap& gap);
  std::uint32_t state_of(const Lesson& lesson);
  static std::size_t recent_index(std::uint32_t state, const char* bytes, const std::uint32_t* at);
  void add(std::uint32_t from, const Gap& gap, const std::vector<GapAct>& acts);

  /// The gap that was found last for a state and the end of a key: saves the way around a ring of
  /// many.
  struct Recent {
    std::uint32_t state = 0;
    std::uint32_t gap = 0;
  };
  static constexpr std::size_t kRecentBits = 10;

  const Trie* trie_;
  const Shapes* shapes_;
  std::vector<Recent> recent_;
  std::vector<Gap> gaps_;  ///< 0 matches nothing
  std::vector<GapAct> acts_;
  std::vector<std::uint32_t> predicted_;  ///< by state
  std::map<std::vector<std::uint32_t>, std::uint32_t> states_;
  std::size_t states_size_ = 0;  ///< words of their keys
};

}  // namespace assay::refine
