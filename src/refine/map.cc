// Stage 3: leaves become typed values, by the rules of the record's version.

#include <fmt/format.h>

#include <algorithm>

#include "refine/kernel.h"

namespace assay::refine {
namespace {

constexpr std::size_t kExcerptMax = 48;

std::string excerpt(std::string_view raw) {
  if (raw.size() <= kExcerptMax) return std::string(raw);
  std::size_t size = kExcerptMax;
  while (size > 0 && (static_cast<unsigned char>(raw[size]) & 0xc0) == 0x80) --size;
  return std::string(raw.substr(0, size)) + "...";
}

const char* problem_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::out_of_range: return "does not fit";
    case Outcome::unmapped: return "has no entry in the value map of";
    default: return "does not convert to";
  }
}

void refuse(Record& record, const FieldProgram& field, const Node& node, Outcome outcome) {
  const Document& document = record.document;
  const bool container = node.kind <= Kind::empty_array;
  const std::string shown = container ? "an object or array" : excerpt(document.raw(node));
  record.fault = {code_of(outcome),
                  fmt::format("{} {} field \"{}\" ({})", shown, problem_of(outcome), field.name,
                              column::to_string(field.conversion.type)),
                  document.pointer(static_cast<std::uint32_t>(&node - document.nodes.data()))};
}

/// Converts one field into its cell. `used` is the node that it consumed, nullptr where it consumed
/// none.
inline bool map_field(Record& record, const FieldProgram& field, std::uint32_t instance,
                      Cell* cells, std::uint64_t* nulls, std::uint64_t* explicit_nulls,
                      Node*& used) {
  used = nullptr;
  Node* node = record.document.find(field.slot, instance);
  if (node == nullptr) return true;
  const Outcome outcome =
      convert(field.conversion, record.document, *node, record.room, cells[field.column]);
  if (outcome == Outcome::value) {
    clear_bit(nulls, field.column);
  } else if (outcome == Outcome::null) {
    if (node->kind == Kind::null) set_bit(explicit_nulls, field.column);
  } else {
    if (!field.quarantines) return true;  // the leaf stays residue
    refuse(record, field, *node, outcome);
    return false;
  }
  used = node;
  return true;
}

inline std::uint32_t instance_above(const Document& document,
                                    const std::vector<std::uint32_t>& chain, std::uint32_t instance,
                                    std::uint32_t level) {
  for (std::uint32_t i = 0; i < level; ++i)
    instance = document.instances[chain[i]][instance].parent;
  return instance;
}

/// Makes room for the cells of one row of a table: all null.
void add_row(Record& record, const TableProgram& table) {
  record.cells.resize(record.cells.size() + table.columns);
  record.nulls.resize(record.nulls.size() + table.null_words, ~std::uint64_t{0});
  record.explicit_nulls.resize(record.explicit_nulls.size() + table.null_words, 0);
}

bool map_copy(Kernel& kernel, Record& record, const MasterProgram& master, MasterCopy& copy) {
  const TableProgram& table = kernel.table(master.table);
  copy.cells = record.cells.size();
  copy.masks = record.nulls.size();
  copy.nodes = record.copy_nodes.size();
  add_row(record, table);
  record.copy_nodes.resize(record.copy_nodes.size() + master.fields.size(), 0);
  Cell* const cells = record.cells.data() + copy.cells;
  std::uint64_t* const nulls = record.nulls.data() + copy.masks;
  std::uint64_t* const explicit_nulls = record.explicit_nulls.data() + copy.masks;
  for (std::size_t i = 0; i < master.fields.size(); ++i) {
    const FieldProgram& field = master.fields[i];
    if (field.source == FieldProgram::Source::constant) {
      cells[field.column] = field.constant;
      clear_bit(nulls, field.column);
      continue;
    }
    const std::uint32_t instance =
        instance_above(record.document, master.chain, copy.instance, field.level);
    Node* used = nullptr;
    if (!map_field(record, field, instance, cells, nulls, explicit_nulls, used)) return false;
    if (used != nullptr) {
      record.copy_nodes[copy.nodes + i] =
          static_cast<std::uint32_t>(used - record.document.nodes.data()) + 1;
    }
    // Without its whole key there is no master, and what its other leaves hold does not matter.
    if (field.is_key && test_bit(nulls, field.column)) return true;
  }
  copy.has_key = true;
  return true;
}

bool map_roles(Kernel& kernel, Record& record, const EntityProgram& entity,
               std::uint32_t instance) {
  for (const RoleProgram& role : entity.roles) {
    const std::uint32_t above = instance_above(record.document, entity.chain, instance, role.level);
    std::uint32_t& known = record.copy_of[record.copy_base[role.master] + above];
    if (known == 0) {
      MasterCopy copy;
      copy.master = &record.version->masters[role.master];
      copy.instance = above;
      if (!map_copy(kernel, record, *copy.master, copy)) return false;
      record.copies.push_back(copy);
      known = static_cast<std::uint32_t>(record.copies.size());
    }
    record.row_copies.push_back(known - 1);
  }
  return true;
}

void use(Record& record, Node* node) {
  if (node == nullptr || node->use != Use::residue) return;
  node->use = Use::mapped;
  ++record.leaves_mapped;
}

bool map_outer(Record& record, const EntityProgram& entity, std::uint32_t instance, Cell* cells,
               std::uint64_t* nulls, std::uint64_t* explicit_nulls) {
  for (const FieldProgram& field : entity.outer) {
    Node* used = nullptr;
    const std::uint32_t above =
        instance_above(record.document, entity.chain, instance, field.level);
    if (!map_field(record, field, above, cells, nulls, explicit_nulls, used)) return false;
    use(record, used);
  }
  return true;
}

bool is_text(const FieldProgram& field) {
  return field.conversion.type.type == column::Type::string ||
         field.conversion.type.type == column::Type::binary;
}

/// Copies the fields of outer scopes from the row before.
void repeat_outer(Record& record, const EntityProgram& entity, const TableProgram& table,
                  Cell* cells, std::uint64_t* nulls, std::uint64_t* explicit_nulls) {
  for (const FieldProgram& field : entity.outer) {
    const int column = field.column;
    cells[column] = (cells - table.columns)[column];
    if (test_bit(explicit_nulls - table.null_words, column)) set_bit(explicit_nulls, column);
    if (test_bit(nulls - table.null_words, column)) continue;
    clear_bit(nulls, column);
    if (is_text(field)) record.repeated_bytes += cells[column].high;
  }
}

bool map_own(Record& record, const EntityProgram& entity, std::uint32_t instance,
             std::int64_t item_index, Cell* cells, std::uint64_t* nulls,
             std::uint64_t* explicit_nulls) {
  for (const FieldProgram& field : entity.own) {
    if (field.source == FieldProgram::Source::slot) {
      Node* used = nullptr;
      if (!map_field(record, field, instance, cells, nulls, explicit_nulls, used)) return false;
      use(record, used);
      continue;
    }
    const bool constant = field.source == FieldProgram::Source::constant;
    cells[field.column] = constant ? field.constant : Cell::of_int(item_index);
    clear_bit(nulls, field.column);
  }
  return true;
}

bool map_entity(Kernel& kernel, Record& record, const EntityProgram& entity) {
  const TableProgram& table = kernel.table(entity.table);
  const auto& instances = record.document.instances[entity.scope];
  RowBlock block{&entity, &table, 0, 0, 0, record.row_instances.size()};
  for (std::uint32_t i = 0; i < instances.size(); ++i) {
    if (!entity.has_row_slot || record.document.find(entity.row_slot, i) != nullptr)
      record.row_instances.push_back(i);
  }
  block.rows = static_cast<std::uint32_t>(record.row_instances.size() - block.instances);
  block.cells = record.cells.size();
  block.masks = record.nulls.size();
  record.cells.resize(block.cells + std::size_t{block.rows} * table.columns);
  record.nulls.resize(block.masks + std::size_t{block.rows} * table.null_words, ~std::uint64_t{0});
  record.explicit_nulls.resize(record.nulls.size(), 0);
  for (std::uint32_t row = 0; row < block.rows; ++row) {
    const std::uint32_t instance = record.row_instances[block.instances + row];
    Cell* const cells = record.cells.data() + block.cells + std::size_t{row} * table.columns;
    const std::size_t mask = block.masks + std::size_t{row} * table.null_words;
    std::uint64_t* const nulls = record.nulls.data() + mask;
    std::uint64_t* const explicit_nulls = record.explicit_nulls.data() + mask;
    // One array: the element's index. Arrays in arrays: the row's number in the record.
    const bool one_array = entity.pointer_parts.size() == 2;
    const std::int64_t item = one_array ? record.document.nodes[instances[instance].node].key : row;
    const bool same_parent =
        row > 0 && instances[record.row_instances[block.instances + row - 1]].parent ==
                       instances[instance].parent;
    if (same_parent) {
      repeat_outer(record, entity, table, cells, nulls, explicit_nulls);
    } else if (!map_outer(record, entity, instance, cells, nulls, explicit_nulls)) {
      return false;
    }
    if (!map_own(record, entity, instance, item, cells, nulls, explicit_nulls)) return false;
    if (!map_roles(kernel, record, entity, instance)) return false;
  }
  record.blocks.push_back(block);
  return true;
}

}  // namespace

void Record::reset() {
  version = nullptr;
  shape_is_unknown = false;
  room.clear();
  cells.clear();
  nulls.clear();
  explicit_nulls.clear();
  row_instances.clear();
  blocks.clear();
  copies.clear();
  copy_nodes.clear();
  copy_of.clear();
  copy_base.clear();
  row_copies.clear();
  repeated_bytes = 0;
  leaves_mapped = leaves_master = 0;
  content = {};
}

bool map(Kernel& kernel, Record& record) {
  std::uint32_t total = 0;
  for (const MasterProgram& master : record.version->masters) {
    record.copy_base.push_back(total);
    total += static_cast<std::uint32_t>(record.document.instances[master.scope].size());
  }
  record.copy_of.assign(total, 0);
  for (const EntityProgram& entity : record.version->entities) {
    if (!map_entity(kernel, record, entity)) return false;
  }
  return true;
}

}  // namespace assay::refine
