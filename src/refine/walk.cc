#include "refine/walk.h"

#include <fmt/format.h>

#include <cstring>

#include "path/json_path.h"
#include "refine/text.h"
#include "refine/walk_scalar_internal.h"

namespace assay::refine {
namespace {

inline bool is_word(const char* at, const char* word, std::size_t size) {
  return std::memcmp(at, word, size) == 0;
}

constexpr std::size_t kFramesFirst = 64;

}  // namespace

bool Walker::walk(Document& document, const std::uint32_t* index, std::uint32_t count) {
  begin(document, count);
  if (known(index, count)) return true;
  take_back();
  begin(document, count);
  if (whole(index, count)) {
    trails_->learn(document, index, count);
    return true;
  }
  take_back();
  return false;
}

bool Walker::whole(const std::uint32_t* index, std::uint32_t count) {
  if (count == 0) return fail(Code::json_syntax, "no JSON value", document_->begin);
  Hot hot;
  hot.at = index;
  hot.nodes = document_->root;
  root(hot);
  if (!loop(hot)) return false;
  document_->node_count = hot.nodes;
  if (hot.at != index + count) return fail(Code::json_syntax, "text behind the value", *hot.at);
  const Kind kind = document_->nodes[document_->root].kind;
  document_->is_object = kind == Kind::object || kind == Kind::empty_object;
  document_->leaf_count = hot.nodes - document_->root - containers_;
  return !noted_;
}

void Walker::begin(Document& document, std::uint32_t count) {
  document_ = &document;
  bytes_ = document.bytes;
  containers_ = 0;
  noted_ = false;
  next_escape_ = 0;
  depth_ = 0;
  top_ = {};
  top_.node = document.node_count;
  keys_.clear();
  document.root = document.node_count;
  // At most one value a structural character.
  const std::size_t wanted = document.node_count + std::size_t{count} + 1;
  if (document.nodes.size() < wanted) {
    document.nodes.resize(wanted + wanted / 2);
    document.uses.resize(document.nodes.size());
  }
  std::memset(document.uses.data() + document.root, 0, std::size_t{count} + 1);
  first_slot_ = document.slot_count;
  first_element_ = document.elements.size();
  place_ = static_cast<std::uint32_t>(document.instances[0].size());
  current_[0] = place_;
  document.instances[0].push_back({0, 0, 0, place_});
}

void Walker::take_back() {
  document_->node_count = document_->root;
  document_->slot_count = first_slot_;
  document_->elements.resize(first_element_);
  document_->forget_root_slots();
  for (auto& instances : document_->instances) {
    while (!instances.empty() && instances.back().place == place_) instances.pop_back();
  }
}

/// The node of the payload itself.
inline void Walker::root(Hot& hot) {
  const std::uint32_t index = hot.nodes++;
  Node& node = document_->nodes[index];
  node.parent = index;
  node.key = 0;
  node.place = Shapes::kRootPlace;
  node.flags = 0;
  node.begin = *hot.at++;
  fill(trie_->node(0), index);
}

/// The node of an object's next member.
inline bool Walker::member(Hot& hot) {
  const std::uint32_t key = hot.at[0];
  if (bytes_[key] != '"') return fail_at(hot, "a key was expected", key);
  const Transition* const transitions = shapes_->transitions();
  const std::uint32_t predicted = transitions[hot.frame.transition].next;
  const Transition* member = transitions + predicted;
  if (member->matches(bytes_ + key + 1)) [[likely]] {
    hot.frame.transition = predicted;
  } else {
    store(hot);
    member = unpredicted(key);
    if (member == nullptr) return false;
    load(hot);
  }
  if (bytes_[hot.at[1]] != ':') return fail_at(hot, "a colon was expected", hot.at[1]);
  const std::uint32_t index = hot.nodes++;
  Node& node = document_->nodes[index];
  node.parent = hot.frame.node;
  node.key = key;
  node.place = member->place;
  node.flags = 0;
  node.begin = hot.at[2];
  hot.at += 3;
  ++hot.frame.count;
  if (member->hint.scope >= 0) {
    fill({static_cast<std::uint32_t>(member->hint.scope), member->hint.slot}, index);
  } else if (member->hint.scope != TrieNode::kNoSlot) {
    fill(trie_->node(trie_of(*member)), index);
  }
  return true;
}

/// The node of an array's next element.
inline void Walker::element(Hot& hot) {
  Frame& frame = hot.frame;
  const std::uint32_t number = frame.count++;
  const std::uint32_t place = frame.place == 0 ? 0 : shapes_->element(frame.place, number);
  int trie = -1;
  if (place != 0)
    trie = shapes_->place(place).trie;
  else if (frame.trie >= 0)
    trie = trie_->node(frame.trie).element(number);
  const std::uint32_t index = hot.nodes++;
  Node& node = document_->nodes[index];
  node.parent = frame.node;
  node.key = number;
  node.place = place;
  node.flags = Node::kElement;
  node.begin = *hot.at++;
  element_trie_ = trie;
  if (trie >= 0) fill(trie_->node(trie), index);
}

inline bool Walker::open(Hot& hot, Node& node, bool object, bool& opened) {
  if (depth_ >= limits_.depth_max) {
    store(hot);
    return fail(Code::json_too_deep, "the value is nested deeper than the limit", node.begin);
  }
  if (bytes_[*hot.at] == (object ? '}' : ']')) {
    node.kind = object ? Kind::empty_object : Kind::empty_array;
    node.end = *hot.at++ + 1;
    opened = false;
    return true;
  }
  const std::uint32_t index = hot.nodes - 1;
  node.kind = object ? Kind::object : Kind::array;
  document_->uses[index] = kContainer;
  ++containers_;
  if (depth_ >= frames_.size()) frames_.resize(std::max(kFramesFirst, depth_ * 2));
  frames_[depth_++] = hot.frame;
  hot.frame.by_name = false;
  // The rules at a value without a place: those of the member or element just met.
  if (node.place == 0) hot.frame.trie = hot.frame.object ? by_name_trie_ : element_trie_;
  hot.frame.node = index;
  hot.frame.place = node.place;
  hot.frame.count = 0;
  hot.frame.object = object;
  opened = true;
  if (!object) return true;
  hot.frame.transition = node.place == 0 ? 0 : shapes_->start(node.place);
  if (hot.frame.transition == 0) [[unlikely]] {
    store(hot);
    start_by_name();
    load(hot);
  }
  return true;
}

inline bool Walker::value(Hot& hot, bool& opened) {
  Node& node = document_->nodes[hot.nodes - 1];
  const char c = bytes_[node.begin];
  if (c == '{') return open(hot, node, true, opened);
  if (c == '[') return open(hot, node, false, opened);
  opened = false;
  if (scalar(node, hot.at)) return true;
  store(hot);
  fault_.pointer = pointer_of_top();
  return false;
}

/// The container on top ends at hot.at[-1].
inline bool Walker::close(Hot& hot) {
  document_->nodes[hot.frame.node].end = hot.at[-1] + 1;
  if (hot.frame.object) {
    if (hot.frame.by_name) [[unlikely]] {
      store(hot);
      check_keys();
    }
    if (hot.frame.count > limits_.object_keys_max) [[unlikely]] {
      note(Code::json_too_many_keys, fmt::format("an object has {} keys", hot.frame.count),
           hot.at[-1], document_->pointer(hot.frame.node));
    }
  }
  hot.frame = frames_[--depth_];
  return depth_ > 0;
}

bool Walker::loop(Hot& hot) {
  bool opened = false;
  if (!value(hot, opened)) return false;
  while (depth_ > 0) {
    if (hot.frame.object) {
      if (!member(hot)) return false;
    } else {
      element(hot);
    }
    if (!value(hot, opened)) return false;
    if (opened) continue;
    for (;;) {
      const std::uint32_t behind = *hot.at++;
      const char c = bytes_[behind];
      if (c == ',') break;
      if (c != (hot.frame.object ? '}' : ']')) {
        return fail_at(hot,
                       hot.frame.object ? "a comma or closing brace was expected"
                                        : "a comma or closing bracket was expected",
                       behind);
      }
      if (!close(hot)) break;
    }
  }
  return true;
}

/// A string that may hold escapes.
bool Walker::escaped_string(Node& node) {
  if (!has_escape(node.begin + 1, node.end - 1)) return true;
  node.flags |= Node::kEscaped;
  switch (check_escapes(document_->raw_string(node))) {
    case EscapeFault::none: return true;
    case EscapeFault::lone_surrogate:
      return fail(Code::json_utf8, "a string holds half of a surrogate pair", node.begin);
    case EscapeFault::unknown_escape: break;
  }
  return fail(Code::json_syntax, "a string holds an escape that JSON does not know", node.begin);
}

bool Walker::literal(Node& node) {
  const char* const text = bytes_ + node.begin;
  std::uint32_t size = 4;
  if (is_word(text, "true", 4)) {
    node.kind = Kind::yes;
  } else if (is_word(text, "null", 4)) {
    node.kind = Kind::null;
  } else if (is_word(text, "false", 5)) {
    node.kind = Kind::no;
    size = 5;
  } else {
    return fail(Code::json_syntax, "a value was expected", node.begin);
  }
  if (!ends_scalar(text[size])) return fail(Code::json_syntax, "a value was expected", node.begin);
  node.end = node.begin + size;
  return true;
}

bool Walker::has_escape(std::uint32_t begin, std::uint32_t end) {
  if (next_escape_ < begin) {
    const void* found = std::memchr(bytes_ + begin, '\\', document_->end - begin);
    next_escape_ = found == nullptr
                       ? ~std::uint32_t{0}
                       : static_cast<std::uint32_t>(static_cast<const char*>(found) - bytes_);
  }
  return next_escape_ < end;
}

void Walker::fill(const TrieNode& trie, std::uint32_t node) {
  for (const std::uint32_t scope : trie.opens) open_instance(scope, document_->nodes[node].key);
  for (const SlotRef& slot : trie.slots) fill(slot, node);
}

bool Walker::fail(Code code, const char* reason, std::uint32_t position) {
  fault_.code = code;
  fault_.reason = fmt::format("{} at byte {}", reason, position - document_->begin);
  fault_.pointer = pointer_of_top();
  return false;
}

std::string Walker::pointer_of_top() const {
  return depth_ == 0 ? std::string() : document_->pointer(top_.node);
}

void Walker::note(Code code, std::string reason, std::uint32_t position, std::string pointer) {
  if (noted_ && noted_position_ <= position) return;
  noted_ = true;
  noted_position_ = position;
  fault_ = {code, std::move(reason), std::move(pointer)};
}

}  // namespace assay::refine
