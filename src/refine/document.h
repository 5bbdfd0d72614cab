#pragma once
// One record after the walk: its values in payload order, and the slots that the rules look at.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error_table.h"
#include "refine/node.h"
#include "refine/trie.h"

namespace assay::refine {

/// Why a record goes to quarantine, and where in it.
struct Fault {
  Code code = Code::json_syntax;
  std::string reason;
  std::string pointer;
};

/// One visit of a scope: one element of the array that its wildcard stands for.
struct Instance {
  std::uint32_t parent = 0;  ///< instance of the scope's parent
  std::uint32_t base = 0;    ///< of its slots in Document::slots
  std::uint32_t node = 0;    ///< the element
};

/// Buffers are kept from record to record. `bytes` is borrowed.
struct Document {
  const char* bytes = nullptr;  ///< positions count from here
  std::uint32_t begin = 0;      ///< of the record
  std::uint32_t end = 0;
  std::vector<Node> nodes;  ///< room; `node_count` of them count
  std::uint32_t node_count = 0;
  std::uint32_t leaf_count = 0;
  std::vector<std::uint32_t> slots;  ///< room; node + 1, or 0 where nothing stands
  std::uint32_t slot_count = 0;
  std::vector<std::vector<Instance>> instances;  ///< of each scope

  /// The node in slot `slot` of instance `instance` of `scope`, nullptr where nothing stands.
  Node* find(SlotRef ref, std::uint32_t instance) {
    const std::uint32_t held = slots[instances[ref.scope][instance].base + ref.slot];
    return held == 0 ? nullptr : &nodes[held - 1];
  }
  const Node* find(SlotRef ref, std::uint32_t instance) const {
    return const_cast<Document*>(this)->find(ref, instance);
  }

  std::string_view raw(const Node& node) const {
    return {bytes + node.begin, node.end - node.begin};
  }
  /// Between the quotes of a string.
  std::string_view raw_string(const Node& node) const {
    return {bytes + node.begin + 1, node.end - node.begin - 2};
  }
  /// The member's raw key, without quotes.
  std::string_view raw_key(const Node& node) const;
  /// The name of a member, unescaped.
  std::string key(const Node& node) const;
  /// The JSON Pointer of a node.
  std::string pointer(std::uint32_t node) const;
};

}  // namespace assay::refine
