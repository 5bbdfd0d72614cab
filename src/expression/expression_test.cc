#include "expression/expression.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <array>

namespace assay::expression {
namespace {

using column::DataType;
using column::Type;
using ::testing::HasSubstr;

constexpr std::array kOps = {
    "null",       "literal",  "column",  "widen",       "add",       "subtract",
    "multiply",   "divide",   "negate",  "abs",         "round",     "=",
    "<",          "<=",       "and",     "or",          "not",       "is_null",
    "if",         "coalesce", "concat",  "upper",       "lower",     "trim",
    "substring",  "length",   "replace", "starts_with", "ends_with", "contains",
    "split_part", "text",     "date",    "year",        "month",     "day"};

/// "(add price (widen 1))": what a tree says, for people.
std::string shown(const Node& node, std::span<const Name> names) {
  if (node.op == Op::literal)
    return node.type.type == Type::string ? "'" + node.literal + "'" : node.literal;
  if (node.op == Op::column) {
    for (const Name& name : names) {
      if (name.index == node.index) return name.name;
    }
  }
  std::string text = kOps.at(static_cast<std::size_t>(node.op));
  if (node.arguments.empty()) return text;
  for (const Node& argument : node.arguments) text += " " + shown(argument, names);
  return "(" + text + ")";
}

const std::vector<Name> kNames = {
    {"quantity", {Type::int64, 0, 0}, 0}, {"price", {Type::decimal, 18, 2}, 1},
    {"rate", {Type::decimal, 9, 4}, 2},   {"weight", {Type::float64, 0, 0}, 3},
    {"first", {Type::string, 0, 0}, 4},   {"last", {Type::string, 0, 0}, 5},
    {"paid", {Type::boolean, 0, 0}, 6},   {"due", {Type::date, 0, 0}, 7},
    {"made", {Type::timestamp, 0, 0}, 8}, {"raw", {Type::binary, 0, 0}, 9},
    {"small", {Type::int32, 0, 0}, 10},
};

struct Case {
  const char* text;
  DataType wanted;
  const char* tree;
  DataType type;
};

const DataType kInt{Type::int64, 0, 0};
const DataType kText{Type::string, 0, 0};
const DataType kBool{Type::boolean, 0, 0};
const DataType kReal{Type::float64, 0, 0};
DataType decimal(int scale) { return {Type::decimal, 38, scale}; }

TEST(Expression, TextBecomesATypedTree) {
  const std::vector<Case> cases = {
      {"quantity", kInt, "quantity", kInt},
      {"small + 1", kInt, "(add small 1)", kInt},
      {"quantity * price", decimal(2), "(multiply quantity price)", decimal(2)},
      {"price * rate", decimal(6), "(multiply price rate)", decimal(6)},
      {"price + rate", decimal(4), "(add (widen price) rate)", decimal(4)},
      {"price - 1 * 2", decimal(2), "(subtract price (widen (multiply 1 2)))", decimal(2)},
      {"(price - 1) * 2", decimal(2), "(multiply (subtract price 1) 2)", decimal(2)},
      {"quantity / 3", decimal(6), "(divide quantity 3)", decimal(6)},
      {"weight / 3", kReal, "(divide weight 3)", kReal},
      {"weight * quantity", kReal, "(multiply weight (widen quantity))", kReal},
      {"-price", decimal(2), "(negate price)", decimal(2)},
      {"-2.5", decimal(1), "-2.5", decimal(1)},
      {"round(price * rate, 2)", decimal(2), "(round (multiply price rate))", decimal(2)},
      {"round(quantity)", kInt, "quantity", kInt},
      {"first || ' ' || last", kText, "(concat (concat first ' ') last)", kText},
      {"'it''s'", kText, "'it's'", kText},
      {"Upper(first)", kText, "(upper first)", kText},
      {"price > 10 and not paid", kBool, "(and (< 10 price) (not paid))", kBool},
      {"not not paid", kBool, "(not (not paid))", kBool},
      {"quantity <> 0 or paid", kBool, "(or (not (= quantity 0)) paid)", kBool},
      {"first in ('a', 'b')", kBool, "(or (= first 'a') (= first 'b'))", kBool},
      {"first not in ('a')", kBool, "(not (= first 'a'))", kBool},
      {"first is not null", kBool, "(not (is_null first))", kBool},
      {"if(paid, price, 0)", decimal(2), "(if paid price 0)", decimal(2)},
      {"if(paid, null, first)", kText, "(if paid null first)", kText},
      {"case when paid then 1 when price > 2 then 2 else 3 end", kInt,
       "(if paid 1 (if (< 2 price) 2 3))", kInt},
      {"case when paid then 'x' end", kText, "(if paid 'x' null)", kText},
      {"coalesce(price, 0)", decimal(2), "(coalesce price 0)", decimal(2)},
      {"nullif(first, '-')", kText, "(if (= first '-') null first)", kText},
      {"due >= '2024-02-29'", kBool, "(<= 2024-02-29 due)", kBool},
      {"date(made)", {Type::date, 0, 0}, "(date made)", {Type::date, 0, 0}},
      {"date(due)", {Type::date, 0, 0}, "due", {Type::date, 0, 0}},
      {"year(made)", kInt, "(year made)", kInt},
      {"split_part(first, '-', 2)", kText, "(split_part first '-' 2)", kText},
      {"first", decimal(2), "first", kText},  // a text converts as a leaf would
  };
  for (const Case& each : cases) {
    auto compiled = compile(each.text, kNames, each.wanted);
    ASSERT_TRUE(compiled) << each.text << ": " << compiled.error().to_text();
    EXPECT_EQ(shown(compiled->root, kNames), each.tree) << each.text;
    EXPECT_EQ(compiled->root.type, each.type) << each.text;
    EXPECT_EQ(compiled->text, each.text);
  }
}

struct Mistake {
  const char* text;
  DataType wanted;
  const char* message;
};

TEST(Expression, MistakesNameTheirPlaceAndCause) {
  const std::vector<Mistake> cases = {
      {"", kInt, "the expression ends early at column 1"},
      {"quantity +", kInt, "the expression ends early at column 11"},
      {"quantity quantity", kInt, "\"quantity\" was not expected at column 10"},
      {"prise", kInt, "nothing is called \"prise\" at column 1"},
      {"quantity + first", kInt, "a text is no number to calculate with at column 10"},
      {"null + 1", kInt, "null is no number to calculate with at column 6"},
      {"price > 'a'", kBool, "a decimal, a text do not go together at column 7"},
      {"due > 'tomorrow'", kBool, "\"tomorrow\" is no value of type date at column 5"},
      {"due > first", kBool, "a text and a date do not go together at column 5"},
      {"price + weight", kReal, "a decimal and a float64 do not go together at column 7"},
      {"round(weight, 2)", kReal, "round: round takes a decimal, not a float64 at column 1"},
      {"round(price, quantity)", kReal, "round: argument 2 is no number of digits at column 1"},
      {"sqrt(price)", kReal, "no function is called \"sqrt\" at column 1"},
      {"upper(price)", kText, "upper: argument 1 is a decimal, expected a text at column 1"},
      {"upper(first, last)", kText, "upper takes 1 arguments, not 2 at column 1"},
      {"if(price, 1, 2)", kInt, "if: argument 1 is a decimal, expected a condition at column 1"},
      {"if(paid, 1, 'a')", kInt, "if: a whole number, a text do not go together at column 1"},
      {"'open", kText, "a text has no end at column 1"},
      {"'a\xff'", kText, "a text is not valid UTF-8 at column 3"},
      {"\"a\"", kText, "a double quote at column 1"},
      {"quantity % 2", kInt, "\"%\" was not expected at column 10"},
      {"quantity # 2", kInt, "\"#\" means nothing at column 10"},
      {"paid < paid", kBool, "conditions have no order at column 6"},
      {"price and paid", kBool, "a decimal is no condition at column 7"},
      {"99999999999999999999", kInt,
       "99999999999999999999 is no number, or has too many digits at column 1"},
      {"raw", kText, "\"raw\" is binary at column 1"},
      {"null", kText, "the expression is always null"},
      {"coalesce(null, null)", kText, "nothing but null stands there"},
      {"price", kInt, "the expression gives a decimal, the field has type int64"},
      {"price", kText, "the expression gives a decimal, the field has type string"},
      {"case when paid then 1", kInt, "the expression ends early"},
      {"text(weight)", kText, "text: text() does not write a float64 at column 1"},
  };
  for (const Mistake& each : cases) {
    auto compiled = compile(each.text, kNames, each.wanted);
    ASSERT_FALSE(compiled) << each.text;
    EXPECT_EQ(compiled.error().code, Code::expression_invalid) << each.text;
    EXPECT_THAT(compiled.error().message, HasSubstr(each.message)) << each.text;
  }
}

TEST(Expression, LimitsEndInAnError) {
  const std::string deep = std::string(200, '(') + "1" + std::string(200, ')');
  EXPECT_THAT(compile(deep, {}, kInt).error().message, HasSubstr("nested deeper than 32"));
  std::string wide = "1";
  for (int i = 0; i < 300; ++i) wide += "+1";
  EXPECT_THAT(compile(wide, {}, kInt).error().message, HasSubstr("more than 256 operations"));
  EXPECT_THAT(compile(std::string(5000, ' '), {}, kInt).error().message, HasSubstr("5000 bytes"));
}

RC_GTEST_PROP(Expression, AnyTextGivesATreeOrAMistake, ()) {
  const auto words =
      *rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(std::vector<std::string>{
          "price", "quantity", "first", "paid",  "due",      "(",        ")",    "+",    "-",
          "*",     "/",        "||",    "=",     "<",        "is",       "null", "not",  "and",
          "or",    "in",       ",",     "'a'",   "1",        "2.50",     "if",   "case", "when",
          "then",  "else",     "end",   "round", "coalesce", "substring"}));
  std::string text;
  for (const std::string& word : words) text += word + " ";
  const auto compiled = compile(text, kNames, kInt);
  if (!compiled) RC_ASSERT(compiled.error().code == Code::expression_invalid);
}

}  // namespace
}  // namespace assay::expression
