#pragma once
// The records of a block after the walk: their values in payload order, and the slots that the
// rules look at.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/error_table.h"
#include "refine/node.h"
#include "refine/trie.h"

namespace assay::refine {

class Shapes;

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
  std::uint32_t number = 0;  ///< of the element in its array
  std::uint32_t place = 0;   ///< of its record in the block
};

/// What the walk calls scope `from` is scope `to` to the rules that map the record.
struct ScopeMove {
  std::uint32_t from = 0;
  std::uint32_t to = 0;
  int around = -1;  ///< the move of the scope around it; -1: that is the payload
};

/// An element of an array on a known way (trails.h), for pointers.
struct Element {
  std::uint32_t around = 0;  ///< the element around its array, + 1; 0 where there is none
  std::uint32_t number = 0;
  std::uint32_t place = 0;
};

/// All records of a block stand in one document, one behind the other: instance i of scope 0 is the
/// i-th of them. Of a record whose way was known there are no nodes for containers without rules.
/// Buffers are kept from block to block. `bytes` is borrowed.
struct Document {
  const char* bytes = nullptr;     ///< positions count from here
  const Shapes* shapes = nullptr;  ///< what the places of the nodes mean; borrowed
  std::vector<Node> nodes;         ///< room; `node_count` of them count
  std::vector<Uses> uses;          ///< of each node
  std::uint32_t node_count = 0;
  /// Room; node + 1, or 0 where nothing stands. First those of scope 0 of the record that is being
  /// walked: there what is not beyond `root` is of a record before, and nothing stands.
  std::vector<std::uint32_t> slots;
  std::uint32_t slot_count = 0;
  std::uint32_t root_slot_count = 0;             ///< of scope 0
  std::vector<std::vector<Instance>> instances;  ///< of each scope
  std::vector<Element> elements;

  // Of the record that is being walked, or was last.
  std::uint32_t begin = 0;  ///< position of its first byte
  std::uint32_t end = 0;
  std::uint32_t root = 0;  ///< its first node
  std::uint32_t leaf_count = 0;
  bool is_object = false;

  struct MovedInstances {
    std::uint32_t from = 0;  ///< the first of them in the scope that they leave
    std::uint32_t to = 0;    ///< and in the one that they go to
    std::size_t end = 0;     ///< in `moved`
  };
  std::vector<Instance> moved;           ///< scratch
  std::vector<MovedInstances> of_moves;  ///< scratch

  /// Forgets all records; `scopes` are the trie's.
  void clear(const std::vector<Scope>& scopes);
  /// Empties the slots of scope 0: their nodes are taken back.
  void forget_root_slots();
  /// Of the slots of scope 0 of the last record, keeps these, in this order: what its version looks
  /// at. All versions together have many more, and the next record fills them anew.
  void keep_slots(const std::vector<std::uint32_t>& kept);
  /// Gives the instances of the last record to the scopes of other rules, outer moves before inner
  /// ones. What those scopes held of the record goes.
  void move_instances(const std::vector<ScopeMove>& moves);

  /// The node in slot `ref` of an instance of its scope, nullptr where nothing stands.
  const Node* find(SlotRef ref, std::uint32_t instance) const {
    const std::uint32_t held = slots[instances[ref.scope][instance].base + ref.slot];
    return held == 0 ? nullptr : &nodes[held - 1];
  }
  /// The same in the last record, before its slots are kept.
  const Node* find_in_last(SlotRef ref, std::uint32_t instance) const {
    const std::uint32_t held = slots[instances[ref.scope][instance].base + ref.slot];
    return is_of_last(held) ? &nodes[held - 1] : nullptr;
  }
  /// Whether a slot was filled by the last record: what others left in those of scope 0 stays.
  bool is_of_last(std::uint32_t held) const { return held > root; }

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
  std::string pointer(const Node& node) const;
  std::string pointer(std::uint32_t node) const { return pointer(nodes[node]); }
};

}  // namespace assay::refine
