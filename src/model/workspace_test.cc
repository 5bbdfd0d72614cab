// Golden workspaces: each file of testdata holds the files of one workspace and the problems that a
// load must report. ASSAY_UPDATE=1 writes what it reports now.

#include "model/workspace.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "io/file_system.h"
#include "io/process.h"
#include "model/load.h"
#include "model/version_order.h"

namespace assay::model {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kFileMark = "%% file ";
constexpr std::string_view kProblemsMark = "%% problems";

struct GoldenCase {
  std::string workspace;  ///< the text up to the problems
  std::string problems;
};

std::string read_file(const fs::path& path) {
  std::ifstream stream(path, std::ios::binary);
  std::ostringstream text;
  text << stream.rdbuf();
  return text.str();
}

GoldenCase split_case(const std::string& text) {
  const std::size_t mark = text.find(kProblemsMark);
  EXPECT_NE(mark, std::string::npos);
  return {text.substr(0, mark), text.substr(text.find('\n', mark) + 1)};
}

void create_files(io::FileSystem& files, const std::string& text) {
  for (std::size_t at = text.find(kFileMark); at != std::string::npos;) {
    const std::size_t name_end = text.find('\n', at);
    const std::string name = text.substr(at + kFileMark.size(), name_end - at - kFileMark.size());
    const std::size_t next = text.find(kFileMark, name_end);
    ASSERT_TRUE(files.create(
        "/w/" + name, text.substr(name_end + 1, next == std::string::npos ? std::string::npos
                                                                          : next - name_end - 1)));
    at = next;
  }
}

fs::path source_folder() { return fs::path(ASSAY_MODULE_FOLDER); }

std::vector<fs::path> golden_files() {
  std::vector<fs::path> found;
  for (const auto& entry : fs::directory_iterator(source_folder() / "testdata")) {
    if (entry.path().extension() == ".txt") found.push_back(entry.path());
  }
  std::sort(found.begin(), found.end());
  return found;
}

class Golden : public testing::TestWithParam<fs::path> {};

TEST_P(Golden, ReportsTheProblems) {
  const GoldenCase expected = split_case(read_file(GetParam()));
  const auto files = io::memory_file_system();
  create_files(*files, expected.workspace);
  const auto result = load_from(*files, "/w");
  ASSERT_TRUE(result) << result.error().to_text();
  std::string problems;
  for (const Problem& problem : result->problems) problems += problem.to_text() + "\n";
  if (io::environment_variable("ASSAY_UPDATE")) {
    std::ofstream(GetParam(), std::ios::binary) << expected.workspace << kProblemsMark << '\n'
                                                << problems;
  }
  EXPECT_EQ(problems, expected.problems);
  if (!result->problems.empty()) return;
  const std::string json = to_json(result->workspace);
  const auto back = from_json(json);
  ASSERT_TRUE(back) << back.error().to_text();
  EXPECT_EQ(to_json(*back), json);
}

INSTANTIATE_TEST_SUITE_P(Workspaces, Golden, testing::ValuesIn(golden_files()),
                         [](const auto& info) {
                           std::string name = info.param.stem().string();
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST(Workspace, ExamplesAreValid) {
  int count = 0;
  for (const auto& entry : fs::directory_iterator(source_folder() / "../../examples")) {
    const fs::path folder = entry.path() / "workspace";
    if (!fs::exists(folder)) continue;
    ++count;
    const auto result = load(fs::canonical(folder).string());
    ASSERT_TRUE(result) << result.error().to_text();
    for (const Problem& problem : result->problems)
      ADD_FAILURE() << folder << ": " << problem.to_text();
    const auto back = from_json(to_json(result->workspace));
    ASSERT_TRUE(back) << back.error().to_text();
    EXPECT_EQ(to_json(*back), to_json(result->workspace));
  }
  EXPECT_GT(count, 0);
}

TEST(Workspace, AFolderWithoutOneSaysSo) {
  const auto root = find_root("/");
  ASSERT_FALSE(root);
  EXPECT_EQ(root.error().code, Code::no_workspace);
  EXPECT_FALSE(root.error().hint.empty());
  const auto result = load_from(*io::memory_file_system(), "/w");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::no_workspace);
}

TEST(Workspace, NewestVersionStandsFirst) {
  EXPECT_TRUE(is_newer_version("v10", "v9"));
  EXPECT_FALSE(is_newer_version("v9", "v10"));
  EXPECT_TRUE(is_newer_version("2.1", "2"));
  EXPECT_TRUE(is_newer_version("2.10", "2.9.4"));
  EXPECT_TRUE(is_newer_version("b", "a10"));
  EXPECT_FALSE(is_newer_version("v1", "v1"));
  EXPECT_NE(is_newer_version("v01", "v1"), is_newer_version("v1", "v01"));
}

TEST(WorkspaceJson, NamesTheMalformedPlace) {
  for (const auto& [text, message] : std::vector<std::pair<std::string, std::string>>{
           {"[", "an object was expected"},
           {"{}", "/format_version: 0 is not known"},
           {R"({"format_version":1,"entities":[{"kind":"thing"}]})",
            "/entities/kind: \"thing\" is not known"},
           {R"({"format_version":1,"entities":[{"fields":[{"type":"text"}]}]})",
            "/entities/fields/type: a type was expected"},
           {R"({"format_version":1,"limits":{"depth_max":1.5}})",
            "/limits/depth_max: a whole number was expected"}}) {
    const auto result = from_json(text);
    ASSERT_FALSE(result) << text;
    EXPECT_THAT(result.error().message, testing::EndsWith(message));
  }
}

}  // namespace
}  // namespace assay::model
