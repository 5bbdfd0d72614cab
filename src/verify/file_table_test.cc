#include "verify/file_table.h"

#include <gtest/gtest.h>

namespace assay::verify {
namespace {

class FileTable : public ::testing::Test {
 protected:
  void put(const std::string& path, const std::string& bytes) {
    ASSERT_TRUE(files_->create("/w/.assay/" + path, bytes));
  }
  static FileRow row(const std::string& path, const std::string& bytes) {
    return {path, bytes.size(), to_hex(sha256(bytes)), "silver.order", "data"};
  }
  FileCheck check(const std::vector<FileRow>& table) {
    auto checked = check_files(*files_, "/w/.assay", table, {});
    EXPECT_TRUE(checked);
    return std::move(checked).value();
  }

  std::unique_ptr<io::FileSystem> files_ = io::memory_file_system();
};

TEST_F(FileTable, HoldsWhereEveryByteIsAsCommitted) {
  put("lake/silver/order/data/1.parquet", "rows");
  put("quarantine/ab", "");
  const FileCheck checked =
      check({row("lake/silver/order/data/1.parquet", "rows"), row("quarantine/ab", "")});
  EXPECT_TRUE(checked.problems.empty());
  EXPECT_TRUE(checked.unlisted.empty());
  EXPECT_EQ(checked.files, 2);
  EXPECT_EQ(checked.bytes, 4);
}

TEST_F(FileTable, PlacesChangedShorterAndMissingFiles) {
  put("lake/a", "abcd");
  put("lake/b", "abc");
  const FileCheck checked =
      check({row("lake/a", "abce"), row("lake/b", "abcd"), row("lake/c", "x")});
  ASSERT_EQ(checked.problems.size(), 3U);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(checked.problems[i].path, std::string("lake/") + "abc"[i]);
    EXPECT_EQ(checked.problems[i].table, "silver.order");
    EXPECT_EQ(checked.problems[i].kind, "file");
  }
  EXPECT_NE(checked.problems[0].message.find("SHA-256"), std::string::npos);
  EXPECT_NE(checked.problems[1].message.find("3 bytes"), std::string::npos);
}

TEST_F(FileTable, ListsWhatNoRowNamesInLakeAndQuarantineOnly) {
  put("lake/x", "1");
  put("quarantine/y", "2");
  put("state/z", "3");
  const FileCheck checked = check({});
  EXPECT_EQ(checked.unlisted,
            (std::vector<std::string>{"/w/.assay/lake/x", "/w/.assay/quarantine/y"}));
}

}  // namespace
}  // namespace assay::verify
