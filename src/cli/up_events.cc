#include "cli/up_events.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <utility>

#include "cli/text.h"

namespace assay::cli {
namespace {

using serve::Metrics;

constexpr std::size_t kLagsMax = 500;  ///< partitions of a source that metrics tell one by one

double seconds(Micros micros) { return static_cast<double>(micros) / kMicrosPerSecond; }

std::string shown_seconds(Micros micros) { return fmt::format("{:.2f}", seconds(micros)); }

void declare_metrics(Metrics& metrics) {
  using enum Metrics::Type;
  metrics.declare("assay_ready", gauge, "1 while records that are taken also go on.");
  metrics.declare("assay_push_requests_total", counter, "Requests to push, by status.");
  metrics.declare("assay_push_records_total", counter, "Records acknowledged to clients.");
  metrics.declare("assay_push_bytes_total", counter, "Bytes of acknowledged bodies.");
  metrics.declare("assay_push_repeated_total", counter,
                  "Requests answered by their idempotency key.");
  metrics.declare("assay_push_backlog_bytes", gauge, "Bytes of the push log not yet in bronze.");
  metrics.declare("assay_push_backlog_records", gauge, "Records of it.");
  metrics.declare("assay_push_oldest_seconds", gauge, "Age of the oldest of them.");
  metrics.declare("assay_bronze_records_total", counter, "Records committed to bronze.");
  metrics.declare("assay_bronze_bytes_total", counter, "Bytes of them.");
  metrics.declare("assay_epochs_total", counter, "Epochs committed.");
  metrics.declare("assay_epoch_seconds", histogram,
                  "Time from taking records to their commit, of one turn of the engine.");
  metrics.declare("assay_records_in_total", counter,
                  "Records in bronze that this process had to refine.");
  metrics.declare("assay_records_out_total", counter, "What became of them.");
  metrics.declare("assay_records_in_flight", gauge, "In minus out; 0 where nothing waits.");
  metrics.declare("assay_lag_seconds", histogram,
                  "From the receipt of the oldest record to its gold commit.");
  metrics.declare("assay_freshness_seconds", gauge, "The last value of assay_lag_seconds.");
  metrics.declare("assay_source_up", gauge, "1 while the source answers.");
  metrics.declare("assay_source_lag_records", gauge,
                  "Offsets of a partition that are not in bronze.");
  metrics.declare("assay_source_missing_total", counter,
                  "Offsets that a source dropped before they were taken, and that were skipped.");
  metrics.declare("assay_source_alarm", gauge, "1 while something is wrong with the source.");
  metrics.declare("assay_maintenance_total", counter, "Looks at the tables' files, by result.");
  metrics.declare("assay_maintenance_files_total", counter,
                  "Files put together, and files removed.");
  metrics.declare("assay_failures_total", counter, "Times that the engine had to begin anew.");
  metrics.declare("assay_tenant_failures_total", counter, "Steps of tenants that failed.");
}

}  // namespace

UpEvents::UpEvents(Options options, const engine::PushLog& log) : options_(options), log_(log) {
  declare_metrics(metrics_);
  for (const char* name :
       {"assay_push_records_total", "assay_push_bytes_total", "assay_push_repeated_total",
        "assay_records_in_total", "assay_failures_total", "assay_tenant_failures_total"}) {
    metrics_.add(name, 0);
  }
}

void UpEvents::tell(Weight weight, const std::string& event, const std::string& text,
                    const Members& members) {
  if (options_.quiet && weight == Weight::news) return;
  const std::string time = format_instant(clock_->now());
  const std::lock_guard lock(output_);
  if (!options_.json) {
    fmt::print(stderr, "{} {}\n", time, text);
  } else {
    nlohmann::ordered_json line = {{"time", time}, {"event", event}};
    for (const auto& [name, value] : members) line[name] = value;
    fmt::print(stderr, "{}\n", line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  }
  std::fflush(stderr);
}

void UpEvents::on_open(const engine::Recovery& recovery, std::int64_t waiting) {
  ready_ = true;
  if (!std::exchange(told_first_, true)) {
    records_in_ += waiting;
    metrics_.add("assay_records_in_total", static_cast<double>(waiting));
    first_.set_value(true);
  }
  const std::string cut = std::to_string(log_.cut_bytes());
  tell(Weight::news, "open",
       fmt::format("ready: {} interrupted epochs repeated, {} bytes cut off the push log, {} "
                   "records wait in bronze",
                   recovery.repeated, cut, waiting),
       {{"repeated", std::to_string(recovery.repeated)},
        {"cut_bytes", cut},
        {"waiting", std::to_string(waiting)}});
  if (recovery.given_up) {
    tell(Weight::fault, "given_up", recovery.given_up->to_text(),
         {{"error", recovery.given_up->to_text()}});
  }
}

void UpEvents::ended() {
  ready_ = false;
  if (!std::exchange(told_first_, true)) first_.set_value(false);
}

void UpEvents::on_bronze(const engine::BronzeNews& news) {
  const std::string source = fmt::format("source=\"{}\"", news.kind);
  const auto& totals = news.totals;
  metrics_.add("assay_bronze_records_total", static_cast<double>(totals.records), source);
  metrics_.add("assay_bronze_bytes_total", static_cast<double>(totals.bytes), source);
  metrics_.add("assay_epochs_total", static_cast<double>(totals.epochs), "layer=\"bronze\"");
  metrics_.observe("assay_epoch_seconds", seconds(news.took), "layer=\"bronze\"");
  metrics_.add("assay_records_in_total", static_cast<double>(totals.records));
  metrics_.add("assay_records_out_total", static_cast<double>(totals.quarantined),
               "result=\"quarantined\"");
  records_in_ += totals.records;
  records_out_ += totals.quarantined;
  tell(Weight::news, "bronze",
       fmt::format("bronze: {} records, {} from {} in {} s", group_digits(totals.records),
                   human_bytes(totals.bytes), news.kind, shown_seconds(news.took)),
       {{"source", news.kind},
        {"records", std::to_string(totals.records)},
        {"bytes", std::to_string(totals.bytes)},
        {"seconds", shown_seconds(news.took)}});
}

void UpEvents::on_refined(const engine::RefineNews& news) {
  const engine::RunReport& report = news.report;
  const auto out = [&](const char* result, std::int64_t count) {
    metrics_.add("assay_records_out_total", static_cast<double>(count),
                 fmt::format("result=\"{}\"", result));
  };
  // What came out of quarantine was counted when it first went there.
  if (report.reprocessed == 0) {
    out("refined", report.refined);
    out("quarantined", report.quarantined);
    out("duplicate", report.duplicates);
  }
  records_out_ += report.records - report.reprocessed;
  metrics_.add("assay_epochs_total", static_cast<double>(report.epochs), "layer=\"gold\"");
  metrics_.observe("assay_epoch_seconds", seconds(news.took), "layer=\"gold\"");
  if (news.lag > 0) {
    metrics_.observe("assay_lag_seconds", seconds(news.lag));
    metrics_.set("assay_freshness_seconds", seconds(news.lag));
  }
  tell(Weight::news, "refined",
       fmt::format("gold: {} records refined, {} quarantined, {} duplicates in {} s",
                   group_digits(report.refined), group_digits(report.quarantined),
                   group_digits(report.duplicates), shown_seconds(news.took)),
       {{"records", std::to_string(report.records)},
        {"refined", std::to_string(report.refined)},
        {"quarantined", std::to_string(report.quarantined)},
        {"duplicates", std::to_string(report.duplicates)},
        {"seconds", shown_seconds(news.took)},
        {"lag_seconds", shown_seconds(news.lag)}});
}

void UpEvents::on_input(const engine::InputReport& input) {
  const Members members = {{"path", input.path},
                           {"outcome", input.outcome},
                           {"records", std::to_string(input.records)},
                           {"note", input.error ? input.error->to_text() : input.note}};
  if (input.error) return tell(Weight::fault, "input", input.error->to_text(), members);
  tell(Weight::news, "input",
       fmt::format("{} {}: {} records{}{}", input.outcome, input.path, input.records,
                   input.note.empty() ? "" : " - ", input.note),
       members);
}

/// What began and what ended since the report before.
void UpEvents::tell_alarms(const engine::SourceReport& before, const engine::SourceReport& now) {
  const auto has = [](const engine::SourceReport& report, const auto& alarm) {
    return std::ranges::any_of(report.alarms, [&](const auto& other) {
      return other.code == alarm.code && other.about == alarm.about;
    });
  };
  for (const auto& alarm : now.alarms) {
    if (has(before, alarm)) continue;
    const std::string name(error_row(alarm.code).name);
    tell(Weight::fault, "alarm",
         fmt::format("alarm of source {}: A{} {}: {}", now.source, static_cast<int>(alarm.code),
                     name, alarm.text),
         {{"source", now.source}, {"error", name}, {"about", alarm.about}, {"text", alarm.text}});
  }
  for (const auto& alarm : before.alarms) {
    if (has(now, alarm)) continue;
    const std::string name(error_row(alarm.code).name);
    tell(Weight::news, "alarm_ended",
         fmt::format("over at source {}: {}{}{}", now.source, name, alarm.about.empty() ? "" : " ",
                     alarm.about),
         {{"source", now.source}, {"error", name}, {"about", alarm.about}});
  }
}

void UpEvents::measure(const engine::SourceReport& before, const engine::SourceReport& now) {
  const std::string source = fmt::format("source=\"{}\"", now.source);
  metrics_.set("assay_source_up", now.is_up ? 1 : 0, source);
  metrics_.add("assay_source_missing_total", static_cast<double>(now.missing), source);
  for (const auto& alarm : before.alarms) {
    metrics_.set("assay_source_alarm", 0,
                 fmt::format("{},error=\"{}\"", source, error_row(alarm.code).name));
  }
  for (const auto& alarm : now.alarms) {
    metrics_.set("assay_source_alarm", 1,
                 fmt::format("{},error=\"{}\"", source, error_row(alarm.code).name));
  }
  // Beyond the cap the rest is one number: whoever scrapes pays for each.
  std::int64_t others = 0;
  for (std::size_t index = 0; index < now.lags.size(); ++index) {
    const auto& lag = now.lags[index];
    if (index >= kLagsMax) {
      others += lag.records;
      continue;
    }
    metrics_.set("assay_source_lag_records", static_cast<double>(lag.records),
                 fmt::format("{},topic=\"{}\",partition=\"{}\"", source, lag.topic, lag.partition));
  }
  if (now.lags.size() > kLagsMax) {
    metrics_.set("assay_source_lag_records", static_cast<double>(others),
                 fmt::format("{},topic=\"\",partition=\"other\"", source));
  }
}

void UpEvents::on_source(const engine::SourceReport& report) {
  engine::SourceReport& before = reports_[report.source];
  for (const std::string& note : report.notes) {
    tell(Weight::fault, "source", fmt::format("source {}: {}", report.source, note),
         {{"source", report.source}, {"note", note}});
  }
  tell_alarms(before, report);
  measure(before, report);
  before = report;
}

void UpEvents::on_maintained(const engine::MaintenanceNews& news) {
  metrics_.add("assay_maintenance_total", 1, "result=\"done\"");
  metrics_.add("assay_maintenance_files_total", static_cast<double>(news.compacted),
               "action=\"compacted\"");
  metrics_.add("assay_maintenance_files_total", static_cast<double>(news.removed),
               "action=\"removed\"");
  tell(Weight::news, "maintained",
       fmt::format("tables: {} files fewer by compaction, {} snapshots forgotten, {} files removed "
                   "in {} s",
                   group_digits(news.compacted), group_digits(news.snapshots),
                   group_digits(news.removed), shown_seconds(news.took)),
       {{"compacted", std::to_string(news.compacted)},
        {"snapshots", std::to_string(news.snapshots)},
        {"removed", std::to_string(news.removed)},
        {"seconds", shown_seconds(news.took)}});
}

void UpEvents::on_maintenance_failed(const Error& error) {
  metrics_.add("assay_maintenance_total", 1, "result=\"failed\"");
  tell(Weight::fault, "maintenance_failed",
       fmt::format("the tables' files stay as they are: {}", error.to_text()),
       {{"error", error.to_text()}});
}

void UpEvents::on_tenant_failed(const std::string& tenant, const std::string& reason,
                                Micros retry_in) {
  metrics_.add("assay_tenant_failures_total", 1);
  tell(Weight::fault, "tenant_failed",
       fmt::format("tenant {} failed, the others go on; again in {} s: {}", tenant,
                   shown_seconds(retry_in), reason),
       {{"tenant", tenant}, {"error", reason}, {"retry_seconds", shown_seconds(retry_in)}});
}

void UpEvents::on_failure(const Error& error, Micros retry_in) {
  ready_ = false;
  metrics_.add("assay_failures_total", 1);
  tell(Weight::fault, "failed",
       fmt::format("the engine stopped and begins anew in {} s: {}", shown_seconds(retry_in),
                   error.to_text()),
       {{"error", error.to_text()}, {"retry_seconds", shown_seconds(retry_in)}});
}

void UpEvents::on_pushed(std::int64_t records, std::size_t bytes, bool repeated) {
  if (repeated) return metrics_.add("assay_push_repeated_total", 1);
  metrics_.add("assay_push_records_total", static_cast<double>(records));
  metrics_.add("assay_push_bytes_total", static_cast<double>(bytes));
}

void UpEvents::on_answer(int status) {
  metrics_.add("assay_push_requests_total", 1, fmt::format("status=\"{}\"", status));
}

std::string UpEvents::metrics_text() {
  const auto waiting = log_.waiting();
  metrics_.set("assay_ready", ready_ ? 1 : 0);
  metrics_.set("assay_push_backlog_bytes", static_cast<double>(waiting.bytes));
  metrics_.set("assay_push_backlog_records", static_cast<double>(waiting.records));
  const Micros age = waiting.since == 0 ? 0 : clock_->now() - waiting.since;
  metrics_.set("assay_push_oldest_seconds", seconds(std::max<Micros>(age, 0)));
  metrics_.set("assay_records_in_flight", static_cast<double>(records_in_ - records_out_));
  return metrics_.text();
}

}  // namespace assay::cli
