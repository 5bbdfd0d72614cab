#include "model/map_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace assay::model {
namespace {

/// Stands in for a node that is no map, so that getters find nothing.
const Node* empty_map() {
  static const Node node = [] {
    Node empty;
    empty.kind = Node::Kind::map;
    return empty;
  }();
  return &node;
}

std::string_view name_of(Node::Kind kind) {
  switch (kind) {
    case Node::Kind::null: return "nothing";
    case Node::Kind::scalar: return "a text";
    case Node::Kind::list: return "a list";
    case Node::Kind::map: return "a map";
  }
  return "nothing";
}

}  // namespace

MapReader::MapReader(const Node& node, MapContext context, ProblemList& problems)
    : node_(&node), context_(std::move(context)), problems_(&problems) {
  if (node.kind != Node::Kind::map) {
    problems.add(node.location, Code::yaml_wrong_type,
                 fmt::format("{} is {}", context_.what, describe(node)),
                 fmt::format("a map with {}", expected_names("", context_.keys)));
    node_ = empty_map();
    return;
  }
  for_each_named(node, context_.what, problems, [&](const Node& name, const Node&) {
    if (std::find(context_.keys.begin(), context_.keys.end(), name.text) != context_.keys.end()) {
      return;
    }
    problems.add(name.location, Code::yaml_unknown_key,
                 fmt::format("{} has no key \"{}\"", context_.what, name.text),
                 expected_names(name.text, context_.keys));
  });
}

bool MapReader::is_map() const { return node_ != empty_map(); }

const Node* MapReader::typed(std::string_view key, Node::Kind kind, std::string_view expected) {
  const Node* value = node_->find(key);
  if (value == nullptr || value->kind == kind) return value;
  problems_->add(value->location, Code::yaml_wrong_type,
                 fmt::format("\"{}\" of {} is {}", key, context_.what, describe(*value)),
                 std::string(expected));
  return nullptr;
}

bool MapReader::require(std::string_view key, std::string_view expected) {
  if (node_->find(key) != nullptr) return true;
  if (!is_map()) return false;  // which was reported
  problems_->add(node_->location, Code::yaml_missing_key,
                 fmt::format("{} lacks the key \"{}\"", context_.what, key), std::string(expected));
  return false;
}

std::string MapReader::text(std::string_view key) { return text_or(key, ""); }

std::string MapReader::text_or(std::string_view key, std::string_view fallback) {
  const Node* value = typed(key, Node::Kind::scalar, name_of(Node::Kind::scalar));
  return value == nullptr ? std::string(fallback) : value->text;
}

std::optional<std::string> MapReader::choice(std::string_view key,
                                             const std::vector<std::string_view>& choices) {
  const Node* value = typed(key, Node::Kind::scalar, expected_names("", choices));
  if (value == nullptr) return std::nullopt;
  if (std::find(choices.begin(), choices.end(), value->text) != choices.end()) return value->text;
  bad_value(key, fmt::format("\"{}\" of {} is {}", key, context_.what, describe(*value)),
            expected_names(value->text, choices));
  return std::nullopt;
}

std::optional<bool> MapReader::boolean(std::string_view key) {
  const Node* value = typed(key, Node::Kind::scalar, "true or false");
  if (value == nullptr) return std::nullopt;
  if (!value->quoted && value->text == "true") return true;
  if (!value->quoted && value->text == "false") return false;
  problems_->add(value->location, Code::yaml_wrong_type,
                 fmt::format("\"{}\" of {} is {}", key, context_.what, describe(*value)),
                 "true or false");
  return std::nullopt;
}

std::optional<std::int64_t> MapReader::integer(std::string_view key, Range range) {
  const std::string expected = fmt::format("a whole number from {} to {}", range.low, range.high);
  const Node* value = typed(key, Node::Kind::scalar, expected);
  if (value == nullptr) return std::nullopt;
  std::int64_t number = 0;
  const std::string& text = value->text;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool whole = error == std::errc{} && end == text.data() + text.size();
  if (whole && number >= range.low && number <= range.high) return number;
  bad_value(key, fmt::format("\"{}\" of {} is {}", key, context_.what, describe(*value)), expected);
  return std::nullopt;
}

std::vector<std::string> MapReader::texts(std::string_view key) {
  const Node* value = typed(key, Node::Kind::list, "a list of texts");
  std::vector<std::string> texts;
  if (value == nullptr) return texts;
  for (const Node& item : value->items) {
    if (item.kind == Node::Kind::scalar) {
      texts.push_back(item.text);
    } else {
      problems_->add(
          item.location, Code::yaml_wrong_type,
          fmt::format("an item of \"{}\" of {} is {}", key, context_.what, describe(item)),
          "a text");
    }
  }
  return texts;
}

const Node* MapReader::map(std::string_view key) { return typed(key, Node::Kind::map, "a map"); }

const Node* MapReader::list(std::string_view key) { return typed(key, Node::Kind::list, "a list"); }

void MapReader::bad_value(std::string_view key, std::string message, std::string expected) {
  problems_->add(location_of(key), Code::yaml_bad_value, std::move(message), std::move(expected));
}

void for_each_named(const Node& map, std::string_view what, ProblemList& problems,
                    const std::function<void(const Node& name, const Node& value)>& body) {
  std::vector<std::string_view> seen;
  for (const auto& [name, value] : map.entries) {
    if (name.kind != Node::Kind::scalar) {
      problems.add(name.location, Code::yaml_wrong_type,
                   fmt::format("a key of {} is {}", what, describe(name)), "a name");
      continue;
    }
    const auto position = std::lower_bound(seen.begin(), seen.end(), std::string_view(name.text));
    if (position != seen.end() && *position == name.text) {
      problems.add(name.location, Code::name_duplicate,
                   fmt::format("{} has the key \"{}\" twice", what, name.text), "each key once");
      continue;
    }
    seen.insert(position, name.text);
    body(name, value);
  }
}

}  // namespace assay::model
