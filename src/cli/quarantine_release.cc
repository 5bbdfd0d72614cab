// assay quarantine reprocess | discard | fix: what takes records out of quarantine.
//
// reprocess and discard put releases into the queue, which needs no lease, and then run them where
// no other process does: whoever holds the lease takes them with its next epoch.

#include "cli/quarantine_release.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>

#include "ask/tenant_tables.h"
#include "cli/open_control.h"
#include "cli/open_questions.h"
#include "cli/open_session.h"
#include "cli/text.h"
#include "engine/fix.h"
#include "engine/release.h"
#include "engine/run.h"
#include "io/process.h"

namespace assay::cli {
namespace {

using engine::ReleaseAction;
using nlohmann::json;

struct ReleaseOptions {
  std::string tenant, application, version, manifest, record, since, actor, reason, file;
  int code = 0;
  bool all = false;
  bool dry_run = false;
};

/// What of one tenant's quarantine the options mean.
struct TenantShare {
  std::string tenant;
  std::vector<engine::ReleaseTarget> targets;
  std::int64_t records = 0;
  std::int64_t out_of_reach = 0;  ///< refused by bronze: no reprocessing
};

std::int64_t records_of(const std::vector<TenantShare>& shares) {
  std::int64_t records = 0;
  for (const TenantShare& share : shares) records += share.records;
  return records;
}

Result<engine::ReleaseOrder> order_for(const ReleaseOptions& options, ReleaseAction action) {
  engine::ReleaseOrder order;
  order.action = action;
  order.actor = options.actor;
  order.reason = options.reason;
  order.filter.record = options.record;
  order.filter.manifest = options.manifest;
  ASSAY_TRY(order.filter.since, instant_option("--since", options.since));
  if (options.code != 0) order.filter.codes.push_back(options.code);
  if (!options.version.empty())
    order.filter.versions.push_back(options.version == "-" ? "" : options.version);
  return order;
}

/// Everything at once is meant only where it is said.
Status check_scope(const ReleaseOptions& options) {
  const bool narrowed = options.all || options.code != 0 || !options.tenant.empty() ||
                        !options.application.empty() || !options.version.empty() ||
                        !options.manifest.empty() || !options.record.empty() ||
                        !options.since.empty();
  if (narrowed) return {};
  return make_error(Code::usage, "nothing says which records are meant",
                    "Add a filter, as --code or --tenant, or --all.");
}

/// A manifest's or record's beginning means one thing only.
Status check_record(const ReleaseOptions& options) {
  if (options.record.find_first_not_of("0123456789abcdef") == std::string::npos) return {};
  return make_error(Code::usage, fmt::format("\"{}\" is not the id of a record", options.record),
                    "Take the example record of a line of `assay quarantine list`.");
}

Result<std::vector<std::string>> tenants_meant(control::Database& control,
                                               const ReleaseOptions& options) {
  ASSAY_TRY(const model::Workspace workspace, applied_workspace(control));
  std::vector<std::string> tenants = workspace.tenants();
  tenants.push_back(kUnroutedTenant.text());
  if (options.tenant.empty()) return tenants;
  ASSAY_TRY(const TenantId tenant, ask::choose_tenant(workspace, options.tenant));
  return std::vector<std::string>{tenant.text()};
}

/// The part of the machinery that looks into the lake without being its writer.
struct LakeReader {
  control::Database control;
  std::unique_ptr<io::FileSystem> files;
  parquet::Database parquet;
};

Result<LakeReader> open_reader(const Globals& globals) {
  ASSAY_TRY(const engine::Paths paths, data_paths(globals));
  ASSAY_TRY(auto reading, open_control(globals));  // tells apart what was never applied
  static_cast<void>(reading);
  ASSAY_TRY(auto control, control::Database::open({.path = paths.control_db}));
  const std::string folder = fmt::format("{}/quarantine-{}", paths.tmp, io::process_id());
  ASSAY_TRY(auto parquet, parquet::Database::open({.temp_directory = folder}));
  return LakeReader{std::move(control), io::local_file_system(), std::move(parquet)};
}

Result<TenantShare> share_of(LakeReader& reader, const std::string& tenant,
                             const ReleaseOptions& options, const engine::ReleaseOrder& order) {
  TenantShare share{.tenant = tenant, .targets = {}};
  ASSAY_TRY(const std::string relation,
            engine::quarantine_relation(*reader.files, reader.control, tenant));
  ASSAY_TRY(auto groups,
            engine::refusal_groups(reader.parquet, relation, engine::condition_of(order.filter)));
  if (!options.application.empty()) {
    std::erase_if(groups,
                  [&](const auto& group) { return group.application != options.application; });
  }
  ASSAY_TRY(share.targets, engine::targets_of(reader.control, groups, order.action));
  std::int64_t all = 0;
  for (const auto& group : groups) all += group.records;
  for (const auto& target : share.targets) share.records += target.records;
  share.out_of_reach = all - share.records;
  return share;
}

json report_json(const std::vector<TenantShare>& shares, const engine::RunReport* report) {
  json tenants = json::object();
  std::size_t manifests = 0;
  std::int64_t out_of_reach = 0;
  for (const TenantShare& share : shares) {
    if (share.records + share.out_of_reach == 0) continue;
    tenants[share.tenant] = share.records;
    manifests += share.targets.size();
    out_of_reach += share.out_of_reach;
  }
  json document{{"records", records_of(shares)},
                {"tenants", tenants},
                {"manifests", manifests},
                {"refused_by_bronze", out_of_reach},
                {"done", report != nullptr}};
  if (report == nullptr) return document;
  document["reprocessed"] = report->reprocessed;
  document["cured"] = report->cured;
  document["refused_again"] = report->reprocessed - report->cured;
  document["discarded"] = report->discarded;
  return document;
}

void print_selection(const std::vector<TenantShare>& shares, const char* verb) {
  for (const TenantShare& share : shares) {
    if (share.records > 0) {
      fmt::print("tenant {}: {} records of {} batches to {}\n", share.tenant,
                 group_digits(share.records), share.targets.size(), verb);
    }
    if (share.out_of_reach > 0) {
      fmt::print(
          "tenant {}: {} records were refused before bronze kept them; fix or discard these\n",
          share.tenant, group_digits(share.out_of_reach));
    }
  }
}

void print_done(const engine::RunReport& report) {
  if (report.reprocessed > 0) {
    fmt::print("{} records reprocessed: {} are good now, {} were refused again\n",
               group_digits(report.reprocessed), group_digits(report.cured),
               group_digits(report.reprocessed - report.cured));
  }
  if (report.discarded > 0) {
    fmt::print("{} records discarded; their bytes stay in bronze\n",
               group_digits(report.discarded));
  }
}

/// Does what waits, unless another process is at work, which then does it.
Status carry_out(Globals& globals, const std::vector<TenantShare>& shares) {
  Progress progress(globals);
  auto session = open_session(globals, progress);
  if (!session && session.error().code == Code::lease_held) {
    progress.done();
    fmt::print("{}\n", globals.json ? report_json(shares, nullptr).dump(2)
                                    : "queued: another process is at work; it, or the next `assay "
                                      "run`, does it");
    return {};
  }
  if (!session) return std::move(session).error();
  ASSAY_TRY(const auto report, engine::run(*session));
  progress.done();
  if (globals.json) {
    fmt::print("{}\n", report_json(shares, &report).dump(2));
  } else {
    print_done(report);
  }
  for (const auto& [tenant, reason] : report.failed_tenants) {
    fmt::print(stderr, "tenant {} failed; the others went on:\n{}\n", tenant, reason);
    globals.exit_code = 4;
  }
  return {};
}

Status release(Globals& globals, const ReleaseOptions& options, ReleaseAction action) {
  ASSAY_TRY_VOID(check_scope(options));
  ASSAY_TRY_VOID(check_record(options));
  ASSAY_TRY(const engine::ReleaseOrder order, order_for(options, action));
  std::vector<TenantShare> shares;
  {
    ASSAY_TRY(LakeReader reader, open_reader(globals));
    ASSAY_TRY(const auto tenants, tenants_meant(reader.control, options));
    const Micros now = io::system_clock()->now();
    for (const std::string& tenant : tenants) {
      ASSAY_TRY(TenantShare share, share_of(reader, tenant, options, order));
      if (!options.dry_run)
        ASSAY_TRY_VOID(engine::queue_releases(reader.control, share.targets, order, now));
      shares.push_back(std::move(share));
    }
  }
  if (!globals.json) print_selection(shares, engine::to_string(action).data());
  if (records_of(shares) == 0 || options.dry_run) {
    if (globals.json)
      fmt::print("{}\n", report_json(shares, nullptr).dump(2));
    else if (records_of(shares) == 0)
      fmt::print("nothing in quarantine fits\n");
    return {};
  }
  return carry_out(globals, shares);
}

Result<std::string> read_payload(const std::string& file) {
  if (file != "-") return io::local_file_system()->read(file);
  return std::string(std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>());
}

Status fix(Globals& globals, const ReleaseOptions& options) {
  ASSAY_TRY_VOID(check_record(options));
  ASSAY_TRY(std::string payload, read_payload(options.file));
  Progress progress(globals);
  ASSAY_TRY(auto session, open_session(globals, progress));
  ASSAY_TRY(const auto fixed, engine::fix(session, {.tenant = options.tenant,
                                                    .record = options.record,
                                                    .payload = std::move(payload),
                                                    .actor = options.actor,
                                                    .reason = options.reason}));
  ASSAY_TRY(const auto report, engine::run(session));
  progress.done();
  const bool good = report.refined + report.duplicates > 0 && report.quarantined == 0;
  if (globals.json) {
    fmt::print("{}\n", json{{"record", fixed.record_id.to_hex()},
                            {"supersedes", fixed.superseded.to_hex()},
                            {"tenant", fixed.tenant},
                            {"manifest_id", fixed.manifest_id},
                            {"refined", report.refined},
                            {"quarantined", report.quarantined}}
                           .dump(2));
    return {};
  }
  fmt::print("record {} stands in the place of {}{}\n", fixed.record_id.to_hex(),
             fixed.superseded.to_hex(), good ? "" : "; it was refused too: assay quarantine list");
  return {};
}

void add_filters(CLI::App& command, ReleaseOptions& options) {
  command.add_option("--tenant", options.tenant, "only this one's (_unrouted: nobody's)")
      ->type_name("NAME");
  command.add_option("--application", options.application, "only of this application")
      ->type_name("NAME");
  command.add_option("--code", options.code, "only refused with this code, as 2105")
      ->type_name("CODE");
  command.add_option("--version", options.version, "only of this schema version (-: of none)")
      ->type_name("VERSION");
  command.add_option("--manifest", options.manifest, "only refused by this manifest")
      ->type_name("ID");
  command.add_option("--record", options.record, "only this record")->type_name("RECORD");
  command.add_option("--since", options.since, "only received at or after this instant")
      ->type_name("INSTANT");
  command.add_flag("--all", options.all, "everything that is in quarantine");
  command.add_flag("--dry-run", options.dry_run, "only say how many records are meant");
}

}  // namespace

void add_quarantine_release(CLI::App& quarantine, Globals& globals) {
  auto options = std::make_shared<ReleaseOptions>();
  auto* again = quarantine.add_subcommand("reprocess", "run records again through today's plan");
  add_filters(*again, *options);
  again->add_option("--actor", options->actor, "who wants it")->type_name("NAME");
  again->add_option("--reason", options->reason, "why")->type_name("TEXT");
  again->callback([&globals, options] {
    run(globals, [&] { return release(globals, *options, ReleaseAction::reprocess); });
  });
  auto* away = quarantine.add_subcommand("discard", "give records up by name; bronze keeps them");
  add_filters(*away, *options);
  away->add_option("--actor", options->actor, "who decides it")->required()->type_name("NAME");
  away->add_option("--reason", options->reason, "why")->required()->type_name("TEXT");
  away->callback([&globals, options] {
    run(globals, [&] { return release(globals, *options, ReleaseAction::discard); });
  });
  auto* one = quarantine.add_subcommand("fix", "put an edited payload in a record's place");
  one->add_option("record", options->record, "its id, or the beginning of it")
      ->required()
      ->type_name("RECORD");
  one->add_option("--payload", options->file, "file with the whole new payload (-: stdin)")
      ->required()
      ->type_name("FILE");
  one->add_option("--tenant", options->tenant, "look only there")->type_name("NAME");
  one->add_option("--actor", options->actor, "who did it")->required()->type_name("NAME");
  one->add_option("--reason", options->reason, "why")->required()->type_name("TEXT");
  one->callback([&globals, options] { run(globals, [&] { return fix(globals, *options); }); });
}

}  // namespace assay::cli
