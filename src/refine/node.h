#pragma once
// One value of a payload as the walk leaves it: where it stands, what it is, who uses it.

#include <cstdint>

namespace assay::refine {

enum class Kind : std::uint8_t {
  object,
  array,
  empty_object,
  empty_array,
  string,
  number,
  yes,
  no,
  null
};

/// A leaf is a scalar, null, {} or [] (design section 13).
inline bool is_leaf(Kind kind) { return kind >= Kind::empty_object; }

/// What a value is used for. A leaf counts once, master before mapped before residue (no use).
using Uses = std::uint8_t;
inline constexpr Uses kMapped = 1;
inline constexpr Uses kMaster = 2;
inline constexpr Uses kContainer = 4;  ///< no leaf

/// Positions are bytes from Document::bytes.
struct Node {
  std::uint32_t begin = 0;
  std::uint32_t end = 0;  ///< one behind the last byte
  /// Node of the container; of a record's root: itself. With kKnown: Document::elements, the
  /// innermost array element around it, + 1; 0 where there is none.
  std::uint32_t parent = 0;
  std::uint32_t key = 0;    ///< member: position of the key's opening quote; element: its index
  std::uint32_t place = 0;  ///< Shapes: where in payloads of this application; 0 = not remembered
  Kind kind = Kind::null;
  std::uint8_t flags = 0;
  std::uint8_t scale = 0;     ///< number with kExact: digits behind the point
  std::int64_t mantissa = 0;  ///< number with kExact: value * 10^scale

  static constexpr std::uint8_t kExact = 1;    ///< number: mantissa and scale say it all
  static constexpr std::uint8_t kEscaped = 2;  ///< string: holds escapes
  static constexpr std::uint8_t kElement = 4;  ///< stands in an array: `key` is an index
  static constexpr std::uint8_t kKnown = 8;    ///< its place and elements say where it stands
};
static_assert(sizeof(Node) == 32);

}  // namespace assay::refine
