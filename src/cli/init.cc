// assay init: a new workspace from the starter or from an example.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/example_files.h"
#include "cli/workspace_files.h"
#include "io/file_system.h"
#include "io/process.h"
#include "model/load.h"

namespace assay::cli {
namespace {

constexpr std::string_view kRootFile = "assay.yaml";

struct Arguments {
  std::string folder = ".";
  std::string example;
  bool list = false;
};

std::vector<std::string> example_names() {
  std::vector<std::string> names;
  for (const ExampleFile& file : example_files()) {
    if (!file.example.empty() && (names.empty() || names.back() != file.example)) {
      names.emplace_back(file.example);
    }
  }
  return names;
}

/// What an example says about itself in its assay.yaml.
Result<std::string> description_of(const std::string& example) {
  const auto files = io::memory_file_system();
  for (const ExampleFile& file : example_files()) {
    if (file.example != example) continue;
    ASSAY_TRY_VOID(files->create(fmt::format("/{}/{}", example, file.path), file.text));
  }
  ASSAY_TRY(const model::LoadResult loaded, model::load_from(*files, "/" + example));
  return loaded.workspace.description;
}

Status list_examples(const Globals& globals) {
  nlohmann::json list = nlohmann::json::array();
  for (const std::string& name : example_names()) {
    ASSAY_TRY(const std::string description, description_of(name));
    list.push_back({{"name", name}, {"description", description}});
    if (!globals.json) fmt::print("{:10} {}\n", name, description);
  }
  if (globals.json) fmt::print("{}\n", nlohmann::json{{"examples", list}}.dump(2));
  return {};
}

/// The files to make, assay.yaml last: a folder that lacks it is no workspace.
Result<std::vector<WorkspaceFile>> files_of(const std::string& example) {
  std::vector<WorkspaceFile> chosen;
  for (const ExampleFile& file : example_files()) {
    if (file.example == example) chosen.push_back({std::string(file.path), std::string(file.text)});
  }
  if (chosen.empty()) {
    return make_error(Code::example_unknown, fmt::format("there is no example \"{}\"", example),
                      "See: assay init --list",
                      fmt::format("The examples are {}.", fmt::join(example_names(), ", ")));
  }
  std::stable_partition(chosen.begin(), chosen.end(),
                        [](const WorkspaceFile& file) { return file.path != kRootFile; });
  return chosen;
}

Status make_workspace(const Globals& globals, const Arguments& arguments) {
  if (arguments.list) return list_examples(globals);
  const bool absolute = arguments.folder.starts_with('/');
  ASSAY_TRY(
      const std::string folder,
      io::absolute_path(absolute ? arguments.folder
                                 : fmt::format("{}/{}", globals.directory, arguments.folder)));
  ASSAY_TRY(const std::vector<WorkspaceFile> chosen, files_of(arguments.example));
  const auto files = io::local_file_system();
  ASSAY_TRY(const std::vector<std::string> made, create_files(*files, folder, chosen));
  if (globals.json) {
    fmt::print(
        "{}\n",
        nlohmann::json{{"folder", folder}, {"example", arguments.example}, {"files", made}}.dump(
            2, ' ', false, nlohmann::json::error_handler_t::replace));
  } else {
    fmt::print("made {} files in {}\nnext: cd {} && assay apply\n", made.size(), folder, folder);
  }
  return {};
}

}  // namespace

void add_init(CLI::App& app, Globals& globals) {
  auto* command = app.add_subcommand("init", "make a new workspace");
  command->footer(
      "Without --example the workspace is a small commented one that is valid as it stands. Files "
      "that exist are\n"
      "never overwritten. Examples:\n"
      "  assay init my-workspace\n"
      "  assay init --example retail my-workspace\n"
      "  assay init --list");
  auto arguments = std::make_shared<Arguments>();
  command->add_option("DIR", arguments->folder, "folder to make it in (the current one)");
  command->add_option("--example", arguments->example, "copy this built-in example")
      ->type_name("NAME");
  command->add_flag("--list", arguments->list, "list the built-in examples");
  command->callback(
      [arguments, &globals] { run(globals, [&] { return make_workspace(globals, *arguments); }); });
}

}  // namespace assay::cli
