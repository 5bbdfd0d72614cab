#include "verify/payload.h"

#include <simdjson.h>

#include <unordered_set>

#include "base/assert.h"

namespace assay::verify {
namespace {

// Room above our own limit, so that our limit is the one that speaks.
constexpr std::size_t kDepthRoom = 16;

/// Moves over text that simdjson has accepted, so it checks nothing itself.
class Scan {
 public:
  explicit Scan(std::string_view text) : text_(text) {}

  /// The next byte that is not blank.
  char next() {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
    return at_ < text_.size() ? text_[at_] : '\0';
  }
  std::size_t position() {
    next();
    return at_;
  }
  std::size_t here() const { return at_; }
  void take(char expected) {
    ASSAY_ASSERT(next() == expected);
    ++at_;
  }
  bool take_if(char wanted) {
    if (next() != wanted) return false;
    ++at_;
    return true;
  }
  std::string_view scalar() {
    const std::size_t begin = position();
    if (text_[begin] == '"') {
      for (++at_; text_[at_] != '"'; ++at_) {
        if (text_[at_] == '\\') ++at_;
      }
      ++at_;
    } else {
      while (at_ < text_.size() && !is_blank(text_[at_]) && !is_structural(text_[at_])) ++at_;
    }
    return text_.substr(begin, at_ - begin);
  }
  std::string_view since(std::size_t begin) const { return text_.substr(begin, at_ - begin); }

 private:
  static bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
  static bool is_structural(char c) { return c == ',' || c == ']' || c == '}' || c == ':'; }
  std::string_view text_;
  std::size_t at_ = 0;
};

/// Walks the DOM and the scan in step.
class TreeBuilder {
 public:
  TreeBuilder(std::string_view text, const PayloadLimits& limits) : scan_(text), limits_(limits) {}

  Node build(simdjson::dom::element element, std::size_t depth) {
    switch (element.type()) {
      case simdjson::dom::element_type::OBJECT: return object(element.get_object().value(), depth + 1);
      case simdjson::dom::element_type::ARRAY: return array(element.get_array().value(), depth + 1);
      case simdjson::dom::element_type::STRING: {
        Node node;
        node.kind = Node::Kind::string;
        node.raw = scan_.scalar();
        node.text = std::string(element.get_string().value());
        return node;
      }
      default: return scalar(element);
    }
  }
  std::optional<Fault>& fault() { return fault_; }

 private:
  Node scalar(simdjson::dom::element element) {
    Node node;
    node.kind = element.is_null()   ? Node::Kind::null
                : element.is_bool() ? Node::Kind::boolean
                                    : Node::Kind::number;
    node.raw = scan_.scalar();
    node.text = std::string(node.raw);
    return node;
  }

  Node object(simdjson::dom::object object, std::size_t depth) {
    check_depth(depth);
    Node node;
    node.kind = Node::Kind::object;
    const std::size_t begin = scan_.position();
    scan_.take('{');
    std::unordered_set<std::string_view> seen;
    for (const auto member : object) {
      scan_.scalar();
      scan_.take(':');
      const std::size_t length = pointer_.size();
      append_token(pointer_, member.key);
      if (!seen.insert(member.key).second) note(Code::json_duplicate_key, "a key stands twice");
      if (node.members.size() == limits_.object_keys_max) note(Code::json_too_many_keys, "too many keys");
      Node child = build(member.value, depth);
      pointer_.resize(length);
      node.members.emplace_back(std::string(member.key), std::move(child));
      scan_.take_if(',');
    }
    scan_.take('}');
    node.raw = scan_.since(begin);
    return node;
  }

  Node array(simdjson::dom::array array, std::size_t depth) {
    check_depth(depth);
    Node node;
    node.kind = Node::Kind::array;
    const std::size_t begin = scan_.position();
    scan_.take('[');
    for (const auto element : array) {
      const std::size_t length = pointer_.size();
      append_token(pointer_, std::to_string(node.items.size()));
      node.items.push_back(build(element, depth));
      pointer_.resize(length);
      scan_.take_if(',');
    }
    scan_.take(']');
    node.raw = scan_.since(begin);
    return node;
  }

  void check_depth(std::size_t depth) {
    if (depth > limits_.depth_max) note(Code::json_too_deep, "nested deeper than the limit");
  }
  void note(Code code, const char* message) {
    if (!fault_) fault_ = Fault{code, pointer_, message};
  }

  Scan scan_;
  const PayloadLimits& limits_;
  std::string pointer_;
  std::optional<Fault> fault_;
};

Fault fault_of(simdjson::error_code error) {
  const std::string message = simdjson::error_message(error);
  switch (error) {
    case simdjson::DEPTH_ERROR: return {Code::json_too_deep, "", message};
    case simdjson::UTF8_ERROR: return {Code::json_utf8, "", message};
    case simdjson::CAPACITY: return {Code::json_too_large, "", message};
    default: return {Code::json_syntax, "", message};
  }
}

}  // namespace

const Node* Node::member(std::string_view name) const {
  for (const auto& [key, value] : members) {
    if (key == name) return &value;
  }
  return nullptr;
}

std::variant<Node, Fault> parse_payload(std::string_view payload, const PayloadLimits& limits) {
  if (payload.size() > limits.record_size_max) {
    return Fault{Code::json_too_large, "", "larger than the limit"};
  }
  simdjson::dom::parser parser;
  if (const auto error = parser.allocate(payload.size(), limits.depth_max + kDepthRoom)) {
    return fault_of(error);
  }
  simdjson::dom::element root;
  if (const auto error = parser.parse(payload.data(), payload.size(), true).get(root)) {
    return fault_of(error);
  }
  TreeBuilder builder(payload, limits);
  Node tree = builder.build(root, 0);
  if (builder.fault()) return *std::move(builder.fault());
  if (tree.kind != Node::Kind::object) return Fault{Code::json_not_object, "", "not an object"};
  return tree;
}

void append_token(std::string& pointer, std::string_view token) {
  pointer += '/';
  for (const char c : token) {
    if (c == '~') pointer += "~0";
    else if (c == '/') pointer += "~1";
    else pointer += c;
  }
}

std::vector<std::string> split_pointer(std::string_view pointer) {
  std::vector<std::string> tokens;
  for (std::size_t i = 0; i < pointer.size(); ++i) {
    if (pointer[i] == '/') {
      tokens.emplace_back();
    } else if (pointer[i] == '~' && i + 1 < pointer.size()) {
      tokens.back() += pointer[++i] == '1' ? '/' : '~';
    } else if (!tokens.empty()) {
      tokens.back() += pointer[i];
    }
  }
  return tokens;
}

const Node* find_pointer(const Node& root, std::string_view pointer) {
  const Node* node = &root;
  for (const std::string& token : split_pointer(pointer)) {
    if (node->kind == Node::Kind::object) {
      node = node->member(token);
    } else if (node->kind == Node::Kind::array) {
      const bool digits = !token.empty() && token.find_first_not_of("0123456789") == std::string::npos;
      const std::size_t index = digits && token.size() < 10 ? std::stoul(token) : node->items.size();
      node = index < node->items.size() ? &node->items[index] : nullptr;
    } else {
      node = nullptr;
    }
    if (node == nullptr) return nullptr;
  }
  return node;
}

namespace {

void visit_leaves(const Node& node, std::string& pointer,
                  const std::function<void(const std::string&, const Node&)>& visit) {
  if (node.is_leaf()) return visit(pointer, node);
  const std::size_t length = pointer.size();
  for (const auto& [key, child] : node.members) {
    append_token(pointer, key);
    visit_leaves(child, pointer, visit);
    pointer.resize(length);
  }
  for (std::size_t i = 0; i < node.items.size(); ++i) {
    append_token(pointer, std::to_string(i));
    visit_leaves(node.items[i], pointer, visit);
    pointer.resize(length);
  }
}

}  // namespace

void for_each_leaf(const Node& root,
                   const std::function<void(const std::string&, const Node&)>& visit) {
  std::string pointer;
  visit_leaves(root, pointer, visit);
}

}  // namespace assay::verify
