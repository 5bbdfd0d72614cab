#include "engine/stream.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "engine/kafka_source.h"
#include "engine/maintenance.h"
#include "engine/push_source.h"
#include "engine/recovery.h"
#include "engine/sweep.h"

namespace assay::engine {
namespace {

constexpr Micros kTickMax = 2 * kMicrosPerSecond;   ///< without news; others queue work, too
constexpr Micros kLookMin = kMicrosPerSecond / 10;  ///< between two looks at watched folders
constexpr Micros kFirstRest = kMicrosPerSecond;
constexpr int kRestDoublingsMax = 6;
constexpr std::size_t kSmallFilesMin = 16;  ///< of a partition, to be put together

Micros rest_after(int failures) {
  return kFirstRest << std::min(std::max(failures - 1, 0), kRestDoublingsMax);
}

Result<std::int64_t> unrefined_records(Session& session) {
  std::int64_t records = 0;
  for (const auto status : {control::ManifestStatus::received, control::ManifestStatus::failed}) {
    ASSAY_TRY(const auto waiting, session.control().manifests({.tenant_id = {},
                                                               .layer = "silver",
                                                               .application = {},
                                                               .status = status,
                                                               .limit = {}}));
    for (const control::Manifest& manifest : waiting)
      records += manifest.attempt == 1 ? manifest.record_count : 0;
  }
  return records;
}

Result<MaintenanceNews> keep_small(Session& session) {
  MaintenanceNews news;
  ASSAY_TRY(const auto compacted, compact(session, {.files_min = kSmallFilesMin}));
  for (const Compacted& table : compacted) news.compacted += table.files_before - table.files_after;
  ASSAY_TRY(const auto expired, expire(session, {}));
  for (const Expired& table : expired) news.snapshots += table.snapshots;
  ASSAY_TRY(const Orphans orphans, remove_orphans(session, {}));
  news.removed = orphans.retired + orphans.unlisted;
  return news;
}

}  // namespace

/// What lives as long as a session.
struct Stream::Work {
  Session& session;
  Refinery& refinery;
  std::int64_t version = 0;  ///< of the workspace that the sources are of
  std::vector<std::unique_ptr<Source>> sources = {};
  Micros unrefined_since = 0;  ///< when the oldest record was received that is not refined
  Micros looked = 0;           ///< at the folders
  Micros refined = 0;          ///< when it was last tried
  Micros stop_at = 0;          ///< 0 while nobody has said stop
  std::int64_t epochs = 0;     ///< since the tables' files were looked at
};

Status Stream::run() {
  int failures = 0;
  for (;;) {
    opened_ = false;
    Status worked = work();
    if (worked) return {};
    const bool last = stopping_;
    if (last || !opened_once_) return worked;
    failures = opened_ ? 1 : failures + 1;
    const Micros rest = rest_after(failures);
    observer_.on_failure(worked.error(), rest);
    if (!stopping_) stopped_.wait(rest);
  }
}

Status Stream::work() {
  ASSAY_TRY(Seams seams, options_.seams());
  ASSAY_TRY(Session session, Session::open(options_.folder, std::move(seams)));
  ASSAY_TRY(const Recovery recovery, recover(session));
  ASSAY_TRY_VOID(queue_curable(session));
  ASSAY_TRY(const std::int64_t waiting, unrefined_records(session));
  ASSAY_TRY(Refinery refinery, Refinery::open(session));
  ASSAY_TRY_VOID(set_streams(session));
  const std::int64_t version = session.in_force().version;
  opened_once_ = opened_ = true;
  observer_.on_open(recovery, waiting);
  Work work{session, refinery, version};
  ASSAY_TRY_VOID(open_sources(work));
  return serve(work);
}

Status Stream::open_sources(Work& work) {
  work.sources.clear();
  if (push_ != nullptr) work.sources.push_back(std::make_unique<PushSource>(work.session, *push_));
  for (const model::Source& source : work.session.workspace().sources) {
    if (source.kind != KafkaSource::kKind) continue;
    ASSAY_TRY(auto opened, KafkaSource::open(work.session, source, [this] { wakeup_.ring(); }));
    work.sources.push_back(std::move(opened));
  }
  return {};
}

Status Stream::set_streams(Session& session) {
  if (push_ == nullptr) return {};
  ASSAY_TRY(const auto streams, push_streams(session));
  push_->set_streams(streams);
  return {};
}

bool Stream::is_due(const Source::Waiting& waiting, Micros now) const {
  if (waiting.since == 0) return false;
  const bool old = now - waiting.since >= options_.commit_age || now < waiting.since;
  return old || stopping_ || waiting.bytes >= kEpochBytes;
}

Status Stream::serve(Work& work) {
  ASSAY_TRY_VOID(refine(work));
  for (;;) {
    const bool stopping = stopping_;
    const Micros now = work.session.now();
    if (stopping && work.stop_at == 0) {
      work.stop_at = now + options_.drain_max;
      for (const auto& source : work.sources) source->finish();
    }
    ASSAY_TRY(const bool taken, take_sources(work));
    ASSAY_TRY(const bool filed, take_files(work));
    const bool idle = !taken && !filed;
    // Work comes from others, too: what apply put in force, releases from quarantine.
    const bool is_tick = now < work.refined || now - work.refined >= kTickMax;
    if (!idle || is_tick || stopping) ASSAY_TRY_VOID(refine(work));
    if (!stopping) maintain(work);
    tell_reports(work);
    if (stopping && (idle || work.session.now() >= work.stop_at)) return {};
    if (idle && !stopping_) wakeup_.wait(pause(work));
  }
}

void Stream::tell_reports(Work& work) {
  for (const auto& source : work.sources) {
    if (const auto report = source->report()) observer_.on_source(*report);
  }
}

/// Until something may be due; sources in which something begins to wait ring.
Micros Stream::pause(Work& work) const {
  Micros pause = kTickMax;
  if (!options_.watched.empty()) pause = look_interval();
  for (const auto& source : work.sources) {
    const Source::Waiting waiting = source->waiting();
    const Micros left = waiting.since + options_.commit_age - work.session.now();
    if (waiting.since != 0 && left > 0) pause = std::min(pause, left);
  }
  return pause;
}

Micros Stream::look_interval() const { return std::clamp(options_.commit_age, kLookMin, kTickMax); }

Result<bool> Stream::take_sources(Work& work) {
  bool taken = false;
  for (const auto& source : work.sources) {
    ASSAY_TRY(const bool some, take(work, *source));
    taken |= some;
  }
  return taken;
}

/// A bronze epoch of what waits in one source, if it is due.
Result<bool> Stream::take(Work& work, Source& source) {
  const Source::Waiting waiting = source.waiting();
  const Micros began = work.session.now();
  if (!is_due(waiting, began)) return false;
  ASSAY_TRY(BronzeEpoch epoch, BronzeEpoch::begin(work.session));
  ASSAY_TRY_VOID(source.poll(epoch));
  if (!epoch.empty()) {
    ASSAY_TRY(const BronzeTotals totals, epoch.commit({}));
    if (work.unrefined_since == 0 || waiting.since < work.unrefined_since)
      work.unrefined_since = waiting.since;
    work.epochs += totals.epochs;
    observer_.on_bronze(
        {.kind = std::string(source.kind()), .totals = totals, .took = work.session.now() - began});
  }
  io::StepScope acknowledge(work.session.milestones(), io::Step::acknowledge);
  ASSAY_TRY_VOID(source.acknowledge());
  acknowledge.done();
  return true;
}

/// Bronze epochs of the files that are new in the watched folders.
Result<bool> Stream::take_files(Work& work) {
  const Micros began = work.session.now();
  const bool early = began >= work.looked && began - work.looked < look_interval();
  if (options_.watched.empty() || early) return false;
  work.looked = began;
  ASSAY_TRY(auto paths, watch_.look(work.session.files(), options_.watched));
  if (paths.empty()) return false;
  ASSAY_TRY(const IngestReport report,
            ingest(work.session, {.paths = std::move(paths), .tenant = {}, .application = {}}));
  for (const InputReport& input : report.inputs) observer_.on_input(input);
  work.epochs += report.epochs;
  if (report.epochs > 0) {
    observer_.on_bronze({.kind = "file",
                         .totals = {.records = report.records,
                                    .bytes = report.bytes,
                                    .quarantined = report.quarantined,
                                    .epochs = report.epochs},
                         .took = work.session.now() - began});
  }
  return report.epochs > 0;
}

Status Stream::refine(Work& work) {
  const Micros began = work.session.now();
  ASSAY_TRY(RunReport report, work.refinery.drain({.left_out = resting_tenants(began)}));
  const Micros ended = work.session.now();
  work.refined = ended;
  note_failures(report, ended);
  const Micros since = std::exchange(work.unrefined_since, 0);
  work.epochs += report.epochs;
  if (report.epochs > 0) {
    observer_.on_refined({.report = std::move(report),
                          .took = ended - began,
                          .lag = since == 0 ? 0 : ended - since});
  }
  if (work.session.in_force().version == work.version) return {};
  work.version = work.session.in_force().version;
  ASSAY_TRY_VOID(set_streams(work.session));
  ASSAY_TRY_VOID(open_sources(work));
  return queue_curable(work.session);
}

/// Now and then, between two epochs: whoever pushes is answered meanwhile.
void Stream::maintain(Work& work) {
  if (options_.maintenance_epochs == 0 || work.epochs < options_.maintenance_epochs) return;
  work.epochs = 0;
  const Micros began = work.session.now();
  auto news = keep_small(work.session);
  if (!news) return observer_.on_maintenance_failed(news.error());
  news->took = work.session.now() - began;
  observer_.on_maintained(*news);
}

std::set<std::string> Stream::resting_tenants(Micros now) const {
  std::set<std::string> tenants;
  for (const auto& [tenant, rest] : resting_) {
    if (now < rest.until) tenants.insert(tenant);
  }
  return tenants;
}

void Stream::note_failures(const RunReport& report, Micros now) {
  std::erase_if(resting_, [&](const auto& entry) {
    return entry.second.until <= now && !report.failed_tenants.contains(entry.first);
  });
  for (const auto& [tenant, reason] : report.failed_tenants) {
    Rest& rest = resting_[tenant];
    const Micros pause = rest_after(++rest.failures);
    rest.until = now + pause;
    observer_.on_tenant_failed(tenant, reason, pause);
  }
}

}  // namespace assay::engine
