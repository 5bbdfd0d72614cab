// Any files at all, read as a workspace: problems have places, and what is valid compiles, survives
// its JSON, and differs in nothing from itself. Files begin at lines "%% file <path>", as in
// src/model/testdata.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "io/file_system.h"
#include "model/load.h"
#include "registry/registry.h"

namespace {

using namespace assay;

constexpr std::string_view kFileMark = "%% file ";

/// Paths that leave the folder or that two files share are not made.
void create_file(io::FileSystem& files, std::string_view part) {
  const std::size_t end = std::min(part.find('\n'), part.size());
  const std::string_view name = part.substr(0, end);
  if (name.empty() || name.size() > 200 || name.find("..") != std::string_view::npos) return;
  const std::string_view text = end == part.size() ? std::string_view{} : part.substr(end + 1);
  static_cast<void>(files.create("/w/" + std::string(name), text));
}

void create_files(io::FileSystem& files, std::string_view input) {
  std::size_t at = input.find(kFileMark);
  while (at != std::string_view::npos) {
    const std::string_view rest = input.substr(at + kFileMark.size());
    const std::size_t next = rest.find(kFileMark);
    create_file(files, rest.substr(0, next));
    at = next == std::string_view::npos ? next : at + kFileMark.size() + next;
  }
  // Without an assay.yaml of its own, the input still reaches the readers.
  static_cast<void>(files.create("/w/assay.yaml", "name: fuzzed\n"));
}

void check_valid(const model::Workspace& workspace) {
  const std::string json = model::to_json(workspace);
  const auto back = model::from_json(json);
  ASSAY_ASSERT(back.has_value());
  ASSAY_ASSERT(model::to_json(*back) == json);
  const auto compiled = registry::compile(workspace, {});
  ASSAY_ASSERT(compiled.has_value());
  for (const plan::Plan& plan : compiled->plans) {
    for (const registry::MartSql& mart : registry::marts(workspace)) {
      std::map<std::string, std::string> relations{{mart.silver_table, "rows"}};
      for (const std::string& table : mart.content_tables) relations[table] = "contents";
      ASSAY_ASSERT(!registry::mart_select(workspace, plan, mart, relations, "m").empty());
    }
  }
  ASSAY_ASSERT(registry::difference(workspace, *back).empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  const auto files = io::memory_file_system();
  create_files(*files, input);
  const auto loaded = model::load_from(*files, "/w");
  if (!loaded) return 0;  // a folder in the place of assay.yaml
  for (const model::Problem& problem : loaded->problems) {
    ASSAY_ASSERT(problem.location.line >= 1);
    ASSAY_ASSERT(problem.location.column >= 1);
    ASSAY_ASSERT(!problem.location.file.empty());
    ASSAY_ASSERT(!problem.message.empty());
  }
  if (loaded->problems.empty()) check_valid(loaded->workspace);
  return 0;
}
