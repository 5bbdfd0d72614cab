// The JSONPath compliance suite, one test a case: what is no JSONPath is refused, all else finds
// the nodes that the suite names, at the paths that it names. The suite's data lie outside of the
// repository (ASSAY_DATA; default ../shared/data beside it).

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "path/query.h"

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

/// All cases; none where the data are missing.
const std::vector<json>& cases() {
  static const std::vector<json> read = [] {
    std::ifstream file(suite_file());
    if (!file) return std::vector<json>();
    return json::parse(file).at("tests").get<std::vector<json>>();
  }();
  return read;
}

/// The values that the suite accepts under `one`, or as alternatives under `several`.
std::vector<json> accepted(const json& test, const char* one, const char* several) {
  if (test.contains(one)) return {test.at(one)};
  return test.value(several, std::vector<json>());
}

void expect_one_of(const std::vector<json>& accepted, const json& found) {
  EXPECT_NE(std::find(accepted.begin(), accepted.end(), found), accepted.end())
      << "found " << found.dump() << "\nexpected " << json(accepted).dump();
}

struct Found {
  json values = json::array();
  json paths = json::array();
  bool operator==(const Found&) const = default;
};

Found find(const Query& query, const JsonDocument& document) {
  Found found;
  const auto nodes = query.select(document);
  EXPECT_TRUE(nodes) << nodes.error().to_text();
  if (!nodes) return found;
  for (const NodeId node : *nodes) {
    found.values.push_back(json::parse(document.source(node)));
    found.paths.push_back(document.normalized_path(node));
  }
  return found;
}

class JsonPathCompliance : public ::testing::TestWithParam<std::size_t> {};

TEST_P(JsonPathCompliance, Holds) {
  const json& test = cases().at(GetParam());
  const auto selector = test.at("selector").get<std::string>();
  SCOPED_TRACE(test.at("name").get<std::string>() + ": " + selector);
  const auto query = Query::compile(selector);
  if (test.value("invalid_selector", false)) {
    ASSERT_FALSE(query) << "taken, though it is no JSONPath";
    EXPECT_EQ(query.error().code, Code::path_invalid);
    EXPECT_NE(query.error().message.find(" at byte "), std::string::npos) << query.error().message;
    EXPECT_FALSE(parse_json_path(selector));
    return;
  }
  ASSERT_TRUE(query) << query.error().to_text();
  const std::string text = test.at("document").dump();
  const auto document = JsonDocument::read(text);
  ASSERT_TRUE(document) << document.error().to_text();
  const Found found = find(*query, *document);
  expect_one_of(accepted(test, "result", "results"), found.values);
  expect_one_of(accepted(test, "result_paths", "results_paths"), found.paths);
  // What the single walk takes is the same path, and says the same.
  if (const auto path = query->single_walk()) {
    EXPECT_EQ(find(*Query::compile(to_string(*path)), *document), found);
  } else {
    EXPECT_NE(path.error().message.find("not taken yet"), std::string::npos);
  }
}

INSTANTIATE_TEST_SUITE_P(Suite, JsonPathCompliance,
                         ::testing::Range<std::size_t>(0, cases().size()));
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(JsonPathCompliance);

TEST(JsonPathSuite, IsThere) {
  if (cases().empty()) {
    GTEST_SKIP() << "SKIPPED, NOT PASSED: no JSONPath compliance suite at " << suite_file();
  }
  EXPECT_EQ(cases().size(), 703U);
}

}  // namespace
}  // namespace assay::path
