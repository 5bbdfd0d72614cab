// What is suggested for records that no version takes.

#include "registry/draft.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "io/file_system.h"
#include "model/load.h"
#include "registry/document_facts.h"
#include "registry/path_matching.h"

namespace assay::registry {
namespace {

constexpr std::string_view kEntities = R"yaml(
entity: customer
kind: master
key: [customer_id]
fields: {customer_id: {type: string}, city: {type: string}}
---
entity: order
kind: event
key: [order_no]
event_time: ordered_at
fields:
  {order_no: {type: string}, ordered_at: {type: timestamp}, amount: {type: "decimal(18,2)"},
   note: {type: string}, colour: {type: string}}
masters: {customer: {entity: customer}}
---
entity: order_line
kind: event
parent: order
fields: {sku: {type: string}, pieces: {type: int64}}
)yaml";
constexpr std::string_view kVersion = R"yaml(
match: [{path: $.version, equals: ["1"]}]
mappings:
  order:
    fields: {order_no: $.no, ordered_at: $.at, amount: $.amount, note: {path: $.note, trim: true}}
    masters: {customer: {fields: {customer_id: $.customer.id, city: $.customer.city}}}
  order_line: {rows: "$.lines[*]", fields: {sku: "@.sku", pieces: "@.pieces"}}
)yaml";

/// The workspace with some version files of tenant acme's shop, all of them without problems.
model::Workspace workspace_of(const std::map<std::string, std::string>& versions) {
  const auto files = io::memory_file_system();
  EXPECT_TRUE(files->create("/w/assay.yaml", "name: w\n"));
  EXPECT_TRUE(files->create("/w/entities/all.yaml", std::string(kEntities)));
  for (const auto& [name, text] : versions)
    EXPECT_TRUE(files->create("/w/tenants/acme/shop/" + name + ".yaml", text));
  auto loaded = model::load_from(*files, "/w");
  EXPECT_TRUE(loaded);
  for (const model::Problem& problem : loaded->problems) ADD_FAILURE() << problem.to_text();
  return std::move(loaded->workspace);
}

std::string known_order(int number) {
  return fmt::format(
      R"({{"version":"1","no":"n{0}","at":"2024-01-0{1}T00:00:00Z","amount":"{0}.50","note":"note {2}",)"
      R"("customer":{{"id":"c{2}","city":"city {2}"}},"lines":[{{"sku":"s{2}","pieces":{1}}}]}})",
      number, 1 + number % 9, number % 3);
}

/// Takes records that all have one path set, given by one of them.
std::vector<Draft> drafts_of(const model::Workspace& workspace,
                             const std::vector<std::string>& records, const std::string& paths) {
  DraftFinder finder(workspace, "acme");
  finder.add_shape({"shop", "f1", paths, static_cast<std::int64_t>(records.size()),
                    "2026-01-01T00:00:00Z", "2026-01-02T00:00:00Z"});
  for (const std::string& record : records) finder.add_sample("f1", "shop", record, Notation::json);
  for (int i = 0; i < 20; ++i) finder.add_known("shop", known_order(i), Notation::json);
  return finder.finish();
}

const DraftField& field_of(const std::vector<DraftField>& fields, std::string_view name) {
  static const DraftField kNone;
  for (const DraftField& field : fields) {
    if (field.name == name) return field;
  }
  ADD_FAILURE() << "no field " << name;
  return kNone;
}

TEST(Draft, CarriesTheNearestVersionOver) {
  const model::Workspace workspace = workspace_of({{"v1", std::string(kVersion)}});
  std::vector<std::string> records;
  for (int i = 0; i < 12; ++i) {
    records.push_back(fmt::format(
        R"({{"version":"2","no":"m{0}","at":"2025-01-0{1}T00:00:00Z","total":"{0}.50","remark":"note {2}",)"
        R"("buyer":{{"customer":{{"id":"c{2}","city":"city {2}"}}}},"colour":"red",)"
        R"("courier":{{"courierId":"k{2}","courierName":"Courier {2}"}},)"
        R"("positions":[{{"sku":"s{2}","pieces":{1},"gift":true}}]}})",
        i, 1 + i % 9, i % 3));
  }
  const auto drafts = drafts_of(workspace, records, "$.no string\n$.total string\n");
  ASSERT_EQ(drafts.size(), 1U);
  const Draft& draft = drafts[0];
  EXPECT_EQ(draft.nearest, "acme/shop/v1");
  EXPECT_EQ(draft.name, "v2");
  EXPECT_EQ(draft.records, 12);
  EXPECT_FALSE(draft.is_sampled);
  EXPECT_THAT(draft.said, testing::ElementsAre(testing::Pair("$.version", "2")));
  ASSERT_FALSE(draft.match.empty());
  EXPECT_EQ(draft.match[0].first, "$.version");
  EXPECT_THAT(draft.match[0].second, testing::ElementsAre("2"));
  ASSERT_EQ(draft.mappings.size(), 2U);
  const DraftMapping& order = draft.mappings[0];
  EXPECT_EQ(field_of(order.fields, "order_no").path, "$.no");
  EXPECT_EQ(field_of(order.fields, "order_no").score, 1);
  EXPECT_EQ(field_of(order.fields, "amount").path, "$.total") << draft.yaml;
  EXPECT_EQ(field_of(order.fields, "note").path, "$.remark") << draft.yaml;
  EXPECT_EQ(field_of(order.fields, "note").settings, ", trim: true");
  EXPECT_EQ(field_of(order.fields, "colour").path, "$.colour") << "no version filled it before";
  ASSERT_EQ(order.roles.size(), 1U);
  EXPECT_EQ(field_of(order.roles[0].fields, "customer_id").path, "$.buyer.customer.id");
  EXPECT_EQ(field_of(order.roles[0].fields, "city").path, "$.buyer.customer.city");
  EXPECT_EQ(draft.mappings[1].rows, "$.positions[*]");
  EXPECT_EQ(field_of(draft.mappings[1].fields, "pieces").path, "@.pieces");
  ASSERT_EQ(draft.mappings[1].unmapped.size(), 1U);
  EXPECT_EQ(draft.mappings[1].unmapped[0].path, "@.gift");
  EXPECT_THAT(draft.adds, testing::Contains("$.colour"));
  EXPECT_THAT(draft.lacks, testing::Contains("$.amount"));
  ASSERT_EQ(draft.masters.size(), 1U) << draft.yaml;
  EXPECT_EQ(draft.masters[0].key.path, "$.courier.courierId");
  // What is written is a version that the workspace takes as it is.
  workspace_of({{"v1", std::string(kVersion)}, {draft.name, draft.yaml}});
}

TEST(Draft, PartsRecordsByWhatTellsVersionsApart) {
  const model::Workspace workspace = workspace_of({{"v1", std::string(kVersion)}});
  std::vector<std::string> records;
  for (int i = 0; i < 10; ++i) {
    std::string record = known_order(i);
    record.replace(record.find("\"1\""), 3, i < 7 ? "\"2\"" : "\"3.1\"");
    records.push_back(record);
  }
  const auto drafts = drafts_of(workspace, records, "$.no string\n$.version string\n");
  ASSERT_EQ(drafts.size(), 2U);
  EXPECT_EQ(drafts[0].records + drafts[1].records, 10);
  EXPECT_NE(drafts[0].id, drafts[1].id);
  std::vector<std::string> names;
  for (const Draft& draft : drafts) {
    names.push_back(draft.name);
    EXPECT_EQ(draft.score, 1) << draft.yaml;
    EXPECT_THAT(draft.adds, testing::IsEmpty());
    EXPECT_THAT(draft.lacks, testing::IsEmpty());
  }
  EXPECT_THAT(names, testing::UnorderedElementsAre("v2", "v3.1"));
}

TEST(Draft, FindsAConditionWhereNoValueTellsVersionsApart) {
  std::string version(kVersion);
  version.replace(version.find("{path: $.version, equals: [\"1\"]}"), 32, "{path: $.no}");
  const model::Workspace workspace = workspace_of({{"v1", version}});
  std::vector<std::string> records;
  for (int i = 0; i < 10; ++i) {
    std::string record = known_order(i);
    record.replace(record.find("\"no\""), 4, "\"number\"");
    records.push_back(record);
  }
  const auto drafts = drafts_of(workspace, records, "$.number string\n");
  ASSERT_EQ(drafts.size(), 1U);
  EXPECT_EQ(field_of(drafts[0].mappings[0].fields, "order_no").path, "$.number") << drafts[0].yaml;
  ASSERT_EQ(drafts[0].match.size(), 1U);
  EXPECT_EQ(drafts[0].match[0].first, "$.number");
  workspace_of({{"v1", version}, {drafts[0].name, drafts[0].yaml}});
}

TEST(Draft, ProposesFromTheRecordsAloneWhereNothingIsNear) {
  const model::Workspace workspace = workspace_of({{"v1", std::string(kVersion)}});
  std::vector<std::string> records;
  for (int i = 0; i < 10; ++i)
    records.push_back(fmt::format(R"({{"ticket":{},"opened":"2024-01-01T00:00:00Z","x":[]}})", i));
  const auto drafts = drafts_of(workspace, records, "$.ticket number\n");
  ASSERT_EQ(drafts.size(), 1U);
  EXPECT_EQ(drafts[0].nearest, "") << drafts[0].yaml;
  EXPECT_THAT(drafts[0].yaml, testing::HasSubstr("#   kind: event"));
  EXPECT_THAT(drafts[0].yaml, testing::HasSubstr("match:\n"));
}

TEST(Draft, KeepsExpressionsDefaultsAndVariants) {
  std::string version(kVersion);
  const std::string plain = "amount: $.amount, note: {path: $.note, trim: true}";
  version.replace(
      version.find(plain), plain.size(),
      "amount: {path: $.amount, on_error: variant}, note: {path: $.note, default: none}, "
      "colour: {expression: \"upper(shade)\", inputs: {shade: $.look.shade}}");
  const model::Workspace workspace = workspace_of({{"v1", version}});
  std::vector<std::string> records;
  for (int i = 0; i < 10; ++i) {
    std::string record = known_order(i);
    record.replace(record.find("\"1\""), 3, "\"2\"");
    record.insert(1, R"("style":{"shade":"red"},)");
    records.push_back(record);
  }
  const auto drafts = drafts_of(workspace, records, "$.number string\n");
  ASSERT_EQ(drafts.size(), 1U);
  const auto& fields = drafts[0].mappings[0].fields;
  ASSERT_EQ(fields.size(), 5U) << drafts[0].yaml;
  EXPECT_EQ(field_of(fields, "amount").settings, ", on_error: variant");
  EXPECT_EQ(field_of(fields, "note").settings, ", default: \"none\"");
  EXPECT_THAT(field_of(fields, "colour").settings, testing::HasSubstr("\"$.style.shade\""));
  workspace_of({{"v1", version}, {drafts[0].name, drafts[0].yaml}});
  const auto stored = model::from_json(model::to_json(workspace));
  ASSERT_TRUE(stored);
  EXPECT_EQ(drafts_of(*stored, records, "$.number string\n")[0].yaml, drafts[0].yaml);
}

TEST(Draft, FindsElementsOfXmlAgain) {
  const model::Workspace workspace = workspace_of({{"v1", R"yaml(
namespaces: {i: "urn:i"}
match: [{path: /i:inv/i:no}]
mappings:
  order: {fields: {order_no: /i:inv/i:no, ordered_at: /i:inv/i:at, amount: /i:inv/i:total}}
  order_line: {rows: /i:inv/i:line, fields: {sku: "i:sku"}}
)yaml"}});
  DraftFinder finder(workspace, "acme");
  finder.add_shape({"shop", "f1", "$.a string\n", 4, "2026-01-01", "2026-01-01"});
  for (int i = 0; i < 4; ++i) {
    const auto text = [](const char* name, const std::string& value) {
      return fmt::format(R"("{{urn:i}}{}":[{{"#text":"{}"}}])", name, value);
    };
    const std::string line = "{" + text("sku", "s1") + "}";
    const std::string lines = fmt::format(R"("{{urn:i}}line":[{0},{0}])", line);
    const std::string head =
        text("no", std::to_string(i)) + "," + text("at", "2024-01-01T00:00:00Z");
    finder.add_sample("f1", "shop",
                      fmt::format(R"({{"{{urn:i}}inv":[{{"{{urn:i}}head":[{{{}}}],{},{}}}]}})",
                                  head, text("total", "1.50"), lines),
                      Notation::xml);
  }
  const auto drafts = finder.finish();
  ASSERT_EQ(drafts.size(), 1U);
  ASSERT_EQ(drafts[0].mappings.size(), 2U) << drafts[0].yaml;
  const DraftField& key = field_of(drafts[0].mappings[0].fields, "order_no");
  EXPECT_EQ(key.path, "$['{urn:i}inv'][0]['{urn:i}head'][0]['{urn:i}no'][0]['#text']");
  EXPECT_EQ(field_of(drafts[0].mappings[0].fields, "amount").score, 1);
  EXPECT_EQ(drafts[0].mappings[1].rows, "$['{urn:i}inv'][0]['{urn:i}line'][*]");
  EXPECT_EQ(field_of(drafts[0].mappings[1].fields, "sku").score, 1);
  workspace_of({{"v2", drafts[0].yaml}});
}

TEST(Draft, KeepsItsIdWhileMoreRecordsCome) {
  const model::Workspace workspace = workspace_of({{"v1", std::string(kVersion)}});
  const auto drafts_with = [&](const std::vector<std::pair<std::string, std::string>>& shapes) {
    DraftFinder finder(workspace, "acme");
    for (const auto& [print, paths] : shapes)
      finder.add_shape({"shop", print, paths, 1, "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"});
    for (const auto& [print, paths] : shapes)
      finder.add_sample(print, "shop", R"({"version":"2","no":"1","at":"x"})", Notation::json);
    return finder.finish();
  };
  const auto before = drafts_with({{"f1", "$.a string\n$.b string\n"}});
  const auto after = drafts_with({{"f1", "$.a string\n$.b string\n"},
                                  {"f2", "$.a null\n$.b string\n$.c string\n"},
                                  {"f3", "$.x string\n$.y string\n"}});
  ASSERT_EQ(before.size(), 1U);
  ASSERT_EQ(after.size(), 2U) << "one more kind; an optional member is none";
  EXPECT_EQ(after[0].id, before[0].id);
  EXPECT_EQ(after[0].shapes, 2);
  EXPECT_EQ(after[0].records, 2);
}

TEST(PathMatching, NamesAreAlikeByTheirWords) {
  EXPECT_EQ(PathMatcher::name_likeness({"unit", "price"}, {"price", "unit"}), 1);
  EXPECT_EQ(PathMatcher::name_likeness({"lines"}, {"line"}), 1);
  EXPECT_DOUBLE_EQ(PathMatcher::name_likeness({"total", "amount"}, {"amount"}), 2.0 / 3);
  EXPECT_EQ(PathMatcher::name_likeness({"a"}, {"b"}), 0);
  EXPECT_EQ(PathMatcher::name_likeness({}, {}), 1);
  EXPECT_EQ(type_likeness({column::Type::timestamp}, {column::Type::boolean}), 0);
  EXPECT_GT(type_likeness({column::Type::int32}, {column::Type::decimal, 18, 2}), 0.8);
}

}  // namespace
}  // namespace assay::registry
