// What touches the process: the lock, the kill points, the clocks, the environment.

#include "io/process.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <functional>

#include "io/clock.h"
#include "io/folder_lock.h"
#include "io/milestones.h"

namespace assay::io {
namespace {

using ::testing::HasSubstr;

/// Runs the body in a child process and returns its wait status.
int in_child(const std::function<int()>& body) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(body());
  int status = 0;
  ::waitpid(child, &status, 0);
  return status;
}

void pass_all_steps(Milestones& milestones, int rounds) {
  for (int round = 0; round < rounds; ++round) {
    for (int i = 0; i < kStepCount; ++i) {
      StepScope scope(milestones, static_cast<Step>(i));
      scope.done();
    }
  }
}

int status_of_killed(const std::string& spec, int rounds) {
  return in_child([&] {
    auto milestones = killing_milestones(spec);
    if (!milestones) return 7;
    pass_all_steps(**milestones, rounds);
    return 0;
  });
}

TEST(MilestonesTest, EveryPointReallyKills) {
  for (int i = 0; i < kStepCount; ++i) {
    for (const char* side : {".before:2", ".after:2"}) {
      const std::string spec = std::string(to_string(static_cast<Step>(i))) + side;
      const int killed = status_of_killed(spec, 2);
      EXPECT_TRUE(WIFSIGNALED(killed) && WTERMSIG(killed) == SIGKILL) << spec;
      const int spared = status_of_killed(spec, 1);
      EXPECT_TRUE(WIFEXITED(spared) && WEXITSTATUS(spared) == 0) << spec;
    }
  }
}

TEST(MilestonesTest, RandomCountsPointsOfEveryKind) {
  const int killed = status_of_killed("random:14", 1);
  EXPECT_TRUE(WIFSIGNALED(killed) && WTERMSIG(killed) == SIGKILL);
  const int spared = status_of_killed("random:15", 1);
  EXPECT_TRUE(WIFEXITED(spared) && WEXITSTATUS(spared) == 0);
}

TEST(MilestonesTest, OtherTextIsRefusedWithTheGrammar) {
  for (const char* spec :
       {"", "intent", "intent:1", "intent.before", "intent.before:0", "intent.during:1",
        "lunch.before:1", "random:x", "random:1x", "random:-1"}) {
    const auto milestones = killing_milestones(spec);
    ASSERT_FALSE(milestones) << spec;
    EXPECT_EQ(milestones.error().code, Code::usage);
    EXPECT_THAT(milestones.error().hint, HasSubstr("control_transaction"));
  }
}

class FolderLockTest : public ::testing::Test {
 protected:
  FolderLockTest() {
    std::string pattern = (std::filesystem::temp_directory_path() / "assay-lock-XXXXXX").string();
    folder_ = ::mkdtemp(pattern.data());
    path_ = folder_ + "/lock";
  }
  ~FolderLockTest() override { std::filesystem::remove_all(folder_); }

  std::string folder_;
  std::string path_;
};

TEST_F(FolderLockTest, TheSecondIsRefusedAndToldWho) {
  auto first = FolderLock::take(path_);
  ASSERT_TRUE(first);
  const auto second = FolderLock::take(path_);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::lease_held);
  EXPECT_THAT(second.error().message, HasSubstr(std::to_string(::getpid())));
  EXPECT_FALSE(second.error().hint.empty());
}

TEST_F(FolderLockTest, IsFreeAgainAfterItsHolder) {
  { ASSERT_TRUE(FolderLock::take(path_)); }
  auto lock = FolderLock::take(path_);
  ASSERT_TRUE(lock);
  FolderLock moved = std::move(*lock);
  EXPECT_FALSE(FolderLock::take(path_));
}

TEST_F(FolderLockTest, AKilledHolderLeavesNoStaleLock) {
  const int status = in_child([&] {
    const auto lock = FolderLock::take(path_);
    ::kill(::getpid(), SIGKILL);
    return lock ? 0 : 1;
  });
  EXPECT_TRUE(WIFSIGNALED(status));
  EXPECT_TRUE(FolderLock::take(path_));
}

TEST_F(FolderLockTest, MissingFolderIsAFileError) {
  EXPECT_EQ(FolderLock::take(folder_ + "/no/lock").error().code, Code::file_not_found);
}

TEST(ClockTest, SimulatedMovesByItsStep) {
  const auto clock = simulated_clock(100, 7);
  EXPECT_EQ(clock->now(), 100);
  EXPECT_EQ(clock->now(), 107);
}

TEST(ClockTest, SystemIsAfterThisWasWritten) {
  EXPECT_GT(system_clock()->now(), *parse_instant("2026-01-01T00:00:00Z"));
}

TEST(ClockTest, SteadyNeverGoesBack) {
  const auto clock = steady_clock();
  Micros before = clock->now();
  for (int i = 0; i < 1'000; ++i) {
    const Micros now = clock->now();
    ASSERT_GE(now, before);
    before = now;
  }
}

TEST(ProcessTest, EnvironmentTellsUnsetFromEmpty) {
  ::setenv("ASSAY_TEST_EMPTY", "", 1);
  EXPECT_EQ(environment_variable("ASSAY_TEST_EMPTY"), std::optional<std::string>(""));
  EXPECT_EQ(environment_variable("ASSAY_TEST_UNSET_FOR_SURE"), std::nullopt);
}

TEST(ProcessTest, AbsolutePathsAreNormal) {
  EXPECT_EQ(*absolute_path("/a/./b/../c/"), "/a/c");
  EXPECT_EQ(*absolute_path("x"), std::filesystem::current_path().string() + "/x");
  EXPECT_EQ(*absolute_path("/"), "/");
}

TEST(ProcessTest, RandomNumbersDiffer) { EXPECT_NE(random_number(), random_number()); }

}  // namespace
}  // namespace assay::io
