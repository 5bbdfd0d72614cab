#include "verify/payload.h"

#include <simdjson.h>

#include <unordered_set>

namespace assay::verify {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// What is wrong with a text before its grammar is looked at.
std::optional<Fault> fault_of_bytes(std::string_view text) {
  bool inside = false;
  bool control = false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\')
      ++i;
    else if (text[i] == '"')
      inside = !inside;
    else if (inside && static_cast<unsigned char>(text[i]) < 0x20)
      control = true;
  }
  if (inside) return Fault{Code::json_syntax, "", "a string has no end"};
  if (control) return Fault{Code::json_syntax, "", "a string holds a control character"};
  if (!simdjson::validate_utf8(text.data(), text.size()))
    return Fault{Code::json_utf8, "", "not UTF-8"};
  return std::nullopt;
}

/// Recursive descent. A fault of the grammar ends it; faults of policy are noted, the one that
/// stands first.
class PayloadParser {
 public:
  PayloadParser(std::string_view text, const PayloadLimits& limits)
      : text_(text), limits_(limits) {}

  std::variant<Node, Fault> parse() {
    Node root;
    if (!value(root)) return *grammar_;
    if (next() != '\0' || at_ < text_.size())
      return Fault{Code::json_syntax, "", "text behind the value"};
    if (policy_) return *policy_;
    if (root.kind != Node::Kind::object) return Fault{Code::json_not_object, "", "not an object"};
    return root;
  }

 private:
  /// Moves to the next byte that is not blank; '\0' at the end.
  char next() {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
    return here();
  }
  char here() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  bool fail(Code code, const char* message) {
    grammar_ = Fault{code, container_, message};
    return false;
  }
  void note(Code code, std::size_t position, std::string pointer, const char* message) {
    if (policy_ && policy_position_ <= position) return;
    policy_ = Fault{code, std::move(pointer), message};
    policy_position_ = position;
  }

  bool value(Node& node) {
    const char first = next();
    const std::size_t begin = at_;
    bool good = false;
    if (first == '{' || first == '[')
      good = container(node, first == '{');
    else if (first == '"')
      good = string(node);
    else if (first == '-' || is_digit(first))
      good = number(node);
    else
      good = word(node);
    node.raw = text_.substr(begin, at_ - begin);
    if (good && node.is_scalar() && node.kind != Node::Kind::string)
      node.text = std::string(node.raw);
    return good;
  }

  bool container(Node& node, bool object) {
    if (depth_ >= limits_.depth_max)
      return fail(Code::json_too_deep, "nested deeper than the limit");
    node.kind = object ? Node::Kind::object : Node::Kind::array;
    ++at_;
    if (next() == (object ? '}' : ']')) {
      ++at_;
      return true;
    }
    ++depth_;
    const std::string outer = container_;
    container_ = pointer_;
    if (!(object ? members(node) : elements(node))) return false;
    container_ = outer;
    --depth_;
    return true;
  }

  bool members(Node& node) {
    std::unordered_set<std::string> seen;
    for (;;) {
      if (next() != '"') return fail(Code::json_syntax, "a key was expected");
      const std::size_t position = at_;
      Node key;
      if (!string(key)) return false;
      if (next() != ':') return fail(Code::json_syntax, "a colon was expected");
      ++at_;
      const std::size_t length = pointer_.size();
      append_token(pointer_, key.text);
      if (node.members.size() < limits_.object_keys_max && !seen.insert(key.text).second) {
        note(Code::json_duplicate_key, position, pointer_, "a key stands twice");
      }
      Node child;
      if (!value(child)) return false;
      pointer_.resize(length);
      node.members.push_back({std::move(key.text), std::move(child)});
      const char behind = next();
      if (behind != ',' && behind != '}')
        return fail(Code::json_syntax, "a comma or brace was expected");
      if (behind == '}' && node.members.size() > limits_.object_keys_max) {
        note(Code::json_too_many_keys, at_, pointer_, "more keys than the limit");
      }
      ++at_;
      if (behind == '}') return true;
    }
  }

  bool elements(Node& node) {
    for (;;) {
      const std::size_t length = pointer_.size();
      append_token(pointer_, std::to_string(node.items.size()));
      Node child;
      if (!value(child)) return false;
      pointer_.resize(length);
      node.items.push_back(std::move(child));
      const char behind = next();
      if (behind != ',' && behind != ']')
        return fail(Code::json_syntax, "a comma or bracket was expected");
      ++at_;
      if (behind == ']') return true;
    }
  }

  bool word(Node& node) {
    static constexpr std::pair<std::string_view, Node::Kind> kWords[] = {
        {"true", Node::Kind::boolean}, {"false", Node::Kind::boolean}, {"null", Node::Kind::null}};
    for (const auto& [spelling, kind] : kWords) {
      if (text_.substr(at_, spelling.size()) != spelling) continue;
      at_ += spelling.size();
      node.kind = kind;
      return scalar_ends();
    }
    return fail(Code::json_syntax, "a value was expected");
  }

  bool scalar_ends() {
    const bool ends = at_ == text_.size() || is_blank(here()) ||
                      std::string_view(",:[]{}").find(here()) != std::string_view::npos;
    return ends || fail(Code::json_syntax, "a value is malformed");
  }

  std::size_t digits() {
    const std::size_t begin = at_;
    while (is_digit(here())) ++at_;
    return at_ - begin;
  }

  bool number(Node& node) {
    node.kind = Node::Kind::number;
    if (here() == '-') ++at_;
    const bool zero = here() == '0';
    const std::size_t whole = digits();
    bool good = whole > 0 && !(zero && whole > 1);
    if (good && here() == '.') {
      ++at_;
      good = digits() > 0;
    }
    if (good && (here() == 'e' || here() == 'E')) {
      ++at_;
      if (here() == '+' || here() == '-') ++at_;
      good = digits() > 0;
    }
    return good ? scalar_ends() : fail(Code::json_syntax, "a number is malformed");
  }

  bool string(Node& node) {
    node.kind = Node::Kind::string;
    for (++at_; here() != '"'; ++at_) {
      if (at_ >= text_.size()) return fail(Code::json_syntax, "a string has no end");
      if (here() != '\\') {
        node.text += here();
        continue;
      }
      ++at_;
      if (!escape(node.text)) return false;
    }
    ++at_;
    return true;
  }

  bool escape(std::string& out) {
    static constexpr std::string_view kLetters = "\"\\/bfnrt";
    static constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
    if (here() == 'u') return unicode_escape(out);
    const auto found = kLetters.find(here());
    if (found == std::string_view::npos || at_ >= text_.size())
      return fail(Code::json_syntax, "an escape is unknown");
    out += kMeanings[found];
    return true;
  }

  /// The code unit behind "\u", -1 where there is none. Leaves at_ on its last digit.
  int code_unit() {
    if (text_.size() - at_ < 5) return -1;
    int unit = 0;
    for (int i = 0; i < 4; ++i) {
      const char c = text_[++at_];
      const auto digit = std::string_view("0123456789abcdef")
                             .find(static_cast<char>(c | (is_digit(c) ? 0 : 0x20)));
      if (digit == std::string_view::npos) return -1;
      unit = unit * 16 + static_cast<int>(digit);
    }
    return unit;
  }

  bool unicode_escape(std::string& out) {
    const int first = code_unit();
    if (first < 0) return fail(Code::json_syntax, "an escape is unknown");
    auto point = static_cast<std::uint32_t>(first);
    if (first >= 0xdc00 && first <= 0xdfff)
      return fail(Code::json_utf8, "half of a surrogate pair");
    if (first >= 0xd800 && first <= 0xdbff) {
      if (text_.substr(at_ + 1, 2) != "\\u")
        return fail(Code::json_utf8, "half of a surrogate pair");
      at_ += 2;
      const int second = code_unit();
      if (second < 0xdc00 || second > 0xdfff)
        return fail(Code::json_utf8, "half of a surrogate pair");
      point = 0x10000 + ((point - 0xd800) << 10) + (static_cast<std::uint32_t>(second) - 0xdc00);
    }
    append_utf8(out, point);
    return true;
  }

  std::string_view text_;
  const PayloadLimits& limits_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
  std::string pointer_;    ///< of the value that is being read
  std::string container_;  ///< of the innermost open container
  std::optional<Fault> grammar_;
  std::optional<Fault> policy_;
  std::size_t policy_position_ = 0;
};

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
  if (auto fault = fault_of_bytes(payload)) return *std::move(fault);
  return PayloadParser(payload, limits).parse();
}

void append_utf8(std::string& bytes, std::uint32_t point) {
  const auto put = [&](std::uint32_t byte) { bytes += static_cast<char>(byte); };
  if (point < 0x80) {
    put(point);
  } else if (point < 0x800) {
    put(0xc0 | point >> 6), put(0x80 | (point & 0x3f));
  } else if (point < 0x10000) {
    put(0xe0 | point >> 12), put(0x80 | (point >> 6 & 0x3f)), put(0x80 | (point & 0x3f));
  } else {
    put(0xf0 | point >> 18), put(0x80 | (point >> 12 & 0x3f));
    put(0x80 | (point >> 6 & 0x3f)), put(0x80 | (point & 0x3f));
  }
}

void append_token(std::string& pointer, std::string_view token) {
  pointer += '/';
  for (const char c : token) {
    if (c == '~')
      pointer += "~0";
    else if (c == '/')
      pointer += "~1";
    else
      pointer += c;
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
      const bool digits =
          !token.empty() && token.find_first_not_of("0123456789") == std::string::npos;
      const std::size_t index =
          digits && token.size() < 10 ? std::stoul(token) : node->items.size();
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
