// What a change of a workspace does to what is applied.

#include <gmock/gmock.h>

#include "io/file_system.h"
#include "model/load.h"
#include "registry/breaking.h"
#include "registry/registry.h"

namespace assay::registry {

void PrintTo(const Change& change, std::ostream* out) {
  const char* kinds[] = {"added", "changed", "removed"};
  *out << kinds[static_cast<int>(change.kind)] << " " << change.what << ": " << change.detail;
  for (const std::string& reason : change.breaks) *out << "\n  breaks: " << reason;
}

namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::Field;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

constexpr std::string_view kEntities = R"yaml(
entity: customer
kind: master
key: [customer_id]
fields: {customer_id: {type: int32}, country: {type: string}, tier: {type: string}}
---
entity: order
kind: event
key: [order_no]
event_time: at
fields:
  {order_no: {type: string}, at: {type: timestamp},
   total: {type: "decimal(10,2)"}, tax: {type: int64}}
masters: {customer: {entity: customer}, payer: {entity: customer}}
---
entity: order_line
kind: event
parent: order
fields: {quantity: {type: int32}}
)yaml";
constexpr std::string_view kVersion = R"yaml(
match: [{path: $.no}]
mappings:
  order:
    fields: {order_no: $.no, at: $.at, total: {path: $.total, scale10: -2}, tax: $.tax}
    masters: {customer: {fields: {customer_id: $.c.id, tier: $.c.tier}}}
  order_line: {rows: "$.lines[*]", fields: {quantity: "@.q"}}
)yaml";
constexpr std::string_view kMetrics = R"yaml(
metrics:
  - {metric: revenue, entity: order, agg: sum, expr: Total - tax}
  - {metric: lines, entity: order_line, agg: count, filter: "order_no <> 'tax'"}
segments:
  - {segment: premium, entity: order, filter: "customer_tier = 'payer_country'"}
)yaml";
constexpr std::string_view kFeatures = R"yaml(
feature_view: orders
entity: customer
role: customer
measures: {revenue: {source: order, factors: [total]}}
features: {spent: {value: revenue, window: 30d}}
)yaml";

struct Files {
  std::string entities{kEntities};
  std::string version{kVersion};
  std::string metrics{kMetrics};
  std::string features{kFeatures};
  std::string extension;  ///< of tenant acme; empty: none
};

/// Replaces the one place where `from` stands.
std::string edited(std::string_view text, std::string_view from, std::string_view to) {
  const std::size_t at = text.find(from);
  EXPECT_NE(at, std::string_view::npos) << from;
  return std::string(text.substr(0, at)) + std::string(to) +
         std::string(text.substr(at + from.size()));
}

model::Workspace workspace_of(const Files& texts) {
  const auto files = io::memory_file_system();
  EXPECT_TRUE(files->create("/w/assay.yaml", "name: w\n"));
  EXPECT_TRUE(files->create("/w/entities/all.yaml", texts.entities));
  EXPECT_TRUE(files->create("/w/tenants/acme/web/v1.yaml", texts.version));
  EXPECT_TRUE(files->create("/w/metrics/m.yaml", texts.metrics));
  EXPECT_TRUE(files->create("/w/features/f.yaml", texts.features));
  if (!texts.extension.empty()) {
    EXPECT_TRUE(files->create("/w/tenants/acme/extensions.yaml", texts.extension));
  }
  auto loaded = model::load_from(*files, "/w");
  EXPECT_TRUE(loaded);
  for (const model::Problem& problem : loaded->problems) ADD_FAILURE() << problem.to_text();
  return std::move(loaded->workspace);
}

std::vector<Change> changes_to(const Files& next) {
  return difference(workspace_of({}), workspace_of(next));
}

auto change(Change::Kind kind, const char* what, const char* detail, auto breaks) {
  return AllOf(Field(&Change::kind, kind), Field(&Change::what, what),
               Field(&Change::detail, detail), Field(&Change::breaks, breaks));
}

TEST(Difference, OfTheSameIsNothing) { EXPECT_THAT(changes_to({}), IsEmpty()); }

TEST(Difference, FromNothingIsEverything) {
  const auto changes = difference({}, workspace_of({}));
  EXPECT_THAT(changes,
              testing::Contains(change(Change::Kind::added, "entity order", "event", IsEmpty())));
  EXPECT_THAT(changes, testing::Contains(change(Change::Kind::added, "schema version acme/web/v1",
                                                "", IsEmpty())));
  for (const Change& each : changes) EXPECT_THAT(each.breaks, IsEmpty());
}

TEST(Difference, WideningAndAddingAreSafe) {
  Files next;
  next.entities =
      edited(edited(kEntities, "decimal(10,2)", "decimal(18,2)"), "country: {type: string}",
             "country: {type: string, unit: code}, city: {type: string}");
  EXPECT_THAT(changes_to(next),
              UnorderedElementsAre(
                  change(Change::Kind::changed, "entity customer, field country",
                         "unit set to code", IsEmpty()),
                  change(Change::Kind::added, "entity customer, field city", "string", IsEmpty()),
                  change(Change::Kind::changed, "entity order, field total",
                         "type decimal(10,2) -> decimal(18,2)", IsEmpty())));
}

TEST(Difference, NarrowingNamesWhatDependsOnIt) {
  Files next;
  next.entities = edited(kEntities, "decimal(10,2)", "decimal(10,3)");
  EXPECT_THAT(
      changes_to(next),
      ElementsAre(change(
          Change::Kind::changed, "entity order, field total", "type decimal(10,2) -> decimal(10,3)",
          ElementsAre("stored columns of type decimal(10,2) cannot be read as decimal(10,3); add "
                      "\"retyped_from: decimal(10,2)\", or a field of another name",
                      "schema version acme/web/v1 fills it",
                      "measure \"revenue\" of feature view \"orders\" uses it",
                      "metric \"revenue\" reads it", "it stands in silver.order, mart.order"))));
}

TEST(Difference, RemovedFieldThatAMetricReads) {
  Files next;
  next.entities = edited(kEntities, ", tax: {type: int64}", "");
  next.version = edited(kVersion, ", tax: $.tax", "");
  EXPECT_THAT(changes_to(next),
              UnorderedElementsAre(
                  change(Change::Kind::removed, "entity order, field tax", "",
                         ElementsAre("metric \"revenue\" reads it",
                                     "it stands in silver.order, mart.order")),
                  change(Change::Kind::removed,
                         "schema version acme/web/v1, mapping order, field tax", "", IsEmpty())));
}

TEST(Difference, RemovedFieldOfAMasterThatASegmentReads) {
  Files next;
  next.entities = edited(kEntities, ", tier: {type: string}", "");
  next.version = edited(kVersion, ", tier: $.c.tier", "");
  EXPECT_THAT(changes_to(next),
              testing::Contains(change(Change::Kind::removed, "entity customer, field tier", "",
                                       ElementsAre("segment \"premium\" reads it",
                                                   "it stands in silver.customer_content, "
                                                   "mart.customer, mart.order as customer_tier, "
                                                   "mart.order as payer_tier"))));
}

TEST(Difference, ARenamedFieldIsTheSameColumn) {
  Files next;
  next.entities = edited(kEntities, "tax: {type: int64}", "vat: {type: int64, renamed_from: tax}");
  next.version = edited(kVersion, "tax: $.tax", "vat: $.tax");
  next.metrics = std::string(kMetrics);
  const auto changes = changes_to(next);
  EXPECT_THAT(changes, testing::Contains(change(Change::Kind::changed, "entity order, field tax",
                                                "name tax -> vat",
                                                ElementsAre("metric \"revenue\" reads it"))));
  const auto before = compile(workspace_of({}), {});
  const auto after = compile(workspace_of(next), before->new_field_ids);
  EXPECT_TRUE(after->new_field_ids.empty());
  EXPECT_EQ(after->renamed_fields.at("silver.order/vat"), "silver.order/tax");
  EXPECT_EQ(after->renamed_fields.at("mart.order/vat"), "mart.order/tax");
}

TEST(Difference, ADeclaredTypeGetsAColumnOfItsOwn) {
  Files next;
  next.entities =
      edited(kEntities, "tier: {type: string}", "tier: {type: int64, retyped_from: string}");
  const auto before = compile(workspace_of({}), {});
  const auto after = compile(workspace_of(next), before->new_field_ids);
  EXPECT_TRUE(after->new_field_ids.contains("silver.customer_content/tier:int64"));
  EXPECT_TRUE(after->new_field_ids.contains("mart.order/customer_tier:int64"));
  for (const Change& each : changes_to(next)) EXPECT_THAT(each.breaks, IsEmpty()) << each.what;
  // Later the declaration has to stay: it says which of the two columns is meant.
  const auto later = difference(workspace_of(next), workspace_of({}));
  EXPECT_THAT(later, testing::Contains(testing::Field(&Change::breaks, testing::Not(IsEmpty()))));
}

TEST(Difference, AnExtensionChangesAsAnEntityDoes) {
  const std::string mapped =
      edited(kVersion, "tax: $.tax}", "tax: $.tax}\n    extension: {code: $.code}");
  Files first;
  first.version = mapped;
  first.extension = "extends: order\nfields: {code: {type: string}, weight: {type: int32}}\n";
  EXPECT_THAT(
      changes_to(first),
      UnorderedElementsAre(change(Change::Kind::added, "extension order of acme", "", IsEmpty()),
                           change(Change::Kind::added,
                                  "schema version acme/web/v1, mapping order, extension field code",
                                  "$.code", IsEmpty())));
  Files next = first;
  next.extension =
      "extends: order\nfields: {code: {type: int64}, grams: {type: int64, renamed_from: weight}}\n";
  EXPECT_THAT(difference(workspace_of(first), workspace_of(next)),
              UnorderedElementsAre(
                  change(Change::Kind::changed, "extension order of acme, field code",
                         "type string -> int64",
                         ElementsAre("stored columns of type string cannot be read as int64; add "
                                     "\"retyped_from: string\", or a field of another name",
                                     "schema version acme/web/v1 fills it",
                                     "it stands in silver.order__acme")),
                  change(Change::Kind::changed, "extension order of acme, field weight",
                         "name weight -> grams", IsEmpty()),
                  change(Change::Kind::changed, "extension order of acme, field weight",
                         "renamed_from set to weight", IsEmpty()),
                  change(Change::Kind::changed, "extension order of acme, field weight",
                         "type int32 -> int64", IsEmpty())));
  const auto gone = difference(workspace_of(first), workspace_of({}));
  EXPECT_THAT(gone, testing::Contains(testing::AllOf(
                        change(Change::Kind::removed, "extension order of acme", "", IsEmpty()),
                        testing::Field(&Change::effects, testing::SizeIs(1)))));
}

TEST(Difference, RemovedRoleWhoseNameIsOnlyALiteral) {
  Files next;
  next.entities = edited(kEntities, ", payer: {entity: customer}", "");
  EXPECT_THAT(changes_to(next), ElementsAre(change(Change::Kind::removed,
                                                   "entity order, master payer", "", IsEmpty())));
}

TEST(Difference, NewKeyBreaks) {
  Files next;
  next.entities = edited(edited(kEntities, "key: [order_no]", "key: [order_no, at]"),
                         "event_time: at", "event_time: ingest");
  EXPECT_THAT(changes_to(next), ElementsAre(change(Change::Kind::changed, "entity order",
                                                   "event_time at -> ingest", testing::SizeIs(1)),
                                            change(Change::Kind::changed, "entity order",
                                                   "key [\"order_no\"] -> [\"order_no\",\"at\"]",
                                                   testing::SizeIs(1))));
}

TEST(Difference, OtherFactorsOfAMeasureBreak) {
  Files next;
  next.features = edited(edited(kFeatures, "[total]", "[total, tax]"), "30d", "60d");
  EXPECT_THAT(
      changes_to(next),
      UnorderedElementsAre(change(Change::Kind::changed, "feature view orders, measure revenue",
                                  "factors [\"total\"] -> [\"total\",\"tax\"]", testing::SizeIs(1)),
                           change(Change::Kind::changed, "feature view orders, feature spent",
                                  "window_micros 2592000000000 -> 5184000000000", IsEmpty())));
}

TEST(Difference, MappingsAndOrderAreTold) {
  Files next;
  next.version = edited(kVersion, "{path: $.total, scale10: -2}", "{path: $.sum, trim: true}");
  next.metrics = edited(
      kMetrics,
      "  - {metric: lines, entity: order_line, agg: count, filter: \"order_no <> 'tax'\"}\n", "");
  EXPECT_THAT(
      changes_to(next),
      UnorderedElementsAre(
          change(Change::Kind::removed, "metric lines", "", IsEmpty()),
          change(Change::Kind::changed, "schema version acme/web/v1, mapping order, field total",
                 "normalisation.scale10 -2 -> 0", IsEmpty()),
          change(Change::Kind::changed, "schema version acme/web/v1, mapping order, field total",
                 "normalisation.trim set to true", IsEmpty()),
          change(Change::Kind::changed, "schema version acme/web/v1, mapping order, field total",
                 "path $.total -> $.sum", IsEmpty())));
  next = {};
  next.entities = edited(kEntities, "country: {type: string}, tier: {type: string}",
                         "tier: {type: string}, country: {type: string}");
  EXPECT_THAT(changes_to(next), ElementsAre(change(Change::Kind::changed, "entity customer",
                                                   "order of the fields", IsEmpty())));
}

TEST(Breaking, WordsOfSql) {
  EXPECT_TRUE(mentions_column("sum(Total)*2", "total"));
  EXPECT_TRUE(mentions_column("\"total\" > 1", "total"));
  EXPECT_TRUE(mentions_column("'it''s' || total", "total"));
  EXPECT_FALSE(mentions_column("total_amount + subtotal", "total"));
  EXPECT_FALSE(mentions_column("x = 'total'", "total"));
  EXPECT_FALSE(mentions_column("x = 'a '' total'", "total"));
}

}  // namespace
}  // namespace assay::registry
