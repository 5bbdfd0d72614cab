#include "plan/plan.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "base/hash.h"
#include "plan/standard_tables.h"

namespace assay::plan {
namespace {

using nlohmann::json;

path::JsonPath path_of(std::string_view text) { return *path::parse_json_path(text); }

/// One root entity with a master and a normalisation that sets every member.
Plan small_plan() {
  Plan plan;
  plan.tenant = "acme";
  plan.tables = {
      {"silver.invoice",
       {{.id = 1, .name = "tenant_id", .role = column::Role::provenance},
        {.id = 16, .name = "invoice_no", .required = true, .doc = "number"},
        {.id = 17, .name = "customer_id", .type = {column::Type::int64}},
        {.id = 18, .name = "customer_content_hash", .type = {column::Type::binary}},
        {.id = 19, .name = "total", .type = {column::Type::decimal, 18, 3}}},
       {{"tenant_id", column::Transform::identity}}},
      {"silver.customer_content",
       {{.id = 16, .name = "customer_id", .type = {column::Type::int64}}},
       {}},
      {"silver.customer_history",
       {{.id = 9, .name = "content_hash", .type = {column::Type::binary}}},
       {}},
  };
  FieldRule total{.column = 4, .path = path_of("$['total amount']"), .required = true};
  total.normalisation = {.time_format = TimeFormat::epoch_millis,
                         .offset_minutes = -90,
                         .scale10 = -2,
                         .trim = true,
                         .text_case = TextCase::lower,
                         .null_if = {"", "n/a"},
                         .value_map = {{"z", "1"}, {"a", "2"}},
                         .on_error = OnError::null};
  MasterRule customer{.role = "customer", .entity = "customer", .content_table = 1};
  customer.fields = {{.column = 0, .path = path_of("$.customer.id"), .is_key = true}};
  customer.reference_keys = {2};
  customer.reference_hash = 3;
  EntityRule invoice{.entity = "invoice", .table = 0, .rows = path_of("$"), .root = true};
  invoice.fields = {
      {.column = 1, .path = path_of("$.no"), .is_key = true},
      total,
      {.column = 2, .source = FieldRule::Source::constant, .constant = "9007199254740993"}};
  invoice.masters = {customer};
  plan.versions = {{.application = "shop",
                    .version = "v1",
                    .match = {{path_of("$.schemaVersion"), {"2", "2.1"}}, {path_of("$.no"), {}}},
                    .envelope_version = path_of("$.schemaVersion"),
                    .entities = {invoice}}};
  OperatorRule history{.kind = OperatorRule::Kind::history,
                       .name = "history silver.customer_history"};
  history.layer = "silver";
  history.input = 0;
  history.output = 2;
  history.key_columns = {2};
  history.hash_column = 3;
  history.hubs = {{"customer", {2}}};
  history.copies = {{0, 3}};
  history.measures = {{.output_column = 0, .factors = {4, 4}}};
  plan.operators = {history};
  plan.dedupe = {{"invoice", Dedupe::key_content}};
  return plan;
}

bool same(const Plan& a, const Plan& b) {
  return a.format_version == b.format_version && a.tenant == b.tenant &&
         a.limits.record_size_max == b.limits.record_size_max &&
         a.limits.depth_max == b.limits.depth_max &&
         a.limits.object_keys_max == b.limits.object_keys_max && a.tables == b.tables &&
         a.quarantine_table == b.quarantine_table && a.residue_table == b.residue_table &&
         a.versions == b.versions && a.operators == b.operators && a.dedupe == b.dedupe;
}

constexpr std::string_view kGolden =
    R"j({"dedupe":[["invoice","key_content"]],"format_version":1,"limits":{"depth_max":"256")j"
    R"j(,"object_keys_max":"65536","record_size_max":"16777216"},"operators":[{"contents":-1)j"
    R"j(,"copies":[[0,3]],"dependent_child":[],"entity":"","hash_column":3,"hubs":[["custome)j"
    R"j(r",[2]]],"input":0,"keep_equal_neighbours":false,"key_columns":[2],"kind":"history",)j"
    R"j("layer":"silver","measures":[{"factors":[4,4],"output_column":0}],"name":"history si)j"
    R"j(lver.customer_history","order_column":-1,"output":2,"priority":0}],"quarantine_table)j"
    R"j(":-1,"residue_table":-1,"tables":[{"fields":[{"doc":"","id":1,"name":"tenant_id","re)j"
    R"j(quired":false,"role":"provenance","type":"string"},{"doc":"number","id":16,"name":"i)j"
    R"j(nvoice_no","required":true,"role":"content","type":"string"},{"doc":"","id":17,"name)j"
    R"j(":"customer_id","required":false,"role":"content","type":"int64"},{"doc":"","id":18,)j"
    R"j("name":"customer_content_hash","required":false,"role":"content","type":"binary"},{")j"
    R"j(doc":"","id":19,"name":"total","required":false,"role":"content","type":"decimal(18,)j"
    R"j(3)"}],"name":"silver.invoice","partition":[{"source":"tenant_id","transform":"identi)j"
    R"j(ty"}]},{"fields":[{"doc":"","id":16,"name":"customer_id","required":false,"role":"co)j"
    R"j(ntent","type":"int64"}],"name":"silver.customer_content","partition":[]},{"fields":[)j"
    R"j({"doc":"","id":9,"name":"content_hash","required":false,"role":"content","type":"bin)j"
    R"j(ary"}],"name":"silver.customer_history","partition":[]}],"tenant":"acme","versions":)j"
    R"j([{"application":"shop","entities":[{"entity":"invoice","event_time_column":-1,"field)j"
    R"j(s":[{"column":1,"constant":"","is_key":true,"normalisation":{"null_if":[],"offset_mi)j"
    R"j(nutes":0,"on_error":"quarantine","scale10":0,"text_case":"keep","time_format":"iso86)j"
    R"j(01","trim":false,"value_map":[]},"path":"$.no","required":false,"source":"path"},{"c)j"
    R"j(olumn":4,"constant":"","is_key":false,"normalisation":{"null_if":["","n/a"],"offset_)j"
    R"j(minutes":-90,"on_error":"null","scale10":-2,"text_case":"lower","time_format":"epoch)j"
    R"j(_millis","trim":true,"value_map":[["z","1"],["a","2"]]},"path":"$['total amount']",")j"
    R"j(required":true,"source":"path"},{"column":2,"constant":"9007199254740993","is_key":f)j"
    R"j(alse,"normalisation":{"null_if":[],"offset_minutes":0,"on_error":"quarantine","scale)j"
    R"j(10":0,"text_case":"keep","time_format":"iso8601","trim":false,"value_map":[]},"path")j"
    R"j(:"$","required":false,"source":"constant"}],"masters":[{"content_table":1,"entity":")j"
    R"j(customer","fields":[{"column":0,"constant":"","is_key":true,"normalisation":{"null_i)j"
    R"j(f":[],"offset_minutes":0,"on_error":"quarantine","scale10":0,"text_case":"keep","tim)j"
    R"j(e_format":"iso8601","trim":false,"value_map":[]},"path":"$.customer.id","required":f)j"
    R"j(alse,"source":"path"}],"order_column":-1,"order_field":-1,"reference_hash":3,"reference_keys":[2],"ro)j"
    R"j(le":"customer"}],"root":true,"rows":"$","table":0}],"envelope_version":"$.schemaVers)j"
    R"j(ion","match":[{"equals":["2","2.1"],"path":"$.schemaVersion"},{"equals":[],"path":"$)j"
    R"j(.no"}],"version":"v1"}]})j";

TEST(PlanDocument, IsTheGoldenText) {
  EXPECT_EQ(to_json(small_plan()), kGolden);
  const auto plan = from_json(kGolden);
  ASSERT_TRUE(plan) << plan.error().to_text();
  EXPECT_TRUE(same(*plan, small_plan()));
  EXPECT_EQ(plan_id(small_plan()), xxh3_128(kGolden).to_hex());
}

TEST(PlanDocument, TakesWhatIsNotCanonicalAndWritesItCanonically) {
  const auto plan = from_json(json::parse(kGolden).dump(2));
  ASSERT_TRUE(plan);
  EXPECT_EQ(to_json(*plan), kGolden);
}

struct Damage {
  const char* pointer;        ///< what is replaced
  std::optional<json> value;  ///< nullopt: it is taken away
  const char* message;
};

const Damage kTableDamages[] = {
    {"/format_version", json(2),
     "expected 1, the version that this build reads at \"/format_version\""},
    {"/format_version", {}, "expected the key \"format_version\" at \"\""},
    {"/tenant", {}, "expected the key \"tenant\" at \"\""},
    {"/extra", json(1), "expected no such key at \"/extra\""},
    {"/tables/0/fields/1/a~1b", json(1), "expected no such key at \"/tables/0/fields/1/a~1b\""},
    {"/tables", json(7), "expected an array at \"/tables\""},
    {"/tables/1", json("x"), "expected an object at \"/tables/1\""},
    {"/tables/0/fields/1/id", json("16"),
     "expected an integer of 32 bits at \"/tables/0/fields/1/id\""},
    {"/tables/0/fields/1/id", json(4294967312),
     "expected an integer of 32 bits at \"/tables/0/fields/1/id\""},
    {"/tables/0/fields/1/id", json(1.5),
     "expected an integer of 32 bits at \"/tables/0/fields/1/id\""},
    {"/tables/0/fields/1/id", json(1),
     "expected a positive id that the table has once at \"/tables/0/fields/1/id\""},
    {"/tables/0/fields/1/name", json("total"),
     "expected a name that the table has once at \"/tables/0/fields/4/name\""},
    {"/tables/0/fields/4/type", json("decimal(99,1)"),
     "expected a data type at \"/tables/0/fields/4/type\""},
    {"/tables/0/name", json("invoice"), "expected \"namespace.table\" at \"/tables/0/name\""},
    {"/tables/1/name", json("silver.invoice"),
     "expected a name that the plan has once at \"/tables/1/name\""},
    {"/tables/0/partition/0/source", json("x"),
     "expected the name of a field at \"/tables/0/partition/0/source\""},
    {"/tables/0/partition/0/transform", json("hour"),
     "expected one of identity, day, month at \"/tables/0/partition/0/transform\""},
    {"/limits/depth_max", json(256),
     "expected an unsigned number of 64 bits as a string at \"/limits/depth_max\""},
    {"/limits/depth_max", json("0256"),
     "expected an unsigned number of 64 bits as a string at \"/limits/depth_max\""},
    {"/limits/depth_max", json("-1"),
     "expected an unsigned number of 64 bits as a string at \"/limits/depth_max\""},
    {"/quarantine_table", json(3),
     "expected the index of a table (there are 3) at \"/quarantine_table\""},
};

const Damage kRuleDamages[] = {
    {"/versions/0/entities", json::array(),
     "expected at least one entity at \"/versions/0/entities\""},
    {"/versions/0/entities/0/root", json(1),
     "expected true or false at \"/versions/0/entities/0/root\""},
    {"/versions/0/entities/0/root", json(false),
     "expected the record's own entity first, and only there at \"/versions/0/entities/0/root\""},
    {"/versions/0/entities/0/rows", json("$.a"),
     "expected \"$\" for the record's own entity at \"/versions/0/entities/0/rows\""},
    {"/versions/0/entities/0/fields/0/path", json("no"),
     "expected a JSONPath (expected \"$\" (the payload) or \"@\" (the row) at byte 0) at "
     "\"/versions/0/entities/0/fields/0/path\""},
    {"/versions/0/entities/0/fields/0/path", json("@.no"),
     "expected a path that starts with \"$\" at \"/versions/0/entities/0/fields/0/path\""},
    {"/versions/0/entities/0/fields/0/column", json(5),
     "expected the index of a column (there are 5) at "
     "\"/versions/0/entities/0/fields/0/column\""},
    {"/versions/0/entities/0/fields/1/normalisation/value_map/1", json::array({"a"}),
     "expected an array of two at \"/versions/0/entities/0/fields/1/normalisation/value_map/1\""},
    {"/versions/0/entities/0/masters/0/fields/0/column", json(1),
     "expected the index of a column (there are 1) at "
     "\"/versions/0/entities/0/masters/0/fields/0/column\""},
    {"/versions/0/match/0/path", json("$.a[*]"),
     "expected a path to one leaf at \"/versions/0/match/0/path\""},
    {"/operators/0/kind", json("sat"),
     "expected one of content, history, hub, link, satellite, feature, dedupe at "
     "\"/operators/0/kind\""},
    {"/operators/0/input", json(-1),
     "expected the index of a table (there are 3) at \"/operators/0/input\""},
    {"/operators/0/key_columns/0", json(9),
     "expected the index of a column (there are 5) at \"/operators/0/key_columns/0\""},
    {"/operators/0/copies/0/0", json(1),
     "expected the index of a column (there are 1) at \"/operators/0/copies/0/0\""},
    {"/operators/0/hubs/0/1/0", json(5),
     "expected the index of a column (there are 5) at \"/operators/0/hubs/0/1/0\""},
    {"/operators/0/measures/0/factors/1", json(5),
     "expected the index of a column (there are 5) at \"/operators/0/measures/0/factors/1\""},
};

void expect_spots(std::span<const Damage> cases) {
  for (const Damage& damage : cases) {
    json document = json::parse(kGolden);
    const json::json_pointer pointer(damage.pointer);
    if (damage.value) {
      document[pointer] = *damage.value;
    } else {
      document[pointer.parent_pointer()].erase(pointer.back());
    }
    const auto plan = from_json(document.dump());
    ASSERT_FALSE(plan) << damage.pointer;
    EXPECT_EQ(plan.error().code, Code::plan_invalid);
    EXPECT_EQ(plan.error().message, damage.message);
  }
}

TEST(PlanDocument, NamesTheSpotOfAMistake) {
  expect_spots(kTableDamages);
  expect_spots(kRuleDamages);
}

TEST(PlanDocument, RefusesWhatIsNoJson) {
  for (const char* text : {"", "{", "[]", "null", "{\"format_version\":1}}", "\xff", "[5e99999]"}) {
    const auto plan = from_json(text);
    ASSERT_FALSE(plan) << text;
    EXPECT_EQ(plan.error().code, Code::plan_invalid);
  }
  EXPECT_EQ(from_json("{\"a\":").error().message, "the plan is not JSON: mistake at byte 6");
}

TEST(PlanDocument, TruncationIsNeverTaken) {
  for (std::size_t size = 0; size < kGolden.size(); size += 7) {
    EXPECT_FALSE(from_json(kGolden.substr(0, size))) << size;
  }
}

rc::Gen<std::string> text() {
  return rc::gen::container<std::string>(
      rc::gen::element('a', 'b', '_', ' ', '"', '\\', '\n', '\0', '~', '/', 'Z'));
}

FieldRule any_rule(const column::TableSchema& table) {
  FieldRule rule;
  rule.column = *rc::gen::inRange(0, static_cast<int>(table.fields.size()));
  rule.source = static_cast<FieldRule::Source>(*rc::gen::inRange(0, 3));
  if (*rc::gen::arbitrary<bool>()) rule.path.steps.push_back({path::Step::Kind::name, *text(), 0});
  rule.constant = *text();
  rule.required = *rc::gen::arbitrary<bool>();
  rule.is_key = *rc::gen::arbitrary<bool>();
  rule.normalisation.time_format = static_cast<TimeFormat>(*rc::gen::inRange(0, 4));
  rule.normalisation.scale10 = *rc::gen::arbitrary<int>();
  rule.normalisation.null_if = *rc::gen::container<std::vector<std::string>>(text());
  rule.normalisation.value_map =
      *rc::gen::container<std::vector<std::pair<std::string, std::string>>>(
          rc::gen::pair(text(), text()));
  return rule;
}

column::TableSchema any_table(int number) {
  column::TableSchema table{fmt::format("silver.t{}", number), {}, {}};
  const int count = *rc::gen::inRange(1, 6);
  for (int i = 0; i < count; ++i) {
    column::Field field{.id = i + 1 + *rc::gen::inRange(0, 2) * 100, .name = fmt::format("f{}", i)};
    field.type.type = static_cast<column::Type>(*rc::gen::inRange(0, 9));
    if (field.type.type == column::Type::decimal) {
      field.type.precision = *rc::gen::inRange(1, 39);
      field.type.scale = *rc::gen::inRange(0, field.type.precision + 1);
    }
    field.required = *rc::gen::arbitrary<bool>();
    field.role = static_cast<column::Role>(*rc::gen::inRange(0, 2));
    field.doc = *text();
    table.fields.push_back(field);
  }
  if (*rc::gen::arbitrary<bool>()) table.partition.push_back({"f0", column::Transform::month});
  return table;
}

RC_GTEST_PROP(PlanDocument, GoesThereAndBack, ()) {
  Plan plan;
  plan.tenant = *text();
  plan.limits.record_size_max = *rc::gen::arbitrary<std::size_t>();
  const int tables = *rc::gen::inRange(1, 4);
  for (int i = 0; i < tables; ++i) plan.tables.push_back(any_table(i));
  plan.residue_table = *rc::gen::inRange(-1, tables);
  const int versions = *rc::gen::inRange(0, 3);
  for (int i = 0; i < versions; ++i) {
    EntityRule entity{.entity = *text(), .table = *rc::gen::inRange(0, tables), .root = true};
    const auto& table = plan.tables[static_cast<std::size_t>(entity.table)];
    const int rules = *rc::gen::inRange(0, 4);
    for (int rule = 0; rule < rules; ++rule) entity.fields.push_back(any_rule(table));
    plan.versions.push_back({.application = *text(), .version = *text(), .entities = {entity}});
  }
  OperatorRule rule{.kind = static_cast<OperatorRule::Kind>(*rc::gen::inRange(0, 7)),
                    .name = *text()};
  rule.priority = *rc::gen::arbitrary<int>();
  rule.hubs = {{*text(), {0}}};
  plan.operators.push_back(rule);
  plan.dedupe = {{*text(), Dedupe::coordinates}};

  const std::string document = to_json(plan);
  const auto read = from_json(document);
  RC_ASSERT(read.has_value());
  RC_ASSERT(same(*read, plan));
  RC_ASSERT(to_json(*read) == document);
}

TEST(OperatorId, NamesTheStateAndNotTheRows) {
  const Plan plan = small_plan();
  const OperatorRule& rule = plan.operators[0];
  const std::string id = operator_id(plan, rule);
  EXPECT_EQ(id.size(), 32U);
  OperatorRule other_role = rule;
  other_role.key_columns = {1};
  other_role.hash_column = 0;
  other_role.copies = {};
  EXPECT_EQ(operator_id(plan, other_role), id);
  OperatorRule other_table = rule;
  other_table.output = 1;
  EXPECT_NE(operator_id(plan, other_table), id);
  OperatorRule other_kind = rule;
  other_kind.kind = OperatorRule::Kind::satellite;
  EXPECT_NE(operator_id(plan, other_kind), id);

  Plan reordered = plan;
  std::swap(reordered.tables[1], reordered.tables[2]);
  OperatorRule moved = rule;
  moved.output = 1;
  EXPECT_EQ(operator_id(reordered, moved), id);
}

TEST(Plan, FindsTables) {
  EXPECT_EQ(small_plan().table_index("silver.customer_content"), 1);
  EXPECT_EQ(small_plan().table_index("silver.customer"), -1);
}

/// "name:id:type:role" of each field; these ids stand in files and must never change.
std::string summary(const column::TableSchema& table) {
  std::string text = table.name;
  for (const column::Field& field : table.fields) {
    text += fmt::format("\n{} {}{} {}{}", field.id, field.name, field.required ? "!" : "",
                        column::to_string(field.type),
                        field.role == column::Role::content ? " content" : "");
  }
  for (const auto& part : table.partition) {
    text += fmt::format("\nby {} {}", column::to_string(part.transform), part.source);
  }
  return text;
}

TEST(StandardTables, KeepTheirIds) {
  EXPECT_EQ(summary(bronze_record()), R"(bronze.record
1 tenant_id! string
16 application! string
17 source! string
18 source_id! string
19 source_generation! int64
20 partition! int32
21 offset! int64
2 record_id! binary
22 headers string
23 payload! binary content
24 payload_hash! binary content
25 declared_version string
5 ingest_time! timestamp
3 manifest_id! string
26 key_id string
by identity tenant_id
by day ingest_time)");
  EXPECT_EQ(summary(bronze_quarantine()), R"(bronze.quarantine
1 tenant_id! string
16 application! string
17 source! string
18 source_id! string
19 source_generation! int64
20 partition! int32
21 offset! int64
2 record_id! binary
22 code! int32 content
23 reason! string
4 pointer! string content
24 schema_version string
25 payload! binary content
26 payload_length! int64 content
27 payload_sha256! binary content
28 paths string
29 fingerprint binary
5 ingest_time! timestamp
3 manifest_id! string
by identity tenant_id
by day ingest_time)");
  EXPECT_EQ(summary(silver_residue()), R"(silver.residue
1 tenant_id! string
2 record_id! binary
16 application! string
17 leaves! string content
18 leaf_count! int64 content
15 event_time timestamp
5 ingest_time! timestamp
6 knowledge_time! timestamp
3 manifest_id! string
7 row_hash! binary
by identity tenant_id
by day event_time)");
}

}  // namespace
}  // namespace assay::plan
