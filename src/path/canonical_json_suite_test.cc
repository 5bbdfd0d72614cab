// The vectors of RFC 8785's authors, one test a file: the canonical text, byte for byte, and that
// it is its own canonical text. The data lie outside of the repository (ASSAY_DATA; default
// ../shared/data beside it).

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

#include "path/canonical_json.h"

namespace assay::path {
namespace {

std::filesystem::path suite_folder() {
  const char* data = std::getenv("ASSAY_DATA");
  const auto root = std::filesystem::path(ASSAY_SOURCE_DIR);
  const auto folder =
      data != nullptr ? std::filesystem::path(data) : root.parent_path() / "shared/data";
  return folder / "suites/json-canonicalization";
}

std::string content(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file) << path;
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// The bytes of a file of hexadecimal pairs.
std::string bytes_of_hex(const std::filesystem::path& path) {
  std::istringstream pairs(content(path));
  std::string bytes;
  for (std::string pair; pairs >> pair;) bytes += static_cast<char>(std::stoi(pair, nullptr, 16));
  return bytes;
}

/// The names of all vectors; none where the data are missing.
std::vector<std::string> vectors() {
  std::vector<std::string> names;
  const auto folder = suite_folder() / "input";
  if (!std::filesystem::exists(folder)) return names;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    names.push_back(entry.path().stem().string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

class CanonicalJsonVectors : public ::testing::TestWithParam<std::string> {};

TEST_P(CanonicalJsonVectors, Hold) {
  const auto folder = suite_folder();
  const auto canonical = canonical_json(content(folder / "input" / (GetParam() + ".json")));
  ASSERT_TRUE(canonical) << canonical.error().to_text();
  EXPECT_EQ(*canonical, content(folder / "output" / (GetParam() + ".json")));
  EXPECT_EQ(*canonical, bytes_of_hex(folder / "outhex" / (GetParam() + ".txt")));
  EXPECT_EQ(*canonical_json(*canonical), *canonical);
}

INSTANTIATE_TEST_SUITE_P(Suite, CanonicalJsonVectors, ::testing::ValuesIn(vectors()),
                         [](const auto& tested) { return tested.param; });
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(CanonicalJsonVectors);

TEST(CanonicalJsonSuite, IsThere) {
  if (vectors().empty()) {
    GTEST_SKIP() << "SKIPPED, NOT PASSED: no vectors of RFC 8785 at " << suite_folder();
  }
  EXPECT_EQ(vectors().size(), 6U);
}

}  // namespace
}  // namespace assay::path
