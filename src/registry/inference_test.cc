#include "registry/inference.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "io/file_system.h"
#include "model/load.h"
#include "registry/assessment.h"
#include "registry/naming.h"
#include "registry/workspace_text.h"

namespace assay::registry {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

/// 60 trips between 6 towns by 2 carriers, each with two stops.
Inference trips() {
  Assessor assessor;
  for (int i = 0; i < 60; ++i) {
    const int from = i % 6;
    const int to = (i / 6 + i + 1) % 6;
    assessor.add(fmt::format(
        R"({{"tripNo":"T{:03}","startedAt":"2024-03-{:02}T10:00:00Z","FromStationID":"S{}",)"
        R"("FromCity":"City {}","ToStationID":"S{}","ToCity":"City {}","Carrier":"{}","price":{},)"
        R"("driver":{{"id":{},"name":"D{}","phone":"0{}"}},"stops":[{{"km":{}}},{{"km":{}}}]}})",
        i, 1 + i % 28, from, from, to, to, i % 2 == 0 ? "Fast" : "Slow", i, i % 4, i % 4,
        700000 + i % 4, i, i + 0.5));
  }
  return assessor.infer();
}

std::string type_of(const InferredFamily& family, std::string_view path) {
  for (const InferredField& leaf : family.leaves) {
    if (leaf.path == path) return column::to_string(leaf.type);
  }
  return "none";
}

TEST(Inference, TypesLeavesByValuesAndNames) {
  const Inference found = trips();
  ASSERT_EQ(found.families.size(), 1U);
  const InferredFamily& family = found.families[0];
  EXPECT_EQ(type_of(family, "$.startedAt"), "timestamp");
  EXPECT_EQ(type_of(family, "$.price"), "decimal(18,2)") << "money without a fraction so far";
  EXPECT_EQ(type_of(family, "$.driver.id"), "int64");
  EXPECT_EQ(type_of(family, "$.driver.phone"), "string") << "digits, and no number";
  EXPECT_EQ(type_of(family, "$.stops[*].km"), "decimal(18,1)");
}

TEST(Inference, FindsMastersNestedFlatInTwoRolesAndOfOneField) {
  const Inference found = trips();
  const InferredEvent& trip = found.families[0].events[0];
  EXPECT_EQ(trip.name, "trip");
  EXPECT_EQ(trip.key, "trip_no");
  EXPECT_EQ(trip.event_time, "started_at");
  std::vector<std::string> roles;
  for (const InferredRole& role : trip.roles) roles.push_back(role.name + ":" + role.entity);
  EXPECT_THAT(roles, UnorderedElementsAre("driver:driver", "from:station", "to:station",
                                          "carrier:carrier"));
  ASSERT_EQ(found.families[0].events.size(), 2U);
  EXPECT_EQ(found.families[0].events[1].parent, "trip");
}

/// Rentals with small numbers alone: customers, staff and stores.
TEST(Inference, EqualSmallNumbersMakeNoParty) {
  for (const char* const quote : {"", "\""}) {
    Assessor assessor;
    for (int i = 0; i < 120; ++i) {
      assessor.add(fmt::format(
          R"({{"rental_id":{},"rented_at":"2024-03-{:02}T10:00:00Z","customer":{{"id":{}{}{}}},)"
          R"("staff":{{"id":{}{}{}}},"store":{{"id":{}{}{}}}}})",
          1000 + i, 1 + i % 28, quote, 1 + i % 20, quote, quote, 1 + i % 6, quote, quote,
          1 + i / 2 % 5, quote));
    }
    std::vector<std::string> names;
    for (const InferredMaster& master : assessor.infer().masters) names.push_back(master.name);
    EXPECT_THAT(names, UnorderedElementsAre("customer", "staff", "store")) << quote;
  }
}

TEST(Inference, TablesOfOtherColumnsAreOtherKinds) {
  Assessor assessor;
  for (int i = 0; i < 40; ++i) {
    assessor.add(fmt::format(R"({{"customer_id":"{}","name":"c{}","email":"{}@x","since":"2024"}})",
                             i, i, i),
                 Notation::csv);
    assessor.add(
        fmt::format(R"({{"staff_id":"{}","name":"s{}","email":"{}@y","since":"2024"}})", i, i, i),
        Notation::csv);
  }
  assessor.add(R"({"customer_id":"99","name":"c","email":"@","since":"2024","vip":"1"})",
               Notation::csv);
  EXPECT_EQ(assessor.infer().families.size(), 2U) << "a column more is the same table";
}

TEST(Inference, ValuesThatDoNotFitBecomeNullWhereTheyAreFew) {
  Assessor assessor;
  for (int i = 0; i < 100; ++i) {
    assessor.add(fmt::format(R"({{"id":{},"n":{},"odd":{}}})", i, i == 7 ? "\"seven\"" : "1",
                             i % 2 == 0 ? "\"x\"" : "1"));
  }
  const Inference found = assessor.infer();
  EXPECT_EQ(type_of(found.families[0], "$.n"), "int64");
  EXPECT_EQ(type_of(found.families[0], "$.odd"), "string");
  EXPECT_TRUE(found.families[0].events[0].fields[1].null_on_error);
}

/// What is written can be read, whatever the names of members are.
TEST(WorkspaceText, IsAWorkspaceWithoutProblems) {
  Assessor assessor;
  for (int i = 0; i < 30; ++i) {
    assessor.add(fmt::format(
        R"({{"event time":"2024-01-01","pointer":{},"a'b":{{"x-y":1}},"naïve":"x","":2,"value":[1,2],)"
        R"("row_hash":"{}","customer":{{"id":{},"name":"n"}},"customer_id":7,"list":[[1],[2]],"e":{{}}}})",
        i, i, i % 3));
  }
  const auto files = io::memory_file_system();
  for (const TextFile& file :
       workspace_files(assessor.infer(), {"made", "acme", "shop", {"**/acme/*.json*"}}))
    ASSERT_TRUE(files->create("/w/" + file.path, file.text).has_value());
  const auto loaded = model::load_from(*files, "/w");
  ASSERT_TRUE(loaded.has_value());
  std::string problems;
  for (const model::Problem& problem : loaded->problems) problems += problem.to_text() + "\n";
  EXPECT_EQ(problems, "");
  EXPECT_EQ(loaded->workspace.versions.size(), 1U);
}

TEST(WorkspaceText, ShowsTheWayToVersionsWhereAKeyRepeats) {
  Assessor assessor;
  for (int i = 0; i < 60; ++i) {
    assessor.add(
        fmt::format(R"({{"order_id":"O{}","changed_at":"2024-03-{:02}T10:{:02}:00Z","x":{}}})",
                    i / 2, 1 + i % 28, i, i));
  }
  std::string entities;
  for (const TextFile& file : workspace_files(assessor.infer(), {"made", "acme", "shop", {"*"}})) {
    if (file.path.starts_with("entities/")) entities += file.text;
  }
  EXPECT_THAT(entities, HasSubstr("# dedupe: key\n# order_by: [changed_at]\n"));
}

TEST(WorkspaceText, WritesXPathForXml) {
  Assessor assessor;
  for (int i = 0; i < 10; ++i) {
    assessor.add(
        fmt::format(R"({{"{{urn:x:OrderDocument-2}}Order":[{{"@no":"{}",)"
                    R"("{{urn:x:OrderDocument-2}}Line":[{{"#text":"a"}},{{"#text":"b"}}]}}]}})",
                    i),
        Notation::xml);
  }
  std::string version;
  for (const TextFile& file : workspace_files(assessor.infer(), {"made", "acme", "shop", {"*"}})) {
    if (file.path.starts_with("tenants/")) version = file.text;
  }
  EXPECT_THAT(version, HasSubstr("od: \"urn:x:OrderDocument-2\""));
  EXPECT_THAT(version, HasSubstr("\"/od:Order/@no\""));
  EXPECT_THAT(version, HasSubstr("rows: \"/od:Order/od:Line\""));
  EXPECT_THAT(version, HasSubstr("value: \".\""));
}

TEST(Naming, CutsNamesIntoWords) {
  EXPECT_THAT(words_of("OriginAirportID"), ElementsAre("origin", "airport", "id"));
  EXPECT_THAT(words_of("{urn:x}XMLName"), ElementsAre("xml", "name"));
  EXPECT_THAT(words_of("a_b-c d"), ElementsAre("a", "b", "c", "d"));
  EXPECT_EQ(singular("categories"), "category");
  EXPECT_EQ(singular("address"), "address");
  EXPECT_EQ(snake_name({}), "value");
  EXPECT_EQ(snake_name({"2nd"}), "x_2nd");
}

}  // namespace
}  // namespace assay::registry
