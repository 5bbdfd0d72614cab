#include "verify/row_items.h"

#include <algorithm>

#include "verify/query.h"

namespace assay::verify {
namespace {

const Node* step_into(const Node& node, const PathStep& step) {
  if (step.kind == PathStep::Kind::name) return node.member(step.name);
  const auto index = static_cast<std::size_t>(step.index);
  return index < node.items.size() ? &node.items[index] : nullptr;
}

void expand(const Path& path, std::size_t at, const Item& item, std::vector<Item>& found) {
  if (at == path.steps.size()) {
    found.push_back(item);
    return;
  }
  const PathStep& step = path.steps[at];
  if (step.kind != PathStep::Kind::wildcard) {
    const Node* next = step_into(*item.node, step);
    if (next == nullptr) return;
    Item below{next, item.indices, item.pointer};
    append_token(below.pointer,
                 step.kind == PathStep::Kind::name ? step.name : std::to_string(step.index));
    return expand(path, at + 1, below, found);
  }
  for (std::size_t i = 0; i < item.node->items.size(); ++i) {
    Item below{&item.node->items[i], item.indices, item.pointer};
    below.indices.push_back(i);
    append_token(below.pointer, std::to_string(i));
    expand(path, at + 1, below, found);
  }
}

/// Goes on to the first leaf that a query finds. One that is not there has the pointer of the node
/// that the query begins at.
void follow_query(const PathStep& step, const Node& root, Item& item) {
  if (item.node == nullptr) return;
  auto found = first_leaf(step.name, root, {item.node, item.pointer});
  const bool there = found && found->has_value();
  item.node = there ? (*found)->node : nullptr;
  if (there) item.pointer = std::move((*found)->pointer);
}

}  // namespace

std::size_t wildcards(const Path& path, std::size_t steps) {
  return static_cast<std::size_t>(
      std::count_if(path.steps.begin(), path.steps.begin() + static_cast<std::ptrdiff_t>(steps),
                    [](const PathStep& step) { return step.kind == PathStep::Kind::wildcard; }));
}

std::size_t shared_wildcards(const Path& path, const Path& rows) {
  std::size_t same = 0;
  while (same < path.steps.size() && same < rows.steps.size() &&
         path.steps[same] == rows.steps[same])
    ++same;
  return wildcards(path, same);
}

std::vector<Item> items_of(const Path& path, const Node& root) {
  std::vector<Item> found;
  expand(path, 0, {&root, {}, ""}, found);
  return found;
}

Item resolve(const Path& path, const Node& root, const std::vector<std::size_t>& indices) {
  Item item{&root, {}, ""};
  std::size_t wildcard = 0;
  for (const PathStep& step : path.steps) {
    PathStep fixed = step;
    if (step.kind == PathStep::Kind::query) {
      follow_query(step, root, item);
      break;
    }
    if (step.kind == PathStep::Kind::wildcard) {
      fixed = {PathStep::Kind::index, {}, static_cast<std::int64_t>(indices.at(wildcard++))};
    }
    append_token(item.pointer,
                 fixed.kind == PathStep::Kind::name ? fixed.name : std::to_string(fixed.index));
    item.node = item.node == nullptr ? nullptr : step_into(*item.node, fixed);
  }
  return item;
}

std::string pointer_around(const Path& rows, const std::vector<std::size_t>& indices,
                           std::size_t count) {
  std::string pointer;
  std::string kept;
  std::size_t taken = 0;
  for (const PathStep& step : rows.steps) {
    if (taken == count) break;
    switch (step.kind) {
      case PathStep::Kind::wildcard:
        append_token(pointer, std::to_string(indices[taken++]));
        kept = pointer;
        break;
      case PathStep::Kind::index: append_token(pointer, std::to_string(step.index)); break;
      default: append_token(pointer, step.name); break;
    }
  }
  return kept;
}

}  // namespace assay::verify
