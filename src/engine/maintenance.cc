#include "engine/maintenance.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "engine/compaction.h"
#include "engine/epoch.h"
#include "lake/lake.h"

namespace assay::engine {
namespace {

constexpr std::uint64_t kRoundBytes = std::uint64_t{1} << 30;

/// Tables in scope with their locations.
Result<std::map<std::string, std::string>> tables_of(Session& session,
                                                     const MaintenanceScope& scope) {
  ASSAY_TRY(auto locations, session.control().table_locations());
  if (!scope.table) return locations;
  const auto found = locations.find(*scope.table);
  if (found != locations.end()) return std::map<std::string, std::string>{*found};
  std::string known;
  for (const auto& [table, location] : locations) known += (known.empty() ? "" : ", ") + table;
  return make_error(Code::table_unknown, fmt::format("no table \"{}\"", *scope.table),
                    known.empty() ? "Nothing has been ingested yet." : "Tables: " + known);
}

Status commit(Session& session, control::MaintenanceCommit commit) {
  commit.generation = session.lease().generation;
  commit.time = session.now();
  io::StepScope step(session.milestones(), io::Step::control_transaction);
  ASSAY_TRY_VOID(session.control().commit_maintenance(commit));
  step.done();
  return {};
}

/// One table's compaction.
class Compactor {
 public:
  Compactor(Session& session, const CompactOptions& options, std::string table)
      : session_(session),
        options_(options),
        folder_(session.paths().table_folder(table)),
        report_{.table = std::move(table)} {}

  /// Nothing where there is nothing to do.
  Result<std::optional<Compacted>> run(const std::string& location) {
    ASSAY_TRY(const lake::ScanPlan scan,
              lake::plan(session_.files(), location, lake::TenantScope::all()));
    auto groups = compaction_groups(
        scan.files, {.target_bytes = options_.target_bytes, .files_min = options_.files_min});
    if (groups.empty()) return std::optional<Compacted>();
    report_.files_before = static_cast<std::int64_t>(scan.files.size());
    report_.files_after = report_.files_before;
    const auto rounds = compaction_rounds(std::move(groups), kRoundBytes);
    for (const auto& round : rounds) {
      for (const CompactionGroup& group : round) note(group);
      if (!options_.scope.dry_run) ASSAY_TRY_VOID(rewrite(scan.schema, round));
    }
    return std::optional<Compacted>(std::move(report_));
  }

 private:
  void note(const CompactionGroup& group) {
    report_.files_after -= static_cast<std::int64_t>(group.files.size()) - 1;
    report_.bytes_before += group.bytes;
    for (const lake::DataFile& file : group.files) report_.rows += file.record_count;
  }

  /// By manifest, so that what a rollback takes back lies together.
  static std::string select(const column::TableSchema& schema,
                            const std::vector<std::string>& paths) {
    std::string order;
    for (const char* column : {"manifest_id", "record_id", "pointer"}) {
      if (schema.index_of(column) >= 0) order += (order.empty() ? "" : ", ") + std::string(column);
    }
    return fmt::format("SELECT * FROM ({}){}", parquet::scan_sql(schema, paths),
                       order.empty() ? "" : " ORDER BY " + order);
  }

  Status rewrite(const column::TableSchema& schema, const std::vector<CompactionGroup>& round) {
    lake::ReplaceRequest request{.table = report_.table, .table_folder = folder_};
    for (const CompactionGroup& group : round) {
      for (const lake::DataFile& file : group.files) request.replaced.push_back(file.path);
    }
    session_.progress(
        fmt::format("compacting {}: {} files", report_.table, request.replaced.size()));
    ASSAY_TRY(const std::int64_t epoch, session_.control().next_epoch());
    request.identity = commit_identity(session_, epoch, session_.now());
    const std::string staging = fmt::format("{}/compact-{}", session_.paths().tmp, epoch);
    io::StepScope step(session_.milestones(), io::Step::staging_file);
    ASSAY_TRY(const auto staged,
              session_.parquet().write_query(schema, select(schema, request.replaced), staging));
    step.done();
    ASSAY_TRY(auto adopted, lake::adopt(session_.files(), session_.milestones(), staged,
                                        report_.table, folder_, request.identity));
    request.replacing = std::move(adopted.data_files);
    for (const lake::DataFile& file : request.replacing) report_.bytes_after += file.size_bytes;
    ASSAY_TRY(const auto location, session_.control().table_location(report_.table));
    request.current_location = *location;
    ASSAY_TRY(auto replaced, lake::replace(session_.files(), session_.milestones(), request));
    control::MaintenanceCommit moved;
    moved.epoch = epoch;
    moved.swaps = {{report_.table, replaced.swap.old_location, replaced.swap.new_location}};
    add_files(session_, adopted.files, moved.files);
    add_files(session_, replaced.files, moved.files);
    ASSAY_TRY_VOID(commit(session_, std::move(moved)));
    return session_.files().remove_tree(staging);
  }

  Session& session_;
  const CompactOptions& options_;
  const std::string folder_;
  Compacted report_;
};

/// Files of each table, retired ones left out.
Result<std::map<std::string, std::vector<control::FileEntry>>> files_in_use(Session& session) {
  std::set<std::string> retired;
  ASSAY_TRY(const auto gone, session.control().retired_files());
  for (const control::RetiredFile& file : gone) retired.insert(file.path);
  std::map<std::string, std::vector<control::FileEntry>> of_table;
  ASSAY_TRY(auto files, session.control().files());
  for (control::FileEntry& file : files) {
    if (file.path.starts_with("lake/") && !retired.contains(file.path))
      of_table[file.table].push_back(std::move(file));
  }
  return of_table;
}

Result<Expired> expire_table(Session& session, const ExpireOptions& options,
                             const std::string& table, const std::string& location,
                             const std::vector<control::FileEntry>& files) {
  Expired report{.table = table};
  control::MaintenanceCommit moved;
  ASSAY_TRY(moved.epoch, session.control().next_epoch());
  ASSAY_TRY(auto expired,
            lake::expire(session.files(), session.milestones(),
                         {.table = table,
                          .table_folder = session.paths().table_folder(table),
                          .current_location = location,
                          .snapshots_kept = options.snapshots_kept,
                          .dry_run = options.scope.dry_run,
                          .identity = commit_identity(session, moved.epoch, session.now())}));
  report.snapshots = expired.snapshots;
  std::string now = location;
  if (expired.commit) {
    now = expired.commit->swap.new_location;
    moved.swaps = {{table, location, now}};
    add_files(session, expired.commit->files, moved.files);
  }
  ASSAY_TRY(const std::set<std::string> kept, lake::reachable(session.files(), now));
  for (const control::FileEntry& file : files) {
    if (kept.contains(session.paths().data + "/" + file.path)) continue;
    moved.retired.push_back(file.path);
    ++report.files;
    report.bytes += static_cast<std::int64_t>(file.size);
  }
  const bool changes = expired.commit || !moved.retired.empty();
  if (changes && !options.scope.dry_run) ASSAY_TRY_VOID(commit(session, std::move(moved)));
  return report;
}

/// Removes what control no longer names.
class OrphanSweep {
 public:
  OrphanSweep(Session& session, const OrphanOptions& options)
      : session_(session), options_(options), before_(session.now() - options.grace) {}

  Result<Orphans> run() {
    ASSAY_TRY(const auto tables, tables_of(session_, options_.scope));
    for (const auto& [table, location] : tables) {
      ASSAY_TRY(auto paths, lake::reachable(session_.files(), location));
      reachable_.merge(paths);
    }
    ASSAY_TRY_VOID(remove_retired(tables));
    ASSAY_TRY_VOID(remove_unlisted(tables));
    return report_;
  }

 private:
  Status remove_retired(const std::map<std::string, std::string>& tables) {
    ASSAY_TRY(const auto retired, session_.control().retired_files());
    std::vector<std::string> gone;
    for (const control::RetiredFile& file : retired) {
      const std::string path = session_.paths().data + "/" + file.path;
      // A snapshot that came back, for example by a rollback, may lead to it again.
      if (!tables.contains(file.table) || reachable_.contains(path)) continue;
      if (file.retired > before_) {
        ++report_.waiting;
        continue;
      }
      ++report_.retired;
      report_.bytes += static_cast<std::int64_t>(file.size);
      gone.push_back(file.path);
    }
    if (options_.scope.dry_run || gone.empty()) return {};
    // What control names must be there: first the names, then the bytes. A crash in between leaves
    // files that no commit names.
    ASSAY_TRY_VOID(session_.control().forget_files(session_.lease().generation, gone));
    for (const std::string& path : gone)
      ASSAY_TRY_VOID(session_.files().remove(session_.paths().data + "/" + path));
    return {};
  }

  Status remove_unlisted(const std::map<std::string, std::string>& tables) {
    std::set<std::string> listed;
    ASSAY_TRY(const auto files, session_.control().files());
    for (const control::FileEntry& file : files)
      listed.insert(session_.paths().data + "/" + file.path);
    for (const auto& [table, location] : tables) {
      ASSAY_TRY(const auto found, session_.files().list(session_.paths().table_folder(table)));
      for (const io::FileInfo& file : found) {
        if (listed.contains(file.path) || reachable_.contains(file.path)) continue;
        if (file.modified > before_) {
          ++report_.waiting;
          continue;
        }
        ++report_.unlisted;
        report_.bytes += static_cast<std::int64_t>(file.size);
        if (!options_.scope.dry_run) ASSAY_TRY_VOID(session_.files().remove(file.path));
      }
    }
    return {};
  }

  Session& session_;
  const OrphanOptions& options_;
  const Micros before_;
  std::set<std::string> reachable_;
  Orphans report_;
};

}  // namespace

Result<std::vector<Compacted>> compact(Session& session, const CompactOptions& options) {
  ASSAY_TRY(const auto tables, tables_of(session, options.scope));
  std::vector<Compacted> reports;
  for (const auto& [table, location] : tables) {
    ASSAY_TRY(auto report, Compactor(session, options, table).run(location));
    if (report) reports.push_back(*std::move(report));
  }
  return reports;
}

Result<std::vector<Expired>> expire(Session& session, const ExpireOptions& options) {
  ASSAY_TRY(const auto tables, tables_of(session, options.scope));
  ASSAY_TRY(auto files, files_in_use(session));
  std::vector<Expired> reports;
  for (const auto& [table, location] : tables) {
    session.progress(fmt::format("expiring {}", table));
    ASSAY_TRY(auto report, expire_table(session, options, table, location, files[table]));
    if (report.snapshots > 0 || report.files > 0) reports.push_back(std::move(report));
  }
  return reports;
}

Result<Orphans> remove_orphans(Session& session, const OrphanOptions& options) {
  return OrphanSweep(session, options).run();
}

}  // namespace assay::engine
