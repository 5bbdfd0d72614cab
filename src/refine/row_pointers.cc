#include "refine/row_pointers.h"

#include <algorithm>

namespace assay::refine {

Cell RowPointers::make(Block& block, const EntityProgram& own,
                       const std::vector<std::uint32_t>& chain, std::uint32_t instance) {
  const std::size_t wildcards = own.pointer_parts.size() - 1;
  std::vector<std::uint32_t> indices;  // innermost first
  for (std::size_t i = 0; i < wildcards; ++i) {
    const Instance& element = block.document.instances[chain[i]][instance];
    indices.push_back(element.number);
    instance = element.parent;
  }
  std::string text = own.pointer_parts[0];
  for (std::size_t i = 0; i < wildcards; ++i)
    text += std::to_string(indices[wildcards - 1 - i]) + own.pointer_parts[i + 1];
  char* const room = block.room.reserve(text.size());
  std::copy(text.begin(), text.end(), room);
  return Cell::of_bytes(block.room.keep(text.size()));
}

void RowPointers::learn(Known& known, const EntityProgram& entity, std::uint32_t index) {
  const auto& parts = entity.pointer_parts;
  while (known.cells.size() <= index) {
    std::string text = parts[0];
    if (parts.size() > 1) text += std::to_string(known.cells.size()) + parts[1];
    const std::size_t size = text.size();
    text.append(TextRoom::kSlack, '\0');
    known.texts.push_back(std::move(text));
    known.cells.push_back(Cell::of_bytes(known.texts.back().data(), size));
  }
}

void RowPointers::add(Block& block, const EntityRows& made, const Rows& rows) {
  const EntityProgram& leader = *made.entity;
  const std::size_t wildcards = leader.pointer_parts.size() - 1;
  const std::uint32_t* const instances = block.row_instances.data() + made.instances;
  const std::uint32_t* const records = rows.records.data() + made.first;
  const VersionProgram* version = nullptr;
  const EntityProgram* own = nullptr;
  Known* known = nullptr;
  const std::size_t first = cells_.size();
  cells_.resize(first + made.count);
  for (std::uint32_t row = 0; row < made.count; ++row) {
    if (const VersionProgram* const of = block.records[records[row]].version; of != version) {
      version = of;
      own = &of->entities[made.number];
      if (own->id >= known_.size()) known_.resize(own->id + 1);
      known = &known_[own->id];
    }
    std::uint32_t index = 0;
    if (wildcards > 0) index = block.document.instances[leader.scope][instances[row]].number;
    if (wildcards > 1 || index >= kRemembered) {
      cells_[first + row] = make(block, *own, leader.chain, instances[row]);
      continue;
    }
    if (index >= known->cells.size()) learn(*known, *own, index);
    cells_[first + row] = known->cells[index];
  }
}

const Cell* RowPointers::of(Block& block, int table, const Rows& rows) {
  cells_.clear();
  for (const EntityRows& made : block.entities) {
    if (made.entity->table == table) add(block, made, rows);
  }
  return cells_.data();
}

}  // namespace assay::refine
