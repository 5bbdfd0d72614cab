#pragma once
// The run-time state of a refiner, and the six stages that a record goes through.

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "refine/content_set.h"
#include "refine/document.h"
#include "refine/program.h"
#include "refine/refine.h"
#include "refine/row_bytes.h"
#include "refine/shapes.h"
#include "refine/structure_index.h"
#include "refine/table_writer.h"
#include "refine/text.h"
#include "refine/walk.h"

namespace assay::refine {

/// Rows of one entity in one record: row i has its cells at `cells + i * columns` of Record::cells
/// and its masks at `masks + i * null_words` of Record::nulls.
struct RowBlock {
  const EntityProgram* entity = nullptr;
  const TableProgram* table = nullptr;
  std::uint32_t rows = 0;
  std::size_t cells = 0;
  std::size_t masks = 0;
  std::size_t instances = 0;  ///< of the rows, in Record::row_instances
};

/// One evaluation of an embedded master: its cells at `cells` of Record::cells, as a row of its
/// content table.
struct MasterCopy {
  const MasterProgram* master = nullptr;
  std::uint32_t instance = 0;
  bool has_key = false;
  std::size_t cells = 0;
  std::size_t masks = 0;
  std::size_t nodes = 0;  ///< of its fields, in Record::copy_nodes
  Micros event_time = 0;  ///< of the first row that embeds it
  Cell hash_cell;
};

/// One record on its way. Buffers are kept from record to record.
struct Record {
  std::uint32_t index = 0;  ///< in the slab
  std::string_view bytes;
  const VersionProgram* version = nullptr;
  std::uint32_t version_index = 0;
  Document document;
  Fault fault;
  bool shape_is_unknown = false;

  TextRoom room;
  std::vector<Cell> cells;
  std::vector<std::uint64_t> nulls;           ///< bit set: the column is null
  std::vector<std::uint64_t> explicit_nulls;  ///< bit set: its leaf is a JSON null
  std::vector<std::uint32_t> row_instances;
  std::vector<RowBlock> blocks;
  std::vector<MasterCopy> copies;
  std::vector<std::uint32_t> copy_nodes;  ///< node + 1 of each field of each copy; 0 = not used
  std::vector<std::uint32_t> copy_of;     ///< copy + 1 by master and instance
  std::vector<std::uint32_t> copy_base;   ///< of each master of the version, in copy_of
  std::vector<std::uint32_t> row_copies;  ///< copy of each role of each row, in order
  std::size_t repeated_bytes = 0;         ///< texts of outer scopes, once a row
  std::uint32_t leaves_mapped = 0;
  std::uint32_t leaves_master = 0;
  Checksum content;  ///< of all rows that the record makes

  std::uint64_t* nulls_at(std::size_t at) { return nulls.data() + at; }
  void reset();
};

struct Application {
  const ApplicationProgram* program = nullptr;
  Shapes shapes;
  Walker walker;
  std::vector<std::int64_t> refined;  ///< records of each version in this slab
  Application(const ApplicationProgram& program, const PayloadLimits& limits)
      : program(&program),
        shapes(program.trie),
        walker(program.trie, shapes, limits),
        refined(program.versions.size()) {}
};

/// Bytes that texts of outer scopes may take when copied into rows, for each byte of the record:
/// beyond it a record is a bomb and goes to quarantine.
inline constexpr std::size_t kOutputPerInputMax = 64;

struct Kernel {
  explicit Kernel(Program compiled);

  const Program program;
  std::shared_ptr<BufferPool> pool;
  std::vector<std::unique_ptr<Application>> applications;
  StructureIndex structure;
  std::vector<TableWriter> writers;  ///< parallel to Program::tables
  std::vector<ContentSet> contents;  ///< parallel to Program::tables; used for content tables
  Record record;
  RowBytes row_bytes;
  std::string text;                           ///< scratch of residue and pointers
  std::vector<Cell> residue_cells;            ///< scratch
  std::vector<int> tables_written;            ///< that records of this plan can reach
  std::vector<bool> entity_with_ingest_time;  ///< tables whose event time is the ingest time

  // Of the slab at hand.
  const Slab* slab = nullptr;
  RefineResult* result = nullptr;
  std::vector<std::int64_t> masters_seen;  ///< by Program::master_entities

  TableWriter& writer(int table) { return writers[static_cast<std::size_t>(table)]; }
  const TableProgram& table(int index) const {
    return program.tables[static_cast<std::size_t>(index)];
  }
};

Status begin_slab(Kernel& kernel, const Slab& slab, RefineResult& result);
Status finish_slab(Kernel& kernel, RefineResult& result);

// The stages. Each returns false with record.fault set where the record goes to quarantine.
/// Chooses the rules to walk with; what the last records looked like is in its shapes.
Application& detect(Kernel& kernel, std::string_view application);
/// Walks the payload once, and says which schema version it is of.
bool parse(Application& application, const StructureIndex::Record& text, Record& record);
/// Leaves become typed values.
bool map(Kernel& kernel, Record& record);
/// Keys, event times and required fields must be there.
bool gate(Record& record);
/// Embedded masters become rows of their content tables, once a slab, and references in the rows.
void extract(Kernel& kernel, Record& record);
/// Counts leaves, keeps residue, writes rows with their hashes.
void account(Kernel& kernel, Application& application, Record& record);

/// The exit of records that a stage refused.
void quarantine(Kernel& kernel, Record& record);

/// One value into the row encoding. REQUIRES: RowBytes::reserve() was called, or the value is a
/// text.
void encode_value(const ColumnProgram& column, const Cell& cell, RowBytes& out);
/// Values of a row: into the row encoding (content columns only), and into the table's open row.
void encode_row(const TableProgram& table, const Cell* cells, const std::uint64_t* nulls,
                RowBytes& out);
void append_row(const TableProgram& table, const Cell* cells, const std::uint64_t* nulls,
                TableWriter& writer);
/// Fills the cell of null_fields from the explicit nulls of a row.
void set_null_fields(const TableProgram& table, const column::TableSchema& schema, Record& record,
                     std::size_t cells, std::size_t masks);
/// The leaves with Use::residue as a JSON object, in payload order.
void append_residue(const Shapes& shapes, const Document& document, std::string& out);
/// The text with readable bytes behind it, which it gets as a tail of zeros.
std::string_view with_slack(std::string& text);
/// The distinct paths of a document with their kinds, sorted, one a line; bounded.
std::string path_set(const Document& document);

inline bool test_bit(const std::uint64_t* words, int bit) {
  return (words[bit / 64] >> (bit % 64) & 1) != 0;
}
inline void set_bit(std::uint64_t* words, int bit) {
  words[bit / 64] |= std::uint64_t{1} << (bit % 64);
}
inline void clear_bit(std::uint64_t* words, int bit) {
  words[bit / 64] &= ~(std::uint64_t{1} << (bit % 64));
}

}  // namespace assay::refine
