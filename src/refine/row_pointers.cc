#include "refine/row_pointers.h"

#include <cstring>

namespace assay::refine {
namespace {

std::string text_of(const Document& document, const EntityProgram& entity, std::uint32_t instance) {
  const std::size_t wildcards = entity.pointer_parts.size() - 1;
  std::vector<std::uint32_t> indices;  // innermost first
  for (std::size_t i = 0; i < wildcards; ++i) {
    const Instance& element = document.instances[entity.chain[i]][instance];
    indices.push_back(document.nodes[element.node].key);
    instance = element.parent;
  }
  std::string text = entity.pointer_parts[0];
  for (std::size_t i = 0; i < wildcards; ++i)
    text += std::to_string(indices[wildcards - 1 - i]) + entity.pointer_parts[i + 1];
  return text;
}

}  // namespace

Cell RowPointers::pointer(Block& block, const EntityProgram& entity, std::uint32_t instance,
                          std::deque<std::string>& known) {
  const std::size_t wildcards = entity.pointer_parts.size() - 1;
  std::uint32_t index = 0;
  if (wildcards > 0)
    index = block.document.nodes[block.document.instances[entity.scope][instance].node].key;
  const auto size_of = [](const std::string& text) { return text.size() - TextRoom::kSlack; };
  if (wildcards <= 1 && index < known.size())
    return Cell::of_bytes(known[index].data(), size_of(known[index]));
  const std::string text = text_of(block.document, entity, instance);
  if (wildcards <= 1 && index == known.size() && index < kRemembered) {
    known.push_back(text + std::string(TextRoom::kSlack, '\0'));
    return Cell::of_bytes(known.back().data(), text.size());
  }
  char* const room = block.room.reserve(text.size());
  std::memcpy(room, text.data(), text.size());
  return Cell::of_bytes(block.room.keep(text.size()));
}

const Cell* RowPointers::of(Block& block, int table) {
  cells_.clear();
  for (const EntityRows& made : block.entities) {
    if (made.entity->table != table) continue;
    std::deque<std::string>& known = known_[made.entity];
    for (std::uint32_t row = 0; row < made.count; ++row) {
      cells_.push_back(
          pointer(block, *made.entity, block.row_instances[made.instances + row], known));
    }
  }
  return cells_.data();
}

}  // namespace assay::refine
