// Both file systems keep the same contract; the memory one also loses what was not synced.

#include "io/file_system.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <filesystem>

#include "io/faulty_file_system.h"
#include "io/memory_file_system.h"

namespace assay::io {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// A folder of the operating system that goes away with the test.
class TemporaryFolder {
 public:
  TemporaryFolder() {
    std::string pattern = (std::filesystem::temp_directory_path() / "assay-io-XXXXXX").string();
    path_ = ::mkdtemp(pattern.data());
  }
  ~TemporaryFolder() { std::filesystem::remove_all(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

enum class Kind { local, memory };

class FileSystemTest : public ::testing::TestWithParam<Kind> {
 protected:
  FileSystemTest()
      : files_(GetParam() == Kind::local ? local_file_system() : memory_file_system()) {
    EXPECT_TRUE(files_->make_folders(folder_.path()));
  }
  std::string at(const std::string& name) const { return folder_.path() + "/" + name; }

  TemporaryFolder folder_;
  std::unique_ptr<FileSystem> files_;
};

TEST_P(FileSystemTest, CreatesWithParentsAndReadsBack) {
  ASSERT_TRUE(files_->create(at("a/b/c.txt"), "hello"));
  EXPECT_EQ(*files_->read(at("a/b/c.txt")), "hello");
  EXPECT_EQ(*files_->size(at("a/b/c.txt")), 5u);
  EXPECT_TRUE(*files_->exists(at("a/b/c.txt")));
  EXPECT_TRUE(*files_->exists(at("a/b")));
  EXPECT_FALSE(*files_->exists(at("a/b/d")));
}

TEST_P(FileSystemTest, NeverOverwrites) {
  ASSERT_TRUE(files_->create(at("x"), "first"));
  EXPECT_EQ(files_->create(at("x"), "second").error().code, Code::file_exists);
  ASSERT_TRUE(files_->create(at("y"), "other"));
  EXPECT_EQ(files_->move(at("y"), at("x")).error().code, Code::file_exists);
  EXPECT_EQ(*files_->read(at("x")), "first");
  EXPECT_EQ(*files_->read(at("y")), "other");
}

TEST_P(FileSystemTest, MovesIntoANewFolder) {
  ASSERT_TRUE(files_->create(at("x"), "bytes"));
  ASSERT_TRUE(files_->move(at("x"), at("deep/er/y")));
  EXPECT_FALSE(*files_->exists(at("x")));
  EXPECT_EQ(*files_->read(at("deep/er/y")), "bytes");
  EXPECT_EQ(files_->move(at("x"), at("z")).error().code, Code::file_not_found);
}

TEST_P(FileSystemTest, ReadsRangesAndStopsAtTheEnd) {
  ASSERT_TRUE(files_->create(at("x"), "0123456789"));
  EXPECT_EQ(*files_->read_range(at("x"), 3, 4), "3456");
  EXPECT_EQ(*files_->read_range(at("x"), 8, 100), "89");
  EXPECT_EQ(*files_->read_range(at("x"), 10, 1), "");
  EXPECT_EQ(*files_->read_range(at("x"), 1000, 1), "");
}

TEST_P(FileSystemTest, ReaderGoesFromFrontToBack) {
  const std::string bytes(100'000, 'q');
  ASSERT_TRUE(files_->create(at("x"), bytes));
  auto reader = files_->open(at("x"));
  ASSERT_TRUE(reader);
  std::string seen;
  std::array<char, 333> buffer{};
  while (true) {
    const auto count = (*reader)->read(buffer.data(), buffer.size());
    ASSERT_TRUE(count);
    if (*count == 0) break;
    seen.append(buffer.data(), *count);
  }
  EXPECT_EQ(seen, bytes);
}

TEST_P(FileSystemTest, AppendsAndTellsTheChange) {
  ASSERT_TRUE(files_->append(at("log/1"), "ab"));
  const FileInfo before = *files_->info(at("log/1"));
  ASSERT_TRUE(files_->append(at("log/1"), "cd"));
  ASSERT_TRUE(files_->sync(at("log/1")));
  ASSERT_TRUE(files_->sync_folder(at("log")));
  const FileInfo after = *files_->info(at("log/1"));
  EXPECT_EQ(*files_->read(at("log/1")), "abcd");
  EXPECT_EQ(before.size, 2u);
  EXPECT_EQ(after.size, 4u);
  EXPECT_GE(after.modified, before.modified);
  EXPECT_GT(before.modified, 0);
}

TEST_P(FileSystemTest, ListsAllFilesBelowSorted) {
  ASSERT_TRUE(files_->create(at("t/b"), "1"));
  ASSERT_TRUE(files_->create(at("t/a/z"), "22"));
  ASSERT_TRUE(files_->create(at("tt"), "333"));
  ASSERT_TRUE(files_->make_folders(at("t/empty")));
  std::vector<std::string> paths;
  const auto found = files_->list(at("t"));
  ASSERT_TRUE(found);
  for (const FileInfo& file : *found) paths.push_back(file.path);
  EXPECT_THAT(paths, ElementsAre(at("t/a/z"), at("t/b")));
  EXPECT_EQ(found->front().size, 2u);
  EXPECT_TRUE(files_->list(at("absent"))->empty());
}

TEST_P(FileSystemTest, RemovesWhatIsThereAndAcceptsWhatIsNot) {
  ASSERT_TRUE(files_->create(at("t/a"), "1"));
  EXPECT_TRUE(files_->remove(at("t/a")));
  EXPECT_TRUE(files_->remove(at("t/a")));
  ASSERT_TRUE(files_->create(at("t/b/c"), "1"));
  EXPECT_TRUE(files_->remove_tree(at("t")));
  EXPECT_TRUE(files_->remove_tree(at("t")));
  EXPECT_FALSE(*files_->exists(at("t")));
}

TEST_P(FileSystemTest, ErrorsNameThePath) {
  for (const Error& error : {files_->read(at("no")).error(), files_->open(at("no")).error(),
                             files_->size(at("no")).error(), files_->sync(at("no")).error()}) {
    EXPECT_EQ(error.code, Code::file_not_found);
    EXPECT_THAT(error.message, HasSubstr(at("no")));
  }
}

INSTANTIATE_TEST_SUITE_P(Both, FileSystemTest, ::testing::Values(Kind::local, Kind::memory),
                         [](const auto& kind) {
                           return kind.param == Kind::local ? "Local" : "Memory";
                         });

TEST(LocalFileSystemTest, NoPermissionHasItsOwnCode) {
  TemporaryFolder folder;
  ASSERT_EQ(::chmod(folder.path().c_str(), 0500), 0);
  // Root may write everywhere, so a child gives its rights away first.
  const pid_t child = ::fork();
  if (child == 0) {
    if (::geteuid() == 0 && ::setuid(65'534) != 0) ::_exit(2);
    const Status refused = local_file_system()->create(folder.path() + "/x", "1");
    ::_exit(!refused && refused.error().code == Code::file_permission ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
}

TEST(LocalFileSystemTest, FullDiskHasItsOwnCode) {
  // /dev/full answers every write as a full disk does.
  const Status status = local_file_system()->append("/dev/full", "1");
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().code, Code::disk_full);
  EXPECT_THAT(status.error().hint, HasSubstr("Free room"));
}

TEST(LocalFileSystemTest, FolderInTheWayIsAnError) {
  TemporaryFolder folder;
  EXPECT_EQ(local_file_system()->read(folder.path()).error().code, Code::file_io);
  ASSERT_TRUE(local_file_system()->create(folder.path() + "/file", ""));
  EXPECT_EQ(local_file_system()->create(folder.path() + "/file/x", "").error().code,
            Code::file_exists);
}

TEST(LocalFileSystemTest, ReadsFilesWhoseSizeIsNotKnown) {
  EXPECT_THAT(*local_file_system()->read("/proc/self/status"), HasSubstr("Pid:"));
}

TEST(MemoryFileSystemTest, PowerCutKeepsOnlyWhatWasSynced) {
  MemoryFileSystem files;
  ASSERT_TRUE(files.create("/d/named", "kept"));
  ASSERT_TRUE(files.append("/d/log", "synced"));
  ASSERT_TRUE(files.sync("/d/log"));
  ASSERT_TRUE(files.sync_folder("/d"));
  ASSERT_TRUE(files.append("/d/log", " and not"));
  ASSERT_TRUE(files.create("/d/unnamed", "lost with its name"));
  files.drop_unsynced();
  EXPECT_EQ(*files.read("/d/named"), "kept");
  EXPECT_EQ(*files.read("/d/log"), "synced");
  EXPECT_FALSE(*files.exists("/d/unnamed"));
}

TEST(LocalFileSystemTest, RefusesToListALinkToNothing) {
  const TemporaryFolder folder;
  const auto files = local_file_system();
  ASSERT_TRUE(files->create(folder.path() + "/there", "1"));
  ASSERT_EQ(::symlink("there", (folder.path() + "/link").c_str()), 0);
  EXPECT_EQ(files->list(folder.path())->size(), 2u);
  ASSERT_EQ(::symlink("nowhere", (folder.path() + "/dangling").c_str()), 0);
  const auto listed = files->list(folder.path());
  ASSERT_FALSE(listed);
  EXPECT_EQ(listed.error().code, Code::file_not_found);
  EXPECT_THAT(listed.error().message, HasSubstr("dangling"));
}

TEST(MemoryFileSystemTest, PowerCutUndoesUnsyncedMovesAndRemovals) {
  MemoryFileSystem files;
  ASSERT_TRUE(files.create("/d/a", "a"));
  ASSERT_TRUE(files.create("/d/b", "b"));
  ASSERT_TRUE(files.sync_folder("/d"));
  ASSERT_TRUE(files.move("/d/a", "/e/a"));
  ASSERT_TRUE(files.remove("/d/b"));
  files.drop_unsynced();
  EXPECT_EQ(*files.read("/d/a"), "a");
  EXPECT_EQ(*files.read("/d/b"), "b");
  EXPECT_FALSE(*files.exists("/e/a"));
}

TEST(FaultyFileSystemTest, FailsExactlyTheCallThatWasAskedFor) {
  for (long call = 1; call <= 4; ++call) {
    MemoryFileSystem inner;
    FaultyFileSystem files(inner, {.call = call, .code = Code::disk_full});
    const bool good[] = {files.create("/a", "1").has_value(), files.append("/b", "2").has_value(),
                         files.create("/c", "3").has_value(), files.remove("/b").has_value()};
    for (long i = 1; i <= 4; ++i) EXPECT_EQ(good[i - 1], i != call) << "call " << call;
    EXPECT_EQ(files.calls(), 4);
  }
}

TEST(FaultyFileSystemTest, TheFailedCallHasNoEffect) {
  MemoryFileSystem inner;
  FaultyFileSystem files(inner, {.call = 1, .code = Code::file_io});
  EXPECT_EQ(files.create("/a", "1").error().code, Code::file_io);
  EXPECT_FALSE(*inner.exists("/a"));
  EXPECT_TRUE(files.create("/a", "1"));
}

TEST(FaultyFileSystemTest, CountsLooksOnlyWhenAsked) {
  MemoryFileSystem inner;
  ASSERT_TRUE(inner.create("/a", "1"));
  FaultyFileSystem effects(inner, {.call = 1});
  EXPECT_TRUE(effects.read("/a"));
  FaultyFileSystem all(inner, {.call = 1, .code = Code::file_permission, .effects_only = false});
  EXPECT_EQ(all.read("/a").error().code, Code::file_permission);
}

TEST(UriTest, RoundTripsLiterally) {
  EXPECT_EQ(to_uri("/a/b c%20"), "file:///a/b c%20");
  EXPECT_EQ(from_uri("file:///a/b c%20"), "/a/b c%20");
  EXPECT_EQ(from_uri("file:/a/b"), "/a/b");
  EXPECT_EQ(from_uri("/a/b"), "/a/b");
}

}  // namespace
}  // namespace assay::io
