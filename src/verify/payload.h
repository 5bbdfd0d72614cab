#pragma once
// A payload as a tree, read by a plain recursive parser of RFC 8259. Slow and simple on purpose. It
// keeps the raw text of every value, since the DOM of simdjson refuses what the kernel keeps
// exactly (integers beyond 64 bits, 1e400); the tests hold it against that DOM and against the JSON
// parsing suite.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/error_table.h"
#include "base/limits.h"

namespace assay::verify {

struct Node {
  enum class Kind : std::uint8_t { null, boolean, number, string, object, array };
  Kind kind = Kind::null;
  std::string_view raw;  ///< as it stands in the payload
  std::string text;      ///< string: unescaped; number, boolean, null: the token
  struct Member;
  std::vector<Member> members;  ///< object, in payload order
  std::vector<Node> items;      ///< array

  /// A scalar, null, {} or []: what leaf accounting counts.
  bool is_leaf() const;
  bool is_scalar() const { return kind != Kind::object && kind != Kind::array; }
  const Node* member(std::string_view name) const;
};
struct Node::Member {
  std::string name;
  Node value;
};
inline bool Node::is_leaf() const { return members.empty() && items.empty(); }

/// Why a payload cannot be refined, and where.
struct Fault {
  Code code = Code::json_syntax;
  std::string pointer;  ///< JSON Pointer of the value; empty = the whole payload
  std::string message;
};

/// The tree borrows `payload`. Of several faults the first in the text counts, and grammar before
/// policy (duplicate keys, too many keys, not an object).
std::variant<Node, Fault> parse_payload(std::string_view payload, const PayloadLimits& limits);

/// Appends a code point as UTF-8.
void append_utf8(std::string& bytes, std::uint32_t point);
/// Appends one reference token of RFC 6901.
void append_token(std::string& pointer, std::string_view token);
/// The reference tokens of a pointer, unescaped.
std::vector<std::string> split_pointer(std::string_view pointer);
/// The node that a JSON Pointer names; nullptr where there is none.
const Node* find_pointer(const Node& root, std::string_view pointer);

/// Calls back for every leaf in payload order with its JSON Pointer.
void for_each_leaf(const Node& root,
                   const std::function<void(const std::string& pointer, const Node& leaf)>& visit);

}  // namespace assay::verify
