#pragma once
// One JSON text as a flat list of nodes, for what looks at a payload more than once.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "base/result.h"

namespace assay::path {

/// A node of one document: its place in document order. The root is 0.
enum class NodeId : std::uint32_t { root = 0 };

/// A JSON text, read strictly (RFC 8259) and as I-JSON (RFC 7493): UTF-8 without lone surrogates,
/// no key twice in an object. Numbers stay text, so that nothing of them is lost.
///
/// Invariants:
/// 1. Nodes stand in document order: a parent before its children, array items and members as
///    they were written. A node and all below it are the ids [node, after(node)).
/// 2. Reading and walking need no recursion, however deep the text is nested.
///
/// Borrows the text, which must outlive the document. Immutable once read, so any number of
/// threads may look at it.
class JsonDocument {
 public:
  enum class Kind : std::uint8_t { null, boolean, number, string, array, object };

  /// Refuses with one of the codes json_*, and the byte.
  static Result<JsonDocument> read(std::string_view text, const PayloadLimits& limits = {});

  std::size_t node_count() const { return nodes_.size(); }
  Kind kind(NodeId node) const { return at(node).kind; }
  bool is_container(NodeId node) const { return at(node).kind >= Kind::array; }

  /// The node's own bytes within the text: for a number or a literal its value.
  std::string_view source(NodeId node) const;
  /// The characters of a string, escapes resolved. REQUIRES: a string.
  std::string_view string(NodeId node) const { return view(at(node).value); }
  /// The member's name, escapes resolved; empty for array items and the root.
  std::string_view key(NodeId node) const { return view(at(node).key); }

  NodeId parent(NodeId node) const { return at(node).parent; }             ///< of the root: itself
  std::uint32_t position(NodeId node) const { return at(node).position; }  ///< among its siblings
  std::uint32_t depth(NodeId node) const { return at(node).depth; }        ///< of the root: 0
  std::uint32_t child_count(NodeId node) const { return at(node).child_count; }

  /// Children: for (c = first_child(n); c != after(n); c = after(c)). A scalar has none.
  NodeId first_child(NodeId node) const { return NodeId{static_cast<std::uint32_t>(node) + 1}; }
  /// The first node behind this one and all below it.
  NodeId after(NodeId node) const { return at(node).after; }

  /// The normalized path of RFC 9535 section 2.7: "$['lines'][0]".
  std::string normalized_path(NodeId node) const;

 private:
  class Reader;

  /// Bytes of the text, or of `decoded_` where escapes had to be resolved.
  struct Span {
    std::uint32_t begin = 0;
    std::uint32_t size = 0;
    bool is_decoded = false;
  };
  struct Node {
    Kind kind = Kind::null;
    std::uint32_t depth = 0;
    Span key;
    Span value;                        ///< a string's characters, without the quotes
    std::uint32_t begin = 0, end = 0;  ///< bytes of the text
    NodeId parent = NodeId::root;
    NodeId after = NodeId::root;
    std::uint32_t position = 0;
    std::uint32_t child_count = 0;
  };

  explicit JsonDocument(std::string_view text) : text_(text) {}
  const Node& at(NodeId node) const { return nodes_[static_cast<std::size_t>(node)]; }
  std::string_view view(const Span& span) const;

  std::string_view text_;
  std::string decoded_;
  std::vector<Node> nodes_;
};

}  // namespace assay::path
