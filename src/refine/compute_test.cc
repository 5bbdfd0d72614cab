// Expressions and fallbacks inside of the kernel: what rows get, and which records are refused.

#include <gtest/gtest.h>

#include <algorithm>

#include "refine/refine.h"
#include "refine/test_fixture_internal.h"

namespace assay::refine {
namespace {

using column::Type;
using testing::codes_of;
using testing::order_plan;
using testing::refine_all;
using testing::rows_of;

struct Input {
  const char* name;
  column::DataType type;
  const char* path;
};

plan::FieldRule& rule_of(std::vector<plan::FieldRule>& rules, int column) {
  return *std::find_if(rules.begin(), rules.end(),
                       [&](const plan::FieldRule& rule) { return rule.column == column; });
}

/// Lets an expression give a field of an entity; the field had a path before.
template <typename Rule>
void compute(plan::Plan& plan, Rule& rule, int table, const std::string& field,
             const std::string& text, const std::vector<Input>& inputs = {}) {
  const column::TableSchema& schema = plan.tables[static_cast<std::size_t>(table)];
  plan::FieldRule& computed = rule_of(rule.fields, schema.index_of(field));
  for (const Input& input : inputs) {
    plan::InputRule made{computed.column, input.name, input.type, {}};
    made.rule.column = static_cast<int>(schema.fields.size() + rule.inputs.size());
    made.rule.path = *path::parse_json_path(input.path);
    rule.inputs.push_back(made);
  }
  std::vector<expression::Name> names;
  for (const plan::FieldRule& other : rule.fields) {
    const auto& column = schema.fields[static_cast<std::size_t>(other.column)];
    if (column.name != field && !other.expression)
      names.push_back({column.name, column.type, other.column});
  }
  for (const plan::InputRule& input : rule.inputs)
    names.push_back({input.name, input.type, input.rule.column});
  auto compiled = expression::compile(
      text, names, schema.fields[static_cast<std::size_t>(computed.column)].type);
  ASSERT_TRUE(compiled) << compiled.error().to_text();
  computed.source = plan::FieldRule::Source::expression;
  computed.path = {};
  computed.expression = *compiled;
}

std::string order(const std::string& members) {
  return R"({"no":"1","at":"2024-01-02T03:04:05Z",)" + members + "}";
}

constexpr column::DataType kMoney{Type::decimal, 18, 2};
constexpr column::DataType kText{Type::string, 0, 0};

/// What a field of the first row shows; "" where the table has no row.
std::string shown(const plan::Plan& plan, const RefineResult& result, std::string_view table,
                  const std::string& field) {
  const auto rows = rows_of(plan, result, table);
  if (rows.empty()) return "";
  const std::size_t at = rows[0].find(" " + field + "=");
  EXPECT_NE(at, std::string::npos) << field;
  const std::size_t begin = at + field.size() + 2;
  const std::size_t end = rows[0].find('=', begin);
  const std::string value = rows[0].substr(begin, end - begin);
  return end == std::string::npos ? value : value.substr(0, value.rfind(' '));
}

/// The order's total by an expression over $.a, $.b (money) and $.t (text).
plan::Plan total_plan(const std::string& text) {
  plan::Plan plan = order_plan();
  compute(plan, plan.versions[0].entities[0], 0, "total", text,
          {{"a", kMoney, "$.a"}, {"b", kMoney, "$.b"}, {"t", kText, "$.t"}});
  return plan;
}

struct Case {
  const char* text;
  const char* members;
  const char* total;
};

TEST(Compute, NumbersAreExact) {
  const std::vector<Case> cases = {
      {"a + b", R"("a":0.10,"b":0.20)", "0.30"},
      {"a - 1", R"("a":"12.5")", "11.50"},
      {"round(a * b, 2)", R"("a":1.15,"b":1.10)", "1.27"},
      {"round(-a * b, 2)", R"("a":1.15,"b":1.10)", "-1.27"},
      {"round(a / b, 2)", R"("a":2,"b":3)", "0.67"},
      {"round(1 / 3 * 3, 2)", R"("a":2)", "1.00"},
      {"abs(a)", R"("a":-4)", "4.00"},
      {"-a", R"("a":-4)", "4.00"},
      {"case when a > b then a when b > a then b end", R"("a":1,"b":2)", "2.00"},
      {"case when a > b then a when b > a then b end", R"("a":2,"b":2)", "-"},
      {"if(b = 0, null, round(a / b, 2))", R"("a":1,"b":0)", "-"},
      {"if(b <> 0 and a / b > 1, a, 0)", R"("a":1,"b":0)", "0.00"},
      {"if(b = 0 or a / b > 1, a, 0)", R"("a":1,"b":0)", "1.00"},
      {"coalesce(a, b, 7)", R"("b":3)", "3.00"},
      {"coalesce(a, b, 7)", R"("a":null)", "7.00"},
      {"a + b", R"("a":1)", "-"},
      {"if(a is null and not (b > 5), b, 0)", R"("b":3)", "3.00"},
      {"length(t)", R"("t":"h\u00e4 \ud83d\ude00")", "4.00"},
      {"if(t in ('x', 'y'), 1, 2)", R"("t":"y")", "1.00"},
      {"if(t not in ('x', 'y'), 1, 2)", R"("t":"y")", "2.00"},
      {"if(t is not null, a, b)", R"("a":1,"b":2)", "2.00"},
      {"replace(t, '.', '') || '.25'", R"("t":"1.000")", "1000.25"},
      {"split_part(t, ' ', 2)", R"("t":"EUR 12.50")", "12.50"},
      {"split_part(t, ' ', 3)", R"("t":"EUR 12.50")", "-"},
  };
  for (const Case& each : cases) {
    const plan::Plan plan = total_plan(each.text);
    const RefineResult result = refine_all(plan, {order(each.members)});
    EXPECT_EQ(codes_of(plan, result), std::vector<int>{0}) << each.text;
    EXPECT_EQ(shown(plan, result, plan.tables[0].name, "total"), each.total)
        << each.text << " of " << each.members;
  }
}

TEST(Compute, TextsAreMadeOfCharacters) {
  const std::vector<Case> cases = {
      {"t || '-' || u", R"("t":"a","u":"b")", "'a-b'"},
      {"concat(t, u, t)", R"("t":"a","u":"b\u00e9")", "'ab\u00e9a'"},
      {"t || u", R"("t":"a")", "-"},
      {"t || coalesce(u, '')", R"("t":"a")", "'a'"},
      {"upper(t)", R"("t":"a\u00e9z")", "'A\u00e9Z'"},
      {"substring(t, 2, 2)", R"("t":"h\u00e4llo")", "'\u00e4l'"},
      {"substring(t, 0, 2)", R"("t":"hello")", "'h'"},
      {"substring(t, 4)", R"("t":"hello")", "'lo'"},
      {"substring(t, 9)", R"("t":"hello")", "''"},
      {"substring(t, 2, -1)", R"("t":"hello")", "''"},
      {"trim(t)", R"("t":"  a b\t")", "'a b'"},
      {"replace(t, 'l', 'LL')", R"("t":"hello")", "'heLLLLo'"},
      {"replace(t, '', 'x')", R"("t":"hello")", "'hello'"},
      {"split_part(t, '', 1)", R"("t":"hello")", "'hello'"},
      {"if(starts_with(t, 'he') and ends_with(t, 'o') and contains(t, 'll'), 'yes', 'no')",
       R"("t":"hello")", "'yes'"},
      {"text(priority) || '/' || text(paid)", R"("t":"","priority":3,"paid":true)", "'3/true'"},
      {"text(total)", R"("total":-0.5)", "'-0.50'"},
      {"text(date(ordered_at)) || ' ' || text(year(ordered_at) * 12 + month(ordered_at))",
       R"("t":"")", "'2024-01-02 24289'"},
      {"nullif(t, '-')", R"("t":"-")", "-"},
      {"lower(t)", R"("t":"N/A")", "-"},  // null_if of the mapping
  };
  for (const Case& each : cases) {
    plan::Plan plan = order_plan();
    compute(plan, plan.versions[0].entities[0], 0, "status", each.text,
            {{"t", kText, "$.t"}, {"u", kText, "$.u"}});
    plan::FieldRule& status =
        rule_of(plan.versions[0].entities[0].fields, plan.tables[0].index_of("status"));
    status.normalisation = {};
    status.normalisation.null_if = {"n/a"};
    const RefineResult result = refine_all(plan, {order(each.members)});
    EXPECT_EQ(codes_of(plan, result), std::vector<int>{0}) << each.text;
    EXPECT_EQ(shown(plan, result, plan.tables[0].name, "status"), each.total)
        << each.text << " of " << each.members;
  }
}

struct Refusal {
  const char* text;
  const char* members;
  int code;
};

TEST(Compute, WhatHasNoValueRefusesItsRecordAlone) {
  const std::vector<Refusal> cases = {
      {"a / b", R"("a":1,"b":0)", 2111},
      {"a * b", R"("a":1.11,"b":1.11)", 2111},  // 1.2321 has more digits than the field
      {"a * 100000000000000000", R"("a":1)", 2111},
      {"a * 9999999999999999999999999999999999.0", R"("a":9999999999.99)", 2111},
      {"length(t) + 9223372036854775807", R"("t":"a")", 2111},
      {"t", R"("t":"twelve")", 2105},
      {"t || '.001'", R"("t":"1")", 2106},
      {"a", R"("a":"x")", 2105},
  };
  const std::string good = order(R"("a":1,"b":1,"t":"1")");
  for (const Refusal& each : cases) {
    plan::Plan plan = total_plan(each.text);
    const auto codes = codes_of(plan, refine_all(plan, {order(each.members), good}));
    EXPECT_EQ(codes[0], each.code) << each.text;
    plan::FieldRule& total =
        rule_of(plan.versions[0].entities[0].fields, plan.tables[0].index_of("total"));
    total.normalisation.on_error = plan::OnError::null;
    if (each.text == std::string_view("a")) continue;  // the input itself
    const RefineResult lenient = refine_all(plan, {order(each.members)});
    EXPECT_EQ(codes_of(plan, lenient), std::vector<int>{0}) << each.text;
    EXPECT_EQ(shown(plan, lenient, plan.tables[0].name, "total"), "-") << each.text;
  }
}

TEST(Compute, RefusalsNameTheRow) {
  plan::Plan plan = order_plan();
  compute(plan, plan.versions[0].entities[1], 1, "price", "total / quantity",
          {{"total", kMoney, "$.lines[*].total"}});
  const RefineResult result =
      refine_all(plan, {order(R"("lines":[{"quantity":2,"total":5},{"quantity":0,"total":5}])")});
  const auto rows = rows_of(plan, result, "bronze.quarantine");
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_NE(rows[0].find("'/lines/1'"), std::string::npos) << rows[0];
  EXPECT_NE(rows[0].find("divides by zero"), std::string::npos) << rows[0];
}

TEST(Compute, MastersAndOuterScopes) {
  plan::Plan plan = order_plan();
  auto& orders = plan.versions[0].entities[0];
  compute(plan, orders.masters[0], 3, "name", "first || ' ' || last",
          {{"first", kText, "$.customer.first"}, {"last", kText, "$.customer.last"}});
  compute(plan, plan.versions[0].entities[1], 1, "note", "text(item_index) || prefix",
          {{"prefix", kText, "$.prefix"}});
  const RefineResult result =
      refine_all(plan, {order(R"("prefix":"p","customer":{"id":7,"first":"Ada","last":"King"},)"
                              R"("lines":[{"quantity":1},{"quantity":2}])")});
  EXPECT_EQ(codes_of(plan, result), std::vector<int>{0});
  EXPECT_EQ(shown(plan, result, plan.tables[3].name, "name"), "'Ada King'");
  const auto lines = rows_of(plan, result, plan.tables[1].name);
  ASSERT_EQ(lines.size(), 2U);
  EXPECT_NE(lines[1].find("note='1p'"), std::string::npos) << lines[1];
  // no, at, prefix, two quantities; id, first, last.
  EXPECT_EQ(result.accounting.leaves_mapped, 5);
  EXPECT_EQ(result.accounting.leaves_master, 3);
  EXPECT_EQ(result.accounting.leaves_residue, 0);
}

TEST(Compute, AFallbackStandsInForNullAndNothing) {
  plan::Plan plan = order_plan();
  auto& fields = plan.versions[0].entities[0].fields;
  rule_of(fields, plan.tables[0].index_of("status")).fallback = "open";
  rule_of(fields, plan.tables[0].index_of("priority")).fallback = "9";
  const auto status = [&](const std::string& members) {
    const RefineResult result = refine_all(plan, {order(members)});
    EXPECT_EQ(codes_of(plan, result), std::vector<int>{0}) << members;
    return shown(plan, result, plan.tables[0].name, "status") + " " +
           shown(plan, result, plan.tables[0].name, "priority");
  };
  EXPECT_EQ(status(R"("total":1)"), "'open' 9");
  EXPECT_EQ(status(R"("status":null,"priority":2)"), "'open' 2");
  EXPECT_EQ(status(R"("status":"n/a")"), "'open' 9");
  EXPECT_EQ(status(R"("status":"Done","priority":null)"), "'done' 9");
}

TEST(Compute, TextsThatGrowWithoutEndRefuseTheRecord) {
  plan::Plan plan = order_plan();
  std::string grown = "prefix";
  for (int i = 0; i < 6; ++i) grown = "replace(" + grown + ", 'x', 'xxxxxxxxxx')";
  compute(plan, plan.versions[0].entities[1], 1, "note", grown, {{"prefix", kText, "$.prefix"}});
  const std::string bomb =
      order(R"("prefix":"xxxxxxxxxx","lines":[{"quantity":1},{"quantity":2}])");
  const std::string good = order(R"("prefix":"y","lines":[{"quantity":1}])");
  EXPECT_EQ(codes_of(plan, refine_all(plan, {bomb, good})), (std::vector<int>{2004, 0}));
}

}  // namespace
}  // namespace assay::refine
