#include "model/document.h"

#include <fmt/format.h>
#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <sstream>

#include "model/text_encoding.h"

namespace assay::model {
namespace {

// Aliases are copied where they stand, so a file of a few lines could grow without end.
constexpr std::size_t kNodesOfFileMax = 300'000;

/// Our own stop inside of the YAML library's walk; caught in parse_documents.
struct RefusedDocument {
  Location location;
  std::string message;
  std::string expected;
};

/// Builds the tree from the library's events.
class TreeBuilder final : public YAML::EventHandler {
 public:
  explicit TreeBuilder(const SourceText& source) : source_(source) {}

  std::vector<Node> take() && { return std::move(documents_); }

  void OnDocumentStart(const YAML::Mark&) override {
    open_.clear();
    anchored_.clear();
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    close(make(Node::Kind::null, mark), anchor);
  }
  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto found = std::find_if(anchored_.begin(), anchored_.end(),
                                    [&](const auto& entry) { return entry.first == anchor; });
    if (found == anchored_.end()) {
      throw RefusedDocument{source_.location(mark.line, mark.column),
                            "an alias stands inside of what it names",
                            "an alias of an earlier value"};
    }
    Node copy = found->second;
    count(size_of(copy), source_.location(mark.line, mark.column));
    close(std::move(copy), 0);
  }
  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    Node node = make(Node::Kind::scalar, mark);
    node.text = value;
    node.quoted = tag == "!";
    if (node.quoted && !source_.closes_quote(mark.line, mark.column)) {
      throw RefusedDocument{node.location, "a quoted text is never closed", "a quote at its end"};
    }
    close(std::move(node), anchor);
  }
  void OnSequenceStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    open_.push_back({make(Node::Kind::list, mark), anchor, std::nullopt});
  }
  void OnSequenceEnd() override { end(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    open_.push_back({make(Node::Kind::map, mark), anchor, std::nullopt});
  }
  void OnMapEnd() override { end(); }

 private:
  struct Open {
    Node node;
    YAML::anchor_t anchor;
    std::optional<Node> key;  ///< of a map: the key whose value comes next
  };

  Node make(Node::Kind kind, const YAML::Mark& mark) {
    Node node;
    node.kind = kind;
    node.location = source_.location(mark.line, mark.column);
    count(1, node.location);
    return node;
  }

  void count(std::size_t more, const Location& location) {
    nodes_ += more;
    if (nodes_ <= kNodesOfFileMax) return;
    throw RefusedDocument{location, "the file has too many values",
                          fmt::format("at most {}, aliases copied", kNodesOfFileMax)};
  }

  static std::size_t size_of(const Node& node) {
    std::size_t size = 1;
    for (const Node& item : node.items) size += size_of(item);
    for (const auto& [key, value] : node.entries) size += size_of(key) + size_of(value);
    return size;
  }

  void end() {
    Open done = std::move(open_.back());
    open_.pop_back();
    close(std::move(done.node), done.anchor);
  }

  /// Puts a finished value where it belongs.
  void close(Node node, YAML::anchor_t anchor) {
    if (anchor != 0) {
      count(size_of(node), node.location);
      anchored_.emplace_back(anchor, node);
    }
    if (open_.empty()) {
      if (node.kind != Node::Kind::null) documents_.push_back(std::move(node));
      return;
    }
    Open& parent = open_.back();
    if (parent.node.kind == Node::Kind::list) {
      parent.node.items.push_back(std::move(node));
    } else if (!parent.key) {
      parent.key = std::move(node);
    } else {
      parent.node.entries.emplace_back(std::move(*parent.key), std::move(node));
      parent.key.reset();
    }
  }

  const SourceText& source_;
  std::vector<Open> open_;
  std::vector<std::pair<YAML::anchor_t, Node>> anchored_;
  std::vector<Node> documents_;
  std::size_t nodes_ = 0;
};

/// The library's messages name its own grammar; these few are what people really meet.
std::string plain_message(const std::string& message) {
  return message.empty() ? "this is not YAML" : message;
}

}  // namespace

const Node* Node::find(std::string_view key) const {
  for (const auto& [name, value] : entries) {
    if (name.kind == Kind::scalar && name.text == key) return &value;
  }
  return nullptr;
}

const Node* Node::find_key(std::string_view key) const {
  for (const auto& [name, value] : entries) {
    if (name.kind == Kind::scalar && name.text == key) return &name;
  }
  return nullptr;
}

std::string describe(const Node& node) {
  switch (node.kind) {
    case Node::Kind::null: return "nothing";
    case Node::Kind::list: return "a list";
    case Node::Kind::map: return "a map";
    case Node::Kind::scalar: break;
  }
  constexpr std::size_t kShownMax = 60;
  if (node.text.size() <= kShownMax) return fmt::format("\"{}\"", node.text);
  return fmt::format("\"{}...\"", whole_characters(node.text, kShownMax));
}

Location locate(const Node& node, std::initializer_list<DocumentStep> way) {
  const Node* at = &node;
  for (const DocumentStep& step : way) {
    const Node* next = nullptr;
    if (const auto* key = std::get_if<std::string_view>(&step)) {
      next = at->find(*key);
    } else if (const std::size_t index = std::get<std::size_t>(step); index < at->items.size()) {
      next = &at->items[index];
    }
    if (next == nullptr) break;
    at = next;
  }
  return at->location;
}

Location locate_key(const Node& node, std::initializer_list<DocumentStep> way) {
  const Node* at = &node;
  Location location = node.location;
  for (const DocumentStep& step : way) {
    const Node* next = nullptr;
    if (const auto* key = std::get_if<std::string_view>(&step)) {
      next = at->find(*key);
      if (next != nullptr) location = at->find_key(*key)->location;
    } else if (const std::size_t index = std::get<std::size_t>(step); index < at->items.size()) {
      next = &at->items[index];
      location = next->location;
    }
    if (next == nullptr) break;
    at = next;
  }
  return location;
}

std::vector<Node> parse_documents(const std::string& file, std::string_view text,
                                  ProblemList& problems) {
  const SourceText source(file, text);
  if (const auto fault = source.first_fault()) {
    problems.add(fault->location, Code::yaml_syntax, fault->message, "UTF-8 text");
    return {};
  }
  TreeBuilder builder(source);
  try {
    std::istringstream stream(file.ends_with(".json") ? join_surrogate_escapes(text)
                                                      : std::string(text));
    YAML::Parser parser(stream);
    while (parser.HandleNextDocument(builder)) {}
  } catch (const RefusedDocument& refused) {
    problems.add(refused.location, Code::yaml_syntax, refused.message, refused.expected);
  } catch (const YAML::Exception& error) {
    problems.add(source.location(error.mark.line, error.mark.column), Code::yaml_syntax,
                 plain_message(error.msg), "YAML or JSON");
  }
  return std::move(builder).take();
}

}  // namespace assay::model
