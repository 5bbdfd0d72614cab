// Runs the selectors of the JSONPath compliance suite: what lies in our subset is taken, what is
// not JSONPath is refused, the rest is named as not taken yet. The suite's data lie outside of the
// repository (ASSAY_DATA; default ../shared/data beside it).

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "path/json_path.h"

namespace assay::path {
namespace {

using nlohmann::json;

std::filesystem::path suite_file() {
  const char* data = std::getenv("ASSAY_DATA");
  const auto root = std::filesystem::path(ASSAY_SOURCE_DIR);
  const auto folder =
      data != nullptr ? std::filesystem::path(data) : root.parent_path() / "shared/data";
  return folder / "suites/jsonpath-cts/cts.json";
}

/// The nodes that a path of our subset selects, in the suite's own semantics.
void select(const json& node, const std::vector<Step>& steps, std::size_t depth,
            std::vector<json>& found) {
  if (depth == steps.size()) {
    found.push_back(node);
    return;
  }
  const Step& step = steps[depth];
  if (step.kind == Step::Kind::name && node.is_object() && node.contains(step.name)) {
    select(node.at(step.name), steps, depth + 1, found);
  } else if (step.kind == Step::Kind::index && node.is_array() &&
             static_cast<std::size_t>(step.index) < node.size()) {
    select(node.at(static_cast<std::size_t>(step.index)), steps, depth + 1, found);
  } else if (step.kind == Step::Kind::wildcard && node.is_structured()) {
    for (const json& child : node) select(child, steps, depth + 1, found);
  }
}

bool selects(const json& test, const JsonPath& path) {
  std::vector<json> found;
  select(test.at("document"), path.steps, 0, found);
  std::vector<json> accepted;
  if (test.contains("result")) accepted.push_back(test.at("result"));
  if (test.contains("results")) accepted = test.at("results").get<std::vector<json>>();
  return std::find(accepted.begin(), accepted.end(), json(found)) != accepted.end();
}

TEST(JsonPathSuite, TakesItsSubset) {
  if (!std::filesystem::exists(suite_file())) {
    GTEST_SKIP() << "SKIPPED, NOT PASSED: no JSONPath compliance suite at " << suite_file();
  }
  std::ifstream file(suite_file());
  const json suite = json::parse(file);
  int taken = 0;
  int refused = 0;
  int not_taken = 0;
  for (const json& test : suite.at("tests")) {
    const auto selector = test.at("selector").get<std::string>();
    const auto path = parse_json_path(selector);
    if (test.value("invalid_selector", false)) {
      EXPECT_FALSE(path) << "taken, though it is no JSONPath: " << selector;
      ++refused;
    } else if (path) {
      EXPECT_TRUE(selects(test, *path)) << test.at("name") << ": " << selector;
      ++taken;
    } else {
      EXPECT_NE(path.error().message.find("not taken yet"), std::string::npos)
          << test.at("name") << ": " << selector << ": " << path.error().message;
      ++not_taken;
    }
  }
  RecordProperty("taken", taken);
  RecordProperty("refused", refused);
  RecordProperty("not_taken", not_taken);
  printf("%d taken, %d refused, %d valid ones not taken yet\n", taken, refused, not_taken);
  EXPECT_GT(taken, 70);
  EXPECT_GT(refused, 200);
}

}  // namespace
}  // namespace assay::path
