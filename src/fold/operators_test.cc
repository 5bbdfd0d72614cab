// Golden cases of each operator: what comes out for a few rows.

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "column/row_encoder.h"
#include "fold/shop_fixture_test.h"

namespace assay::fold::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Parts = std::map<std::string, std::int64_t>;

std::string key_encoding(std::int64_t customer) {
  column::RowEncoder encoder;
  encoder.integer(1, customer);
  return std::string(encoder.bytes());
}

/// The values of some columns of each row, joined by blanks.
std::vector<std::string> shown(const std::vector<Row>& rows,
                               const std::vector<std::string>& columns) {
  std::vector<std::string> result;
  for (const Row& row : rows) {
    std::string text;
    for (const std::string& column : columns) text += (text.empty() ? "" : " ") + row.at(column);
    result.push_back(text);
  }
  std::sort(result.begin(), result.end());
  return result;
}

std::string hex_of(const std::string& content) { return hash_of(content).to_hex(); }

TEST(Content, LetsEachContentThroughOnce) {
  Host host(shop_plan());
  const auto first = contents({{.content = "A", .country = "UK", .at = 7, .record = "x"},
                               {.content = "B", .country = std::nullopt},
                               {.content = "A", .country = "UK", .at = 5, .record = "z"}});
  const auto second = contents({{.content = "A", .country = "UK", .at = 5, .record = "y"}});
  const auto folded = host.fold("content", {{kContent, &first}, {kContent, &second}}, "m1");
  EXPECT_EQ(folded.equation.parts, (Parts{{"inserted", 2}, {"unchanged", 2}}));
  // Of several copies the least in (event time, record id) stays, and it carries this manifest.
  EXPECT_THAT(
      shown(folded.rows, {"country", "event_time", "record_id", "manifest_id", "tenant_id"}),
      ElementsAre("UK 5 79 m1 acme", "null 0 72 m1 acme"));

  const auto third = contents({{.content = "C"}, {.content = "B"}});
  const auto later = host.fold("content", {{kContent, &third}}, "m2");
  EXPECT_EQ(later.equation.parts, (Parts{{"inserted", 1}, {"unchanged", 1}}));
  EXPECT_THAT(shown(later.rows, {"content_hash", "manifest_id"}), ElementsAre(hex_of("C") + " m2"));
}

TEST(History, CollapsesRepetitionsAndKeepsEveryChange) {
  Host host(shop_plan());
  const auto first = invoices({{.at = 1, .content = "A", .known = 10},
                               {.at = 3, .content = "A", .known = 10},
                               {.at = 5, .content = "B", .known = 10},
                               {.at = 9, .customer = std::nullopt}});
  const auto folded = host.fold("history", {{kInvoice, &first}}, "m1");
  EXPECT_EQ(
      folded.equation.parts,
      (Parts{{"inserted", 2}, {"late", 0}, {"unchanged", 1}, {"no_key", 1}, {"no_order", 0}}));
  EXPECT_THAT(
      shown(folded.rows, {"customer_id", "valid_from", "content_hash", "source_priority",
                          "knowledge_time", "manifest_id", "tenant_id"}),
      ElementsAre("1 1 " + hex_of("A") + " 0 10 m1 acme", "1 5 " + hex_of("B") + " 0 10 m1 acme"));
}

TEST(History, ALateRowBringsTheRowThatMustFollowIt) {
  Host host(shop_plan());
  const auto first =
      invoices({{.at = 1, .content = "A", .known = 10}, {.at = 3, .content = "A", .known = 10}});
  host.fold("history", {{kInvoice, &first}}, "m1");
  const auto late = invoices({{.at = 2, .content = "B", .known = 20}});
  const auto folded = host.fold("history", {{kInvoice, &late}}, "m2");
  EXPECT_EQ(
      folded.equation.parts,
      (Parts{{"inserted", 0}, {"late", 1}, {"unchanged", 0}, {"no_key", 0}, {"no_order", 0}}));
  // What follows was known at 10, but that it is news is known since 20 only.
  EXPECT_THAT(shown(folded.rows, {"valid_from", "content_hash", "knowledge_time", "manifest_id"}),
              ElementsAre("2 " + hex_of("B") + " 20 m2", "3 " + hex_of("A") + " 20 m2"));

  const auto again = host.fold("history", {{kInvoice, &late}, {kInvoice, &first}}, "m3");
  EXPECT_EQ(again.equation.parts.at("unchanged"), 3);
  EXPECT_THAT(again.rows, IsEmpty());
  EXPECT_EQ(again.pages_written, 0U);
}

TEST(History, ARepetitionOfLessPriorityIsLateWhereItBringsTheOtherOut) {
  Host host(shop_plan());
  const auto first = invoices({{.at = 1, .content = "A"}});
  const auto second = invoices({{.at = 2, .content = "A"}});
  host.fold("history", {{kInvoice, &first}});
  EXPECT_EQ(host.fold("important history", {{kInvoice, &second}}).rows.size(), 0U);
  const auto folded = host.fold("history", {{kInvoice, &second}});
  EXPECT_EQ(folded.equation.parts.at("late"), 1);
  EXPECT_THAT(shown(folded.rows, {"valid_from", "source_priority"}), ElementsAre("2 1"));
}

TEST(History, RolesOfOneMasterShareTheirState) {
  Host host(shop_plan());
  const auto rows = invoices({{.at = 1, .content = "A"}});
  EXPECT_EQ(host.fold("history", {{kInvoice, &rows}}).equation.parts.at("inserted"), 1);
  const auto later = invoices({{.at = 2, .content = "A"}});
  const auto folded = host.fold("important history", {{kInvoice, &later}});
  EXPECT_EQ(folded.equation.parts.at("unchanged"), 1);
}

TEST(Hub, HoldsEachKeyOnce) {
  Host host(shop_plan());
  const auto first = invoices({{.customer = 7, .known = 12},
                               {.customer = 7, .known = 11},
                               {.customer = 8, .known = 13},
                               {.customer = std::nullopt}});
  const auto folded = host.fold("hub customer", {{kInvoice, &first}}, "m1");
  EXPECT_EQ(folded.equation.parts, (Parts{{"inserted", 2}, {"unchanged", 1}, {"no_key", 1}}));
  const std::string key7 = hub_key("customer", kTenant, key_encoding(7)).to_hex();
  const std::string key8 = hub_key("customer", kTenant, key_encoding(8)).to_hex();
  EXPECT_THAT(shown(folded.rows, {"customer_id", "hub_key", "record_source", "knowledge_time"}),
              ElementsAre("7 " + key7 + " acme/shop 11", "8 " + key8 + " acme/shop 13"));
  const auto second = invoices({{.customer = 8}, {.customer = 9}});
  EXPECT_THAT(shown(host.fold("hub customer", {{kInvoice, &second}}).rows, {"customer_id"}),
              ElementsAre("9"));
}

TEST(HubKey, IsWhatTheFormatPageSays) {
  column::RowEncoder row;
  row.string(1, "customer");
  row.string(2, "acme");
  row.binary(3, key_encoding(17850));
  EXPECT_EQ(hub_key("customer", "acme", key_encoding(17850)), row.hash());
  EXPECT_EQ(to_hex(row.bytes()), "010708637573746f6d657202070461636d650308050102f49602");
}

TEST(Link, JoinsTheHubsOfAUnitOfWork) {
  Host host(shop_plan());
  const auto rows = invoices({{.no = "A1", .customer = 7, .quantity = 3},
                              {.no = "A1", .customer = 7, .quantity = 3},
                              {.no = "A1", .customer = 7, .quantity = 4},
                              {.no = "A2", .customer = std::nullopt, .quantity = 1}});
  const auto folded = host.fold("link", {{kInvoice, &rows}});
  EXPECT_EQ(folded.equation.parts, (Parts{{"inserted", 3}, {"unchanged", 1}, {"no_key", 0}}));

  column::RowEncoder invoice;
  invoice.string(1, "A2");
  const Hash128 hub = hub_key("invoice", kTenant, invoice.bytes());
  const auto hub_bytes = hub.to_bytes();
  column::RowEncoder link;  // the customer is null, so id 3 is left out
  link.string(1, "link_invoice");
  link.binary(2, {reinterpret_cast<const char*>(hub_bytes.data()), 16});
  link.integer(4, 1);
  EXPECT_THAT(shown(folded.rows, {"quantity", "customer_hub_key", "invoice_hub_key", "link_key"}),
              ::testing::Contains("1 null " + hub.to_hex() + " " + link.hash().to_hex()));
}

TEST(Satellite, OfAMasterLooksItsFieldsUpByHash) {
  Host host(shop_plan());
  const auto run = [&](const std::vector<Invoice>& events, const std::vector<Content>& seen) {
    const auto event_batch = invoices(events);
    const auto content_batch = contents(seen);
    const auto history = host.fold("history", {{kInvoice, &event_batch}});
    return host.fold("sat customer",
                     {{kHistory, &history.batches.at(0)}, {kContent, &content_batch}});
  };
  const auto first =
      run({{.at = 1, .content = "A"}, {.at = 3, .content = "B"}},
          {{.content = "A", .country = "UK"}, {.content = "B", .country = std::nullopt}});
  EXPECT_EQ(first.equation.parts.at("inserted"), 2);
  const std::string key = hub_key("customer", kTenant, key_encoding(1)).to_hex();
  EXPECT_THAT(shown(first.rows, {"valid_from", "country", "content_hash", "hub_key"}),
              ElementsAre("1 UK " + hex_of("A") + " " + key, "3 null " + hex_of("B") + " " + key));
  // The content of this row came with the first manifest.
  const auto second = run({{.at = 4, .content = "A"}}, {});
  EXPECT_THAT(shown(second.rows, {"valid_from", "country"}), ElementsAre("4 UK"));
}

TEST(Satellite, OfAMasterRefusesAHistoryWithoutContents) {
  const plan::Plan plan = shop_plan();
  const auto op = *make_operator(plan, rule_of(plan, "sat customer"));
  column::BatchBuilder builder(plan.tables[kHistory]);
  builder.bytes(0, kTenant);
  builder.int64(1, 1);
  builder.hash(2, hash_of("A"));
  builder.int64(3, 1);
  builder.int32(4, 0);
  builder.int64(5, 1);
  builder.bytes(6, "m");
  const auto batch = builder.finish();
  const std::vector<Input> inputs = {{kHistory, &batch}};
  Pages have;
  const auto under_way = op->start(inputs).value();
  for (auto needed = *under_way->pages(have); !needed.empty(); needed = *under_way->pages(have)) {
    for (const PageKey& key : needed) have.set(key, std::nullopt);
  }
  const auto output = under_way->fold(
      have, {.tenant = kTenant, .application = "shop", .manifest_id = "m", .watermark = {}});
  ASSERT_FALSE(output);
  EXPECT_EQ(output.error().code, Code::internal);
}

TEST(Satellite, OfAnEventKeepsEveryDistinctRow) {
  Host host(shop_plan());
  const auto rows = invoices({{.no = "A", .at = 5, .price = 100},
                              {.no = "A", .at = 5, .price = 100},
                              {.no = "A", .at = 6, .price = 100},
                              {.no = "B", .at = 1, .price = std::nullopt}});
  const auto folded = host.fold("sat invoice", {{kInvoice, &rows}});
  EXPECT_EQ(
      folded.equation.parts,
      (Parts{{"inserted", 3}, {"late", 0}, {"unchanged", 1}, {"no_key", 0}, {"no_order", 0}}));
  EXPECT_THAT(shown(folded.rows, {"valid_from", "price"}), ElementsAre("1 null", "5 100", "6 100"));
  EXPECT_EQ(folded.pages_written, 2U);
  const auto late = invoices({{.no = "A", .at = 4, .price = 1}});
  EXPECT_EQ(host.fold("sat invoice", {{kInvoice, &late}}).equation.parts.at("late"), 1);
}

TEST(Feature, MultipliesExactlyAndNamesWhatDoesNotFit) {
  plan::Plan plan = shop_plan();
  plan.operators.back().measures[0].factors = {5, 5, 6};
  Host host(std::move(plan));
  const std::int64_t large = std::numeric_limits<std::int64_t>::max();
  const auto rows = invoices({{.no = "1", .at = 4, .quantity = 3, .price = 255, .known = 9},
                              {.no = "2", .at = 3, .quantity = -2, .price = 101},
                              {.no = "3", .at = 2, .quantity = std::nullopt, .price = 100},
                              {.no = "4", .at = 1, .quantity = large, .price = large},
                              {.no = "5", .at = 5, .customer = std::nullopt}});
  const auto folded = host.fold("feature", {{kInvoice, &rows}}, "m1");
  EXPECT_EQ(folded.equation.parts,
            (Parts{{"inserted", 3}, {"overflow", 1}, {"no_key", 1}, {"no_order", 0}}));
  std::vector<std::string> order;
  for (const Row& row : folded.rows)
    order.push_back(row.at("event_time") + " " + row.at("revenue"));
  EXPECT_THAT(order, ElementsAre("1 null", "2 null", "3 404", "4 2295"));
  EXPECT_THAT(shown(folded.rows, {"customer_id", "invoices", "knowledge_time", "manifest_id"}),
              ::testing::Contains("1 1 9 m1"));
  EXPECT_EQ(folded.rows[3].at("record_id"), xxh3_128("record 1").to_hex());
  EXPECT_EQ(host.pages(), 0U);
}

TEST(RecordDedupe, KeepsTheFirstOfEqualRecords) {
  const RecordDedupe dedupe;
  const std::vector<RecordKey> records = {
      {hash_of("a"), hash_of("1")}, {hash_of("a"), hash_of("2")}, {hash_of("a"), hash_of("1")}};
  Pages have;
  const auto needed = dedupe.pages(records, have);
  EXPECT_EQ(needed.size(), 2U);
  for (const PageKey& key : needed) have.set(key, std::nullopt);
  EXPECT_THAT(dedupe.pages(records, have), IsEmpty());
  const auto first = dedupe.fold(records, have);
  EXPECT_THAT(first.keep, ElementsAre(true, true, false));
  EXPECT_EQ(first.duplicates, 1);
  for (std::size_t i = 0; i < first.writes.size(); ++i) {
    have.set(first.writes.key(i), first.writes.page(i));
  }
  const auto second = dedupe.fold(records, have);
  EXPECT_THAT(second.keep, ElementsAre(false, false, false));
  EXPECT_TRUE(second.writes.empty());
}

TEST(MakeOperator, RefusesRulesThatDoNotFit) {
  using Change = void (*)(plan::OperatorRule&);
  const std::vector<std::tuple<const char*, const char*, Change>> cases = {
      {"hub customer", "it names no key columns", [](auto& r) { r.key_columns = {}; }},
      {"hub customer", "nothing fills column \"customer_id\"", [](auto& r) { r.copies = {}; }},
      {"hub customer", "is filled with string", [](auto& r) { r.copies = {{2, 1}}; }},
      {"hub customer", "there are 11", [](auto& r) { r.key_columns = {11}; }},
      {"history", "it names no order column", [](auto& r) { r.order_column = -1; }},
      {"history", "has type int64 where timestamp is needed", [](auto& r) { r.order_column = 5; }},
      {"history", "it copies a column that is not of the key",
       [](auto& r) { r.copies = {{1, 5}}; }},
      {"content", "its input and output are not one table", [](auto& r) { r.output = kHistory; }},
      {"link", "it names no hubs", [](auto& r) { r.hubs = {}; }},
      {"sat invoice", "it collapses equal neighbours and has no content table",
       [](auto& r) { r.keep_equal_neighbours = false; }},
      {"feature", "where decimal(38,4) is needed", [](auto& r) { r.measures[0].factors = {6, 6}; }},
      {"feature", "factor \"invoice_no\" is no number",
       [](auto& r) { r.measures[0].factors = {1}; }},
      {"hub customer", "works on no rows",
       [](auto& r) { r.kind = plan::OperatorRule::Kind::dedupe; }},
  };
  const plan::Plan plan = shop_plan();
  for (const auto& [name, message, change] : cases) {
    plan::OperatorRule rule = rule_of(plan, name);
    change(rule);
    const auto made = make_operator(plan, rule);
    ASSERT_FALSE(made) << message;
    EXPECT_EQ(made.error().code, Code::plan_invalid);
    EXPECT_NE(made.error().message.find(message), std::string::npos) << made.error().message;
  }
}

}  // namespace
}  // namespace assay::fold::testing
