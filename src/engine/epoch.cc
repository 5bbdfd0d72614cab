#include "engine/epoch.h"

#include <fmt/format.h>

#include <utility>

namespace assay::engine {

lake::CommitIdentity commit_identity(const Session& session, std::int64_t epoch, Micros time) {
  return {.writer = std::string(kWriter),
          .generation = session.lease().generation,
          .epoch = epoch,
          .attempt = 0,
          .time = time,
          .summary = {{"assay.writer", std::string(kWriter)},
                      {"assay.generation", std::to_string(session.lease().generation)},
                      {"assay.epoch", std::to_string(epoch)}}};
}

void add_files(const Session& session, const std::vector<lake::FileRecord>& records,
               std::vector<control::FileEntry>& entries) {
  for (const lake::FileRecord& record : records) {
    entries.push_back({session.paths().relative(record.path), record.size, to_hex(record.sha256),
                       record.table, record.kind});
  }
}

Epoch::Epoch(Session& session, std::int64_t number, Micros time)
    : session_(session),
      number_(number),
      time_(time),
      staging_(fmt::format("{}/epoch-{}", session.paths().tmp, number)) {}

Status Epoch::stage(const column::TableSchema& schema,
                    std::span<const column::Batch* const> batches) {
  std::int64_t rows = 0;
  for (const column::Batch* batch : batches) rows += batch->rows();
  if (rows == 0) return {};
  const std::string folder = fmt::format("{}/{}-{}", staging_, schema.name, stagings_++);
  io::StepScope step(session_.milestones(), io::Step::staging_file);
  ASSAY_TRY(auto staged, session_.parquet().write(schema, batches, folder));
  step.done();
  Table& table = tables_[schema.name];
  table.schema = schema;
  for (auto& file : staged) table.staged.push_back(std::move(file));
  return {};
}

std::vector<std::string> Epoch::staged_paths(const std::string& table) const {
  std::vector<std::string> paths;
  if (const auto found = tables_.find(table); found != tables_.end()) {
    for (const parquet::StagedFile& file : found->second.staged) paths.push_back(file.path);
  }
  return paths;
}

Status Epoch::append(const std::string& name, const Table& table, control::EpochCommit& commit) {
  const std::string folder = session_.paths().table_folder(name);
  const lake::CommitIdentity identity = commit_identity(session_, number_, time_);
  ASSAY_TRY(auto adopted, lake::adopt(session_.files(), session_.milestones(), table.staged, name,
                                      folder, identity));
  for (const lake::FileRecord& record : adopted.files) placed_.push_back(record.path);
  lake::AppendRequest request{.schema = table.schema,
                              .table_folder = folder,
                              .current_location = std::nullopt,
                              .appended = std::move(adopted.data_files),
                              .identity = identity};
  ASSAY_TRY(request.current_location, session_.control().table_location(name));
  ASSAY_TRY(auto appended, lake::append(session_.files(), session_.milestones(), request));
  for (const lake::FileRecord& record : appended.files) placed_.push_back(record.path);
  snapshots_[name] = appended.snapshot_id;
  commit.swaps.push_back({name, appended.swap.old_location, appended.swap.new_location});
  for (const auto* records : {&adopted.files, &appended.files})
    add_files(session_, *records, commit.files);
  return {};
}

Status Epoch::commit(std::vector<ManifestDraft> completed, std::vector<control::Manifest> inserted,
                     std::vector<control::OffsetMove> offsets,
                     std::vector<control::SourceFile> source_files) {
  control::EpochCommit commit;
  commit.epoch = number_;
  commit.generation = session_.lease().generation;
  commit.writer = kWriter;
  commit.files = std::move(files_);
  commit.receipts = std::move(receipts_);
  for (const auto& [name, table] : tables_) {
    session_.progress(fmt::format("epoch {}: committing {}", number_, name));
    ASSAY_TRY_VOID(append(name, table, commit));
  }
  commit.time = session_.now();
  for (ManifestDraft& draft : completed) {
    std::map<std::string, std::int64_t> snapshots;
    for (const auto& [table, total] : draft.tables) {
      if (total.rows > 0) snapshots[table] = snapshots_.at(table);
    }
    draft.manifest.tables = tables_json(draft.tables);
    draft.manifest.equations = equations_json(draft.equations);
    draft.manifest.snapshots = snapshots_json(snapshots);
    draft.manifest.status = control::ManifestStatus::complete;
    draft.manifest.end_time = commit.time;
    draft.manifest.error.clear();
    commit.completed.push_back(std::move(draft.manifest));
  }
  commit.inserted = std::move(inserted);
  commit.offsets = std::move(offsets);
  commit.source_files = std::move(source_files);
  io::StepScope step(session_.milestones(), io::Step::control_transaction);
  ASSAY_TRY_VOID(session_.control().commit(commit));
  step.done();
  return session_.files().remove_tree(staging_);
}

Status Epoch::take_back() {
  for (const std::string& path : placed_) ASSAY_TRY_VOID(session_.files().remove(path));
  return session_.files().remove_tree(staging_);
}

}  // namespace assay::engine
