// assay run: bronze to silver and gold, then end.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/open_session.h"
#include "cli/recovery_report.h"
#include "cli/text.h"
#include "engine/run.h"

namespace assay::cli {
namespace {

nlohmann::json codes_json(const engine::RunReport& report) {
  nlohmann::json codes = nlohmann::json::array();
  for (const auto& [code, count] : report.quarantined_by_code) {
    const ErrorRow& row = error_row(static_cast<Code>(code));
    codes.push_back({{"code", code}, {"name", row.name}, {"reason", row.doc}, {"records", count}});
  }
  return codes;
}

void print_json(const engine::RunReport& report) {
  fmt::print("{}\n",
             nlohmann::json{{"epochs", report.epochs},
                            {"recovery", nlohmann::json::parse(recovery_json(report.recovery))},
                            {"manifests", report.manifests},
                            {"records", report.records},
                            {"refined", report.refined},
                            {"quarantined", report.quarantined},
                            {"duplicates", report.duplicates},
                            {"reprocessed", report.reprocessed},
                            {"cured", report.cured},
                            {"discarded", report.discarded},
                            {"masters_seen", report.masters_seen},
                            {"bytes", report.bytes},
                            {"quarantined_by_code", codes_json(report)},
                            {"rows_by_table", report.rows_by_table},
                            {"variants", report.variants},
                            {"failed_tenants", report.failed_tenants}}
                 .dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
}

void print_text(const engine::RunReport& report) {
  if (report.manifests == 0 && report.failed_tenants.empty()) {
    if (report.discarded > 0)
      fmt::print("{} records discarded\n", group_digits(report.discarded));
    else
      fmt::print("nothing to do: every bronze manifest is refined\n");
    return;
  }
  fmt::print("{} records: {} refined, {} quarantined, {} duplicates dropped\n",
             group_digits(report.records), group_digits(report.refined),
             group_digits(report.quarantined), group_digits(report.duplicates));
  if (report.reprocessed > 0) {
    fmt::print("{} of them came out of quarantine: {} are good now, {} were refused again\n",
               group_digits(report.reprocessed), group_digits(report.cured),
               group_digits(report.reprocessed - report.cured));
  }
  for (const auto& [code, count] : report.quarantined_by_code) {
    fmt::print("  A{} {}: {} - {}\n", code, error_row(static_cast<Code>(code)).name,
               group_digits(count), error_row(static_cast<Code>(code)).doc);
  }
  for (const auto& [column, count] : report.variants)
    fmt::print("  {}: {} values did not convert and are kept as texts\n", column,
               group_digits(count));
  const auto waits = [&](Code code) {
    return report.quarantined_by_code.contains(static_cast<int>(code));
  };
  if (waits(Code::shape_unknown) || waits(Code::version_unknown))
    fmt::print("  what they could be declared as: assay registry drafts\n");
  std::vector<std::vector<std::string>> rows{{"table", "new rows"}};
  for (const auto& [table, count] : report.rows_by_table)
    rows.push_back({table, group_digits(count)});
  fmt::print("{}", text_table(rows));
  fmt::print("{} manifests in {} {}; next: assay sql --tables, assay verify\n",
             report.manifests * 2, report.epochs, report.epochs == 1 ? "epoch" : "epochs");
}

Status drain(Globals& globals) {
  Progress progress(globals);
  ASSAY_TRY(auto session, open_session(globals, progress));
  ASSAY_TRY(const auto report, engine::run(session));
  progress.done();
  report_recovery(globals, report.recovery);
  globals.json ? print_json(report) : print_text(report);
  for (const auto& [tenant, reason] : report.failed_tenants) {
    if (!globals.json)
      fmt::print(stderr, "tenant {} failed; the others went on:\n{}\n", tenant, reason);
    globals.exit_code = 4;
  }
  return {};
}

}  // namespace

void add_run(CLI::App& app, Globals& globals) {
  auto* command =
      app.add_subcommand("run", "refine what waits in bronze to silver and gold, then end");
  command->footer(
      "Takes the waiting manifests in order, an epoch at a time. Stopped or killed, it goes on "
      "where it was.");
  command->callback([&globals] { run(globals, [&] { return drain(globals); }); });
}

}  // namespace assay::cli
