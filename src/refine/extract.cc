// Stage 5: embedded masters.

#include <cstring>

#include "refine/kernel.h"

namespace assay::refine {
namespace {

/// The instant of the first row that embeds each copy: a content row says when it was seen.
void date_copies(const Kernel& kernel, Record& record) {
  for (MasterCopy& copy : record.copies) copy.event_time = kernel.slab->ingest_time;
  std::size_t at = record.row_copies.size();
  for (auto block = record.blocks.rbegin(); block != record.blocks.rend(); ++block) {
    const std::size_t roles = block->entity->roles.size();
    for (std::uint32_t row = block->rows; row > 0; --row) {
      at -= roles;
      const int column = block->entity->event_time_column;
      if (column < 0) continue;
      const std::size_t cell = block->cells + std::size_t{row - 1} * block->table->columns;
      const Micros time = record.cells[cell + static_cast<std::size_t>(column)].integer();
      for (std::size_t role = 0; role < roles; ++role)
        record.copies[record.row_copies[at + role]].event_time = time;
    }
  }
}

void mark_leaves(Record& record, const MasterCopy& copy) {
  for (std::size_t i = 0; i < copy.master->fields.size(); ++i) {
    const std::uint32_t held = record.copy_nodes[copy.nodes + i];
    if (held == 0) continue;
    Node& node = record.document.nodes[held - 1];
    if (node.use == Use::master) continue;
    if (node.use == Use::mapped) --record.leaves_mapped;
    node.use = Use::master;
    ++record.leaves_master;
  }
}

void append_content(Kernel& kernel, const Record& record, const MasterCopy& copy,
                    const Hash128& hash) {
  const TableProgram& table = kernel.table(copy.master->table);
  TableWriter& writer = kernel.writer(copy.master->table);
  writer.start_row();
  append_row(table, record.cells.data() + copy.cells, record.nulls.data() + copy.masks, writer);
  if (table.system.content_hash >= 0) writer.hash(table.system.content_hash, hash);
  if (table.system.event_time >= 0) writer.int64(table.system.event_time, copy.event_time);
  writer.finish_row(record.index);
}

/// Of several copies of one content the least in (event time, record id) is told.
void consider(Kernel& kernel, const Record& record, const MasterCopy& copy,
              ContentSet::Entry& entry) {
  if (copy.event_time > entry.event_time) return;
  TableWriter& writer = kernel.writer(copy.master->table);
  const auto& coordinates = kernel.slab->coordinates;
  const std::uint32_t told = writer.record_of_row()[entry.row];
  if (copy.event_time == entry.event_time &&
      !(coordinates[record.index].record_id < coordinates[told].record_id)) {
    return;
  }
  entry.event_time = copy.event_time;
  writer.move_row(entry.row, record.index);
  const int column = kernel.table(copy.master->table).system.event_time;
  if (column >= 0) writer.overwrite_int64(column, entry.row, copy.event_time);
}

void take_copy(Kernel& kernel, Record& record, MasterCopy& copy) {
  const TableProgram& table = kernel.table(copy.master->table);
  const auto& schema = kernel.program.plan->tables[static_cast<std::size_t>(copy.master->table)];
  set_null_fields(table, schema, record, copy.cells, copy.masks);
  encode_row(table, record.cells.data() + copy.cells, record.nulls.data() + copy.masks,
             kernel.row_bytes);
  const Hash128 hash = kernel.row_bytes.hash();
  bool added = false;
  ContentSet::Entry& entry =
      kernel.contents[static_cast<std::size_t>(copy.master->table)].find(hash, added);
  if (added) {
    entry.row = kernel.writer(copy.master->table).rows();
    entry.event_time = copy.event_time;
    append_content(kernel, record, copy, hash);
  } else {
    consider(kernel, record, copy, entry);
  }
  const std::uint64_t halves[2] = {__builtin_bswap64(hash.high), __builtin_bswap64(hash.low)};
  char* const bytes = record.room.reserve(sizeof halves);
  std::memcpy(bytes, halves, sizeof halves);
  copy.hash_cell = Cell::of_bytes(record.room.keep(sizeof halves));
  record.content.add(hash);
  if (copy.master->primary) ++kernel.masters_seen[copy.master->entity_index];
}

void refer(Record& record, const RowBlock& block, std::uint32_t row, const RoleProgram& role,
           const MasterCopy& copy) {
  if (!copy.has_key) return;  // the reference stays null
  Cell* const cells = record.cells.data() + block.cells + std::size_t{row} * block.table->columns;
  std::uint64_t* const nulls =
      record.nulls_at(block.masks + std::size_t{row} * block.table->null_words);
  for (std::size_t i = 0; i < role.reference_keys.size(); ++i) {
    const int column = role.reference_keys[i];
    cells[column] = record.cells[copy.cells + static_cast<std::size_t>(role.master_key_columns[i])];
    clear_bit(nulls, column);
  }
  if (role.order_column >= 0 && !test_bit(record.nulls_at(copy.masks), role.order_field)) {
    cells[role.order_column] =
        record.cells[copy.cells + static_cast<std::size_t>(role.order_field)];
    clear_bit(nulls, role.order_column);
  }
  if (role.reference_hash < 0) return;
  cells[role.reference_hash] = copy.hash_cell;
  clear_bit(nulls, role.reference_hash);
}

}  // namespace

void extract(Kernel& kernel, Record& record) {
  if (record.copies.empty()) return;
  date_copies(kernel, record);
  for (MasterCopy& copy : record.copies) {
    if (!copy.has_key) continue;
    take_copy(kernel, record, copy);
    mark_leaves(record, copy);
  }
  std::size_t at = 0;
  for (const RowBlock& block : record.blocks) {
    for (std::uint32_t row = 0; row < block.rows; ++row) {
      for (const RoleProgram& role : block.entity->roles) {
        refer(record, block, row, role, record.copies[record.row_copies[at++]]);
      }
    }
  }
}

}  // namespace assay::refine
