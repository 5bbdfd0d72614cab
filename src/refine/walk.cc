#include "refine/walk.h"

#include <fmt/format.h>

#include <cstring>

#include "path/json_path.h"
#include "refine/number_token.h"
#include "refine/text.h"

namespace assay::refine {
namespace {

inline bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

inline bool is_word(const char* at, const char* word, std::size_t size) {
  return std::memcmp(at, word, size) == 0;
}

constexpr std::size_t kFramesFirst = 64;

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
  frames_.clear();
  keys_.clear();
  document.root = document.node_count;
  // At most one value a structural character.
  const std::size_t wanted = document.node_count + std::size_t{count} + 1;
  if (document.nodes.size() < wanted) {
    document.nodes.resize(wanted + wanted / 2);
    document.uses.resize(document.nodes.size());
  }
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
  Node& node = add(index, 0, Shapes::kRootPlace, 0);
  node.begin = *at_;
  fill(trie_->node(0), index);
  const char c = bytes_[node.begin];
  if (c == '{' || c == '[') return open(index, Shapes::kRootPlace, 0) != Turn::failed;
  return scalar(node);
}

bool Walker::drain() {
  while (!frames_.empty()) {
    Turn turn = frames_.back().object ? members() : elements();
    while (turn == Turn::closed && !frames_.empty()) turn = after_value();
    if (turn == Turn::failed) return false;
  }
  return true;
}

inline Node& Walker::add(std::uint32_t parent, std::uint32_t key, std::uint32_t place,
                         std::uint8_t flags) {
  document_->uses[document_->node_count] = 0;
  Node& node = document_->nodes[document_->node_count++];
  node.parent = parent;
  node.key = key;
  node.place = place;
  node.flags = flags;
  return node;
}

Walker::Turn Walker::members() {
  Frame& frame = frames_.back();
  const char* const bytes = bytes_;
  for (;;) {
    const std::uint32_t key = at_[0];
    if (bytes[key] != '"') return fail_turn("a key was expected", key);
    const std::uint32_t predicted = shapes_->transition(frame.transition).next;
    const Transition* member = &shapes_->transition(predicted);
    if (Shapes::matches(*member, bytes + key + 1)) [[likely]] {
      frame.transition = predicted;
    } else {
      member = unpredicted(frame, key);
      if (member == nullptr) return Turn::failed;
    }
    if (bytes[at_[1]] != ':') return fail_turn("a colon was expected", at_[1]);
    at_ += 2;
    ++frame.count;
    const std::uint32_t index = document_->node_count;
    Node& node = add(frame.node, key, member->place, 0);
    node.begin = at_[0];
    if (member->scope >= 0) {
      fill({static_cast<std::uint32_t>(member->scope), member->slot}, index);
    } else if (member->scope != -1) {
      fill(trie_->node(member->place != 0 ? shapes_->place(member->place).trie : by_name_trie_),
           index);
    }
    const char c = bytes[node.begin];
    if (c == '{' || c == '[') {
      const int trie = member->place != 0 ? shapes_->place(member->place).trie : by_name_trie_;
      const Turn turn = open(index, member->place, trie);
      if (turn != Turn::closed) return turn;  // an empty one closes at once
    } else if (!scalar(node)) {
      return Turn::failed;
    }
    const std::uint32_t behind = *at_++;
    if (bytes[behind] == ',') continue;
    if (bytes[behind] == '}') return close('}');
    return fail_turn("a comma or closing brace was expected", behind);
  }
}

Walker::Turn Walker::elements() {
  Frame& frame = frames_.back();
  const char* const bytes = bytes_;
  for (;;) {
    const std::uint32_t index = document_->node_count;
    const std::uint32_t place =
        frame.place == 0 ? 0
                         : shapes_->element(frame.place, static_cast<std::int64_t>(frame.count));
    int trie = -1;
    if (place != 0)
      trie = shapes_->place(place).trie;
    else if (frame.trie >= 0)
      trie = trie_->node(frame.trie).element(static_cast<std::int64_t>(frame.count));
    Node& node = add(frame.node, frame.count, place, Node::kElement);
    node.begin = at_[0];
    ++frame.count;
    if (trie >= 0) fill(trie_->node(trie), index);
    const char c = bytes[node.begin];
    if (c == '{' || c == '[') {
      const Turn turn = open(index, place, trie);
      if (turn != Turn::closed) return turn;
    } else if (!scalar(node)) {
      return Turn::failed;
    }
    const std::uint32_t behind = *at_++;
    if (bytes[behind] == ',') continue;
    if (bytes[behind] == ']') return close(']');
    return fail_turn("a comma or closing bracket was expected", behind);
  }
}

Walker::Turn Walker::open(std::uint32_t node_index, std::uint32_t place, int trie) {
  Node& node = document_->nodes[node_index];
  const bool object = bytes_[node.begin] == '{';
  if (frames_.size() >= limits_.depth_max) {
    fail(Code::json_too_deep, "the value is nested deeper than the limit", node.begin);
    return Turn::failed;
  }
  const std::uint32_t next = *++at_;
  if (bytes_[next] == (object ? '}' : ']')) {
    node.kind = object ? Kind::empty_object : Kind::empty_array;
    node.end = next + 1;
    ++at_;
    return Turn::closed;
  }
  node.kind = object ? Kind::object : Kind::array;
  document_->uses[node_index] = kContainer;
  ++containers_;
  if (frames_.capacity() == frames_.size())
    frames_.reserve(std::max(kFramesFirst, frames_.size() * 2));
  frames_.push_back({node_index, place, trie, 0, 0, 0, object, false});
  if (object) {
    Frame& frame = frames_.back();
    if (place != 0) frame.transition = shapes_->start(place);
    if (frame.transition == 0) start_by_name(frame);
  }
  return Turn::opened;
}

Walker::Turn Walker::close(char closing) {
  const Frame& frame = frames_.back();
  document_->nodes[frame.node].end = at_[-1] + 1;
  if (closing == '}') {
    if (frame.by_name) [[unlikely]]
      check_keys(frame);
    if (frame.count > limits_.object_keys_max) [[unlikely]] {
      note(Code::json_too_many_keys, fmt::format("an object has {} keys", frame.count), at_[-1],
           document_->pointer(frame.node));
    }
  }
  frames_.pop_back();
  return Turn::closed;
}

Walker::Turn Walker::after_value() {
  const bool object = frames_.back().object;
  const std::uint32_t behind = *at_++;
  const char c = bytes_[behind];
  if (c == ',') return Turn::opened;
  if (c == (object ? '}' : ']')) return close(c);
  return fail_turn(
      object ? "a comma or closing brace was expected" : "a comma or closing bracket was expected",
      behind);
}

inline bool Walker::scalar(Node& node) {
  const char c = bytes_[node.begin];
  ++at_;
  if (c == '"') return string(node);
  if (c == '-' || is_digit(c)) return number(node);
  return literal(node);
}

inline bool Walker::string(Node& node) {
  // Nothing but blanks stands between the closing quote and the next structural character.
  std::uint32_t end = *at_;
  while (is_blank(bytes_[end - 1])) --end;
  node.end = end;
  node.kind = Kind::string;
  if (next_escape_ >= end) [[likely]]
    return true;
  if (!has_escape(node.begin + 1, end - 1)) return true;
  node.flags |= Node::kEscaped;
  switch (check_escapes(document_->raw_string(node))) {
    case EscapeFault::none: return true;
    case EscapeFault::lone_surrogate:
      return fail(Code::json_utf8, "a string holds half of a surrogate pair", node.begin);
    case EscapeFault::unknown_escape: break;
  }
  return fail(Code::json_syntax, "a string holds an escape that JSON does not know", node.begin);
}

inline bool Walker::number(Node& node) {
  const char* const end = scan_number(bytes_ + node.begin, node);
  if (end == nullptr) return fail(Code::json_syntax, "a number is malformed", node.begin);
  node.end = static_cast<std::uint32_t>(end - bytes_);
  node.kind = Kind::number;
  return true;
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
  if (document_->slots.size() < top)
    document_->slots.resize(std::max<std::size_t>(top * std::size_t{2}, 64));
  std::memset(document_->slots.data() + base, 0, shape.slot_count * sizeof(std::uint32_t));
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
  fault_.pointer = frames_.empty() ? std::string() : document_->pointer(frames_.back().node);
  return false;
}

void Walker::note(Code code, std::string reason, std::uint32_t position, std::string pointer) {
  if (noted_ && noted_position_ <= position) return;
  noted_ = true;
  noted_position_ = position;
  fault_ = {code, std::move(reason), std::move(pointer)};
}

}  // namespace assay::refine
