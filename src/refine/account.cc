// Stage 6: every leaf is counted, what no rule took is kept, and the rows are written.

#include <algorithm>

#include "refine/kernel.h"

namespace assay::refine {
namespace {

/// The record's own key, and when it happened.
void name_records(Kernel& kernel, Block& block, const EntityRows& made) {
  const EntityProgram& entity = *made.entity;
  const Rows& rows = kernel.rows_of(entity.table);
  kernel.hashes.resize(made.count);
  kernel.hasher.hash(entity.key, entity.key_prefix, rows, made.first, made.count,
                     kernel.hashes.data());
  const int time = entity.event_time_column;
  for (std::uint32_t i = 0; i < made.count; ++i) {
    const std::uint32_t row = made.first + i;
    Record& record = block.records[rows.records[row]];
    kernel.result->records[record.index].key_hash = kernel.hashes[i];
    record.event_time = time < 0 ? kernel.slab->ingest_time : rows.cells(time)[row].integer();
    // A deletion need not know when what it deletes had happened.
    if (entity.deletion_column >= 0 && time >= 0 && rows.present(time)[row] == Rows::kNull)
      record.event_time = kernel.slab->ingest_time;
  }
}

void hash_rows(Kernel& kernel, const Block& block, int table, const Rows& rows) {
  kernel.hashes.resize(rows.size);
  std::uint32_t done = 0;
  for (const EntityRows& made : block.entities) {
    if (made.entity->table != table) continue;
    kernel.hasher.hash(made.entity->hashed, rows, made.first, made.count,
                       kernel.hashes.data() + made.first, &made.entity->outer_columns);
    done += made.count;
  }
  // Tables without an entity: residue.
  if (done > 0) return;
  kernel.hasher.hash(kernel.table(table).values, rows, 0, rows.size, kernel.hashes.data(), nullptr);
}

/// Writes the block's rows of one table. `event_times` where the table keeps them beside the rows.
void write_rows(Kernel& kernel, Block& block, int table, const Micros* event_times) {
  Rows& rows = kernel.rows_of(table);
  if (rows.size == 0) return;
  const TableProgram& program = kernel.table(table);
  TableWriter& writer = kernel.writer(table);
  set_null_fields(program, kernel.schema(table), rows, block.room);
  hash_rows(kernel, block, table, rows);
  for (std::uint32_t row = 0; row < rows.size; ++row)
    block.records[rows.records[row]].content.add(kernel.hashes[row]);
  writer.reserve(rows.size);
  writer.append(program.values, rows, rows.size);
  writer.append_hashes(program.system.row_hash, kernel.hashes.data(), rows.size);
  if (program.system.pointer >= 0)
    writer.append_texts(program.system.pointer, kernel.pointers.of(block, table, rows), rows.size);
  if (event_times != nullptr)
    writer.append_int64(program.system.event_time, event_times, rows.size);
  writer.add_rows(block.records.data(), rows.records);
}

/// Counts the leaves of a record by their use, and answers how many have none.
std::int64_t count_leaves(const Document& document, const Record& record, Accounting& counts) {
  std::int64_t mapped = 0;
  std::int64_t master = 0;
  const Uses* const uses = document.uses.data();
  for (std::uint32_t i = record.nodes_begin; i < record.nodes_end; ++i) {
    mapped += uses[i] == kMapped ? 1 : 0;
    master += (uses[i] & kMaster) != 0 ? 1 : 0;
  }
  const std::int64_t residue = record.leaf_count - mapped - master;
  counts.leaves += record.leaf_count;
  counts.leaves_mapped += mapped;
  counts.leaves_master += master;
  counts.leaves_residue += residue;
  return residue;
}

/// One row for each record with leaves that no rule took.
class ResidueKeeper {
 public:
  ResidueKeeper(Kernel& kernel, const Application& application, Block& block)
      : kernel_(kernel), application_(application), block_(block) {
    kernel.text.clear();
  }

  void add(std::uint32_t record, std::int64_t leaves) {
    append_residue(application_.shapes, block_.document, block_.records[record], kernel_.text);
    found_.push_back({record, leaves, kernel_.text.size()});
  }

  void write() {
    if (found_.empty()) return;
    kernel_.text.append(TextRoom::kSlack, '\0');
    const int table = kernel_.program.plan->residue_table;
    const column::TableSchema& schema = kernel_.schema(table);
    Rows& rows = kernel_.rows_of(table);
    rows.begin(kernel_.table(table).columns, found_.size());
    Cell* const texts = rows.cells(schema.index_of("leaves"));
    Cell* const counts = rows.cells(schema.index_of("leaf_count"));
    std::vector<Micros> times;
    std::size_t begin = 0;
    for (const Found& found : found_) {
      texts[rows.size] = Cell::of_bytes(kernel_.text.data() + begin, found.end - begin);
      counts[rows.size++] = Cell::of_int(found.leaves);
      rows.records.push_back(found.record);
      times.push_back(block_.records[found.record].event_time);
      begin = found.end;
    }
    for (const ColumnProgram& column : kernel_.table(table).values)
      std::fill_n(rows.present(column.column), rows.size, Rows::kValue);
    write_rows(kernel_, block_, table, times.data());
  }

 private:
  struct Found {
    std::uint32_t record = 0;
    std::int64_t leaves = 0;
    std::size_t end = 0;  ///< of its text in Kernel::text
  };

  Kernel& kernel_;
  const Application& application_;
  Block& block_;
  std::vector<Found> found_;
};

}  // namespace

void account(Kernel& kernel, Application& application, Block& block) {
  for (const EntityRows& made : block.entities) {
    if (made.entity->is_root) name_records(kernel, block, made);
  }
  for (const int table : kernel.event_tables) write_rows(kernel, block, table, nullptr);
  Accounting& counts = kernel.result->accounting;
  ResidueKeeper residue(kernel, application, block);
  for (std::uint32_t i = 0; i < block.records.size(); ++i) {
    const Record& record = block.records[i];
    if (record.refused()) continue;
    const std::int64_t left = count_leaves(block.document, record, counts);
    if (left > 0) residue.add(i, left);
    ++counts.refined;
    ++application.refined[record.version_index];
  }
  residue.write();
  for (const Record& record : block.records) {
    if (record.refused()) continue;
    RecordOutcome& outcome = kernel.result->records[record.index];
    outcome.refined = true;
    outcome.content_hash = {record.content.high, record.content.low};
  }
}

}  // namespace assay::refine
