#include "refine/refine.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "refine/test_fixture_internal.h"

namespace assay::refine {
namespace {

using testing::codes_of;
using testing::order_plan;
using testing::refine_all;
using testing::rows_of;

/// Each folder under tests/golden/refine holds a plan, records and what comes of them.
/// ASSAY_GOLDEN_UPDATE=1 writes the expected text anew: read the difference before you commit it.
TEST(Golden, EveryCase) {
  const std::filesystem::path root =
      std::filesystem::path(ASSAY_SOURCE_DIR) / "tests" / "golden" / "refine";
  int cases = 0;
  for (const auto& entry : std::filesystem::directory_iterator(root)) {
    if (!entry.is_directory()) continue;
    SCOPED_TRACE(entry.path().filename().string());
    ++cases;
    const auto plan = plan::from_json(testing::read_file((entry.path() / "plan.json").string()));
    ASSERT_TRUE(plan) << plan.error().to_text();
    const auto records =
        testing::lines_of(testing::read_file((entry.path() / "input.ndjson").string()));
    const std::string actual = testing::to_text(*plan, refine_all(*plan, records));
    const std::string expected_path = (entry.path() / "expected.txt").string();
    if (std::getenv("ASSAY_GOLDEN_UPDATE") != nullptr) std::ofstream(expected_path) << actual;
    EXPECT_EQ(actual, testing::read_file(expected_path));
  }
  EXPECT_GE(cases, 3);
}

TEST(Refine, SameRecordsInAnyCompanyGiveTheSameRows) {
  const plan::Plan plan = order_plan();
  const std::vector<std::string> records = {
      R"({"no":"1","at":"2024-01-02T03:04:05Z","lines":[{"quantity":1,"tags":["a","b"]}]})",
      R"({"at":"2024-01-02T03:04:05Z","no":"2","extra":{"x":[1,{"y":null}]}})",
      "{\"no\":\"3\",\"at\":\"2024-01-02T03:04:05Z\",\"bad\":\"\xff\"}",
      R"({"no":"4","at":"2024-01-02T03:04:05Z","open":"}",)",
      R"({"no":"5","at":"2024-01-02T03:04:05Z","customer":{"id":7}})"};
  const RefineResult together = refine_all(plan, records);
  EXPECT_EQ(codes_of(plan, together), (std::vector<int>{0, 0, 2005, 2001, 0}));
  for (std::size_t i = 0; i < records.size(); ++i) {
    const RefineResult alone = refine_all(plan, {records[i]});
    EXPECT_EQ(alone.records[0].refined, together.records[i].refined);
    EXPECT_EQ(alone.records[0].content_hash, together.records[i].content_hash);
    EXPECT_EQ(alone.records[0].key_hash, together.records[i].key_hash);
  }
}

TEST(Refine, CachesNeverChangeTheResult) {
  const plan::Plan plan = order_plan();
  const std::vector<std::string> records = {
      R"({"no":"1","at":"2024-01-02","customer":{"id":1,"name":"A"},"lines":[{"product":{"code":"x"}}]})",
      R"({"at":"2024-01-02","no":"2","lines":[],"customer":{"name":null,"id":1}})"};
  auto refiner = Refiner::open(std::make_shared<plan::Plan>(plan));
  ASSERT_TRUE(refiner);
  const testing::OwnedSlab slab(records);
  std::string first;
  for (int round = 0; round < 3; ++round) {
    auto result = refiner->refine(slab.slab());
    ASSERT_TRUE(result);
    const std::string text = testing::to_text(plan, *result);
    if (round == 0) first = text;
    EXPECT_EQ(text, first);
  }
}

TEST(Refine, ExactNumbers) {
  const plan::Plan plan = order_plan();
  const auto order = [](const std::string& fields) {
    return R"({"no":"1","at":"2024-01-02",)" + fields + "}";
  };
  const RefineResult result = refine_all(
      plan, {order(R"("customer":{"id":9007199254740993},"total":1.10)"),
             order(R"("customer":{"id":17850.0})"), order(R"("customer":{"id":"17850.0"})"),
             order(R"("total":1e400)"), order(R"("score":1e400)"),
             order(R"("customer":{"id":18446744073709551616})"), order(R"("customer":{"id":1.5})"),
             order(R"("total":1.105)"), order(R"("total":12345678901234567.8)"),
             order(R"("priority":2147483648)"), order(R"("score":0.1,"total":-0.0,"priority":1e2)"),
             order(R"("unmapped":1e400)")});
  EXPECT_EQ(codes_of(plan, result),
            (std::vector<int>{0, 0, 0, 2106, 2106, 2106, 2105, 2106, 2106, 2106, 0, 0}));
  const auto rows = rows_of(plan, result, "silver.order");
  ASSERT_EQ(rows.size(), 5U);
  EXPECT_NE(rows[0].find("total=1.10 "), std::string::npos) << rows[0];
  EXPECT_NE(rows[0].find("customer_id=9007199254740993 "), std::string::npos) << rows[0];
  EXPECT_NE(rows[1].find("customer_id=17850 "), std::string::npos) << rows[1];
  EXPECT_NE(rows[2].find("customer_id=17850 "), std::string::npos) << rows[2];
  EXPECT_NE(rows[3].find("total=0.00 priority=100 score=0.1 "), std::string::npos) << rows[3];
  EXPECT_NE(rows_of(plan, result, "silver.residue")[0].find("{\"/unmapped\":1e400}"),
            std::string::npos);
}

TEST(Refine, GateNamesTheSpot) {
  const plan::Plan plan = order_plan();
  const RefineResult result =
      refine_all(plan, {R"({"no":null,"at":"2024-01-02"})", R"({"no":"1"})",
                        R"({"no":"1","at":"2024-01-02","paid":3})", R"({"other":1})",
                        R"({"schema":"9","other":1})", "[1]", "7", ""});
  EXPECT_EQ(codes_of(plan, result),
            (std::vector<int>{2103, 2108, 2105, 2101, 2102, 2008, 2008, 2001}));
  const auto rows = rows_of(plan, result, "bronze.quarantine");
  EXPECT_NE(rows[0].find("pointer='/no'"), std::string::npos) << rows[0];
  EXPECT_NE(rows[1].find("pointer='/at'"), std::string::npos) << rows[1];
  EXPECT_NE(rows[2].find("pointer='/paid'"), std::string::npos) << rows[2];
  EXPECT_NE(rows[3].find("paths='$.other number\n'"), std::string::npos) << rows[3];
  EXPECT_NE(rows[4].find("pointer='/schema'"), std::string::npos) << rows[4];
}

/// A row that deletes its key needs the key and what the rule names, and no event time.
TEST(Refine, ADeletionNeedsLittle) {
  plan::Plan plan = order_plan();
  plan::EntityRule& order = plan.versions[0].entities[0];
  const column::TableSchema& table = plan.tables[0];
  order.deletion = plan::DeletionRule{
      table.index_of("status"),
      {"deleted"},
      {table.index_of("order_no"), table.index_of("status"), table.index_of("priority")}};
  for (plan::FieldRule& field : order.fields) {
    if (field.column == table.index_of("priority")) field.required = true;
  }
  const RefineResult result = refine_all(
      plan, {R"({"no":"1","status":"Deleted","priority":1})", R"({"no":"1","status":"deleted"})",
             R"({"no":null,"status":"deleted","priority":1})",
             R"({"no":"1","status":"open","priority":1})",
             R"({"no":"1","at":"2024-01-02","status":"open","priority":1})"});
  EXPECT_EQ(codes_of(plan, result), (std::vector<int>{0, 2104, 2103, 2108, 0}));
  const auto rows = rows_of(plan, result, "silver.order");
  ASSERT_EQ(rows.size(), 2U);
  EXPECT_NE(rows[0].find("ordered_at=- "), std::string::npos) << rows[0];
}

TEST(Refine, DuplicateKeysAreFoundEverywhere) {
  const plan::Plan plan = order_plan();
  std::string many = R"({"no":"1","at":"2024-01-02","x":{)";
  for (int i = 0; i < 1000; ++i) many += "\"k" + std::to_string(i) + "\":0,";
  const RefineResult result = refine_all(
      plan, {R"({"no":"1","no":"1","at":"2024-01-02"})",
             R"({"no":"1","at":"2024-01-02","x":{"a":1,"\u0061":2}})", many + R"("k7":1}})",
             many + R"("z":1}})", R"({"no":"1","at":"2024-01-02","x":[{"a":1},{"a":1,"a":1}]})",
             R"({"no":"1","no":"1","at":"2024-01-02")"});
  EXPECT_EQ(codes_of(plan, result), (std::vector<int>{2002, 2002, 2002, 0, 2002, 2001}));
  const auto rows = rows_of(plan, result, "bronze.quarantine");
  EXPECT_NE(rows[1].find("pointer='/x/a'"), std::string::npos) << rows[1];
  EXPECT_NE(rows[2].find("pointer='/x/k7'"), std::string::npos) << rows[2];
  EXPECT_NE(rows[3].find("pointer='/x/1/a'"), std::string::npos) << rows[3];
}

TEST(Refine, AMasterWithoutItsKeyLeavesResidue) {
  const plan::Plan plan = order_plan();
  const RefineResult result = refine_all(
      plan,
      {R"({"no":"1","at":"2024-01-02","customer":{"id":null,"name":"A","address":{"city":"B"}}})"});
  EXPECT_EQ(result.accounting.leaves, 5);
  EXPECT_EQ(result.accounting.leaves_mapped, 2);
  EXPECT_EQ(result.accounting.leaves_residue, 3);
  EXPECT_EQ(result.accounting.masters_seen, 0);
  EXPECT_TRUE(rows_of(plan, result, "silver.customer_content").empty());
  EXPECT_NE(rows_of(plan, result, "silver.residue")[0].find(
                R"({"/customer/id":null,"/customer/name":"A","/customer/address/city":"B"})"),
            std::string::npos);
}

TEST(Refine, LimitsQuarantineWithTheFirstBytes) {
  plan::Plan plan = order_plan();
  plan.limits.record_size_max = 100'000;
  plan.limits.object_keys_max = 10;
  plan.limits.depth_max = 8;
  std::string keys = R"({"no":"1","at":"2024-01-02","x":{"0":0)";
  for (int i = 1; i < 11; ++i) keys += ",\"" + std::to_string(i) + "\":0";
  const RefineResult result = refine_all(
      plan,
      {R"({"no":"1","at":"2024-01-02","x":")" + std::string(100'000, 'y') + "\"}", keys + "}}",
       R"({"no":"1","at":"2024-01-02","x":)" + std::string(8, '[') + std::string(8, ']') + "}",
       R"({"no":"1","at":"2024-01-02","x":)" + std::string(7, '[') + std::string(7, ']') + "}",
       std::string(99'000, '['), R"({"no":"2","at":"2024-01-02"})"});
  EXPECT_EQ(codes_of(plan, result), (std::vector<int>{2004, 2007, 2003, 0, 2003, 0}));
  const auto rows = rows_of(plan, result, "bronze.quarantine");
  EXPECT_NE(rows[0].find("payload_length=100035 "), std::string::npos);
}

TEST(Refine, RepeatedOuterTextsAreBounded) {
  const plan::Plan plan = order_plan();
  std::string bomb = R"({"no":")" + std::string(50'000, 'n') + R"(","at":"2024-01-02","lines":[{})";
  for (int i = 0; i < 10'000; ++i) bomb += ",{}";
  EXPECT_EQ(codes_of(plan, refine_all(plan, {bomb + "]}"})), std::vector<int>{2004});
}

/// Its block is mapped again without the bad neighbour, and its texts still count once.
TEST(Refine, ABadNeighbourDoesNotMakeABombOfARecord) {
  const plan::Plan plan = order_plan();
  std::string large =
      R"({"no":")" + std::string(50'000, 'n') + R"(","at":"2024-01-02","lines":[{})";
  for (int i = 0; i < 40; ++i) large += ",{}";
  EXPECT_EQ(codes_of(plan, refine_all(plan, {large + "]}", R"({"no":"2","at":"never"})"})),
            (std::vector<int>{0, 2105}));
}

}  // namespace
}  // namespace assay::refine
