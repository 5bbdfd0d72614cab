// The grammar against JSONTestSuite and against simdjson's DOM.

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <simdjson.h>

#include <filesystem>
#include <iostream>

#include "base/error_table.h"
#include "refine/test_fixture_internal.h"

namespace assay::refine {
namespace {

/// Whether a code means that the payload is no JSON, not that our policy does not want it.
bool is_grammar(int code) {
  const auto named = static_cast<Code>(code);
  // What begins with "<" is taken for XML, and is none.
  return named == Code::json_syntax || named == Code::json_utf8 || named == Code::json_too_deep ||
         named == Code::xml_syntax;
}

/// Records may hold line ends: a slab's records are cut by offsets alone.
bool accepts(Refiner& refiner, const plan::Plan& plan, const std::string& payload) {
  const testing::OwnedSlab slab({payload});
  const auto result = refiner.refine(slab.slab());
  EXPECT_TRUE(result);
  return !is_grammar(testing::codes_of(plan, *result)[0]);
}

TEST(JsonSuite, AcceptsAndRefusesWhatItMust) {
  const std::string data = testing::data_folder();
  if (data.empty())
    GTEST_SKIP() << "NOT RUN: no test data; set ASSAY_DATA to the folder with suites/json-parsing";
  const plan::Plan plan = testing::order_plan();
  auto refiner = Refiner::open(std::make_shared<plan::Plan>(plan));
  ASSERT_TRUE(refiner);
  std::map<char, int> seen;
  for (const auto& entry :
       std::filesystem::recursive_directory_iterator(data + "/suites/json-parsing")) {
    const std::string name = entry.path().filename().string();
    if (entry.path().extension() != ".json" || name.size() < 2 || name[1] != '_') continue;
    const std::string payload = testing::read_file(entry.path().string());
    const bool accepted = accepts(*refiner, plan, payload);
    EXPECT_TRUE(accepted || name[0] != 'y') << name;
    EXPECT_TRUE(!accepted || name[0] != 'n') << name;
    ++seen[name[0]];
  }
  std::cout << fmt::format("y_ {}, n_ {}, i_ {}\n", seen['y'], seen['n'], seen['i']);
  EXPECT_EQ(seen['y'], 95);
  EXPECT_EQ(seen['n'], 188);
  EXPECT_EQ(seen['i'], 35);
}

/// What simdjson's DOM says; numbers beyond doubles and 64 bits are JSON to us and an error to it.
enum class Verdict { accepted, refused, number };
Verdict dom_verdict(const std::string& payload) {
  simdjson::dom::parser parser;
  simdjson::dom::element element;
  const auto error = parser.parse(payload).get(element);
  if (!error) return Verdict::accepted;
  return error == simdjson::NUMBER_ERROR ? Verdict::number : Verdict::refused;
}

TEST(JsonSuite, AgreesWithTheDomOnMutatedDocuments) {
  const plan::Plan plan = testing::order_plan();
  auto opened = Refiner::open(std::make_shared<plan::Plan>(plan));
  ASSERT_TRUE(opened);
  Refiner& refiner = *opened;
  // Of the second one the kernel remembers the way, so that its fast side is asked too.
  const std::vector<std::string> seeds = {
      R"({"no":"1","at":"2024-01-02T03:04:05Z","x":[1,-0.5e+3,true,false,null,{},[],"\u00e9\ud83d\ude00\n"],"y":{"z":"é"}})",
      R"({"no":"1","at":"2024-01-02T03:04:05Z","x":[[1,-2.5],["a\n",null]],"lines":[{"quantity":1},{"quantity": 22}]})"};
  const std::string alphabet = "{}[]:,\"\\ \n\t0123456789-+.eEtrufalsn\x01\x7f\x80\xc3\xff/u";
  EXPECT_TRUE(rc::check("one verdict", [&] {
    for (const std::string& seed : seeds) RC_ASSERT(accepts(refiner, plan, seed));
    std::string payload = seeds[*rc::gen::inRange<std::size_t>(0, seeds.size())];
    const auto edits = *rc::gen::inRange(1, 4);
    for (int i = 0; i < edits; ++i) {
      const auto at = *rc::gen::inRange<std::size_t>(0, payload.size());
      const char c = alphabet[*rc::gen::inRange<std::size_t>(0, alphabet.size())];
      const int kind = *rc::gen::inRange(0, 3);
      if (kind == 0) payload[at] = c;
      if (kind == 1) payload.insert(payload.begin() + static_cast<std::ptrdiff_t>(at), c);
      if (kind == 2) payload.erase(at, 1);
    }
    const Verdict verdict = dom_verdict(payload);
    if (verdict == Verdict::number) return;
    RC_ASSERT(accepts(refiner, plan, payload) == (verdict == Verdict::accepted));
  }));
}

TEST(JsonSuite, RecordsOfOneSlabDoNotFlowIntoEachOther) {
  const plan::Plan plan = testing::order_plan();
  // Each of these is cut short, and what follows would complete it.
  const std::vector<std::string> records = {
      R"({"no":"1","at":"2024-01-02")",  "}",         R"({"no":)", R"("2"})",
      R"({"no":"3","at":"2024-01-02",)", R"("x":1})", "[",         "]"};
  const auto codes = testing::codes_of(plan, testing::refine_all(plan, records));
  for (std::size_t i = 0; i < codes.size(); ++i)
    EXPECT_TRUE(is_grammar(codes[i]) || codes[i] == 2008) << records[i];
}

}  // namespace
}  // namespace assay::refine
