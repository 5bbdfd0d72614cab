// assay assess: what is in somebody's records, without any workspace.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/sample_reader.h"
#include "cli/text.h"
#include "io/file_system.h"
#include "registry/assessment.h"

namespace assay::cli {
namespace {

using nlohmann::json;
using registry::Assessment;
using registry::FamilyFinding;

struct AssessOptions {
  std::vector<std::string> paths;
  std::size_t listed = 10;
};

json master_json(const registry::MasterFinding& master) {
  return {{"path", master.path},        {"key", master.key},
          {"members", master.members},  {"copies", master.copies},
          {"things", master.things},    {"contents", master.contents},
          {"bytes", master.bytes},      {"bytes_once", master.bytes_once},
          {"at_least", master.at_least}};
}

json family_json(const FamilyFinding& family) {
  json document{{"members", family.name},
                {"records", family.records},
                {"bytes", family.bytes},
                {"leaves_per_record", family.leaves},
                {"shapes", family.shapes},
                {"time_path", family.time_path},
                {"first_time", family.first_time},
                {"last_time", family.last_time},
                {"keys", family.keys},
                {"frequent_shapes", json::array()},
                {"masters", json::array()},
                {"dirt", json::array()},
                {"drift", json::array()}};
  for (const auto& shape : family.frequent)
    document["frequent_shapes"].push_back(
        {{"records", shape.records}, {"lacks", shape.lacks}, {"adds", shape.adds}});
  for (const auto& master : family.masters) document["masters"].push_back(master_json(master));
  for (const auto& dirt : family.dirt)
    document["dirt"].push_back({{"path", dirt.path},
                                {"what", dirt.what},
                                {"values", dirt.records},
                                {"example", dirt.example}});
  for (const auto& drift : family.drift)
    document["drift"].push_back({{"path", drift.path},
                                 {"what", drift.what},
                                 {"when", drift.when},
                                 {"records", drift.records}});
  return document;
}

void print_json(const Assessment& assessment, const SampleReport& report) {
  json document{{"files", report.files},
                {"empty_files", report.empty_files},
                {"records", assessment.records},
                {"bytes", assessment.bytes},
                {"not_json", assessment.not_json},
                {"not_objects", assessment.not_objects},
                {"over_the_limit", report.oversized},
                {"refused", report.refused},
                {"refused_why", report.refused_why},
                {"unreadable", json::array()},
                {"kinds", json::array()}};
  for (const Error& error : report.unreadable)
    document["unreadable"].push_back(json::parse(error_json(error))["error"]);
  for (const FamilyFinding& family : assessment.families)
    document["kinds"].push_back(family_json(family));
  fmt::print("{}\n", document.dump(2, ' ', false, json::error_handler_t::replace));
}

std::string listed(const std::vector<std::string>& texts, std::size_t most) {
  const std::size_t shown = std::min(texts.size(), most);
  std::string text = fmt::format(
      "{}", fmt::join(texts.begin(), texts.begin() + static_cast<std::ptrdiff_t>(shown), ", "));
  if (texts.size() > shown) text += fmt::format(" and {} more", texts.size() - shown);
  return text;
}

void print_masters(const FamilyFinding& family) {
  if (family.masters.empty()) return;
  fmt::print("\n  Master data that each record repeats\n");
  std::vector<std::vector<std::string>> rows{
      {"   ", "where", "key", "copies", "things", "contents", "repeats", "brings along"}};
  for (const auto& master : family.masters) {
    rows.push_back({"   ", master.path, master.key, group_digits(master.copies),
                    (master.at_least ? "over " : "") + group_digits(master.things),
                    group_digits(master.contents),
                    fmt::format("{:.0f} to 1", static_cast<double>(master.copies) /
                                                   static_cast<double>(
                                                       std::max<std::int64_t>(master.contents, 1))),
                    listed(master.members, 4)});
  }
  fmt::print("{}", text_table(rows));
}

void print_shapes(const FamilyFinding& family) {
  fmt::print("  {}{} shape{}", family.shapes_at_least ? "over " : "", group_digits(family.shapes),
             family.shapes == 1 ? "" : "s");
  if (family.frequent.empty()) return;
  fmt::print("; the most frequent has {} records\n", group_digits(family.frequent[0].records));
  for (std::size_t i = 1; i < family.frequent.size(); ++i) {
    const auto& shape = family.frequent[i];
    std::string difference;
    if (!shape.lacks.empty()) difference += "lacks " + listed(shape.lacks, 3);
    if (!shape.adds.empty())
      difference += (difference.empty() ? "has also " : "; has also ") + listed(shape.adds, 3);
    fmt::print("    {:>9}  {}\n", group_digits(shape.records), difference);
  }
}

void print_family(const FamilyFinding& family, std::size_t most) {
  fmt::print("\n{} records of the kind {{{}}}\n", group_digits(family.records), family.name);
  fmt::print("  {}, {} values a record on average", human_bytes(family.bytes), family.leaves);
  if (!family.keys.empty()) fmt::print("; never twice: {}", listed(family.keys, 3));
  fmt::print("\n");
  if (!family.time_path.empty())
    fmt::print("  {} from {} to {}\n", family.time_path, family.first_time, family.last_time);
  print_shapes(family);
  print_masters(family);
  if (!family.drift.empty()) fmt::print("\n  What came and went\n");
  for (std::size_t i = 0; i < family.drift.size() && i < most; ++i) {
    const auto& drift = family.drift[i];
    fmt::print("    {} {} {} ({} records)\n", drift.path, drift.what, drift.when,
               group_digits(drift.records));
  }
  if (!family.dirt.empty()) fmt::print("\n  Dirt\n");
  for (std::size_t i = 0; i < family.dirt.size() && i < most; ++i) {
    const auto& dirt = family.dirt[i];
    fmt::print(
        "    {:>9}  {}  {}{}\n", group_digits(dirt.records), dirt.path, dirt.what,
        dirt.example.empty()
            ? ""
            : fmt::format(", as {}",
                          json(dirt.example).dump(-1, ' ', false, json::error_handler_t::replace)));
  }
}

void print_text(const Assessment& assessment, const SampleReport& report, std::size_t most) {
  fmt::print("{} file{}, {} records, {}\n", group_digits(report.files),
             report.files == 1 ? "" : "s",
             group_digits(assessment.records + report.oversized + report.refused),
             human_bytes(assessment.bytes));
  if (report.empty_files > 0)
    fmt::print("  {} of the files hold no record\n", group_digits(report.empty_files));
  if (assessment.not_json > 0)
    fmt::print(
        "  {} records are not valid JSON, such as {}\n", group_digits(assessment.not_json),
        json(assessment.not_json_example).dump(-1, ' ', false, json::error_handler_t::replace));
  if (assessment.not_objects > 0)
    fmt::print("  {} records are no objects\n", group_digits(assessment.not_objects));
  if (report.refused > 0)
    fmt::print("  {} records do not fit their format, such as {}: {}\n",
               group_digits(report.refused),
               json(report.refused_example).dump(-1, ' ', false, json::error_handler_t::replace),
               report.refused_why);
  if (report.oversized > 0)
    fmt::print("  {} records are over the limit of 16 MiB\n", group_digits(report.oversized));
  std::int64_t bytes = 0;
  std::int64_t once = 0;
  for (const FamilyFinding& family : assessment.families) {
    print_family(family, most);
    for (const auto& master : family.masters) {
      bytes += master.bytes;
      once += master.bytes_once;
    }
  }
  if (bytes > 0)
    fmt::print("\nNested master data is {} of the input; kept once each, it is {}.\n",
               human_bytes(bytes), human_bytes(once));
  if (assessment.families.empty()) return;
  fmt::print("\nnext: assay infer FILES --out DIR writes a workspace for them\n");
}

Status assess(const Globals& globals, const AssessOptions& options) {
  const auto files = io::local_file_system();
  ASSAY_TRY(const auto paths, sample_files(options.paths));
  registry::Assessor assessor;
  Progress progress(globals);
  const SampleReport report = read_samples(*files, paths, {}, assessor, progress);
  const Assessment assessment = assessor.finish();
  if (globals.json)
    print_json(assessment, report);
  else if (report.files > 0 || report.unreadable.empty())
    print_text(assessment, report, options.listed);
  // What could be read is told; the first file that could not decides how the command ends.
  if (!report.unreadable.empty()) return report.unreadable.front();
  if (assessment.families.empty()) return no_records(report, assessment);
  return {};
}

}  // namespace

void add_assess(CLI::App& app, Globals& globals) {
  auto options = std::make_shared<AssessOptions>();
  auto* command =
      app.add_subcommand("assess", "tell what is in files of records, without any workspace");
  command
      ->add_option("paths", options->paths,
                   "files, globs or folders, - for stdin: NDJSON, JSON, XML, CSV or Avro")
      ->required()
      ->type_name("PATH");
  command->add_option("--list", options->listed, "lines of dirt and drift for each kind")
      ->capture_default_str();
  command->footer(
      "Shapes, master data that the records repeat and how often, values that do not fit, fields\n"
      "that came and went. Reads only; gzip and zstd are unpacked as they are read.");
  command->callback(
      [&globals, options] { run(globals, [&] { return assess(globals, *options); }); });
}

}  // namespace assay::cli
