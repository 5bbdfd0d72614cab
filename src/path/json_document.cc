#include "path/json_document.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <optional>

#include "path/json_path.h"
#include "path/utf8.h"

namespace assay::path {
namespace {

constexpr std::size_t kFewKeys = 8;  // up to here comparing each with each beats sorting

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

struct Escape {
  char letter;
  char meaning;
};
constexpr Escape kEscapes[] = {{'"', '"'},  {'\\', '\\'}, {'/', '/'},  {'b', '\b'},
                               {'f', '\f'}, {'n', '\n'},  {'r', '\r'}, {'t', '\t'}};

std::optional<std::string_view> key_twice(std::vector<std::string_view>& keys) {
  if (keys.size() <= kFewKeys) {
    for (auto key = keys.begin(); key != keys.end(); ++key) {
      if (std::find(keys.begin(), key, *key) != key) return *key;
    }
    return std::nullopt;
  }
  std::sort(keys.begin(), keys.end());
  const auto twice = std::adjacent_find(keys.begin(), keys.end());
  if (twice == keys.end()) return std::nullopt;
  return *twice;
}

}  // namespace

/// Reads in one loop, with the open containers on a stack of its own:
///
///     repeat
///       key, if an object is open
///       value: a scalar, or a container that is opened and has children
///       close every container that ends here; a comma leads to the next turn
///     until nothing is open
class JsonDocument::Reader {
 public:
  Reader(JsonDocument& document, const PayloadLimits& limits)
      : document_(document), text_(document.text_), limits_(limits) {}

  Status read() {
    skip_blanks();
    do {
      ASSAY_TRY(const bool opened, value());
      if (!opened) ASSAY_TRY_VOID(close_what_ends());
    } while (!open_.empty());
    if (position_ != text_.size()) return syntax("nothing behind the value");
    return {};
  }

 private:
  bool at(char c) const { return position_ < text_.size() && text_[position_] == c; }
  bool take(char c) {
    if (!at(c)) return false;
    ++position_;
    return true;
  }
  void skip_blanks() {
    while (position_ < text_.size() && is_blank(text_[position_])) ++position_;
  }
  std::uint32_t here() const { return static_cast<std::uint32_t>(position_); }
  Node& open_node() { return document_.nodes_[open_.back()]; }
  bool in_object() const {
    return !open_.empty() && document_.nodes_[open_.back()].kind == Kind::object;
  }

  Error failure(Code code, std::string_view what) const {
    return make_error(code, fmt::format("{} at byte {}", what, position_));
  }
  Error syntax(std::string_view what) const {
    return failure(Code::json_syntax, fmt::format("expected {}", what));
  }

  /// True where a container was opened that has children.
  Result<bool> value() {
    Node node;
    if (in_object()) {
      ASSAY_TRY(node.key, key());
    }
    if (!open_.empty()) {
      node.parent = NodeId{open_.back()};
      node.depth = open_node().depth + 1;
      node.position = open_node().child_count++;
      if (open_node().child_count > limits_.object_keys_max && in_object()) {
        return failure(Code::json_too_many_keys,
                       fmt::format("more than {} keys", limits_.object_keys_max));
      }
    }
    node.begin = here();
    if (at('{') || at('[')) return container(node);
    ASSAY_TRY_VOID(scalar(node));
    node.end = here();
    append(node);
    return false;
  }

  void append(Node& node) {
    node.after = NodeId{static_cast<std::uint32_t>(document_.nodes_.size() + 1)};
    document_.nodes_.push_back(node);
  }

  Result<bool> container(Node& node) {
    if (open_.size() >= limits_.depth_max) {
      return failure(Code::json_too_deep, fmt::format("more than {} levels", limits_.depth_max));
    }
    const bool is_object = at('{');
    node.kind = is_object ? Kind::object : Kind::array;
    ++position_;
    skip_blanks();
    const bool is_empty = take(is_object ? '}' : ']');
    node.end = here();
    append(node);
    if (!is_empty) open_.push_back(static_cast<std::uint32_t>(document_.nodes_.size() - 1));
    return !is_empty;
  }

  Status close_what_ends() {
    for (;;) {
      skip_blanks();
      if (open_.empty()) return {};
      const bool is_object = in_object();
      if (take(',')) {
        skip_blanks();
        return {};
      }
      if (!take(is_object ? '}' : ']')) {
        return syntax(is_object ? "\",\" or \"}\"" : "\",\" or \"]\"");
      }
      ASSAY_TRY_VOID(close());
    }
  }

  Status close() {
    Node& node = open_node();
    node.end = here();
    node.after = NodeId{static_cast<std::uint32_t>(document_.nodes_.size())};
    const NodeId id{open_.back()};
    open_.pop_back();
    if (node.kind != Kind::object) return {};
    keys_.clear();
    for (NodeId child = document_.first_child(id); child != node.after;
         child = document_.after(child)) {
      keys_.push_back(document_.key(child));
    }
    const auto twice = key_twice(keys_);
    if (!twice) return {};
    return make_error(
        Code::json_duplicate_key,
        fmt::format("the object at byte {} has the key \"{}\" twice", node.begin, *twice));
  }

  Result<Span> key() {
    if (!at('"')) return syntax("a key in double quotes");
    ASSAY_TRY(const Span span, quoted());
    skip_blanks();
    if (!take(':')) return syntax("\":\"");
    skip_blanks();
    return span;
  }

  Status scalar(Node& node) {
    if (at('"')) {
      node.kind = Kind::string;
      ASSAY_TRY(node.value, quoted());
      return {};
    }
    if (at('-') || (position_ < text_.size() && is_digit(text_[position_]))) {
      node.kind = Kind::number;
      return number();
    }
    for (const std::string_view word : {"null", "true", "false"}) {
      if (text_.substr(position_, word.size()) != word) continue;
      node.kind = word == "null" ? Kind::null : Kind::boolean;
      position_ += word.size();
      return {};
    }
    return syntax("a value");
  }

  Status digits() {
    const std::size_t begin = position_;
    while (position_ < text_.size() && is_digit(text_[position_])) ++position_;
    if (position_ == begin) return syntax("a digit");
    return {};
  }

  Status number() {
    take('-');
    if (!take('0')) ASSAY_TRY_VOID(digits());
    if (take('.')) ASSAY_TRY_VOID(digits());
    if (at('e') || at('E')) {
      ++position_;
      if (!take('+')) take('-');
      return digits();
    }
    return {};
  }

  /// Takes a string; where it has escapes, its characters go to `decoded_`.
  Result<Span> quoted() {
    const std::size_t begin = ++position_;
    std::string& decoded = document_.decoded_;
    const std::size_t decoded_begin = decoded.size();
    std::size_t copied = begin;  // up to here the text is in `decoded`, once an escape was met
    while (!at('"')) {
      if (position_ >= text_.size()) return syntax("the closing quote");
      const char c = text_[position_];
      if (c == '\\') {
        decoded += text_.substr(copied, position_ - copied);
        ASSAY_TRY_VOID(escape());
        copied = position_;
      } else if (static_cast<std::uint8_t>(c) < 0x20) {
        return syntax("control characters as escapes");
      } else if (static_cast<std::uint8_t>(c) < 0x80) {
        ++position_;
      } else {
        const std::size_t length = multibyte_length(text_, position_);
        if (length == 0) return failure(Code::json_utf8, "expected valid UTF-8");
        position_ += length;
      }
    }
    const std::size_t end = position_++;
    if (copied == begin) {
      return Span{static_cast<std::uint32_t>(begin), static_cast<std::uint32_t>(end - begin),
                  false};
    }
    decoded += text_.substr(copied, end - copied);
    return Span{static_cast<std::uint32_t>(decoded_begin),
                static_cast<std::uint32_t>(decoded.size() - decoded_begin), true};
  }

  Status escape() {
    const char letter = position_ + 1 < text_.size() ? text_[position_ + 1] : '\0';
    for (const Escape& row : kEscapes) {
      if (letter != row.letter) continue;
      document_.decoded_ += row.meaning;
      position_ += 2;
      return {};
    }
    if (letter != 'u') return syntax("one of the escapes \" \\ / b f n r t u");
    const UnicodeEscape read = read_unicode_escape(text_, position_ + 2);
    using Problem = UnicodeEscape::Problem;
    if (read.problem == Problem::digits) return syntax("4 hexadecimal digits behind \\u");
    if (read.problem != Problem::none) {
      return failure(Code::json_utf8, "expected no surrogate without its partner");
    }
    append_utf8(document_.decoded_, read.code_point);
    position_ += 2 + read.size;
    return {};
  }

  JsonDocument& document_;
  std::string_view text_;
  const PayloadLimits& limits_;
  std::size_t position_ = 0;
  std::vector<std::uint32_t> open_;  ///< containers that are open, outermost first
  std::vector<std::string_view> keys_;
};

Result<JsonDocument> JsonDocument::read(std::string_view text, const PayloadLimits& limits) {
  if (text.size() > std::min<std::size_t>(limits.record_size_max,
                                          std::numeric_limits<std::uint32_t>::max() / 2)) {
    return make_error(Code::json_too_large, fmt::format("the text has {} bytes, the limit is {}",
                                                        text.size(), limits.record_size_max));
  }
  JsonDocument document(text);
  ASSAY_TRY_VOID(Reader(document, limits).read());
  return document;
}

std::string_view JsonDocument::source(NodeId node) const {
  return text_.substr(at(node).begin, at(node).end - at(node).begin);
}

std::string_view JsonDocument::view(const Span& span) const {
  return (span.is_decoded ? std::string_view(decoded_) : text_).substr(span.begin, span.size);
}

std::string JsonDocument::normalized_path(NodeId node) const {
  std::vector<NodeId> way;
  for (; node != NodeId::root; node = parent(node)) way.push_back(node);
  std::string text = "$";
  for (auto step = way.rbegin(); step != way.rend(); ++step) {
    if (kind(parent(*step)) == Kind::object) {
      text += fmt::format("[{}]", quoted_name(key(*step)));
    } else {
      text += fmt::format("[{}]", position(*step));
    }
  }
  return text;
}

}  // namespace assay::path
