#pragma once
// The run-time state of a refiner, and the six stages that a block of records goes through.

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "refine/block.h"
#include "refine/compute.h"
#include "refine/content_set.h"
#include "refine/copy_mapper.h"
#include "refine/ladder.h"
#include "refine/map_column.h"
#include "refine/program.h"
#include "refine/refine.h"
#include "refine/rendering.h"
#include "refine/row_hasher.h"
#include "refine/row_pointers.h"
#include "refine/rows.h"
#include "refine/shapes.h"
#include "refine/structure_index.h"
#include "refine/table_writer.h"
#include "refine/version_finder.h"
#include "refine/walk.h"

namespace assay::refine {

struct Application {
  const ApplicationProgram* program = nullptr;
  Shapes shapes;
  Trails trails;
  Walker walker;
  QueryRunner queries;
  VersionFinder finder;
  std::vector<CopyMapper> copies;     ///< of each version
  std::vector<std::int64_t> refined;  ///< records of each version in this slab
  Application(const ApplicationProgram& program, const PayloadLimits& limits)
      : program(&program),
        shapes(program.trie),
        trails(program.trie, shapes),
        walker(program.trie, shapes, trails, limits),
        queries(limits),
        finder(program),
        copies(program.versions.begin(), program.versions.end()),
        refined(program.versions.size()) {}
};

struct Kernel {
  explicit Kernel(Program compiled);

  const Program program;
  std::shared_ptr<BufferPool> pool;
  std::vector<std::unique_ptr<Application>> applications;
  StructureIndex structure;
  std::vector<TableWriter> writers;  ///< parallel to Program::tables
  std::vector<ContentSet> contents;  ///< parallel to Program::tables; used for content tables
  std::vector<Rows> rows;            ///< parallel to Program::tables; of the block
  std::vector<Copies> copies;        ///< the same, for content tables
  Block block;
  Ladder ladder;
  ColumnMapper mapper;
  Computer computer;
  RowHasher hasher;
  RowPointers pointers;
  std::vector<std::size_t> rows_most;         ///< of each table in the block
  std::vector<std::uint32_t> chosen;          ///< scratch: rows of a table
  std::vector<Hash128> hashes;                ///< scratch
  std::string text;                           ///< scratch
  std::vector<int> tables_written;            ///< that records of this plan can reach
  std::vector<int> event_tables;              ///< those of them with the rows of entities
  std::vector<int> content_tables;            ///< those with the contents of masters
  std::vector<bool> entity_with_ingest_time;  ///< tables whose event time is the ingest time

  Rendering rendering;  ///< of payloads that are no JSON

  // Of the slab at hand.
  const Slab* slab = nullptr;   ///< as the stages walk it
  const Slab* given = nullptr;  ///< as it came: the same but where payloads were rendered
  RefineResult* result = nullptr;
  std::vector<std::int64_t> masters_seen;  ///< by Program::master_entities

  TableWriter& writer(int table) { return writers[static_cast<std::size_t>(table)]; }
  Rows& rows_of(int table) { return rows[static_cast<std::size_t>(table)]; }
  Copies& copies_of(int table) { return copies[static_cast<std::size_t>(table)]; }
  const TableProgram& table(int index) const {
    return program.tables[static_cast<std::size_t>(index)];
  }
  /// A record as it came.
  std::string_view payload(std::size_t record) const {
    const std::uint32_t begin = given->offsets[record];
    return given->bytes.substr(begin, given->offsets[record + 1] - 1 - begin);
  }
  const column::TableSchema& schema(int index) const {
    return program.plan->tables[static_cast<std::size_t>(index)];
  }
};

Status begin_slab(Kernel& kernel, const Slab& slab, RefineResult& result);
Status finish_slab(Kernel& kernel, RefineResult& result);

// The stages. Where one refuses a record, its fault is set, and the others of the block go on.
/// Chooses the rules to walk with; what the last records looked like is in its shapes.
Application& detect(Kernel& kernel, std::string_view application);
/// Walks the payloads of the next block, each once, and says which schema version each is of.
Status parse(Kernel& kernel, Application& application, Block& block);
/// Leaves become typed values, column by column.
void map(Kernel& kernel, Application& application, Block& block);
/// Keys, event times and required fields must be there.
void gate(Kernel& kernel, Block& block);
/// Embedded masters become rows of their content tables, once a slab, and references in the rows.
void extract(Kernel& kernel, Block& block);
/// Counts leaves, keeps residue, writes rows with their hashes.
void account(Kernel& kernel, Application& application, Block& block);

/// The exit of records that a stage refused.
void quarantine(Kernel& kernel, Block& block);

/// Fills the column of null fields from the explicit nulls of the rows.
void set_null_fields(const TableProgram& table, const column::TableSchema& schema, Rows& rows,
                     TextRoom& room);
/// The leaves of a record that nothing uses as a JSON object, in payload order.
void append_residue(const Shapes& shapes, const Document& document, const Record& record,
                    std::string& out);
/// The distinct paths of a record with their kinds, sorted, one a line; bounded.
std::string path_set(const Document& document, std::uint32_t begin, std::uint32_t end);

}  // namespace assay::refine
