// Pause and resume of flows.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "control/control.h"
#include "control/control_fixture_internal.h"

namespace assay::control {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class FlowTest : public ControlTest {
 protected:
  FlowTest() : database_(open()) {}

  Manifest silver(const std::string& id, const std::string& application) {
    Manifest manifest = manifest_of(id, "silver");
    manifest.application = application;
    return manifest;
  }
  void queue(const std::vector<Manifest>& manifests) {
    const Status queued = database_.queue(manifests);
    EXPECT_TRUE(queued) << queued.error().to_text();
  }
  FlowCommand flow(const std::string& application = {}) {
    return {.tenant_id = "uk",
            .application = application,
            .actor = "dana",
            .reason = "wrong prices",
            .time = 7};
  }
  std::vector<std::string> in(ManifestStatus status) {
    std::vector<std::string> ids;
    const auto manifests = database_.manifests(
        {.tenant_id = {}, .layer = {}, .application = {}, .status = status, .limit = {}});
    for (const Manifest& manifest : *manifests) ids.push_back(manifest.manifest_id);
    return ids;
  }

  Database database_;
};

TEST_F(FlowTest, APauseMovesWhatWaitsAndAResumeMovesItBack) {
  Manifest other = silver("c", "shop");
  other.tenant_id = "de";
  queue({silver("a", "shop"), silver("b", "till"), other});
  const auto paused = database_.pause(flow());
  ASSERT_TRUE(paused) << paused.error().to_text();
  EXPECT_TRUE(paused->changed);
  EXPECT_EQ(paused->manifests, 2);
  EXPECT_THAT(in(ManifestStatus::paused), ElementsAre("a", "b"));
  EXPECT_THAT(in(ManifestStatus::received), ElementsAre("c"));
  const auto resumed = database_.resume(flow());
  ASSERT_TRUE(resumed);
  EXPECT_EQ(resumed->manifests, 2);
  EXPECT_THAT(in(ManifestStatus::paused), IsEmpty());
  EXPECT_THAT(*database_.paused_flows(), IsEmpty());
}

TEST_F(FlowTest, CommandsAreIdempotentAndOnlyChangesAreKept) {
  EXPECT_FALSE(database_.resume(flow())->changed);
  EXPECT_TRUE(database_.pause(flow())->changed);
  queue({silver("a", "shop")});  // came while it was paused
  const auto again = database_.pause(flow());
  EXPECT_FALSE(again->changed);
  EXPECT_EQ(again->manifests, 1);
  EXPECT_TRUE(database_.resume(flow())->changed);
  const auto commands = database_.commands(10);
  ASSERT_THAT(*commands, SizeIs(2));
  EXPECT_EQ((*commands)[0].action, "resume");
  EXPECT_EQ((*commands)[0].manifests, 1);
  EXPECT_EQ((*commands)[1].action, "pause");
  EXPECT_EQ((*commands)[1].command.actor, "dana");
  EXPECT_EQ((*commands)[1].command.reason, "wrong prices");
}

TEST_F(FlowTest, OneApplicationIsHeldAloneButNotLetGoOfAWholeTenant) {
  queue({silver("a", "shop"), silver("b", "till")});
  ASSERT_TRUE(database_.pause(flow("till")));
  EXPECT_THAT(in(ManifestStatus::paused), ElementsAre("b"));
  const auto flows = *database_.paused_flows();
  EXPECT_TRUE(is_paused(flows, silver("x", "till")));
  EXPECT_FALSE(is_paused(flows, silver("x", "shop")));
  ASSERT_TRUE(database_.pause(flow()));
  const auto refused = database_.resume(flow("till"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::manifest_state);
  EXPECT_THAT(in(ManifestStatus::paused), ElementsAre("a", "b"));
  ASSERT_TRUE(database_.resume(flow()));
  EXPECT_THAT(in(ManifestStatus::paused), IsEmpty());
}

}  // namespace
}  // namespace assay::control
