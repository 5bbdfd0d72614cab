// Stage 5: embedded masters.

#include <algorithm>
#include <cstring>

#include "refine/kernel.h"

namespace assay::refine {
namespace {

void hash_copies(Kernel& kernel, Block& block, int table) {
  Copies& copies = kernel.copies_of(table);
  Rows& rows = copies.rows;
  const TableProgram& program = kernel.table(table);
  set_null_fields(program, kernel.schema(table), rows, block.room);
  copies.hashes.resize(rows.size);
  kernel.hasher.hash(program.values, rows, 0, rows.size, copies.hashes.data(), nullptr);
  copies.hash_bytes.resize(rows.size * std::size_t{2} + TextRoom::kSlack / sizeof(std::uint64_t));
  for (std::uint32_t i = 0; i < rows.size; ++i) {
    copies.hash_bytes[i * std::size_t{2}] = __builtin_bswap64(copies.hashes[i].high);
    copies.hash_bytes[i * std::size_t{2} + 1] = __builtin_bswap64(copies.hashes[i].low);
    block.records[rows.records[i]].content.add(copies.hashes[i]);
  }
}

/// Contents that the slab has not shown yet become rows. Of several copies of one content the least
/// in (event time, record id) is told.
class ContentKeeper {
 public:
  ContentKeeper(Kernel& kernel, const Block& block, int table)
      : kernel_(kernel),
        block_(block),
        table_(table),
        copies_(kernel.copies_of(table)),
        writer_(kernel.writer(table)) {}

  void run() {
    ContentSet& contents = kernel_.contents[static_cast<std::size_t>(table_)];
    fresh_.clear();
    for (std::uint32_t i = 0; i < copies_.rows.size; ++i) {
      bool added = false;
      ContentSet::Entry& entry = contents.find(copies_.hashes[i], added);
      if (added) {
        entry.row = writer_.rows() + static_cast<std::uint32_t>(fresh_.size());
        entry.event_time = copies_.event_times[i];
        fresh_.push_back(i);
      } else {
        consider(i, entry);
      }
    }
    if (!fresh_.empty()) write();
  }

 private:
  std::uint32_t record_of(std::uint32_t copy) const {
    return block_.records[copies_.rows.records[copy]].index;
  }
  void consider(std::uint32_t copy, ContentSet::Entry& entry);
  void write();

  Kernel& kernel_;
  const Block& block_;
  const int table_;
  Copies& copies_;
  TableWriter& writer_;
  std::vector<std::uint32_t>& fresh_ = kernel_.chosen;  ///< copies that will be written
};

void ContentKeeper::consider(std::uint32_t copy, ContentSet::Entry& entry) {
  const Micros time = copies_.event_times[copy];
  if (time > entry.event_time) return;
  const bool written = entry.row < writer_.rows();
  const std::uint32_t told =
      written ? writer_.record_of_row()[entry.row] : record_of(fresh_[entry.row - writer_.rows()]);
  const std::uint32_t record = record_of(copy);
  const auto& coordinates = kernel_.slab->coordinates;
  if (time == entry.event_time && !(coordinates[record].record_id < coordinates[told].record_id))
    return;
  entry.event_time = time;
  if (!written) {
    fresh_[entry.row - writer_.rows()] = copy;
    return;
  }
  writer_.move_row(entry.row, record);
  writer_.overwrite_int64(kernel_.table(table_).system.event_time, entry.row, time);
}

void ContentKeeper::write() {
  const SystemColumns& system = kernel_.table(table_).system;
  writer_.reserve(fresh_.size());
  writer_.append(kernel_.table(table_).values, copies_.rows, fresh_);
  writer_.append_hashes(system.content_hash, copies_.hashes.data(), fresh_);
  writer_.append_int64(system.event_time, copies_.event_times.data(), fresh_);
  for (std::uint32_t& copy : fresh_) copy = copies_.rows.records[copy];
  writer_.add_rows(block_.records.data(), fresh_);
}

/// The columns of a role: the key, the content's hash and, where the master orders itself, its
/// order.
void refer(Kernel& kernel, const EntityRows& made, const RoleProgram& role,
           const std::uint32_t* named) {
  const Copies& copies = kernel.copies_of(role.table);
  Rows& rows = kernel.rows_of(made.entity->table);
  const auto copy_column = [&](int from, int to) {
    const Cell* const source = copies.rows.cells(from);
    const std::uint8_t* const there = copies.rows.present(from);
    Cell* const cells = rows.cells(to) + made.first;
    std::uint8_t* const present = rows.present(to) + made.first;
    for (std::uint32_t row = 0; row < made.count; ++row) {
      const bool none = named[row] == kNoCopy;
      cells[row] = none ? Cell{} : source[named[row]];
      present[row] = none ? Rows::kNull : there[named[row]];
    }
  };
  for (std::size_t key = 0; key < role.reference_keys.size(); ++key)
    copy_column(role.master_key_columns[key], role.reference_keys[key]);
  if (role.order_column >= 0) copy_column(role.order_field, role.order_column);
  if (role.reference_hash < 0) return;
  Cell* const cells = rows.cells(role.reference_hash) + made.first;
  std::uint8_t* const present = rows.present(role.reference_hash) + made.first;
  const auto* const bytes = reinterpret_cast<const char*>(copies.hash_bytes.data());
  for (std::uint32_t row = 0; row < made.count; ++row) {
    const bool none = named[row] == kNoCopy;
    cells[row] =
        none ? Cell{} : Cell::of_bytes(bytes + named[row] * sizeof(Hash128), sizeof(Hash128));
    present[row] = none ? Rows::kNull : Rows::kValue;
  }
}

}  // namespace

void extract(Kernel& kernel, Block& block) {
  for (const int table : kernel.content_tables) {
    if (kernel.copies_of(table).rows.size == 0) continue;
    hash_copies(kernel, block, table);
    ContentKeeper(kernel, block, table).run();
  }
  for (const MasterCopies& made : block.masters) {
    if (made.master->primary) kernel.masters_seen[made.master->entity_index] += made.count;
  }
  for (const EntityRows& made : block.entities) {
    const std::uint32_t* named = block.row_copies.data() + made.copies;
    for (const RoleProgram& role : made.entity->roles) {
      refer(kernel, made, role, named);
      named += made.count;
    }
  }
}

}  // namespace assay::refine
