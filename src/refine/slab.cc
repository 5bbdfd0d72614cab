// What happens once a slab: checking it, opening the tables, handing out the batches.

#include <algorithm>
#include <set>

#include "refine/kernel.h"

namespace assay::refine {
namespace {

/// Beyond this the buffers of a block are given back after the slab.
constexpr std::size_t kNodesKept = std::size_t{1} << 18;

Error bad_slab(std::string message) { return make_error(Code::internal, std::move(message)); }

Status check_slab(const Slab& slab) {
  if (slab.offsets.empty()) return bad_slab("a slab has no offsets");
  if (slab.coordinates.size() + 1 != slab.offsets.size()) {
    return bad_slab("a slab has not one coordinate a record");
  }
  for (std::size_t i = 0; i + 1 < slab.offsets.size(); ++i) {
    if (slab.offsets[i + 1] <= slab.offsets[i] || slab.offsets[i + 1] > slab.bytes.size()) {
      return bad_slab("the offsets of a slab do not ascend within its bytes");
    }
    if (slab.bytes[slab.offsets[i + 1] - 1] != '\n') {
      return bad_slab("a record of a slab has no end of line behind it");
    }
  }
  return {};
}

void begin_table(Kernel& kernel, const TableProgram& table) {
  const Slab& slab = *kernel.slab;
  TableWriter& writer = kernel.writer(table.table);
  const SystemColumns& system = table.system;
  writer.begin();
  if (system.tenant >= 0) writer.constant_text(system.tenant, kernel.program.plan->tenant);
  if (system.application >= 0) writer.constant_text(system.application, slab.application);
  if (system.manifest >= 0) writer.constant_text(system.manifest, slab.manifest_id);
  if (system.ingest_time >= 0) writer.constant_int64(system.ingest_time, slab.ingest_time);
  if (system.knowledge_time >= 0) {
    writer.constant_int64(system.knowledge_time,
                          slab.knowledge_time == 0 ? slab.ingest_time : slab.knowledge_time);
  }
  if (system.record_id >= 0) writer.record_id(system.record_id);
  if (system.row_hash >= 0) writer.hash_column(system.row_hash);
  if (system.content_hash >= 0) writer.hash_column(system.content_hash);
  const bool ingest_is_event =
      kernel.entity_with_ingest_time[static_cast<std::size_t>(table.table)];
  if (system.event_time >= 0 && ingest_is_event)
    writer.constant_int64(system.event_time, slab.ingest_time);
}

}  // namespace

Kernel::Kernel(Program compiled)
    : program(std::move(compiled)),
      pool(std::make_shared<BufferPool>()),
      rendering(program.plan->limits) {
  for (const auto& application : program.applications) {
    applications.push_back(std::make_unique<Application>(*application, program.plan->limits));
  }
  contents.resize(program.tables.size());
  rows.resize(program.tables.size());
  copies.resize(program.tables.size());
  entity_with_ingest_time.resize(program.tables.size());
  std::set<int> events;
  std::set<int> masters;
  for (const auto& application : program.applications) {
    for (const VersionProgram& version : application->versions) {
      for (const EntityProgram& entity : version.entities) {
        events.insert(entity.table);
        if (entity.event_time_is_ingest)
          entity_with_ingest_time[static_cast<std::size_t>(entity.table)] = true;
      }
      for (const MasterProgram& master : version.masters) masters.insert(master.table);
    }
  }
  event_tables.assign(events.begin(), events.end());
  content_tables.assign(masters.begin(), masters.end());
  std::set<int> written = {program.plan->quarantine_table, program.plan->residue_table};
  written.insert(events.begin(), events.end());
  written.insert(masters.begin(), masters.end());
  tables_written.assign(written.begin(), written.end());
  for (const TableProgram& table : program.tables) {
    writers.emplace_back(program.plan->tables[static_cast<std::size_t>(table.table)], pool);
  }
  masters_seen.resize(program.master_entities.size());
}

Status begin_slab(Kernel& kernel, const Slab& slab, RefineResult& result) {
  ASSAY_TRY_VOID(check_slab(slab));
  kernel.given = &slab;
  ASSAY_TRY(kernel.slab, kernel.rendering.render(slab));
  kernel.result = &result;
  kernel.block.next = 0;
  const std::size_t records = slab.offsets.size() - 1;
  result.records.resize(records);
  result.accounting.records = static_cast<std::int64_t>(records);
  for (std::size_t i = 0; i < records; ++i) {
    result.accounting.bytes += slab.offsets[i + 1] - 1 - slab.offsets[i];
  }
  kernel.structure.begin(kernel.slab->bytes, kernel.slab->offsets,
                         kernel.program.plan->limits.record_size_max);
  for (const int table : kernel.tables_written) {
    begin_table(kernel, kernel.table(table));
    kernel.contents[static_cast<std::size_t>(table)].begin();
  }
  std::fill(kernel.masters_seen.begin(), kernel.masters_seen.end(), 0);
  for (const auto& application : kernel.applications) {
    if (application->shapes.make_room()) application->trails.forget();
    std::fill(application->refined.begin(), application->refined.end(), 0);
  }
  return {};
}

Status finish_slab(Kernel& kernel, RefineResult& result) {
  std::vector<Hash128> record_ids;
  record_ids.reserve(kernel.slab->coordinates.size());
  for (const Coordinates& from : kernel.slab->coordinates) record_ids.push_back(from.record_id);
  for (const int table : kernel.tables_written) {
    TableWriter& writer = kernel.writer(table);
    if (writer.rows() == 0) continue;
    TableBatch batch;
    batch.table = table;
    batch.record_of_row.assign(writer.record_of_row().begin(), writer.record_of_row().end());
    batch.batch = writer.finish(record_ids);
    if (!writer.fits()) {
      return make_error(Code::internal, "a column of one slab is larger than 2 GiB",
                        "Use smaller slabs.");
    }
    result.batches.push_back(std::move(batch));
  }
  Accounting& counts = result.accounting;
  for (const auto& application : kernel.applications) {
    for (std::size_t i = 0; i < application->refined.size(); ++i) {
      if (application->refined[i] == 0) continue;
      counts.refined_by_version[application->program->versions[i].name] += application->refined[i];
    }
  }
  for (std::size_t i = 0; i < kernel.masters_seen.size(); ++i) {
    if (kernel.masters_seen[i] == 0) continue;
    counts.masters_seen += kernel.masters_seen[i];
    counts.masters_seen_by_entity[kernel.program.master_entities[i]] += kernel.masters_seen[i];
  }
  kernel.structure.end();
  if (kernel.block.document.nodes.size() > kNodesKept) kernel.block = Block();
  for (const int table : kernel.tables_written) {
    kernel.rows_of(table).shrink();
    kernel.copies_of(table).rows.shrink();
  }
  kernel.slab = nullptr;
  kernel.given = nullptr;
  kernel.result = nullptr;
  return {};
}

}  // namespace assay::refine
