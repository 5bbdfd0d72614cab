#include "engine/route.h"

#include <gtest/gtest.h>

namespace assay::engine {
namespace {

model::Route route(std::string pattern, std::string tenant = {}, std::string application = {}) {
  return {.pattern = std::move(pattern),
          .tenant = std::move(tenant),
          .application = std::move(application),
          .location = {}};
}

TEST(Route, CapturesPartsOfThePath) {
  const auto routed =
      match_route(route("**/{tenant}/{application}/*.json*"), "/data/in/acme/shop/2024.json.gz");
  ASSERT_TRUE(routed.has_value());
  EXPECT_EQ(routed->tenant, "acme");
  EXPECT_EQ(routed->application, "shop");
}

TEST(Route, CapturesWithinAFileName) {
  const auto routed = match_route(route("{tenant}_{application}_*.ndjson"), "/x/acme_erp_1.ndjson");
  ASSERT_TRUE(routed.has_value());
  EXPECT_EQ(routed->tenant, "acme");
  EXPECT_EQ(routed->application, "erp");
}

TEST(Route, TakesTheTailOfAPathAndFixedNames) {
  const auto routed =
      match_route(route("retail/*.ndjson", "uk", "shop"), "/home/me/retail/a.ndjson");
  ASSERT_TRUE(routed.has_value());
  EXPECT_EQ(routed->tenant, "uk");
  EXPECT_FALSE(
      match_route(route("retail/*.ndjson", "uk", "shop"), "/home/me/other/a.ndjson").has_value());
  EXPECT_FALSE(
      match_route(route("retail/*.ndjson", "uk", "shop"), "/home/retail/me/a.ndjson").has_value());
}

TEST(Route, TheFirstRouteOfTheFirstSourceWins) {
  model::Workspace workspace;
  workspace.sources.push_back(
      {.name = "one", .kind = "file", .routes = {route("a/*", "first", "x")}, .location = {}});
  workspace.sources.push_back(
      {.name = "two", .kind = "file", .routes = {route("**/*", "second", "x")}, .location = {}});
  EXPECT_EQ(route_file(workspace, "/a/b")->tenant, "first");
  EXPECT_EQ(route_file(workspace, "/c/b")->source, "two");
}

}  // namespace
}  // namespace assay::engine
