// The mandatory tests of JSON Schema's own suite for draft 7, one test a case. The suite's data lie
// outside of the repository (ASSAY_DATA; default ../shared/data beside it).

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "schema/json_schema.h"

namespace assay::schema {
namespace {

using nlohmann::ordered_json;

std::filesystem::path suite_folder() {
  const char* data = std::getenv("ASSAY_DATA");
  const auto root = std::filesystem::path(ASSAY_SOURCE_DIR);
  const auto folder =
      data != nullptr ? std::filesystem::path(data) : root.parent_path() / "shared/data";
  return folder / "suites/json-schema";
}

std::string text_of(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

struct SuiteCase {
  std::string name;
  std::string schema;
  std::string data;
  bool valid = false;
};

std::vector<SuiteCase> cases_of(const std::filesystem::path& path) {
  std::vector<SuiteCase> cases;
  const auto groups = ordered_json::parse(text_of(path));
  for (const auto& group : groups) {
    for (const auto& test : group.at("tests")) {
      cases.push_back({fmt::format("{}: {}: {}", path.stem().string(),
                                   group.at("description").get<std::string>(),
                                   test.at("description").get<std::string>()),
                       group.at("schema").dump(), test.at("data").dump(), test.at("valid")});
    }
  }
  return cases;
}

/// None where the data are missing.
const std::vector<SuiteCase>& draft7_cases() {
  static const std::vector<SuiteCase> all = [] {
    std::vector<SuiteCase> found;
    std::vector<std::filesystem::path> files;
    std::error_code missing;
    for (const auto& entry :
         std::filesystem::directory_iterator(suite_folder() / "tests/draft7", missing)) {
      if (entry.is_regular_file()) files.push_back(entry.path());
    }
    std::sort(files.begin(), files.end());
    for (const auto& file : files) {
      for (SuiteCase& test : cases_of(file)) found.push_back(std::move(test));
    }
    return found;
  }();
  return all;
}

/// The documents that the suite's references name: the whole folder `remotes`.
struct Remotes {
  std::vector<std::string> uris, texts;
  std::vector<SchemaDocument> documents;
};
const Remotes& remotes() {
  static const Remotes all = [] {
    Remotes found;
    const auto folder = suite_folder() / "remotes";
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
      const std::string name = std::filesystem::relative(entry.path(), folder).generic_string();
      const bool is_other_draft = name.starts_with("draft") && !name.starts_with("draft7/");
      if (!entry.is_regular_file() || is_other_draft) continue;
      found.uris.push_back("http://localhost:1234/" + name);
      found.texts.push_back(text_of(entry.path()));
    }
    for (std::size_t i = 0; i < found.uris.size(); ++i) {
      found.documents.push_back({found.uris[i], found.texts[i]});
    }
    return found;
  }();
  return all;
}

class JsonSchemaDraft7 : public ::testing::TestWithParam<std::size_t> {};

TEST_P(JsonSchemaDraft7, SaysWhatTheSuiteSays) {
  const SuiteCase& test = draft7_cases()[GetParam()];
  SCOPED_TRACE(test.name + "\n" + test.schema + "\n" + test.data);
  const auto schema = JsonSchema::compile(test.schema, {.documents = remotes().documents});
  ASSERT_TRUE(schema) << schema.error().to_text();
  EXPECT_TRUE(schema->unchecked().empty());
  const auto violations = schema->check(test.data);
  ASSERT_TRUE(violations) << violations.error().to_text();
  EXPECT_EQ(violations->empty(), test.valid);
}

INSTANTIATE_TEST_SUITE_P(Suite, JsonSchemaDraft7,
                         ::testing::Range(std::size_t{0}, draft7_cases().size()));
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(JsonSchemaDraft7);

}  // namespace
}  // namespace assay::schema
