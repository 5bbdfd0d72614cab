// assay ingest: files into bronze.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/open_session.h"
#include "cli/recovery_report.h"
#include "cli/text.h"
#include "engine/ingest.h"
#include "engine/spool.h"
#include "io/expand.h"

namespace assay::cli {
namespace {

void print_json(const engine::IngestReport& report) {
  nlohmann::json inputs = nlohmann::json::array();
  for (const engine::InputReport& input : report.inputs) {
    nlohmann::json row{{"path", input.path},           {"outcome", input.outcome},
                       {"tenant", input.tenant},       {"application", input.application},
                       {"source_id", input.source_id}, {"records", input.records},
                       {"bytes", input.bytes},         {"note", input.note}};
    if (input.error) row["error"] = nlohmann::json::parse(error_json(*input.error))["error"];
    inputs.push_back(std::move(row));
  }
  fmt::print("{}\n",
             nlohmann::json{{"inputs", inputs},
                            {"records", report.records},
                            {"bytes", report.bytes},
                            {"quarantined", report.quarantined},
                            {"epochs", report.epochs},
                            {"recovery", nlohmann::json::parse(recovery_json(report.recovery))}}
                 .dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
}

void print_text(const engine::IngestReport& report) {
  for (const engine::InputReport& input : report.inputs) {
    if (input.error) {
      fmt::print(stderr, "{}\n", input.error->to_text());
      continue;
    }
    fmt::print("{:9}  {}  {}/{}  {} records, {}{}{}\n", input.outcome, input.path, input.tenant,
               input.application, group_digits(input.records), human_bytes(input.bytes),
               input.note.empty() ? "" : "  - ", input.note);
  }
  fmt::print("bronze: {} records, {} in {} {}", group_digits(report.records),
             human_bytes(report.bytes), report.epochs, report.epochs == 1 ? "epoch" : "epochs");
  if (report.quarantined > 0)
    fmt::print(", {} of them quarantined at once", group_digits(report.quarantined));
  fmt::print("\n{}", report.records > 0 ? "next: assay run\n" : "");
}

/// The arguments as typed, and where the records go.
struct Arguments {
  std::vector<std::string> inputs;
  engine::IngestOptions options;
};

Status ingest_inputs(Globals& globals, const Arguments& arguments) {
  engine::IngestOptions options = arguments.options;
  if (options.tenant.has_value() != options.application.has_value()) {
    return make_error(Code::usage, "--tenant and --application go together",
                      "Name both, or neither: then the routes of the workspace's sources decide.");
  }
  Progress progress(globals);
  ASSAY_TRY(auto session, open_session(globals, progress));
  ASSAY_TRY(const auto inputs, engine::spool_streams(session, arguments.inputs));
  ASSAY_TRY(options.paths, io::expand_paths(inputs));
  ASSAY_TRY(const auto report, engine::ingest(session, options));
  ASSAY_TRY_VOID(engine::clear_spool(session, engine::Spooled::all));
  progress.done();
  report_recovery(globals, report.recovery);
  globals.json ? print_json(report) : print_text(report);
  for (const engine::InputReport& input : report.inputs) {
    if (input.error) globals.exit_code = exit_code_of(*input.error);
  }
  return {};
}

}  // namespace

void add_ingest(CLI::App& app, Globals& globals) {
  auto* command = app.add_subcommand("ingest", "take files into bronze, byte for byte");
  command->footer(
      "NDJSON, JSON, XML, CSV or Avro, plain, gzip or zstd; the content decides.\n"
      "Ingesting a file again changes nothing; a file that has grown goes on where it ended; an\n"
      "overwritten one is refused. Examples:\n"
      "  assay ingest data/                        every file of a folder, routed by "
      "sources/*.yaml\n"
      "  assay ingest 'data/*.ndjson.gz'           a glob\n"
      "  cat x.ndjson | assay ingest - --tenant acme --application shop");
  auto arguments = std::make_shared<Arguments>();
  command->add_option("INPUT", arguments->inputs, "files, folders, globs, or - for stdin")
      ->required();
  command->add_option("--tenant", arguments->options.tenant,
                      "whose records these are, instead of the routes");
  command->add_option("--application", arguments->options.application,
                      "from which of the tenant's applications");
  command->add_flag("--finished", arguments->options.finished,
                    "the files grow no more: a last row of CSV without a line break is whole");
  command->callback(
      [arguments, &globals] { run(globals, [&] { return ingest_inputs(globals, *arguments); }); });
}

}  // namespace assay::cli
