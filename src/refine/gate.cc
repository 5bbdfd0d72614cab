// Stage 4: what must be there, is there.

#include <fmt/format.h>

#include <algorithm>

#include "refine/kernel.h"
#include "refine/likeness.h"
#include "refine/refusal.h"

namespace assay::refine {
namespace {

/// Whether a row says that its key was deleted.
bool is_deletion(const EntityProgram& entity, const Rows& rows, std::uint32_t row) {
  if (entity.deletion_column < 0) return false;
  if (rows.present(entity.deletion_column)[row] == Rows::kNull) return false;
  const auto& values = entity.deletion_values;
  const std::string_view said = rows.cells(entity.deletion_column)[row].bytes();
  return std::find(values.begin(), values.end(), said) != values.end();
}

/// Refuses the records of rows that lack a needed field: for the first such row, and of that for
/// the first column.
void check_rows(Kernel& kernel, Block& block, const EntityRows& made) {
  const EntityProgram& entity = *made.entity;
  const Rows& rows = kernel.rows_of(entity.table);
  std::vector<const FieldProgram*> lacking;
  for (const auto* fields : {&entity.outer, &entity.own}) {
    for (const FieldProgram& field : *fields) {
      if (field.needed() && rows.any_null(field.column, made.first, made.count))
        lacking.push_back(&field);
    }
  }
  if (lacking.empty()) return;
  std::sort(lacking.begin(), lacking.end(),
            [](const FieldProgram* a, const FieldProgram* b) { return a->column < b->column; });
  for (std::uint32_t row = 0; row < made.count; ++row) {
    Record& record = block.records[rows.records[made.first + row]];
    if (record.refused()) continue;
    const bool deletion = is_deletion(entity, rows, made.first + row);
    const auto missing =
        std::find_if(lacking.begin(), lacking.end(), [&](const FieldProgram* field) {
          if (deletion && !field->is_needed_of_deletion) return false;
          return rows.present(field->column)[made.first + row] == Rows::kNull;
        });
    if (missing == lacking.end()) continue;
    const FieldProgram& field = own_field(record.version->entities[made.number], entity, **missing);
    record.refuse(0, missing_fault(block.document, field, entity.chain,
                                   block.row_instances[made.instances + row]));
  }
}

void check_copies(Kernel& kernel, Block& block, const MasterCopies& made) {
  const Copies& copies = kernel.copies_of(made.master->table);
  const auto& fields = made.master->fields;
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (!fields[i].required || !copies.rows.any_null(fields[i].column, made.first, made.count))
      continue;
    for (std::uint32_t copy = 0; copy < made.count; ++copy) {
      if (copies.rows.present(fields[i].column)[made.first + copy] != Rows::kNull) continue;
      Record& record = block.records[copies.rows.records[made.first + copy]];
      // Behind every fault of a row, whose rank is 0.
      const FaultRank rank = FaultPlace::of_master_field(copies.ranks[made.first + copy], i) + 1;
      if (record.fault_rank <= rank) continue;
      const FieldProgram& field = record.version->masters[made.number].fields[i];
      record.refuse(rank, missing_fault(block.document, field, made.master->chain,
                                        block.copy_instances[made.instances + copy]));
    }
  }
}

}  // namespace

void gate(Kernel& kernel, Block& block) {
  for (const EntityRows& rows : block.entities) check_rows(kernel, block, rows);
  for (const MasterCopies& copies : block.masters) check_copies(kernel, block, copies);
  for (Record& record : block.records) {
    const std::size_t most = kOutputPerInputMax * record.bytes.size();
    if (record.refused()) continue;
    if (record.repeated_bytes > most) {
      record.refuse(0, {Code::json_too_large,
                        fmt::format("texts that all rows of the record repeat come to {} bytes",
                                    record.repeated_bytes),
                        ""});
    } else if (record.computed_bytes > kComputedTextMin + most) {
      record.refuse(0, {Code::json_too_large,
                        fmt::format("texts that expressions make of the record come to {} bytes",
                                    record.computed_bytes),
                        ""});
    }
  }
}

}  // namespace assay::refine
