// assay verify: the proof, and where it does not hold.

#include "verify/verify.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/text.h"
#include "io/process.h"
#include "model/workspace.h"

namespace assay::cli {
namespace {

using nlohmann::json;

constexpr const char* kAbout =
    "Recomputes from the stored files what every manifest claims, with code of its own: the bytes "
    "of each file, the\n"
    "chain of table metadata, control rows, rows and checksums, accounting, references, vault, "
    "features and marts.\n"
    "--deep derives silver again from the payloads in bronze with a second interpreter. Exit code "
    "7 where something\n"
    "does not hold; docs/proof.md says what each check proves.";

struct VerifyOptions {
  std::string tenant;
  bool deep = false;
  bool files = false;
};

json check_json(const verify::Check& check) {
  return {{"tenant", check.tenant}, {"layer", check.layer},   {"table", check.table},
          {"check", check.name},    {"counts", check.counts}, {"ok", check.ok}};
}

json problem_json(const verify::Problem& problem) {
  json out = {{"kind", problem.kind}, {"message", problem.message}};
  const auto add = [&](const char* key, const std::string& value) {
    if (!value.empty()) out[key] = value;
  };
  add("path", problem.path);
  add("table", problem.table);
  add("tenant", problem.tenant);
  add("manifest", problem.manifest);
  return out;
}

json totals_json(const verify::Totals& totals) {
  return {{"records", totals.records},
          {"refined", totals.refined},
          {"quarantined", totals.quarantined},
          {"duplicates", totals.duplicates},
          {"discarded", totals.discarded},
          {"fixed", totals.fixed},
          {"released", totals.released},
          {"waiting", totals.waiting},
          {"leaves", totals.leaves},
          {"leaves_mapped", totals.leaves_mapped},
          {"leaves_master", totals.leaves_master},
          {"leaves_residue", totals.leaves_residue}};
}

void print_json(const verify::Report& report) {
  json checks = json::array();
  json problems = json::array();
  json tenants = json::object();
  for (const verify::Check& check : report.checks) checks.push_back(check_json(check));
  for (const verify::Problem& problem : report.problems) problems.push_back(problem_json(problem));
  for (const auto& [tenant, totals] : report.totals) tenants[tenant] = totals_json(totals);
  const json out = {{"ok", report.ok},
                    {"deep", report.deep},
                    {"files", report.files},
                    {"bytes", report.bytes},
                    {"checks", checks},
                    {"problems", problems},
                    {"problem_count", report.problem_count},
                    {"notices", report.notices},
                    {"tenants", tenants}};
  fmt::print("{}\n", out.dump(2, ' ', false, json::error_handler_t::replace));
}

std::string counts_text(const verify::Check& check) {
  std::string text;
  for (const auto& [name, count] : check.counts) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", group_digits(count), name);
  }
  return text;
}

/// One table a tenant; what spans all tenants comes first.
void print_checks(const verify::Report& report) {
  std::vector<std::string> tenants;
  for (const verify::Check& check : report.checks) {
    if (std::find(tenants.begin(), tenants.end(), check.tenant) == tenants.end())
      tenants.push_back(check.tenant);
  }
  std::sort(tenants.begin(), tenants.end());
  for (const std::string& tenant : tenants) {
    fmt::print("{}\n", tenant.empty() ? "whole workspace" : "tenant " + tenant);
    std::vector<std::vector<std::string>> rows{
        {"", "layer", "table", "check", "what was looked at"}};
    for (const verify::Check& check : report.checks) {
      if (check.tenant != tenant) continue;
      rows.push_back(
          {check.ok ? "ok" : "FAILS", check.layer, check.table, check.name, counts_text(check)});
    }
    fmt::print("{}\n", text_table(rows));
  }
}

std::string place_of(const verify::Problem& problem) {
  std::string place;
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) place += fmt::format("{}{} {}", place.empty() ? "" : ", ", name, value);
  };
  add("file", problem.path);
  add("tenant", problem.tenant);
  add("table", problem.table);
  add("manifest", problem.manifest);
  return place;
}

void print_problems(const verify::Report& report) {
  if (report.problems.empty()) return;
  fmt::print("{} problems:\n", group_digits(report.problem_count));
  for (const verify::Problem& problem : report.problems) {
    fmt::print("  {}: {}\n      {}\n", problem.kind, problem.message, place_of(problem));
  }
  if (static_cast<std::int64_t>(report.problems.size()) < report.problem_count) {
    fmt::print("  and {} more\n", group_digits(report.problem_count -
                                               static_cast<std::int64_t>(report.problems.size())));
  }
  fmt::print("\n");
}

void print_verdict(const verify::Report& report, const VerifyOptions& options) {
  const std::string files = fmt::format("{} files ({}) are byte for byte as committed",
                                        group_digits(report.files), human_bytes(report.bytes));
  if (!report.ok)
    return fmt::print("NOT proved: {} problems\n", group_digits(report.problem_count));
  if (options.files) return fmt::print("proved: {}\n", files);
  for (const auto& [tenant, totals] : report.totals) {
    std::string ended;  // most workspaces have neither
    if (totals.discarded > 0)
      ended += fmt::format(" + {} discarded", group_digits(totals.discarded));
    if (totals.fixed > 0) ended += fmt::format(" + {} fixed", group_digits(totals.fixed));
    fmt::print(
        "proved: {}: {} records in = {} refined + {} quarantined + {} duplicates{} + {} waiting; 0 "
        "missing\n",
        tenant, group_digits(totals.records), group_digits(totals.refined),
        group_digits(totals.quarantined), group_digits(totals.duplicates), ended,
        group_digits(totals.waiting));
    fmt::print("        {} leaves = {} mapped + {} master + {} residue\n",
               group_digits(totals.leaves), group_digits(totals.leaves_mapped),
               group_digits(totals.leaves_master), group_digits(totals.leaves_residue));
  }
  fmt::print("proved: {}{}\n", files,
             report.deep ? "; silver is what a second interpreter makes of the payloads"
                         : "; --deep derives silver again");
}

Status verify_workspace(Globals& globals, const VerifyOptions& options) {
  ASSAY_TRY(const std::string folder, io::absolute_path(globals.directory));
  ASSAY_TRY(const std::string root, model::find_root(folder));
  Progress progress(globals);
  verify::Options request;
  request.root = root;
  request.deep = options.deep;
  request.files_only = options.files;
  if (!options.tenant.empty()) request.tenant = options.tenant;
  request.progress = [&](std::string_view text) { progress.update(text); };
  const auto files = io::local_file_system();
  auto report = verify::verify(*files, request);
  progress.done();
  if (!report) return std::move(report).error();
  if (globals.json) {
    print_json(*report);
  } else {
    if (!options.files) print_checks(*report);
    for (const std::string& notice : report->notices) fmt::print("notice: {}\n", notice);
    print_problems(*report);
    print_verdict(*report, options);
  }
  if (!report->ok) globals.exit_code = 7;
  return {};
}

}  // namespace

void add_verify(CLI::App& app, Globals& globals) {
  auto options = std::make_shared<VerifyOptions>();
  auto* command = app.add_subcommand("verify", "prove what is stored");
  command->footer(kAbout);
  auto* deep = command->add_flag("--deep", options->deep,
                                 "derive silver again from bronze with a second interpreter");
  command->add_flag("--files", options->files, "check the bytes of every file and nothing else")
      ->excludes(deep);
  command
      ->add_option("--tenant", options->tenant,
                   "look at this tenant only (files are always checked all)")
      ->type_name("TENANT");
  command->callback(
      [&globals, options] { run(globals, [&] { return verify_workspace(globals, *options); }); });
}

}  // namespace assay::cli
