// assay infer: a workspace for a new tenant, written from samples.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>
#include <set>

#include "cli/command.h"
#include "cli/sample_reader.h"
#include "cli/text.h"
#include "cli/workspace_files.h"
#include "io/process.h"
#include "registry/inference.h"
#include "registry/workspace_text.h"

namespace assay::cli {
namespace {

using nlohmann::json;
using registry::InferredField;
using registry::InferredRole;

constexpr std::size_t kPatternsMax = 20;

struct InferOptions {
  std::vector<std::string> paths;
  std::string folder;
  std::string tenant = "tenant";
  std::string application = "app";
  std::string workspace;
  std::int64_t records_max = 0;
};

json leaf_json(const InferredField& field) {
  json document{{"path", field.path},
                {"type", column::to_string(field.type)},
                {"score", field.score},
                {"values", field.values}};
  if (!field.format.empty()) document["format"] = field.format;
  if (field.zoneless) document["zoneless"] = true;
  if (!field.note.empty()) document["note"] = field.note;
  return document;
}

json role_json(const registry::InferredEvent& event, const InferredRole& role) {
  json members = json::array();
  for (const InferredField& field : role.members)
    members.push_back({{"name", field.name}, {"path", field.path}});
  return {{"event", event.name},
          {"role", role.name},
          {"entity", role.entity},
          {"path", role.path},
          {"key", {{"name", role.key.name}, {"path", role.key.path}}},
          {"members", members},
          {"score", role.score},
          {"evidence",
           {{"copies", role.copies},
            {"things", role.things},
            {"contents", role.contents},
            {"reason", role.reason}}}};
}

json event_json(const registry::InferredEvent& event) {
  json fields = json::array();
  for (const InferredField& field : event.fields)
    fields.push_back(
        {{"name", field.name}, {"type", column::to_string(field.type)}, {"path", field.path}});
  json document{{"entity", event.name},
                {"rows", event.rows},
                {"records", event.records},
                {"fields", std::move(fields)}};
  if (!event.parent.empty()) {
    document["parent"] = event.parent;
    return document;
  }
  document["key"] = event.key;
  document["key_is_unique"] = event.key_is_unique;
  document["event_time"] = event.event_time;
  return document;
}

json inference_json(const registry::Inference& inference) {
  json kinds = json::array();
  for (const registry::InferredFamily& family : inference.families) {
    json kind{{"members", family.members}, {"records", family.records},   {"xml", family.is_xml},
              {"match", family.match},     {"left_out", family.left_out}, {"leaves", json::array()},
              {"entities", json::array()}, {"masters", json::array()}};
    for (const InferredField& leaf : family.leaves) kind["leaves"].push_back(leaf_json(leaf));
    for (const registry::InferredEvent& event : family.events) {
      kind["entities"].push_back(event_json(event));
      for (const InferredRole& role : event.roles)
        kind["masters"].push_back(role_json(event, role));
    }
    kinds.push_back(std::move(kind));
  }
  return kinds;
}

/// ".ndjson" of "a.b.ndjson.gz": a glob ends in * for what packs a file.
std::string ending_of(std::string file) {
  for (const std::string_view packed : {".gz", ".zst"}) {
    if (file.ends_with(packed)) file.resize(file.size() - packed.size());
  }
  const std::size_t dot = file.rfind('.');
  return dot == std::string::npos || dot == 0 ? std::string() : file.substr(dot);
}

/// "**/folder/*.ndjson*" for the folder and the ending of each sample; the endings alone where that
/// would be many.
std::vector<std::string> patterns_of(const std::vector<std::string>& paths,
                                     const InferOptions& options) {
  std::set<std::string> patterns;
  std::set<std::string> endings;
  for (const std::string& path : paths) {
    const std::size_t slash = path.rfind('/');
    const std::size_t above = slash == 0 ? 0 : path.rfind('/', slash - 1);
    const std::string folder = path.substr(above + 1, slash - above - 1);
    const std::string ending = ending_of(path.substr(slash + 1));
    const bool is_glob = (folder + ending).find_first_of("*?[{") != std::string::npos;
    if (path == "/dev/stdin" || folder.empty() || is_glob) continue;
    patterns.insert(fmt::format("**/{}/*{}*", folder, ending));
    endings.insert(fmt::format("**/*{}*", ending));
  }
  if (patterns.size() > kPatternsMax) patterns = endings;
  if (patterns.empty() || patterns.size() > kPatternsMax)
    return {fmt::format("**/{}/{}/*", options.tenant, options.application)};
  return {patterns.begin(), patterns.end()};
}

void print_text(const registry::Inference& inference, const SampleReport& report,
                const std::vector<std::string>& made, const std::string& folder) {
  fmt::print("{} file{}, {} records\n", group_digits(report.files), report.files == 1 ? "" : "s",
             group_digits(report.records));
  for (const registry::InferredFamily& family : inference.families) {
    fmt::print("\n{} records of {}\n", group_digits(family.records),
               family.events.front().business_name);
    std::vector<std::vector<std::string>> rows{{" ", "entity", "rows", "fields", "masters"}};
    for (const registry::InferredEvent& event : family.events) {
      std::string roles;
      for (const InferredRole& role : event.roles)
        roles += (roles.empty() ? "" : ", ") + role.name +
                 (role.name == role.entity ? "" : fmt::format(" ({})", role.entity));
      rows.push_back({" ", event.name, event.rows,
                      group_digits(static_cast<std::int64_t>(event.fields.size())), roles});
    }
    fmt::print("{}", text_table(rows));
    if (!family.left_out.empty())
      fmt::print("  {} smaller arrays are left as residue\n",
                 group_digits(static_cast<std::int64_t>(family.left_out.size())));
  }
  fmt::print("\nmade {} files in {}; their comments say what is guessed and why\n", made.size(),
             folder);
  fmt::print("next: cd {} && assay plan && assay apply\n", folder);
}

Status check_label(std::string_view label, std::string_view option) {
  const auto is_letter_or_digit = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  };
  const bool good = !label.empty() && label.size() <= 100 && is_letter_or_digit(label[0]) &&
                    std::all_of(label.begin(), label.end(), [&](char c) {
                      return is_letter_or_digit(c) || c == '.' || c == '-' || c == '_';
                    });
  if (good) return {};
  return make_error(
      Code::yaml_bad_value, fmt::format("\"{}\" is no name for {}", label, option),
      "Use letters, digits, \".\", \"-\" and \"_\", with a letter or digit in front.");
}

Status infer(const Globals& globals, const InferOptions& options) {
  ASSAY_TRY_VOID(check_label(options.tenant, "--tenant"));
  ASSAY_TRY_VOID(check_label(options.application, "--application"));
  const auto files = io::local_file_system();
  ASSAY_TRY(const auto paths, sample_files(options.paths));
  registry::Assessor assessor;
  Progress progress(globals);
  const SampleReport report =
      read_samples(*files, paths, {.records_max = options.records_max}, assessor, progress);
  const registry::Inference inference = assessor.infer();
  if (inference.families.empty()) {
    if (report.files == 0 && !report.unreadable.empty()) return report.unreadable.front();
    return no_records(report, assessor.finish());
  }
  std::vector<std::string> made;
  std::string folder;
  if (!options.folder.empty()) {
    const bool absolute = options.folder.starts_with('/');
    ASSAY_TRY(folder, io::absolute_path(
                          absolute ? options.folder
                                   : fmt::format("{}/{}", globals.directory, options.folder)));
    const std::string name = options.workspace.empty() ? options.tenant : options.workspace;
    std::vector<WorkspaceFile> chosen;
    for (auto& file : registry::workspace_files(
             inference, {name, options.tenant, options.application, patterns_of(paths, options)}))
      chosen.push_back({std::move(file.path), std::move(file.text)});
    ASSAY_TRY(made, create_files(*files, folder, chosen));
  }
  if (globals.json) {
    json document{{"files", report.files},
                  {"records", report.records},
                  {"empty_files", report.empty_files},
                  {"kinds", inference_json(inference)},
                  {"unreadable", json::array()}};
    for (const Error& error : report.unreadable)
      document["unreadable"].push_back(json::parse(error_json(error))["error"]);
    if (!made.empty()) document["made"] = {{"folder", folder}, {"files", made}};
    fmt::print("{}\n", document.dump(2, ' ', false, json::error_handler_t::replace));
  } else {
    print_text(inference, report, made, folder);
  }
  if (report.unreadable.empty()) return {};
  return report.unreadable.front();
}

}  // namespace

void add_infer(CLI::App& app, Globals& globals) {
  auto options = std::make_shared<InferOptions>();
  auto* command = app.add_subcommand("infer", "write a workspace for a new tenant from samples");
  command
      ->add_option("paths", options->paths,
                   "files, globs or folders, - for stdin: NDJSON, JSON, XML, CSV or Avro")
      ->required()
      ->type_name("PATH");
  command
      ->add_option("-o,--out", options->folder,
                   "folder to make the workspace in; with --json it may be left out")
      ->type_name("DIR");
  command->add_option("--tenant", options->tenant, "the tenant whose samples these are")
      ->capture_default_str();
  command->add_option("--application", options->application, "what writes such records")
      ->capture_default_str();
  command->add_option("--name", options->workspace, "name of the workspace (the tenant's)");
  command->add_option("--sample", options->records_max, "read at most so many records of each file")
      ->check(CLI::NonNegativeNumber)
      ->type_name("N");
  command->footer(
      "Types, keys, times, items and the master data that records repeat, as YAML with comments "
      "to\n"
      "edit; it passes assay plan as it is. Nothing is ever overwritten. Examples:\n"
      "  assay infer exports/*.ndjson --out shop --tenant acme --application orders\n"
      "  assay infer exports/ --sample 10000 --out shop\n"
      "  zcat big.json.gz | assay --json infer -          # facts alone, nothing is written");
  command->callback([&globals, options] {
    run(globals, [&]() -> Status {
      if (options->folder.empty() && !globals.json)
        return make_error(Code::yaml_missing_key, "infer needs a folder to write the workspace to",
                          "Name one with --out DIR, or ask for facts alone with --json.");
      return infer(globals, *options);
    });
  });
}

}  // namespace assay::cli
