#include "refine/walk.h"

#include <fmt/format.h>

#include <cstring>

#include "path/json_path.h"
#include "refine/number_token.h"
#include "refine/text.h"

namespace assay::refine {
namespace {

inline bool is_word(const char* at, const char* word, std::size_t size) {
  return std::memcmp(at, word, size) == 0;
}

constexpr std::size_t kFramesFirst = 64;
constexpr std::uint32_t kSlotsAtOnce = 8;  ///< emptied by one or two stores

}  // namespace

bool Walker::walk(Document& document, const std::uint32_t* index, std::uint32_t count) {
  begin(document, index, count);
  if (whole(index, count)) return true;
  take_back();
  return false;
}

bool Walker::whole(const std::uint32_t* index, std::uint32_t count) {
  if (count == 0) return fail(Code::json_syntax, "no JSON value", document_->begin);
  if (!root() || !drain()) return false;
  if (at_ != index + count) return fail(Code::json_syntax, "text behind the value", *at_);
  document_->leaf_count = document_->node_count - document_->root - containers_;
  return !noted_;
}

void Walker::begin(Document& document, const std::uint32_t* index, std::uint32_t count) {
  document_ = &document;
  bytes_ = document.bytes;
  at_ = index;
  containers_ = 0;
  noted_ = false;
  next_escape_ = 0;
  depth_ = 0;
  keys_.clear();
  document.root = document.node_count;
  // At most one value a structural character.
  const std::size_t wanted = document.node_count + std::size_t{count} + 1;
  if (document.nodes.size() < wanted) {
    document.nodes.resize(wanted + wanted / 2);
    document.uses.resize(document.nodes.size());
  }
  std::memset(document.uses.data() + document.root, 0, std::size_t{count} + 1);
  const auto& scopes = trie_->scopes();
  first_slot_ = document.slot_count;
  firsts_.resize(scopes.size());
  for (std::size_t i = 0; i < scopes.size(); ++i)
    firsts_[i] = static_cast<std::uint32_t>(document.instances[i].size());
  bases_.assign(scopes.size(), 0);
  current_.assign(scopes.size(), 0);
  open_instance(0, document.root);
}

void Walker::take_back() {
  document_->node_count = document_->root;
  document_->slot_count = first_slot_;
  for (std::size_t i = 0; i < firsts_.size(); ++i) document_->instances[i].resize(firsts_[i]);
}

bool Walker::root() {
  const std::uint32_t index = document_->root;
  Node& node = document_->nodes[index];
  node.parent = index;
  node.key = 0;
  node.place = Shapes::kRootPlace;
  node.flags = 0;
  node.begin = *at_;
  document_->node_count = index + 1;
  fill(trie_->node(0), index);
  const char c = bytes_[node.begin];
  if (c == '{' || c == '[') return open(index, Shapes::kRootPlace, 0) != Turn::failed;
  const std::uint32_t* at = at_ + 1;
  if (!scalar(node, at)) return false;
  at_ = at;
  return true;
}

bool Walker::drain() {
  while (depth_ > 0) {
    Turn turn = top().object ? members() : elements();
    while (turn == Turn::closed && depth_ > 0) turn = after_value();
    if (turn == Turn::failed) return false;
  }
  return true;
}

/// Position, node count and prediction live in registers; slow paths see them after a keep().
Walker::Turn Walker::members() {
  Frame& frame = top();
  const char* const bytes = bytes_;
  const Transition* const transitions = shapes_->transitions();
  Node* const nodes = document_->nodes.data();
  const std::uint32_t* at = at_;
  std::uint32_t index = document_->node_count;
  std::uint32_t transition = frame.transition;
  std::uint32_t count = frame.count;
  const auto keep = [&] {
    at_ = at;
    document_->node_count = index;
    frame.transition = transition;
    frame.count = count;
  };
  for (;;) {
    const std::uint32_t key = at[0];
    if (bytes[key] != '"') return keep(), fail_turn("a key was expected", key);
    const std::uint32_t predicted = transitions[transition].next;
    const Transition* member = transitions + predicted;
    if (Shapes::matches(*member, bytes + key + 1)) [[likely]] {
      transition = predicted;
    } else {
      keep();
      member = unpredicted(frame, key);
      if (member == nullptr) return Turn::failed;
      transition = frame.transition;
    }
    if (bytes[at[1]] != ':') return keep(), fail_turn("a colon was expected", at[1]);
    ++count;
    Node& node = nodes[index];
    node.parent = frame.node;
    node.key = key;
    node.place = member->place;
    node.flags = 0;
    node.begin = at[2];
    if (member->scope >= 0) {
      fill({static_cast<std::uint32_t>(member->scope), member->slot}, index);
    } else if (member->scope != -1) {
      fill(trie_->node(trie_of(*member)), index);
    }
    at += 3;
    ++index;
    const char c = bytes[node.begin];
    if (c == '{' || c == '[') {
      --at;
      keep();
      const Turn turn = open(index - 1, member->place, trie_of(*member));
      if (turn != Turn::closed) return turn;  // an empty one closes at once
      at = at_;
    } else if (!scalar(node, at)) {
      return Turn::failed;
    }
    const std::uint32_t behind = *at++;
    if (bytes[behind] == ',') [[likely]]
      continue;
    keep();
    if (bytes[behind] == '}') return close('}');
    return fail_turn("a comma or closing brace was expected", behind);
  }
}

Walker::Turn Walker::elements() {
  Frame& frame = top();
  const char* const bytes = bytes_;
  Node* const nodes = document_->nodes.data();
  for (;;) {
    const std::uint32_t index = document_->node_count++;
    const std::uint32_t place =
        frame.place == 0 ? 0
                         : shapes_->element(frame.place, static_cast<std::int64_t>(frame.count));
    int trie = -1;
    if (place != 0)
      trie = shapes_->place(place).trie;
    else if (frame.trie >= 0)
      trie = trie_->node(frame.trie).element(static_cast<std::int64_t>(frame.count));
    Node& node = nodes[index];
    node.parent = frame.node;
    node.key = frame.count++;
    node.place = place;
    node.flags = Node::kElement;
    node.begin = at_[0];
    if (trie >= 0) fill(trie_->node(trie), index);
    const char c = bytes[node.begin];
    if (c == '{' || c == '[') {
      const Turn turn = open(index, place, trie);
      if (turn != Turn::closed) return turn;
    } else {
      const std::uint32_t* at = at_ + 1;
      if (!scalar(node, at)) return Turn::failed;
      at_ = at;
    }
    const std::uint32_t behind = *at_++;
    if (bytes[behind] == ',') continue;
    if (bytes[behind] == ']') return close(']');
    return fail_turn("a comma or closing bracket was expected", behind);
  }
}

Walker::Turn Walker::open(std::uint32_t index, std::uint32_t place, int trie) {
  Node& node = document_->nodes[index];
  const bool object = bytes_[node.begin] == '{';
  if (depth_ >= limits_.depth_max)
    return fail(Code::json_too_deep, "the value is nested deeper than the limit", node.begin),
           Turn::failed;
  const std::uint32_t next = *++at_;
  if (bytes_[next] == (object ? '}' : ']')) {
    node.kind = object ? Kind::empty_object : Kind::empty_array;
    node.end = next + 1;
    ++at_;
    return Turn::closed;
  }
  node.kind = object ? Kind::object : Kind::array;
  document_->uses[index] = kContainer;
  ++containers_;
  if (depth_ == frames_.size()) frames_.resize(std::max(kFramesFirst, depth_ * 2));
  Frame& frame = frames_[depth_++];
  frame = {index, place, trie, 0, 0, 0, object, false};
  if (object) {
    if (place != 0) frame.transition = shapes_->start(place);
    if (frame.transition == 0) start_by_name(frame);
  }
  return Turn::opened;
}

Walker::Turn Walker::close(char closing) {
  const Frame& frame = top();
  document_->nodes[frame.node].end = at_[-1] + 1;
  if (closing == '}') {
    if (frame.by_name) [[unlikely]]
      check_keys(frame);
    if (frame.count > limits_.object_keys_max) [[unlikely]] {
      note(Code::json_too_many_keys, fmt::format("an object has {} keys", frame.count), at_[-1],
           document_->pointer(frame.node));
    }
  }
  --depth_;
  return Turn::closed;
}

Walker::Turn Walker::after_value() {
  const bool object = top().object;
  const std::uint32_t behind = *at_++;
  const char c = bytes_[behind];
  if (c == ',') return Turn::opened;
  if (c == (object ? '}' : ']')) return close(c);
  return fail_turn(
      object ? "a comma or closing brace was expected" : "a comma or closing bracket was expected",
      behind);
}

inline bool Walker::scalar(Node& node, const std::uint32_t* at) {
  const char c = bytes_[node.begin];
  if (c == '"') {
    // Nothing but blanks stands between the closing quote and the next structural character.
    std::uint32_t end = *at;
    while (bytes_[end - 1] != '"') --end;
    node.end = end;
    node.kind = Kind::string;
    return next_escape_ >= end || escaped_string(node);
  }
  if (c == '-' || is_digit(c)) {
    const char* const end = scan_number(bytes_ + node.begin, node);
    if (end == nullptr) return fail(Code::json_syntax, "a number is malformed", node.begin);
    node.end = static_cast<std::uint32_t>(end - bytes_);
    node.kind = Kind::number;
    return true;
  }
  return literal(node);
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
  for (const std::uint32_t scope : trie.opens) open_instance(scope, node);
  for (const SlotRef& slot : trie.slots) fill(slot, node);
}

void Walker::open_instance(std::uint32_t scope, std::uint32_t node) {
  const Scope& shape = trie_->scopes()[scope];
  const std::uint32_t base = document_->slot_count;
  const std::uint32_t top = base + shape.slot_count;
  std::vector<std::uint32_t>& slots = document_->slots;
  if (slots.size() < top + kSlotsAtOnce)
    slots.resize(std::max<std::size_t>(top * std::size_t{2}, 64));
  for (std::uint32_t i = base; i < top; i += kSlotsAtOnce)
    std::memset(slots.data() + i, 0, kSlotsAtOnce * sizeof(std::uint32_t));
  document_->slot_count = top;
  const std::uint32_t parent =
      shape.parent < 0 ? 0 : current_[static_cast<std::size_t>(shape.parent)];
  auto& instances = document_->instances[scope];
  current_[scope] = static_cast<std::uint32_t>(instances.size());
  bases_[scope] = base;
  instances.push_back({parent, base, node});
}

bool Walker::fail(Code code, const char* reason, std::uint32_t position) {
  fault_.code = code;
  fault_.reason = fmt::format("{} at byte {}", reason, position - document_->begin);
  fault_.pointer = depth_ == 0 ? std::string() : document_->pointer(top().node);
  return false;
}

void Walker::note(Code code, std::string reason, std::uint32_t position, std::string pointer) {
  if (noted_ && noted_position_ <= position) return;
  noted_ = true;
  noted_position_ = position;
  fault_ = {code, std::move(reason), std::move(pointer)};
}

}  // namespace assay::refine
