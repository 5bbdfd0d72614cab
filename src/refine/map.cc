// Stage 3: leaves become typed values, by the rules of each record's version.

#include <algorithm>
#include <limits>

#include "refine/copy_mapper.h"
#include "refine/kernel.h"
#include "refine/refusal.h"

namespace assay::refine {
namespace {

/// Maps the records of a block that the rules of one version map.
class VersionMapper {
 public:
  VersionMapper(Kernel& kernel, Block& block, const VersionProgram& version,
                const std::vector<std::uint32_t>& members, CopyMapper& copies)
      : kernel_(kernel), block_(block), version_(version), members_(members), copies_(copies) {
    copies_.begin();
  }

  void run() {
    const std::size_t first = block_.entities.size();
    for (std::size_t i = 0; i < version_.entities.size(); ++i) map_entity(i);
    copies_.run(kernel_, block_);
    for (std::size_t i = first; i < block_.entities.size(); ++i)
      copies_.settle_rows(block_, block_.entities[i]);
  }

 private:
  void map_entity(std::size_t number);
  void list_rows(std::size_t number, EntityRows& made);
  void map_field(const FieldProgram& field, std::size_t entity, std::size_t field_number,
                 const EntityRows& made);
  void compute_field(const FieldProgram& field, std::size_t entity, std::size_t field_number,
                     const EntityRows& made);
  void number_items(const FieldProgram& field, const EntityProgram& entity, const EntityRows& made);
  void count_repeated(const FieldProgram& field, const EntityRows& made);
  void leave_null(const EntityProgram& entity, const EntityRows& made);

  Kernel& kernel_;
  Block& block_;
  const VersionProgram& version_;
  const std::vector<std::uint32_t>& members_;
  CopyMapper& copies_;
};

void VersionMapper::list_rows(std::size_t number, EntityRows& made) {
  const EntityProgram& entity = version_.entities[number];
  Rows& rows = kernel_.rows_of(entity.table);
  made.entity = &entity;
  made.number = number;
  made.first = rows.size;
  made.instances = block_.row_instances.size();
  const Document& document = block_.document;
  const auto& instances = document.instances[entity.scope];
  const bool has_parent = entity.chain.size() > 1;
  std::uint32_t last = std::numeric_limits<std::uint32_t>::max();
  InstanceFinder finder(document, entity.scope);
  for (const std::uint32_t member : members_) {
    const auto [begin, end] = finder.of(block_.records[member].place);
    for (std::uint32_t i = begin; i < end; ++i) {
      if (entity.has_row_slot && document.find(entity.row_slot, i) == nullptr) continue;
      const std::uint32_t parent = instances[i].parent;
      rows.repeats.push_back(has_parent && parent == last ? 1 : 0);
      last = parent;
      block_.row_instances.push_back(i);
      rows.records.push_back(member);
    }
  }
  rows.size = static_cast<std::uint32_t>(rows.records.size());
  made.count = rows.size - made.first;
}

void VersionMapper::map_field(const FieldProgram& field, std::size_t entity,
                              std::size_t field_number, const EntityRows& made) {
  Rows& rows = kernel_.rows_of(made.entity->table);
  kernel_.mapper.map(field, kernel_.ladder.bases(field.level), made.count, rows, made.first,
                     kMapped);
  for (const Misfit& misfit : kernel_.mapper.misfits) {
    Record& record = block_.records[rows.records[made.first + misfit.row]];
    const FaultRank rank = FaultPlace{entity, misfit.row, field_number, 0}.rank();
    if (rank < record.fault_rank) record.refuse(rank, misfit_fault(block_.document, field, misfit));
  }
}

void VersionMapper::compute_field(const FieldProgram& field, std::size_t entity,
                                  std::size_t field_number, const EntityRows& made) {
  Rows& rows = kernel_.rows_of(made.entity->table);
  kernel_.computer.fill(field, rows, made.first, made.count, block_);
  for (const ComputedMisfit& misfit : kernel_.computer.misfits) {
    Record& record = block_.records[rows.records[made.first + misfit.row]];
    const FaultRank rank = FaultPlace{entity, misfit.row, field_number, 0}.rank();
    if (rank >= record.fault_rank) continue;
    record.refuse(rank, computed_fault(block_.document, field, made.entity->chain,
                                       block_.row_instances[made.instances + misfit.row], misfit));
  }
}

/// One array: the element's index. Arrays in arrays: the row's number in the record.
void VersionMapper::number_items(const FieldProgram& field, const EntityProgram& entity,
                                 const EntityRows& made) {
  Rows& rows = kernel_.rows_of(entity.table);
  Cell* const cells = rows.cells(field.column) + made.first;
  const std::uint32_t* const instances = block_.row_instances.data() + made.instances;
  const std::uint32_t* const records = rows.records.data() + made.first;
  const auto& elements = block_.document.instances[entity.scope];
  const bool one_array = entity.pointer_parts.size() == 2;
  std::uint32_t number = 0;
  for (std::uint32_t row = 0; row < made.count; ++row) {
    number = row > 0 && records[row] == records[row - 1] ? number + 1 : 0;
    cells[row] = Cell::of_int(one_array ? elements[instances[row]].number : number);
  }
  std::fill_n(rows.present(field.column) + made.first, made.count, Rows::kValue);
}

/// Texts that rows repeat are paid for by the record: see gate().
void VersionMapper::count_repeated(const FieldProgram& field, const EntityRows& made) {
  const column::Type type = field.conversion.type.type;
  const bool is_text = type == column::Type::string || type == column::Type::binary;
  if (!is_text || field.is_input()) return;
  const Rows& rows = kernel_.rows_of(made.entity->table);
  const Cell* const cells = rows.cells(field.column) + made.first;
  const std::uint32_t* const bases = kernel_.ladder.bases(field.level);
  const std::uint32_t* const records = rows.records.data() + made.first;
  std::size_t repeated = 0;
  for (std::uint32_t row = 1; row < made.count; ++row) {
    if (bases[row] == bases[row - 1]) {
      repeated += cells[row].high;
    } else if (repeated > 0) {
      block_.records[records[row - 1]].repeated_bytes += repeated;
      repeated = 0;
    }
  }
  if (repeated > 0) block_.records[records[made.count - 1]].repeated_bytes += repeated;
}

/// Columns that no rule of this version fills.
void VersionMapper::leave_null(const EntityProgram& entity, const EntityRows& made) {
  Rows& rows = kernel_.rows_of(entity.table);
  for (const int column : entity.unfilled) rows.fill_null(column, made.first, made.count);
}

void VersionMapper::map_entity(std::size_t number) {
  const EntityProgram& entity = version_.entities[number];
  EntityRows made;
  list_rows(number, made);
  if (made.count == 0) return;
  kernel_.ladder.climb(block_.document, entity.chain,
                       {block_.row_instances.data() + made.instances, made.count});
  leave_null(entity, made);
  std::size_t field_number = 0;
  for (const FieldProgram& field : entity.outer) {
    map_field(field, number, field_number++, made);
    count_repeated(field, made);
  }
  for (const FieldProgram& field : entity.own) {
    switch (field.source) {
      case FieldProgram::Source::slot: map_field(field, number, field_number, made); break;
      case FieldProgram::Source::item_index: number_items(field, entity, made); break;
      case FieldProgram::Source::constant:
        kernel_.rows_of(entity.table).fill(field.column, made.first, made.count, field.constant);
        break;
      case FieldProgram::Source::expression:
        compute_field(field, number, field_number, made);
        break;
    }
    ++field_number;
  }
  copies_.refer(kernel_, block_, made, number, field_number);
  block_.entities.push_back(made);
}

/// Rows and copies that the records of one leader make at most.
void count_rows(const Block& block, const VersionProgram& version,
                const std::vector<std::uint32_t>& members, std::vector<std::size_t>& of_table) {
  const auto instances = [&](std::uint32_t scope) {
    if (scope == 0) return members.size();
    std::size_t count = 0;
    InstanceFinder finder(block.document, scope);
    for (const std::uint32_t member : members) {
      const auto [begin, end] = finder.of(block.records[member].place);
      count += end - begin;
    }
    return count;
  };
  for (const EntityProgram& entity : version.entities)
    of_table[static_cast<std::size_t>(entity.table)] += instances(entity.scope);
  for (const MasterProgram& master : version.masters)
    of_table[static_cast<std::size_t>(master.table)] += instances(master.scope);
}

void begin_rows(Kernel& kernel, const Application& application, const Block& block) {
  std::vector<std::size_t>& most = kernel.rows_most;
  most.assign(kernel.program.tables.size(), 0);
  const auto& versions = application.program->versions;
  for (std::size_t i = 0; i < versions.size(); ++i) {
    if (!block.members[i].empty()) count_rows(block, versions[i], block.members[i], most);
  }
  const auto begin = [&](int table, Rows& rows) {
    rows.begin(kernel.table(table).columns + kernel.table(table).inputs,
               most[static_cast<std::size_t>(table)]);
  };
  for (const int table : kernel.event_tables) begin(table, kernel.rows_of(table));
  for (const int table : kernel.content_tables) {
    Copies& copies = kernel.copies_of(table);
    begin(table, copies.rows);
    copies.event_times.clear();
    copies.ranks.clear();
  }
}

}  // namespace

void map(Kernel& kernel, Application& application, Block& block) {
  begin_rows(kernel, application, block);
  block.entities.clear();
  block.masters.clear();
  block.row_instances.clear();
  block.row_copies.clear();
  block.copy_instances.clear();
  // A block with refused records is mapped again.
  for (Record& record : block.records) record.repeated_bytes = record.computed_bytes = 0;
  kernel.mapper.document = &block.document;
  kernel.mapper.room = &block.room;
  const auto& versions = application.program->versions;
  for (std::size_t i = 0; i < versions.size(); ++i) {
    if (block.members[i].empty()) continue;
    VersionMapper(kernel, block, versions[i], block.members[i], application.copies[i]).run();
  }
}

}  // namespace assay::refine
