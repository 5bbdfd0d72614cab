#include "cli/workspace_problems.h"

#include <fmt/format.h>

#include <cstdio>
#include <nlohmann/json.hpp>

namespace assay::cli {
namespace {

using nlohmann::json;

Error summary_of(const std::vector<model::Problem>& problems) {
  return make_error(Code::workspace_invalid,
                    fmt::format("the workspace has {} mistake{}; nothing was changed",
                                problems.size(), problems.size() == 1 ? "" : "s"),
                    "Correct the places above and run the command again.");
}

void print_json(const Error& summary, const std::vector<model::Problem>& problems) {
  json document = json::parse(error_json(summary));
  json& list = document["error"]["problems"] = json::array();
  for (const model::Problem& problem : problems) {
    list.push_back({{"file", problem.location.file},
                    {"line", problem.location.line},
                    {"column", problem.location.column},
                    {"code", static_cast<int>(problem.code)},
                    {"name", error_row(problem.code).name},
                    {"message", problem.message},
                    {"expected", problem.expected}});
  }
  fmt::print(stderr, "{}\n", document.dump(2, ' ', false, json::error_handler_t::replace));
}

}  // namespace

Result<std::optional<model::Workspace>> load_workspace(Globals& globals) {
  ASSAY_TRY(const std::string root, model::find_root(globals.directory));
  ASSAY_TRY(model::LoadResult loaded, model::load(root));
  if (loaded.problems.empty()) return std::optional(std::move(loaded.workspace));
  const Error summary = summary_of(loaded.problems);
  globals.exit_code = exit_code_of(summary);
  if (globals.json) {
    print_json(summary, loaded.problems);
  } else {
    for (const model::Problem& problem : loaded.problems)
      fmt::print(stderr, "{}\n", problem.to_text());
    fmt::print(stderr, "{}\n", summary.to_text());
  }
  return std::optional<model::Workspace>();
}

}  // namespace assay::cli
