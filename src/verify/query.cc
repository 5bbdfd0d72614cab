#include "verify/query.h"

#include <fmt/format.h>

#include <charconv>
#include <functional>
#include <vector>

namespace assay::verify {
namespace {

using Found = std::vector<FoundNode>;

struct Mistake {
  std::size_t at;
};

/// Reads a query and walks it at once: every function takes the nodes so far and gives the next.
class QueryWalk {
 public:
  QueryWalk(std::string_view text, const Node& root) : text_(text), root_(root) {}

  /// A text that begins at "$" looks up from the root; "@@" is then where it came from.
  Found run(const FoundNode& from) {
    row_ = from;
    return take("$") ? all_of_text({{&root_, ""}}) : all_of_text({from});
  }
  /// Only reads.
  void read() {
    take("$");
    all_of_text({});
  }

 private:
  // ------------------------------------------------------------------------------------ words
  bool starts(std::string_view token) const { return text_.substr(at_).starts_with(token); }
  bool take(std::string_view token) {
    if (!starts(token)) return false;
    at_ += token.size();
    return true;
  }
  void expect(std::string_view token) {
    if (!take(token)) throw Mistake{at_};
  }
  void blanks() {
    while (at_ < text_.size() &&
           std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos)
      ++at_;
  }
  std::optional<std::int64_t> number() {
    std::int64_t value = 0;
    const auto result = std::from_chars(text_.data() + at_, text_.data() + text_.size(), value);
    if (result.ec != std::errc()) return std::nullopt;
    at_ = static_cast<std::size_t>(result.ptr - text_.data());
    return value;
  }
  std::string quoted() {
    const std::size_t begin = at_;
    const char quote = text_[at_++];
    while (at_ < text_.size() && text_[at_] != quote) at_ += text_[at_] == '\\' ? 2 : 1;
    if (at_ >= text_.size()) throw Mistake{begin};
    ++at_;
    return unquoted(text_.substr(begin, at_ - begin));
  }
  /// A literal in either quotes as JSON reads it.
  static std::string unquoted(std::string_view literal) {
    std::string json = "{\"\":\"";
    for (std::size_t i = 1; i + 1 < literal.size(); ++i) {
      if (literal[i] == '\\' && literal[i + 1] == '\'')
        continue;
      else if (literal[i] == '\\')
        (json += literal[i]) += literal[i + 1], ++i;
      else if (literal[i] == '"')
        json += "\\\"";
      else
        json += literal[i];
    }
    json += "\"}";
    const auto parsed = parse_payload(json, {});
    const auto* object = std::get_if<Node>(&parsed);
    if (object == nullptr) throw Mistake{0};
    return object->members.front().value.text;
  }

  // --------------------------------------------------------------------------------- segments
  static FoundNode member_of(const FoundNode& from, const std::string& name) {
    FoundNode found{from.node->kind == Node::Kind::object ? from.node->member(name) : nullptr,
                    from.pointer};
    append_token(found.pointer, name);
    return found;
  }
  static FoundNode item_of(const FoundNode& from, std::size_t index) {
    FoundNode found{&from.node->items[index], from.pointer};
    append_token(found.pointer, std::to_string(index));
    return found;
  }
  static Found children(const FoundNode& from) {
    Found found;
    for (const auto& [name, child] : from.node->members) {
      found.push_back({&child, from.pointer});
      append_token(found.back().pointer, name);
    }
    for (std::size_t i = 0; i < from.node->items.size(); ++i) found.push_back(item_of(from, i));
    return found;
  }
  static void with_descendants(const FoundNode& from, Found& found) {
    found.push_back(from);
    for (const FoundNode& child : children(from)) with_descendants(child, found);
  }

  Found all_of_text(Found nodes) {
    Found found = segments(std::move(nodes));
    if (at_ != text_.size()) throw Mistake{at_};
    return found;
  }

  Found segments(Found nodes) {
    for (;;) {
      const std::size_t before = at_;
      blanks();
      const bool descends = take("..");
      if (!descends && !starts(".") && !starts("[")) {
        at_ = before;
        return nodes;
      }
      if (descends) {
        Found all;
        for (const FoundNode& node : nodes) with_descendants(node, all);
        nodes = std::move(all);
      }
      nodes = segment(nodes, descends);
    }
  }

  /// Each node is asked with the same text, so that the place goes back for every one.
  Found segment(const Found& nodes, bool descends) {
    const std::size_t begin = at_;
    std::size_t end = at_;
    Found found;
    const auto ask = [&](const FoundNode* node) {
      at_ = begin;
      selectors(node, descends, found);
      end = at_;
    };
    ask(nullptr);
    for (const FoundNode& node : nodes) ask(&node);
    at_ = end;
    return found;
  }

  void selectors(const FoundNode* from, bool descends, Found& found) {
    const auto add_name = [&](const std::string& name) {
      if (from == nullptr) return;
      FoundNode child = member_of(*from, name);
      if (child.node != nullptr) found.push_back(std::move(child));
    };
    if (!take("[")) {
      if (!descends) expect(".");
      if (take("*")) return add_all(from, found);
      const std::size_t begin = at_;
      while (at_ < text_.size() &&
             std::string_view(".[]()=!&|?, \t\r\n").find(text_[at_]) == std::string_view::npos)
        ++at_;
      if (at_ == begin) throw Mistake{at_};
      return add_name(std::string(text_.substr(begin, at_ - begin)));
    }
    do {
      blanks();
      if (starts("'") || starts("\""))
        add_name(quoted());
      else if (take("*"))
        add_all(from, found);
      else if (take("?"))
        filter(from, found);
      else
        slice(from, found);
      blanks();
    } while (take(","));
    expect("]");
  }

  static void add_all(const FoundNode* from, Found& found) {
    if (from == nullptr) return;
    for (FoundNode& child : children(*from)) found.push_back(std::move(child));
  }

  void filter(const FoundNode* from, Found& found) {
    const std::size_t begin = at_;
    holds(nullptr);
    const std::size_t end = at_;
    if (from != nullptr) {
      for (FoundNode& child : children(*from)) {
        at_ = begin;
        if (holds(&child)) found.push_back(std::move(child));
      }
    }
    at_ = end;
  }

  /// An index, or begin:end:step with any part left out.
  void slice(const FoundNode* from, Found& found) {
    const auto size = from == nullptr ? 0 : static_cast<std::int64_t>(from->node->items.size());
    const auto from_end = [&](std::int64_t index) { return index < 0 ? index + size : index; };
    const auto first = number();
    blanks();
    if (first && !starts(":")) {
      const std::int64_t index = from_end(*first);
      if (index >= 0 && index < size)
        found.push_back(item_of(*from, static_cast<std::size_t>(index)));
      return;
    }
    expect(":");
    blanks();
    const auto last = number();
    blanks();
    std::int64_t step = 1;
    if (take(":")) {
      blanks();
      step = number().value_or(1);
    }
    if (step == 0) return;
    const auto clamp = [&](std::int64_t value, std::int64_t low, std::int64_t high) {
      return value < low ? low : value > high ? high : value;
    };
    if (step > 0) {
      const std::int64_t end = clamp(from_end(last.value_or(size)), 0, size);
      for (std::int64_t i = clamp(from_end(first.value_or(0)), 0, size); i < end; i += step)
        found.push_back(item_of(*from, static_cast<std::size_t>(i)));
    } else {
      const std::int64_t end = last ? clamp(from_end(*last), -1, size - 1) : -1;
      for (std::int64_t i = clamp(first ? from_end(*first) : size - 1, -1, size - 1); i > end;
           i += step)
        found.push_back(item_of(*from, static_cast<std::size_t>(i)));
    }
  }

  // ------------------------------------------------------------------------------- conditions
  // Without a node a condition is only read.

  bool holds(const FoundNode* node) {
    bool any = all_of(node);
    for (blanks(); take("||"); blanks())
      any = static_cast<int>(all_of(node)) | static_cast<int>(any);
    return any;
  }
  bool all_of(const FoundNode* node) {
    bool all = test(node);
    for (blanks(); take("&&"); blanks()) all = static_cast<int>(test(node)) & static_cast<int>(all);
    return all;
  }

  bool test(const FoundNode* node) {
    blanks();
    if (take("!")) return !test(node);
    if (take("(")) {
      const bool inner = holds(node);
      blanks();
      expect(")");
      return inner;
    }
    const Side left = side(node);
    blanks();
    const bool differs = take("!=");
    if (!differs && !take("==")) return left.exists;
    blanks();
    const Side right = side(node);
    const bool same =
        left.exists == right.exists && left.is_text == right.is_text && left.value == right.value;
    return same != differs;
  }

  /// A text, or the first node of a query. Values that are no text are told apart by kind and
  /// token.
  struct Side {
    bool exists = false;
    bool is_text = false;
    std::string value;
  };
  Side side(const FoundNode* node) {
    if (starts("'") || starts("\"")) return {true, true, quoted()};
    const bool absolute = take("$");
    const bool of_row = !absolute && take("@@");
    if (!absolute && !of_row) expect("@");
    Found from;
    if (absolute) from.push_back({&root_, ""});
    if (of_row && row_.node != nullptr) from.push_back(row_);
    if (!absolute && !of_row && node != nullptr) from.push_back(*node);
    const Found found = segments(std::move(from));
    if (found.empty()) return {};
    const Node& first = *found.front().node;
    return {true, first.kind == Node::Kind::string,
            first.kind == Node::Kind::string ? first.text : std::string(first.raw)};
  }

  std::string_view text_;
  const Node& root_;
  FoundNode row_;
  std::size_t at_ = 0;
};

}  // namespace

Status check_query(std::string_view text) {
  try {
    const Node nothing;
    QueryWalk(text, nothing).read();
    return {};
  } catch (const Mistake& mistake) {
    return make_error(Code::plan_invalid, fmt::format("no query at byte {}", mistake.at));
  }
}

Result<std::optional<FoundNode>> first_leaf(std::string_view text, const Node& root,
                                            const FoundNode& from) {
  try {
    for (FoundNode& found : QueryWalk(text, root).run(from)) {
      if (found.node->is_leaf()) return std::optional<FoundNode>(std::move(found));
    }
    return std::optional<FoundNode>();
  } catch (const Mistake& mistake) {
    return make_error(Code::plan_invalid,
                      fmt::format("the query \"{}\" cannot be read at byte {}", text, mistake.at));
  }
}

}  // namespace assay::verify
