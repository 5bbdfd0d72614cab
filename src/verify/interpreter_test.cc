#include "verify/interpreter.h"

#include <gtest/gtest.h>

#include "verify/row_encoding.h"

namespace assay::verify {
namespace {

PlanColumn column(int id, std::string name, std::string_view type, bool content = true) {
  return {id, std::move(name), *parse_column_type(type), std::string(type), false, content};
}

PlanField field(int column, const char* path) {
  PlanField made;
  made.column = column;
  made.path = *parse_path(path);
  return made;
}

PlanField key(int column, const char* path) {
  PlanField made = field(column, path);
  made.is_key = true;
  return made;
}

constexpr int kOrder = 0, kLine = 1, kProduct = 2, kResidue = 3;

/// An order with lines; each line embeds a product.
PlanDocument shop() {
  PlanDocument plan;
  plan.tenant = "acme";
  plan.tables = {
      {"silver.order",
       {column(16, "order_no", "string"), column(17, "ordered", "timestamp"),
        column(18, "note", "string"), column(8, "null_fields", "binary"),
        column(7, "row_hash", "binary", false)}},
      {"silver.line",
       {column(16, "order_no", "string"), column(17, "item_index", "int64"),
        column(18, "quantity", "int64"), column(19, "product_sku", "string"),
        column(20, "product_content_hash", "binary")}},
      {"silver.product_content",
       {column(16, "sku", "string"), column(17, "title", "string"),
        column(8, "null_fields", "binary"), column(9, "content_hash", "binary", false)}},
      {"silver.residue", {column(17, "leaves", "string"), column(18, "leaf_count", "int64")}},
  };
  plan.residue_table = kResidue;
  plan.dedupe = {{"order", "key_content"}};
  PlanVersion version;
  version.application = "shop";
  version.version = "v1";
  version.match = {{*parse_path("$.schema"), {"1", "1.1"}}};
  version.envelope_version = *parse_path("$.schema");
  PlanEntity order;
  order.entity = "order";
  order.table = kOrder;
  order.rows = *parse_path("$");
  order.root = true;
  order.event_time_column = 1;
  order.fields = {key(0, "$.no"), field(1, "$.at"), field(2, "$.note")};
  PlanEntity line;
  line.entity = "line";
  line.table = kLine;
  line.rows = *parse_path("$.lines[*]");
  line.event_time_column = -1;
  PlanField index;
  index.column = 1;
  index.source = PlanField::Source::item_index;
  index.is_key = true;
  line.fields = {key(0, "$.no"), index, field(2, "$.lines[*].quantity")};
  PlanMaster product;
  product.role = "product";
  product.entity = "product";
  product.content_table = kProduct;
  product.fields = {key(0, "$.lines[*].product.sku"), field(1, "$.lines[*].product.title")};
  product.reference_keys = {3};
  product.reference_hash = 4;
  line.masters = {product};
  version.entities = {order, line};
  plan.versions = {version};
  return plan;
}

const PlanDocument kPlan = shop();

constexpr std::string_view kGood =
    R"({"schema":"1","no":"A7","at":"2020-01-02","note":null,"lines":[)"
    R"({"quantity":2,"product":{"sku":"x","title":"Ex"}},{"quantity":"3","product":{"sku":null,"title":"Why"},"gift":true}]})";

TEST(Interpreter, MakesRowsContentsAndResidue) {
  const Derivation out = derive(kPlan, "shop", kGood);
  ASSERT_FALSE(out.fault) << out.fault->message;
  ASSERT_EQ(out.rows.size(), 3U);
  EXPECT_EQ(out.rows[0].table, kOrder);
  EXPECT_EQ(to_text(out.rows[0].cells[1]), "2020-01-02T00:00:00Z");
  EXPECT_EQ(to_text(out.rows[0].cells[3]), "12");  // the explicit null of field 18
  EXPECT_EQ(out.rows[1].pointer, "/lines/0");
  EXPECT_EQ(to_text(out.rows[2].cells[0]), "A7");
  EXPECT_EQ(to_text(out.rows[2].cells[1]), "1");
  EXPECT_EQ(to_text(out.rows[2].cells[2]), "3");
  ASSERT_EQ(out.contents.size(), 1U);
  EXPECT_EQ(to_text(out.rows[1].cells[3]), "x");
  EXPECT_EQ(to_text(out.rows[1].cells[4]), out.contents[0].hash.to_hex());
  EXPECT_TRUE(out.rows[2].cells[4].is_null());
  EXPECT_EQ(
      out.residue_text,
      R"({"/schema":"1","/lines/1/product/sku":null,"/lines/1/product/title":"Why","/lines/1/gift":true})");
}

TEST(Interpreter, EveryLeafIsCountedOnce) {
  const Derivation out = derive(kPlan, "shop", kGood);
  EXPECT_EQ(out.leaves, 11);
  EXPECT_EQ(out.mapped, 5);
  EXPECT_EQ(out.master, 2);
  EXPECT_EQ(out.residue_leaves, 4);
  EXPECT_EQ(out.masters_seen, std::vector<std::string>{"product"});
}

TEST(Interpreter, HashesTheContentColumnsByFieldId) {
  const Derivation out = derive(kPlan, "shop", kGood);
  RowEncoding row;
  row.append(8, binary_cell("\x12"));
  row.append(16, string_cell("A7"));
  row.append(17, timestamp_cell(1'577'923'200'000'000));
  EXPECT_EQ(out.rows[0].hash, row.hash());
}

struct Refused {
  const char* payload;
  Code code;
  const char* pointer;
};

TEST(Interpreter, RefusesWithCodeAndPointer) {
  const Refused cases[] = {
      {R"({"schema":"1","no":null,"at":"2020-01-02"})", Code::key_null, "/no"},
      {R"({"schema":"1","no":"a"})", Code::event_time_null, "/at"},
      {R"({"schema":"1","no":"a","at":"yesterday"})", Code::value_type, "/at"},
      {R"({"schema":"1","no":"a","at":"2020-01-02","lines":[{},{"quantity":1.5}]})",
       Code::value_type, "/lines/1/quantity"},
      {R"({"schema":"1","no":"a","at":"2020-01-02","lines":[{"quantity":9e99}]})",
       Code::value_range, "/lines/0/quantity"},
      {R"({"schema":"1","no":"a","at":"2020-01-02","note":{}})", Code::value_type, "/note"},
      {R"({"schema":"2","no":"a"})", Code::version_unknown, "/schema"},
      {R"({"no":"a"})", Code::shape_unknown, ""},
  };
  for (const Refused& refused : cases) {
    const Derivation out = derive(kPlan, "shop", refused.payload);
    ASSERT_TRUE(out.fault) << refused.payload;
    EXPECT_EQ(out.fault->code, refused.code) << refused.payload;
    EXPECT_EQ(out.fault->pointer, refused.pointer) << refused.payload;
  }
  EXPECT_EQ(derive(kPlan, "other", kGood).fault->code, Code::shape_unknown);
}

TEST(Interpreter, OnErrorNullLeavesTheLeafInResidue) {
  PlanDocument plan = kPlan;
  plan.versions[0].entities[1].fields[2].normaliser.null_on_error = true;
  const Derivation out = derive(
      plan, "shop", R"({"schema":"1","no":"a","at":"2020-01-02","lines":[{"quantity":"many"}]})");
  ASSERT_FALSE(out.fault);
  EXPECT_TRUE(out.rows[1].cells[2].is_null());
  EXPECT_EQ(out.residue_text, R"({"/schema":"1","/lines/0/quantity":"many"})");
}

TEST(Interpreter, AMasterWithoutItsKeyConvertsNothingElse) {
  PlanDocument plan = kPlan;
  plan.tables[kProduct].columns[1].type = *parse_column_type("int64");
  EXPECT_FALSE(
      derive(plan, "shop",
             R"({"schema":"1","no":"a","at":"2020-01-02","lines":[{"product":{"title":"x"}}]})")
          .fault);
  EXPECT_TRUE(
      derive(
          plan, "shop",
          R"({"schema":"1","no":"a","at":"2020-01-02","lines":[{"product":{"sku":"s","title":"x"}}]})")
          .fault);
}

TEST(Interpreter, EqualKeyAndContentIsOneIdentity) {
  const std::string blank = R"({ "no":"A7", "schema":"1", "at":"2020-01-02"})";
  const std::string same = R"({"schema":"1","no":"A7","at":"2020-01-02T00:00:00Z"})";
  const std::string other = R"({"schema":"1","no":"A7","at":"2020-01-03"})";
  const std::string more = R"({"schema":"1","no":"A7","at":"2020-01-02","x":1})";
  // The order of members is only seen where they are residue.
  EXPECT_EQ(derive(kPlan, "shop", blank).identity, derive(kPlan, "shop", same).identity);
  EXPECT_NE(derive(kPlan, "shop", same).identity, derive(kPlan, "shop", other).identity);
  EXPECT_NE(derive(kPlan, "shop", same).identity, derive(kPlan, "shop", more).identity);
}

TEST(Interpreter, NestedArraysCountTheirRows) {
  PlanDocument plan = kPlan;
  PlanEntity& line = plan.versions[0].entities[1];
  line.rows = *parse_path("$.boxes[*].lines[*]");
  line.fields[2] = field(2, "$.boxes[*].size");
  line.masters.clear();
  const Derivation out = derive(
      plan, "shop",
      R"({"schema":"1","no":"a","at":"2020-01-02","boxes":[{"size":4,"lines":[{},{}]},{"size":5,"lines":[7]}]})");
  ASSERT_FALSE(out.fault);
  ASSERT_EQ(out.rows.size(), 4U);
  EXPECT_EQ(out.rows[3].pointer, "/boxes/1/lines/0");
  EXPECT_EQ(to_text(out.rows[3].cells[1]), "2");
  EXPECT_EQ(to_text(out.rows[2].cells[2]), "4");
  EXPECT_EQ(to_text(out.rows[3].cells[2]), "5");
}

TEST(Path, ReadsCanonicalTexts) {
  const auto path = parse_path(R"($.a['b c'][0][*]["x\"y"].\u00e9)");
  ASSERT_TRUE(parse_path(R"($['it\'s'].caf\u00e9)"));
  const auto quoted = parse_path(R"($['it\'s \u00e9'])");
  ASSERT_TRUE(quoted);
  EXPECT_EQ(quoted->steps[0].name, "it's \xc3\xa9");
  const auto mixed = parse_path(R"($.a['b c'][0][*])");
  ASSERT_TRUE(mixed);
  ASSERT_EQ(mixed->steps.size(), 4U);
  EXPECT_EQ(mixed->steps[1].name, "b c");
  EXPECT_EQ(mixed->steps[2].index, 0);
  EXPECT_EQ(mixed->steps[3].kind, PathStep::Kind::wildcard);
  EXPECT_TRUE(path);
  for (const char* wrong : {"", "a", "$.", "$[", "$['a", "$[x]", "$a"})
    EXPECT_FALSE(parse_path(wrong)) << wrong;
}

}  // namespace
}  // namespace assay::verify
