#pragma once
// The second stage: one walk over the structural index of a record. Checks JSON's whole grammar,
// lists the values in payload order, and fills the slots that the rules of the application look at.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "refine/document.h"
#include "refine/shapes.h"
#include "refine/trails.h"
#include "refine/trie.h"

namespace assay::refine {

/// The loop, with the container on top and the position in registers:
///   a key, or the place of an element: the node of a value
///   a scalar, or a container that opens and goes on top
///   behind it: a comma, or the ends of containers until one goes on
/// What follows the root must be the end of the record. Borrows trie and shapes. One thread.
class Walker {
 public:
  Walker(const Trie& trie, Shapes& shapes, Trails& trails, const PayloadLimits& limits)
      : trie_(&trie),
        shapes_(&shapes),
        trails_(&trails),
        limits_(limits),
        bases_(trie.scopes().size()),
        current_(trie.scopes().size()) {}

  /// Adds the record whose structural characters are index[0, count) to the document.
  /// REQUIRES: index[count] is document.end, where the bytes hold '\n', and 3 more entries are
  /// readable. Where the record is refused: false, with `fault()` set and the document as before.
  bool walk(Document& document, const std::uint32_t* index, std::uint32_t count);
  const Fault& fault() const { return fault_; }

 private:
  /// A container that is open.
  struct Frame {
    std::uint32_t node = 0;
    std::uint32_t place = 0;
    std::uint32_t transition = 0;  ///< object: of the last key; 0 when keys are taken by name
    std::uint32_t count = 0;       ///< keys or elements so far
    bool object = false;
    bool by_name = false;
    std::uint32_t keys_begin = 0;  ///< object taken by name: its keys in keys_
    int trie = -1;                 ///< where there is no place
  };
  struct SeenKey {
    std::uint64_t hash = 0;
    std::uint32_t position = 0;
  };
  /// What the loop keeps in registers. Slow paths see it after store(), and it them after load().
  struct Hot {
    const std::uint32_t* at = nullptr;  ///< the next structural character
    std::uint32_t nodes = 0;            ///< so far
    Frame frame;
  };

  void begin(Document& document, std::uint32_t count);
  /// Goes the way of a record before; false where it is another, or the record is refused.
  bool known(const std::uint32_t* index, std::uint32_t count);
  void act(const GapAct& act, const std::uint32_t* index);
  bool whole(const std::uint32_t* index, std::uint32_t count);
  void take_back();
  void root(Hot& hot);
  bool loop(Hot& hot);
  bool member(Hot& hot);
  void element(Hot& hot);
  /// The value of the last node, whose structural entry is behind hot.at. Opened containers go on
  /// top.
  bool value(Hot& hot, bool& opened);
  bool open(Hot& hot, Node& node, bool object, bool& opened);
  bool close(Hot& hot);
  bool scalar(Node& node, const std::uint32_t* at);
  bool escaped_string(Node& node);
  bool literal(Node& node);

  void store(const Hot& hot) {
    at_ = hot.at;
    document_->node_count = hot.nodes;
    top_ = hot.frame;
  }
  void load(Hot& hot) const {
    hot.at = at_;
    hot.nodes = document_->node_count;
    hot.frame = top_;
  }
  bool fail_at(const Hot& hot, const char* reason, std::uint32_t position) {
    store(hot);
    return fail(Code::json_syntax, reason, position);
  }
  /// The rules at a member's value.
  int trie_of(const Transition& member) const {
    return member.place != 0 ? shapes_->place(member.place).trie : by_name_trie_;
  }

  void fill(const TrieNode& trie, std::uint32_t node);
  void fill(SlotRef ref, std::uint32_t node) {
    document_->slots[bases_[ref.scope] + ref.slot] = node + 1;
  }
  void open_instance(std::uint32_t scope, std::uint32_t number);

  // The slow paths work on top_.
  /// A member that was not predicted; nullptr where the record is refused.
  const Transition* unpredicted(std::uint32_t key);
  const Transition* by_name(std::uint32_t key, std::string_view name);
  void start_by_name();
  void check_keys();
  std::string_view name_at(std::uint32_t key, std::string& room) const;
  bool has_escape(std::uint32_t begin, std::uint32_t end);
  std::string_view raw_key(std::uint32_t key, std::uint32_t behind) const;

  bool fail(Code code, const char* reason, std::uint32_t position);
  std::string pointer_of_top() const;
  /// A fault of policy: the walk goes on, since a fault of the grammar outranks it.
  void note(Code code, std::string reason, std::uint32_t position, std::string pointer);

  const Trie* trie_;
  Shapes* shapes_;
  Trails* trails_;
  PayloadLimits limits_;

  Document* document_ = nullptr;
  const char* bytes_ = nullptr;
  const std::uint32_t* at_ = nullptr;
  std::uint32_t containers_ = 0;
  std::uint32_t next_escape_ =
      0;                       ///< position of the next backslash, for strings before it have none
  Frame top_;                  ///< the container on top, while depth_ > 0
  std::vector<Frame> frames_;  ///< those around it: room, of which depth_ - 1 count
  std::size_t depth_ = 0;
  std::vector<SeenKey> keys_;
  std::uint32_t first_slot_ = 0;   ///< slots that earlier records hold
  std::size_t first_element_ = 0;  ///< and elements
  std::uint32_t element_ = 0;      ///< known way: the innermost array element, + 1
  std::uint32_t place_ = 0;        ///< of the record in the block
  // Of scopes that the record has opened: a value that a rule looks at stands in an open one.
  std::vector<std::uint32_t> bases_;    ///< of each scope's current instance
  std::vector<std::uint32_t> current_;  ///< instance of each scope
  Transition by_name_;                  ///< what unpredicted() answers for keys taken by name
  int by_name_trie_ = -1;
  int element_trie_ = -1;  ///< rules at the last element
  std::string name_room_;
  bool noted_ = false;
  std::uint32_t noted_position_ = 0;
  Fault fault_;
};

}  // namespace assay::refine
