#include "refine/document.h"

#include "path/json_path.h"
#include "refine/text.h"

namespace assay::refine {

void Document::clear(std::size_t scopes) {
  node_count = slot_count = 0;
  instances.resize(scopes);
  for (auto& of_scope : instances) of_scope.clear();
}

std::string_view Document::raw_key(const Node& node) const {
  const char* const first = bytes + node.key + 1;
  const char* last = first;
  while (*last != '"') last += *last == '\\' ? 2 : 1;
  return {first, static_cast<std::size_t>(last - first)};
}

std::string Document::key(const Node& node) const { return unescaped(raw_key(node)); }

std::string Document::pointer(std::uint32_t node) const {
  std::vector<std::uint32_t> chain;
  for (std::uint32_t i = node; i != nodes[i].parent; i = nodes[i].parent) chain.push_back(i);
  std::string text;
  for (auto i = chain.rbegin(); i != chain.rend(); ++i) {
    const Node& step = nodes[*i];
    const bool element = (step.flags & Node::kElement) != 0;
    path::append_pointer(text, element ? std::to_string(step.key) : key(step));
  }
  return text;
}

}  // namespace assay::refine
