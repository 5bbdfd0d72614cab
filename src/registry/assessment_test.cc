#include "registry/assessment.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace assay::registry {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// 100 orders of 5 customers, one of whom moves in the middle; from the 60th on there is a gift.
Assessment orders() {
  Assessor assessor;
  for (int i = 0; i < 100; ++i) {
    const int customer = i % 5;
    const char* city = customer == 3 && i >= 50 ? "Oslo" : "Bergen";
    const std::string gift = i >= 60 ? R"(,"gift":{"text":"hello"})" : "";
    assessor.add(fmt::format(
        R"({{"no":"{}","at":"2024-03-{:02}T10:00:00Z","customer":{{"id":{},"name":"C{}","city":"{}"}},)"
        R"("total":{},"lines":[{{"sku":"S{}","title":" T{}","qty":{}}}]{}}})",
        i, 1 + i / 4, customer, customer, city, i == 7 ? "\"seven\"" : "1.5", i % 4, i % 4,
        1 + i % 3, gift));
  }
  assessor.add("{\"no\":");
  assessor.add("[1]");
  return assessor.finish();
}

const MasterFinding* master_at(const FamilyFinding& family, const std::string& path) {
  for (const MasterFinding& master : family.masters) {
    if (master.path == path) return &master;
  }
  return nullptr;
}

TEST(Assessment, CountsWhatItTakesAndWhatItDoesNot) {
  const Assessment found = orders();
  EXPECT_EQ(found.records, 102);
  EXPECT_EQ(found.not_json, 1);
  EXPECT_EQ(found.not_objects, 1);
  ASSERT_EQ(found.families.size(), 1U);
  EXPECT_EQ(found.families[0].records, 100);
  EXPECT_EQ(found.families[0].shapes, 2);
  EXPECT_THAT(found.families[0].keys, ElementsAre("no"));
}

TEST(Assessment, FindsMastersByTheirKeyAndCountsContents) {
  const Assessment found = orders();
  const MasterFinding* customer = master_at(found.families[0], "$.customer");
  ASSERT_NE(customer, nullptr);
  EXPECT_EQ(customer->key, "id");
  EXPECT_THAT(customer->members, ElementsAre("name", "city"));
  EXPECT_EQ(customer->copies, 100);
  EXPECT_EQ(customer->things, 5);
  EXPECT_EQ(customer->contents, 6);  // one customer moved
  EXPECT_GT(customer->bytes, customer->bytes_once * 10);
}

TEST(Assessment, ALineIsNoMasterWhenNothingExplainsIt) {
  const Assessment found = orders();
  EXPECT_EQ(master_at(found.families[0], "$.lines[*]"), nullptr);
}

TEST(Assessment, FindsDirtWithAnExample) {
  const Assessment found = orders();
  ASSERT_EQ(found.families[0].dirt.size(), 2U);
  EXPECT_EQ(found.families[0].dirt[0].path, "$.lines[*].title");
  EXPECT_THAT(found.families[0].dirt[0].what, HasSubstr("blanks"));
  EXPECT_EQ(found.families[0].dirt[1].path, "$.total");
  EXPECT_EQ(found.families[0].dirt[1].records, 1);
  EXPECT_EQ(found.families[0].dirt[1].example, "seven");
}

TEST(Assessment, TellsWhenAFieldAppears) {
  const Assessment found = orders();
  ASSERT_EQ(found.families[0].drift.size(), 1U);
  EXPECT_EQ(found.families[0].drift[0].path, "$.gift");
  EXPECT_EQ(found.families[0].drift[0].what, "appears");
  EXPECT_EQ(found.families[0].drift[0].when, "2024-03-16T10:00:00Z");
}

TEST(Assessment, AMasterMayLieFlat) {
  Assessor assessor;
  for (int i = 0; i < 60; ++i) {
    assessor.add(fmt::format(
        R"({{"flight":"F{}","fromCode":"A{}","fromCity":"City {}","fromZone":"Z{}","price":{}.5}})",
        i, i % 6, i % 6, i % 6, i));
  }
  const Assessment found = assessor.finish();
  const MasterFinding* airport = master_at(found.families[0], "$");
  ASSERT_NE(airport, nullptr);
  EXPECT_EQ(airport->key, "fromCode");
  EXPECT_THAT(airport->members, ElementsAre("fromCity", "fromZone"));
  EXPECT_EQ(airport->things, 6);
}

TEST(Assessment, CopiesWithoutAKeyAreCopiesOfNothing) {
  Assessor assessor;
  for (int i = 0; i < 30; ++i) {
    const std::string id = i % 3 == 0 ? "null" : std::to_string(i % 4);
    assessor.add(fmt::format(R"({{"n":{},"c":{{"id":{},"land":"L{}"}}}})", i, id, i % 4));
  }
  const Assessment found = assessor.finish();
  const MasterFinding* master = master_at(found.families[0], "$.c");
  ASSERT_NE(master, nullptr);
  EXPECT_EQ(master->copies, 20);
  EXPECT_EQ(master->contents, 4);
}

TEST(Assessment, NoRecordsIsAnAnswerToo) { EXPECT_TRUE(Assessor().finish().families.empty()); }

}  // namespace
}  // namespace assay::registry
