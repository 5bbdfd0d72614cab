// assay init: a new workspace from the starter or from an example.

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/example_files.h"
#include "io/file_system.h"
#include "io/process.h"
#include "model/load.h"

namespace assay::cli {
namespace {

constexpr std::string_view kRootFile = "assay.yaml";
constexpr std::string_view kIgnoreFile = ".gitignore";
constexpr std::string_view kIgnored = ".assay/\n";

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
Result<std::vector<ExampleFile>> files_of(const std::string& example) {
  std::vector<ExampleFile> chosen;
  for (const ExampleFile& file : example_files()) {
    if (file.example == example) chosen.push_back(file);
  }
  if (chosen.empty()) {
    return make_error(Code::example_unknown, fmt::format("there is no example \"{}\"", example),
                      "See: assay init --list",
                      fmt::format("The examples are {}.", fmt::join(example_names(), ", ")));
  }
  std::stable_partition(chosen.begin(), chosen.end(),
                        [](const ExampleFile& file) { return file.path != kRootFile; });
  return chosen;
}

/// Makes files in a folder and takes them back, unless all of them were made.
class Creation {
 public:
  Creation(io::FileSystem& files, std::string folder) : files_(files), folder_(std::move(folder)) {}
  ~Creation() {
    if (kept_) return;
    // The error that stopped the creation is the one to tell.
    for (const std::string& path : made_) static_cast<void>(files_.remove(path));
    if (folder_was_made_) static_cast<void>(files_.remove_tree(folder_));
  }
  Creation(const Creation&) = delete;
  Creation& operator=(const Creation&) = delete;

  /// Refuses before anything is made where one of the files exists.
  Status check(const std::vector<ExampleFile>& chosen) {
    ASSAY_TRY(const bool workspace, files_.exists(path_of(kRootFile)));
    if (workspace) {
      return make_error(Code::workspace_exists,
                        fmt::format("\"{}\" already holds a workspace", folder_),
                        "Choose another folder, or change the files there and run: assay plan");
    }
    for (const ExampleFile& file : chosen) {
      ASSAY_TRY(const bool taken, files_.exists(path_of(file.path)));
      if (!taken) continue;
      return make_error(Code::file_exists, fmt::format("\"{}\" exists already", path_of(file.path)),
                        "Choose an empty folder, or move that file away.");
    }
    ASSAY_TRY(const bool folder, files_.exists(folder_));
    folder_was_made_ = !folder;
    return {};
  }

  Status make(const std::vector<ExampleFile>& chosen) {
    ASSAY_TRY(const bool has_ignore, files_.exists(path_of(kIgnoreFile)));
    if (!has_ignore) ASSAY_TRY_VOID(create(kIgnoreFile, kIgnored));
    for (const ExampleFile& file : chosen) ASSAY_TRY_VOID(create(file.path, file.text));
    kept_ = true;
    return {};
  }

  const std::vector<std::string>& made() const { return made_; }

 private:
  std::string path_of(std::string_view relative) const {
    return fmt::format("{}/{}", folder_ == "/" ? "" : folder_, relative);
  }
  Status create(std::string_view relative, std::string_view text) {
    ASSAY_TRY_VOID(files_.create(path_of(relative), text));
    made_.push_back(path_of(relative));
    return {};
  }

  io::FileSystem& files_;
  const std::string folder_;
  std::vector<std::string> made_;
  bool folder_was_made_ = false;
  bool kept_ = false;
};

Status make_workspace(const Globals& globals, const Arguments& arguments) {
  if (arguments.list) return list_examples(globals);
  const bool absolute = arguments.folder.starts_with('/');
  ASSAY_TRY(
      const std::string folder,
      io::absolute_path(absolute ? arguments.folder
                                 : fmt::format("{}/{}", globals.directory, arguments.folder)));
  ASSAY_TRY(const std::vector<ExampleFile> chosen, files_of(arguments.example));
  const auto files = io::local_file_system();
  Creation creation(*files, folder);
  ASSAY_TRY_VOID(creation.check(chosen));
  ASSAY_TRY_VOID(creation.make(chosen));
  if (globals.json) {
    fmt::print("{}\n",
               nlohmann::json{
                   {"folder", folder}, {"example", arguments.example}, {"files", creation.made()}}
                   .dump(2, ' ', false, nlohmann::json::error_handler_t::replace));
  } else {
    fmt::print("made {} files in {}\nnext: cd {} && assay apply\n", creation.made().size(), folder,
               folder);
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
