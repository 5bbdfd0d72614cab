// Leases and epochs. An epoch: next_epoch -> write_intent -> (files) -> commit or fail_epoch.

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "control/catalog_rows_internal.h"
#include "control/database_internal.h"
#include "control/digest_internal.h"
#include "control/generation_internal.h"
#include "control/manifest_rows_internal.h"
#include "control/push_receipts_internal.h"
#include "control/source_rows_internal.h"

namespace assay::control {
namespace {

const std::string kEngineLease = "engine";
const std::string kEpochSequence = "epoch";

std::optional<Lease> read_lease(soci::session& sql) {
  long long generation = 0;
  std::string holder;
  sql << "SELECT generation, holder FROM lease WHERE name = :name", soci::use(kEngineLease, "name"),
      soci::into(generation), soci::into(holder);
  if (!sql.got_data()) return std::nullopt;
  return Lease{generation, holder};
}

std::optional<Intent> read_open_intent(soci::session& sql, const std::string& condition) {
  const soci::rowset<soci::row> rows =
      (sql.prepare
       << "SELECT epoch, generation, writer, kind, body, created FROM intent WHERE state = 'open'" +
              condition + " ORDER BY epoch LIMIT 1");
  return first_of(rows, [](const soci::row& row) {
    return Intent{.epoch = row.get<long long>(0),
                  .generation = row.get<long long>(1),
                  .writer = row.get<std::string>(2),
                  .kind = row.get<std::string>(3),
                  .body = row.get<std::string>(4),
                  .created = row.get<long long>(5)};
  });
}

std::optional<Intent> read_open_intent(soci::session& sql, std::int64_t epoch) {
  return read_open_intent(sql, fmt::format(" AND epoch = {}", epoch));
}

Error not_open(std::int64_t epoch) {
  return make_error(Code::generation_stale, fmt::format("epoch {} has no open intent", epoch),
                    "It was committed, failed, or taken over by another process.");
}

void close_intent(soci::session& sql, std::int64_t epoch, const std::string& state) {
  const long long number = epoch;
  execute(sql, "UPDATE intent SET state = :state WHERE epoch = :epoch", soci::use(state, "state"),
          soci::use(number, "epoch"));
}

Status fail_manifest(soci::session& sql, Manifest manifest, const std::string& reason,
                     Micros time) {
  manifest.status = ManifestStatus::failed;
  manifest.error = reason;
  manifest.end_time = time;
  return move_manifest(sql, manifest);
}

}  // namespace

Status check_generation(soci::session& sql, std::int64_t generation) {
  const std::optional<Lease> lease = read_lease(sql);
  if (lease && lease->generation == generation) return {};
  return make_error(Code::generation_stale,
                    fmt::format("generation {} may not commit: the newest is {}", generation,
                                lease ? std::to_string(lease->generation) : "none"),
                    "Another process has taken over; run the command again.");
}

Result<Lease> Database::take_lease(const std::string& holder, Micros now) {
  Connection& connection = *impl_->connection;
  return connection.transaction([&]() -> Result<Lease> {
    const long long taken = now;
    execute(connection.sql(),
            "INSERT INTO lease (name, generation, holder, taken) VALUES (:name, 1, :holder, :taken)"
            " ON CONFLICT (name) DO UPDATE SET generation = lease.generation + 1, holder = "
            "excluded.holder,"
            " taken = excluded.taken",
            soci::use(kEngineLease, "name"), soci::use(holder, "holder"),
            soci::use(taken, "taken"));
    return *read_lease(connection.sql());
  });
}

Status Database::release_lease(const Lease& lease) {
  Connection& connection = *impl_->connection;
  return connection.transaction([&]() -> Status {
    ASSAY_TRY_VOID(check_generation(connection.sql(), lease.generation));
    execute(connection.sql(), "UPDATE lease SET holder = '' WHERE name = :name",
            soci::use(kEngineLease, "name"));
    return {};
  });
}

Result<std::int64_t> Database::next_epoch() {
  Connection& connection = *impl_->connection;
  return connection.transaction([&]() -> Result<std::int64_t> {
    execute(connection.sql(),
            "INSERT INTO sequence (name, last_value) VALUES (:name, 1)"
            " ON CONFLICT (name) DO UPDATE SET last_value = sequence.last_value + 1",
            soci::use(kEpochSequence, "name"));
    long long epoch = 0;
    connection.sql() << "SELECT last_value FROM sequence WHERE name = :name",
        soci::use(kEpochSequence, "name"), soci::into(epoch);
    return std::int64_t{epoch};
  });
}

Status Database::write_intent(const Intent& intent, std::span<const Manifest> processing) {
  Connection& connection = *impl_->connection;
  return connection.transaction([&]() -> Status {
    soci::session& sql = connection.sql();
    ASSAY_TRY_VOID(check_generation(sql, intent.generation));
    const long long epoch = intent.epoch, generation = intent.generation, created = intent.created;
    execute(sql,
            "INSERT INTO intent (epoch, generation, writer, kind, body, created, state)"
            " VALUES (:epoch, :generation, :writer, :kind, :body, :created, 'open')",
            soci::use(epoch, "epoch"), soci::use(generation, "generation"),
            soci::use(intent.writer, "writer"), soci::use(intent.kind, "kind"),
            soci::use(intent.body, "body"), soci::use(created, "created"));
    for (Manifest manifest : processing) {
      if (!find_manifest(sql, manifest.manifest_id)) ASSAY_TRY_VOID(insert_received(sql, manifest));
      manifest.status = ManifestStatus::processing;
      manifest.epoch = intent.epoch;
      manifest.error.clear();
      ASSAY_TRY_VOID(move_manifest(sql, manifest));
    }
    return {};
  });
}

Result<std::optional<Intent>> Database::open_intent() {
  Connection& connection = *impl_->connection;
  return connection.guard([&]() -> Result<std::optional<Intent>> {
    return read_open_intent(connection.sql(), std::string());
  });
}

Status Database::take_over_intent(std::int64_t epoch, std::int64_t generation) {
  Connection& connection = *impl_->connection;
  return connection.transaction([&]() -> Status {
    ASSAY_TRY_VOID(check_generation(connection.sql(), generation));
    const long long number = epoch, taker = generation;
    const long long touched = execute(connection.sql(),
                                      "UPDATE intent SET generation = :generation"
                                      " WHERE epoch = :epoch AND state = 'open'",
                                      soci::use(taker, "generation"), soci::use(number, "epoch"));
    return touched == 1 ? Status() : not_open(epoch);
  });
}

namespace {

/// The manifest that stands for the epoch in digests of rows that belong to all of its manifests.
std::string first_manifest(const EpochCommit& commit) {
  const auto first = std::ranges::min_element(commit.completed, {}, &Manifest::manifest_id);
  return first == commit.completed.end() ? std::string() : first->manifest_id;
}

Status commit_manifests(soci::session& sql, const EpochCommit& commit) {
  for (Manifest manifest : commit.completed) {
    manifest.status = ManifestStatus::complete;
    manifest.epoch = commit.epoch;
    if (!manifest.end_time) manifest.end_time = commit.time;
    ASSAY_TRY_VOID(move_manifest(sql, manifest));
  }
  for (const Manifest& manifest : commit.inserted) ASSAY_TRY_VOID(insert_received(sql, manifest));
  const std::string unnamed = fmt::format("left out of the commit of epoch {}", commit.epoch);
  for (const Manifest& manifest : processing_of_epoch(sql, commit.epoch)) {
    const auto named =
        std::ranges::find(commit.failed, manifest.manifest_id, &FailedManifest::manifest_id);
    const std::string& reason = named == commit.failed.end() ? unnamed : named->reason;
    ASSAY_TRY_VOID(fail_manifest(sql, manifest, reason, commit.time));
  }
  return {};
}

void write_ledger(soci::session& sql, const EpochCommit& commit, const std::string& manifest) {
  const long long epoch = commit.epoch, generation = commit.generation, time = commit.time;
  execute(sql,
          "INSERT INTO ledger (epoch, writer, generation, committed) VALUES (:epoch, :writer, "
          ":generation, :time)",
          soci::use(epoch, "epoch"), soci::use(commit.writer, "writer"),
          soci::use(generation, "generation"), soci::use(time, "time"));
  put_digest(
      sql, "ledger", std::to_string(epoch),
      {std::to_string(epoch), commit.writer, std::to_string(generation), std::to_string(time)},
      manifest);
}

Status commit_in_transaction(soci::session& sql, const EpochCommit& commit) {
  ASSAY_TRY_VOID(check_generation(sql, commit.generation));
  const std::optional<Intent> intent = read_open_intent(sql, commit.epoch);
  if (!intent || intent->generation != commit.generation) return not_open(commit.epoch);
  const std::string manifest = first_manifest(commit);
  for (const OffsetMove& move : commit.offsets) ASSAY_TRY_VOID(move_offset(sql, move, manifest));
  for (const CatalogSwap& swap : commit.swaps) ASSAY_TRY_VOID(swap_table(sql, swap, manifest));
  ASSAY_TRY_VOID(commit_manifests(sql, commit));
  for (const SourceFile& file : commit.source_files) put_source_file(sql, file, manifest);
  for (const FileEntry& file : commit.files)
    ASSAY_TRY_VOID(insert_file(sql, file, commit.epoch, manifest));
  put_receipts(sql, commit.receipts, commit.time);
  write_ledger(sql, commit, manifest);
  close_intent(sql, commit.epoch, "committed");
  return {};
}

}  // namespace

Status Database::commit(const EpochCommit& commit) {
  Connection& connection = *impl_->connection;
  return connection.transaction([&] { return commit_in_transaction(connection.sql(), commit); });
}

Status Database::fail_epoch(std::int64_t epoch, const std::string& reason, Micros now) {
  Connection& connection = *impl_->connection;
  return connection.transaction([&]() -> Status {
    soci::session& sql = connection.sql();
    const std::optional<Intent> intent = read_open_intent(sql, epoch);
    if (!intent) return not_open(epoch);
    ASSAY_TRY_VOID(check_generation(sql, intent->generation));
    for (const Manifest& manifest : processing_of_epoch(sql, epoch)) {
      ASSAY_TRY_VOID(fail_manifest(sql, manifest, reason, now));
    }
    close_intent(sql, epoch, "failed");
    return {};
  });
}

Result<std::vector<std::int64_t>> Database::committed_epochs_after(std::int64_t epoch) {
  Connection& connection = *impl_->connection;
  return connection.guard([&]() -> Result<std::vector<std::int64_t>> {
    const long long after = epoch;
    const soci::rowset<long long> rows =
        (connection.sql().prepare << "SELECT epoch FROM ledger WHERE epoch > :after ORDER BY epoch",
         soci::use(after, "after"));
    return std::vector<std::int64_t>(rows.begin(), rows.end());
  });
}

}  // namespace assay::control
