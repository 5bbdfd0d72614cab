// assay lake compact | expire | orphans: keeps the lake small under many small commits.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/open_session.h"
#include "cli/recovery_report.h"
#include "cli/text.h"
#include "engine/maintenance.h"

namespace assay::cli {
namespace {

using nlohmann::json;
using Table = std::vector<std::vector<std::string>>;

/// Opens the engine, brings an interrupted epoch to its end, works, and prints what was done.
template <typename Report, typename Options>
Status maintain(Globals& globals, const Options& options,
                Result<Report> (*work)(engine::Session&, const Options&),
                void (*print)(const Globals&, const Options&, const Report&)) {
  Progress progress(globals);
  ASSAY_TRY(engine::Session session, open_session(globals, progress));
  ASSAY_TRY(const engine::Recovery recovery, engine::recover(session));
  ASSAY_TRY(const Report report, work(session, options));
  progress.done();
  report_recovery(globals, recovery);
  print(globals, options, report);
  return {};
}

void print_json(bool dry_run, json fields) {
  json document = {{"dry_run", dry_run}};
  document.update(fields);
  fmt::print("{}\n", document.dump(2, ' ', false, json::error_handler_t::replace));
}

const char* ending(bool dry_run) { return dry_run ? "nothing was changed (--dry-run)\n" : ""; }

void print_compacted(const Globals& globals, const engine::CompactOptions& options,
                     const std::vector<engine::Compacted>& tables) {
  const bool dry_run = options.scope.dry_run;
  json list = json::array();
  Table rows{{"table", "files", "rows rewritten", "bytes"}};
  for (const engine::Compacted& table : tables) {
    list.push_back({{"table", table.table},
                    {"files_before", table.files_before},
                    {"files_after", table.files_after},
                    {"bytes_before", table.bytes_before},
                    {"bytes_after", table.bytes_after},
                    {"rows", table.rows}});
    rows.push_back(
        {table.table,
         fmt::format("{} -> {}", group_digits(table.files_before), group_digits(table.files_after)),
         group_digits(table.rows),
         fmt::format("{} -> {}", human_bytes(table.bytes_before),
                     dry_run ? "?" : human_bytes(table.bytes_after))});
  }
  if (globals.json) return print_json(dry_run, {{"tables", list}});
  if (tables.empty()) return fmt::print("nothing to compact\n");
  fmt::print("{}{}", text_table(rows), ending(dry_run));
}

void print_expired(const Globals& globals, const engine::ExpireOptions& options,
                   const std::vector<engine::Expired>& tables) {
  const bool dry_run = options.scope.dry_run;
  json list = json::array();
  Table rows{{"table", "snapshots forgotten", "files retired", "bytes"}};
  for (const engine::Expired& table : tables) {
    list.push_back({{"table", table.table},
                    {"snapshots", table.snapshots},
                    {"files", table.files},
                    {"bytes", table.bytes}});
    rows.push_back({table.table, group_digits(table.snapshots), group_digits(table.files),
                    human_bytes(table.bytes)});
  }
  if (globals.json) return print_json(dry_run, {{"tables", list}});
  if (tables.empty()) return fmt::print("nothing to expire\n");
  fmt::print("{}{}", text_table(rows), ending(dry_run));
}

void print_orphans(const Globals& globals, const engine::OrphanOptions& options,
                   const engine::Orphans& orphans) {
  const bool dry_run = options.scope.dry_run;
  if (globals.json) {
    return print_json(dry_run, {{"retired", orphans.retired},
                                {"unlisted", orphans.unlisted},
                                {"bytes", orphans.bytes},
                                {"waiting", orphans.waiting}});
  }
  fmt::print("{} retired and {} unlisted files {}, {}; {} are not old enough\n{}",
             group_digits(orphans.retired), group_digits(orphans.unlisted),
             dry_run ? "would go" : "removed", human_bytes(orphans.bytes),
             group_digits(orphans.waiting), ending(dry_run));
}

void add_scope(CLI::App* command, engine::MaintenanceScope& scope) {
  command->add_option("--table", scope.table, "only this table, for example silver.order");
  command->add_flag("--dry-run", scope.dry_run, "say what would be done, and do nothing");
}

void add_compact(CLI::App* lake, Globals& globals) {
  CLI::App* command = lake->add_subcommand(
      "compact", "put small files of a partition together; rows and their proof stay the same");
  auto options = std::make_shared<engine::CompactOptions>();
  add_scope(command, options->scope);
  command
      ->add_option("--target-size", options->target_bytes,
                   "what files should come to: bytes, or 64MB, 128MiB")
      ->transform(CLI::AsSizeValue(false))
      ->check(CLI::PositiveNumber)
      ->default_str("128MiB");
  command
      ->add_option("--min-files", options->files_min,
                   "small files that a partition must have to be touched")
      ->check(CLI::Range(2, 1'000'000))
      ->capture_default_str();
  command->callback([&globals, options] {
    run(globals, [&] { return maintain(globals, *options, engine::compact, print_compacted); });
  });
}

void add_expire(CLI::App* lake, Globals& globals) {
  CLI::App* command = lake->add_subcommand(
      "expire", "forget old snapshots, and retire the files that only they led to");
  auto options = std::make_shared<engine::ExpireOptions>();
  add_scope(command, options->scope);
  command
      ->add_option("--keep", options->snapshots_kept,
                   "newest snapshots that stay, beside branches, tags and other writers' marks")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  command->callback([&globals, options] {
    run(globals, [&] { return maintain(globals, *options, engine::expire, print_expired); });
  });
}

void add_orphans(CLI::App* lake, Globals& globals) {
  CLI::App* command = lake->add_subcommand(
      "orphans", "remove files that no table leads to any more, and what crashes left behind");
  struct Options {
    engine::OrphanOptions orphans;
    double hours = 24;
  };
  auto options = std::make_shared<Options>();
  add_scope(command, options->orphans.scope);
  command
      ->add_option("--older-than", options->hours,
                   "grace in hours: who began to read before may still read a file")
      ->check(CLI::Range(0.0, 1e6))
      ->capture_default_str();
  command->callback([&globals, options] {
    options->orphans.grace =
        static_cast<Micros>(options->hours * 3600 * static_cast<double>(kMicrosPerSecond));
    run(globals,
        [&] { return maintain(globals, options->orphans, engine::remove_orphans, print_orphans); });
  });
}

}  // namespace

void add_lake(CLI::App& app, Globals& globals) {
  CLI::App* lake =
      app.add_subcommand("lake", "keep the tables' files few: compact, expire, orphans");
  lake->footer(
      "Every commit adds files and a snapshot to the tables that it touches. Now and then, in "
      "this\n"
      "order:\n\n"
      "  assay lake compact\n"
      "  assay lake expire --keep 100\n"
      "  assay lake orphans\n\n"
      "None of them changes a row, so `assay verify` proves the same before and after. A crash in\n"
      "one of them leaves nothing but files that `orphans` removes. `assay up` does it by itself.");
  lake->require_subcommand(1);
  add_compact(lake, globals);
  add_expire(lake, globals);
  add_orphans(lake, globals);
}

}  // namespace assay::cli
