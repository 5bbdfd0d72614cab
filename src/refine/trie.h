#pragma once
// All paths that the rules of an application name, as one trie. Immutable once built.

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "path/json_path.h"

namespace assay::refine {

/// Where the walk leaves the node of a path: slot `slot` of the current instance of `scope`.
struct SlotRef {
  std::uint32_t scope = 0;
  std::uint32_t slot = 0;
  bool operator==(const SlotRef&) const = default;
};

/// A scope is a path up to and with one of its wildcards; each array element there is an instance
/// of it with slots of its own. Scope 0 is the payload itself, with one instance.
struct Scope {
  int parent = -1;
  std::uint32_t slot_count = 0;
};

struct TrieNode {
  std::vector<SlotRef> slots;        ///< filled when a value stands here
  std::vector<std::uint32_t> opens;  ///< scopes of which a value here is a new instance
  std::vector<std::pair<std::string, int>> names;  ///< member -> node
  std::vector<std::pair<std::int64_t, int>>
      indices;        ///< element -> node (what holds for any element included)
  int elements = -1;  ///< node of all other elements

  /// What a remembered way keeps of the slots: the only one, or what to do instead.
  static constexpr std::int16_t kNoSlot = -1;
  static constexpr std::int16_t kAskTrie = -2;
  struct SlotHint {
    std::int16_t scope = kNoSlot;
    std::uint16_t slot = 0;
  };
  SlotHint slot_hint() const;
  /// The same of the scopes that it opens; the slot means nothing.
  SlotHint scope_hint() const;

  int name(std::string_view text) const;
  int element(std::int64_t index) const;
};

class Trie {
 public:
  /// Registers a path. The same path gives the same slot. The slot of a path with a query is left
  /// to others to fill.
  SlotRef add(const path::JsonPath& path);
  /// Scope of the path's last wildcard; 0 where it has none.
  std::uint32_t scope_of(const path::JsonPath& path);
  /// After the last `add`.
  void build();

  const TrieNode& node(int index) const { return nodes_[static_cast<std::size_t>(index)]; }
  const std::vector<Scope>& scopes() const { return scopes_; }

 private:
  struct Target {
    const std::vector<path::Step>* steps;
    bool opens;
    SlotRef slot;
  };
  int build_node(const std::vector<Target>& targets, std::size_t depth);

  std::map<std::string, SlotRef> slot_of_path_;
  std::map<std::string, std::uint32_t> scope_of_path_;
  std::map<std::string, std::vector<path::Step>> steps_;  ///< stable addresses
  std::vector<Target> targets_;
  std::vector<Scope> scopes_ = {Scope{}};
  std::vector<TrieNode> nodes_;
};

}  // namespace assay::refine
