// Stage 6: every leaf is counted, what no rule took is kept, and the rows are written.

#include <charconv>

#include "refine/kernel.h"

namespace assay::refine {
namespace {

/// The JSON Pointer of a row's item.
void append_row_pointer(const Record& record, const EntityProgram& entity, std::uint32_t instance,
                        std::string& out) {
  const std::size_t wildcards = entity.pointer_parts.size() - 1;
  std::uint32_t indices[8];
  std::uint32_t at = instance;
  for (std::size_t i = 0; i < wildcards; ++i) {
    const Instance& element = record.document.instances[entity.chain[i]][at];
    indices[wildcards - 1 - i] = record.document.nodes[element.node].key;
    at = element.parent;
  }
  out += entity.pointer_parts[0];
  for (std::size_t i = 0; i < wildcards; ++i) {
    char digits[16];
    const auto end = std::to_chars(digits, digits + sizeof digits, indices[i]).ptr;
    out.append(digits, end);
    out += entity.pointer_parts[i + 1];
  }
}

void write_rows(Kernel& kernel, Record& record, const RowBlock& block) {
  const TableProgram& table = *block.table;
  const auto& schema = kernel.program.plan->tables[static_cast<std::size_t>(table.table)];
  TableWriter& writer = kernel.writer(table.table);
  for (std::uint32_t row = 0; row < block.rows; ++row) {
    const std::size_t cells = block.cells + std::size_t{row} * table.columns;
    const std::size_t masks = block.masks + std::size_t{row} * table.null_words;
    set_null_fields(table, schema, record, cells, masks);
    encode_row(table, record.cells.data() + cells, record.nulls.data() + masks, kernel.row_bytes);
    const Hash128 hash = kernel.row_bytes.hash();
    record.content.add(hash);
    writer.start_row();
    append_row(table, record.cells.data() + cells, record.nulls.data() + masks, writer);
    if (table.system.row_hash >= 0) writer.hash(table.system.row_hash, hash);
    if (table.system.pointer >= 0) {
      kernel.text.clear();
      append_row_pointer(record, *block.entity, record.row_instances[block.instances + row],
                         kernel.text);
      writer.text(table.system.pointer, with_slack(kernel.text));
    }
    writer.finish_row(record.index);
  }
}

/// Hash of the root entity's name and key: what `dedupe: key+content` compares.
Hash128 key_hash(Kernel& kernel, const Record& record) {
  const RowBlock& root = record.blocks[0];
  const auto& schema = kernel.program.plan->tables[static_cast<std::size_t>(root.table->table)];
  RowBytes& bytes = kernel.row_bytes;
  bytes.clear();
  bytes.put_varint(root.entity->entity.size());
  bytes.raw(root.entity->entity);
  int key_id = 0;
  for (const int column : root.entity->key_columns) {
    const column::DataType& type = schema.fields[static_cast<std::size_t>(column)].type;
    const ColumnProgram value{column, type.type, true, value_header(++key_id, type)};
    if (!test_bit(record.nulls.data() + root.masks, column)) {
      encode_value(value, record.cells[root.cells + static_cast<std::size_t>(column)], bytes);
    }
  }
  return bytes.hash();
}

void write_residue(Kernel& kernel, Application& application, Record& record,
                   std::uint32_t leaf_count) {
  kernel.text.clear();
  append_residue(application.shapes, record.document, kernel.text);
  const int index = kernel.program.plan->residue_table;
  const TableProgram& table = kernel.table(index);
  const auto& schema = kernel.program.plan->tables[static_cast<std::size_t>(index)];
  std::vector<Cell>& cells = kernel.residue_cells;
  const std::string_view text = with_slack(kernel.text);
  cells[static_cast<std::size_t>(schema.index_of("leaves"))] = Cell::of_bytes(text);
  cells[static_cast<std::size_t>(schema.index_of("leaf_count"))] = Cell::of_int(leaf_count);
  const std::uint64_t nulls = 0;
  encode_row(table, cells.data(), &nulls, kernel.row_bytes);
  const Hash128 hash = kernel.row_bytes.hash();
  record.content.add(hash);
  TableWriter& writer = kernel.writer(index);
  writer.start_row();
  append_row(table, cells.data(), &nulls, writer);
  writer.hash(table.system.row_hash, hash);
  const RowBlock& root = record.blocks[0];
  const int time = root.entity->event_time_column;
  const Micros event_time =
      time < 0 ? kernel.slab->ingest_time
               : record.cells[root.cells + static_cast<std::size_t>(time)].integer();
  writer.int64(table.system.event_time, event_time);
  writer.finish_row(record.index);
}

}  // namespace

std::string_view with_slack(std::string& text) {
  const std::size_t size = text.size();
  text.append(TextRoom::kSlack, '\0');
  return std::string_view(text).substr(0, size);
}

void account(Kernel& kernel, Application& application, Record& record) {
  Accounting& counts = kernel.result->accounting;
  const std::uint32_t leaves = record.document.leaf_count;
  const std::uint32_t residue = leaves - record.leaves_mapped - record.leaves_master;
  for (const RowBlock& block : record.blocks) write_rows(kernel, record, block);
  if (residue > 0) write_residue(kernel, application, record, residue);
  counts.leaves += leaves;
  counts.leaves_mapped += record.leaves_mapped;
  counts.leaves_master += record.leaves_master;
  counts.leaves_residue += residue;
  ++counts.refined;
  ++application.refined[record.version_index];
  RecordOutcome& outcome = kernel.result->records[record.index];
  outcome.refined = true;
  outcome.key_hash = key_hash(kernel, record);
  outcome.content_hash = {record.content.high, record.content.low};
}

}  // namespace assay::refine
