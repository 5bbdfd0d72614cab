#include "refine/copy_mapper.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "refine/kernel.h"
#include "refine/refusal.h"

namespace assay::refine {
namespace {

constexpr Micros kUndated = std::numeric_limits<Micros>::min();

}  // namespace

void CopyMapper::begin() {
  for (Draft& draft : drafts_) {
    draft.instances.clear();
    draft.copies.clear();
    draft.of_instance.clear();
    draft.rows.clear();
  }
}

void CopyMapper::refer(Kernel& kernel, Block& block, EntityRows& rows, std::size_t number,
                       std::size_t fields) {
  const EntityProgram& entity = *rows.entity;
  rows.copies = block.row_copies.size();
  block.row_copies.resize(rows.copies + entity.roles.size() * rows.count);
  for (std::size_t i = 0; i < entity.roles.size(); ++i) {
    const RoleProgram& role = entity.roles[i];
    Draft& draft = drafts_[role.master];
    if (draft.of_instance.empty())
      draft.of_instance.resize(block.document.instances[draft.master->scope].size());
    name_copies(draft, kernel.rows_of(entity.table), rows, kernel.ladder.instances(role.level),
                FaultPlace{number, 0, fields + i, 0},
                block.row_copies.data() + rows.copies + i * rows.count);
  }
}

void CopyMapper::name_copies(Draft& draft, const Rows& table, const EntityRows& rows,
                             const std::uint32_t* instances, FaultPlace place,
                             std::uint32_t* named) {
  const int column = rows.entity->event_time_column;
  const Cell* const times = column < 0 ? nullptr : table.cells(column) + rows.first;
  std::size_t count = draft.copies.size();
  draft.instances.resize(count + rows.count);
  draft.copies.resize(count + rows.count);
  for (std::uint32_t row = 0; row < rows.count; ++row) {
    if (row > 0 && instances[row] == instances[row - 1]) {
      named[row] = named[row - 1];
      continue;
    }
    std::uint32_t& known = draft.of_instance[instances[row]];
    if (known == 0) {
      place.row = row;
      draft.instances[count] = instances[row];
      draft.copies[count] = {kUndated, place.rank(), table.records[rows.first + row]};
      known = static_cast<std::uint32_t>(++count);
    }
    named[row] = known - 1;
    Micros& time = draft.copies[known - 1].event_time;
    if (times != nullptr && time == kUndated) time = times[row].integer();
  }
  draft.instances.resize(count);
  draft.copies.resize(count);
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
      rows.fill(field.column, first, count, field.constant);
      continue;
    }
    if (field.source == FieldProgram::Source::expression) {
      compute_field(kernel, block, draft, first, i);
      continue;
    }
    kernel.mapper.map(field, kernel.ladder.bases(field.level), count, rows, first,
                      keys ? 0 : kMaster);
    for (const Misfit& misfit : kernel.mapper.misfits) {
      const Copy& copy = draft.copies[misfit.row];
      Record& record = block.records[copy.record];
      const FaultRank rank = FaultPlace::of_master_field(copy.rank, i);
      if (rank < record.fault_rank)
        record.refuse(rank, misfit_fault(block.document, field, misfit));
    }
  }
}

void CopyMapper::compute_field(Kernel& kernel, Block& block, const Draft& draft,
                               std::uint32_t first, std::size_t number) const {
  const FieldProgram& field = draft.master->fields[number];
  kernel.computer.fill(field, kernel.copies_of(draft.master->table).rows, first,
                       static_cast<std::uint32_t>(draft.copies.size()), block);
  for (const ComputedMisfit& misfit : kernel.computer.misfits) {
    const Copy& copy = draft.copies[misfit.row];
    Record& record = block.records[copy.record];
    const FaultRank rank = FaultPlace::of_master_field(copy.rank, number);
    if (rank >= record.fault_rank) continue;
    record.refuse(rank, computed_fault(block.document, field, draft.master->chain,
                                       draft.instances[misfit.row], misfit));
  }
}

/// Leaves the copies without a whole key out of the draft; false where there are none.
bool CopyMapper::drop_keyless(const Rows& rows, Draft& draft, std::uint32_t first) const {
  const MasterProgram& master = *draft.master;
  const auto count = static_cast<std::uint32_t>(draft.copies.size());
  draft.rows.resize(count);
  std::iota(draft.rows.begin(), draft.rows.end(), first);
  bool whole = true;
  for (std::size_t key = 0; key < master.key_count && whole; ++key)
    whole = !rows.any_null(master.fields[key].column, first, count);
  if (whole) return false;
  std::uint32_t kept = 0;
  for (std::uint32_t i = 0; i < count; ++i) {
    bool has_key = true;
    for (std::size_t key = 0; key < master.key_count; ++key)
      has_key = has_key && rows.present(master.fields[key].column)[first + i] != Rows::kNull;
    draft.rows[i] = has_key ? first + kept : kNoCopy;
    if (!has_key) continue;
    draft.instances[kept] = draft.instances[i];
    draft.copies[kept++] = draft.copies[i];
  }
  draft.instances.resize(kept);
  draft.copies.resize(kept);
  return true;
}

void CopyMapper::map_draft(Kernel& kernel, Block& block, Draft& draft) {
  const MasterProgram& master = *draft.master;
  Copies& copies = kernel.copies_of(master.table);
  Rows& rows = copies.rows;
  const std::uint32_t first = rows.size;
  const std::size_t explicit_nulls = rows.explicit_nulls.size();
  kernel.ladder.climb(block.document, master.chain, draft.instances);
  map_fields(kernel, block, draft, first, true);
  if (drop_keyless(rows, draft, first)) {
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
  for (const Copy& copy : draft.copies) rows.records.push_back(copy.record);
  map_fields(kernel, block, draft, first, false);
  for (const int column : master.unfilled) rows.fill_null(column, first, count);
  rows.size += count;
  for (const Copy& copy : draft.copies) {
    copies.event_times.push_back(copy.event_time == kUndated ? kernel.slab->ingest_time
                                                             : copy.event_time);
    copies.ranks.push_back(copy.rank);
  }
  const auto number = static_cast<std::size_t>(&draft - drafts_.data());
  block.masters.push_back({&master, number, first, count, block.copy_instances.size()});
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
