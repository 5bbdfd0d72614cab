#include "refine/copy_mapper.h"

#include <algorithm>
#include <limits>

namespace assay::refine {
namespace {

constexpr Micros kUndated = std::numeric_limits<Micros>::min();

}  // namespace

void CopyMapper::begin(Draft& draft, const Block& block) const {
  draft.of_instance.assign(block.document.instances[draft.master->scope].size(), 0);
}

void CopyMapper::refer(Kernel& kernel, Block& block, EntityRows& rows, std::size_t number,
                       std::size_t fields) {
  const EntityProgram& entity = *rows.entity;
  rows.copies = block.row_copies.size();
  block.row_copies.resize(rows.copies + entity.roles.size() * rows.count);
  const Rows& table = kernel.rows_of(entity.table);
  const Cell* const times =
      entity.event_time_column < 0 ? nullptr : table.cells(entity.event_time_column) + rows.first;
  for (std::size_t i = 0; i < entity.roles.size(); ++i) {
    const RoleProgram& role = entity.roles[i];
    Draft& draft = drafts_[role.master];
    if (draft.of_instance.empty()) begin(draft, block);
    const std::uint32_t* const instances = kernel.ladder.instances(role.level);
    std::uint32_t* const named = block.row_copies.data() + rows.copies + i * rows.count;
    for (std::uint32_t row = 0; row < rows.count; ++row) {
      std::uint32_t& known = draft.of_instance[instances[row]];
      if (known == 0) {
        draft.instances.push_back(instances[row]);
        draft.records.push_back(table.records[rows.first + row]);
        draft.event_times.push_back(kUndated);
        draft.places.push_back({number, row, fields + i, 0});
        known = static_cast<std::uint32_t>(draft.instances.size());
      }
      Micros& time = draft.event_times[known - 1];
      if (times != nullptr && time == kUndated) time = times[row].integer();
      named[row] = known - 1;
    }
  }
}

void CopyMapper::map_fields(Kernel& kernel, Block& block, const Draft& draft, std::uint32_t first,
                            bool keys) const {
  const MasterProgram& master = *draft.master;
  Rows& rows = kernel.copies_of(master.table).rows;
  const auto count = static_cast<std::uint32_t>(draft.instances.size());
  const std::size_t begin = keys ? 0 : master.key_count;
  const std::size_t end = keys ? master.key_count : master.fields.size();
  for (std::size_t i = begin; i < end; ++i) {
    const FieldProgram& field = master.fields[i];
    if (field.source == FieldProgram::Source::constant) {
      std::fill_n(rows.cells(field.column) + first, count, field.constant);
      std::fill_n(rows.present(field.column) + first, count, Rows::kValue);
      continue;
    }
    kernel.mapper.map(field, kernel.ladder.bases(field.level), count, rows, first,
                      keys ? 0 : kMaster);
    for (const Misfit& misfit : kernel.mapper.misfits) {
      Record& record = block.records[draft.records[misfit.row]];
      FaultPlace place = draft.places[misfit.row];
      place.master_field = i;
      if (place.rank() < record.fault_rank)
        record.refuse(place.rank(), misfit_fault(block.document, field, misfit));
    }
  }
}

/// Leaves the copies without a whole key out of the draft; false where there are none.
bool CopyMapper::drop_keyless(Kernel& kernel, Draft& draft, std::uint32_t first) const {
  const MasterProgram& master = *draft.master;
  const Rows& rows = kernel.copies_of(master.table).rows;
  const auto count = static_cast<std::uint32_t>(draft.instances.size());
  std::uint32_t kept = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    bool whole = true;
    for (std::size_t key = 0; key < master.key_count; ++key)
      whole = whole && rows.present(master.fields[key].column)[first + i] != Rows::kNull;
    draft.rows[i] = whole ? first + kept : kNoCopy;
    if (!whole) continue;
    draft.instances[kept] = draft.instances[i];
    draft.records[kept] = draft.records[i];
    draft.event_times[kept] = draft.event_times[i];
    draft.places[kept] = draft.places[i];
    ++kept;
  }
  draft.instances.resize(kept);
  draft.records.resize(kept);
  draft.event_times.resize(kept);
  draft.places.resize(kept);
  return kept < count;
}

void CopyMapper::map_draft(Kernel& kernel, Block& block, Draft& draft) {
  const MasterProgram& master = *draft.master;
  Copies& copies = kernel.copies_of(master.table);
  Rows& rows = copies.rows;
  const std::uint32_t first = rows.size;
  const std::size_t explicit_nulls = rows.explicit_nulls.size();
  draft.rows.resize(draft.instances.size());
  kernel.ladder.climb(block.document, master.chain, draft.instances);
  map_fields(kernel, block, draft, first, true);
  if (drop_keyless(kernel, draft, first)) {
    // What the others hold does not matter: their leaves stay residue.
    rows.explicit_nulls.resize(explicit_nulls);
    kernel.ladder.climb(block.document, master.chain, draft.instances);
    map_fields(kernel, block, draft, first, true);
  }
  const auto count = static_cast<std::uint32_t>(draft.instances.size());
  for (std::size_t key = 0; key < master.key_count; ++key) {
    const FieldProgram& field = master.fields[key];
    if (field.source != FieldProgram::Source::slot) continue;
    const std::uint32_t* const bases = kernel.ladder.bases(field.level);
    for (std::uint32_t i = 0; i < count; ++i)
      block.document.uses[block.document.slots[bases[i] + field.slot.slot] - 1] |= kMaster;
  }
  map_fields(kernel, block, draft, first, false);
  for (const int column : master.unfilled)
    std::fill_n(rows.present(column) + first, count, Rows::kNull);
  rows.size += count;
  rows.records.insert(rows.records.end(), draft.records.begin(), draft.records.end());
  for (const Micros time : draft.event_times)
    copies.event_times.push_back(time == kUndated ? kernel.slab->ingest_time : time);
  copies.places.insert(copies.places.end(), draft.places.begin(), draft.places.end());
  block.masters.push_back({&master, first, count, block.copy_instances.size()});
  block.copy_instances.insert(block.copy_instances.end(), draft.instances.begin(),
                              draft.instances.end());
}

void CopyMapper::run(Kernel& kernel, Block& block) {
  for (Draft& draft : drafts_) {
    if (!draft.instances.empty()) map_draft(kernel, block, draft);
  }
}

void CopyMapper::settle_rows(Block& block, const EntityRows& rows) const {
  std::uint32_t* named = block.row_copies.data() + rows.copies;
  for (const RoleProgram& role : rows.entity->roles) {
    const std::vector<std::uint32_t>& settled = drafts_[role.master].rows;
    for (std::uint32_t row = 0; row < rows.count; ++row, ++named) *named = settled[*named];
  }
}

}  // namespace assay::refine
