#include "ask/reading.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "ask/question_sql.h"
#include "ask/spelling.h"
#include "ask/time_expression.h"

namespace assay::ask {
namespace {

using ::testing::HasSubstr;

const Micros kNow = *parse_instant("2026-03-18T15:30:00Z");

model::Field field(const std::string& name, const std::string& type,
                   const std::string& business_name = "",
                   const std::string& sensitivity = "internal") {
  model::Field result;
  result.name = name;
  result.type = *column::parse_data_type(type);
  result.business_name = business_name;
  result.sensitivity = sensitivity;
  return result;
}

model::Metric simple(const std::string& name, const std::string& entity, const std::string& agg,
                     const std::string& expr, const std::vector<std::string>& synonyms = {}) {
  model::Metric metric;
  metric.name = name;
  metric.kind = model::Metric::Kind::simple;
  metric.entity = entity;
  metric.agg = agg;
  metric.expr = expr;
  metric.synonyms = synonyms;
  return metric;
}

model::Metric ratio(const std::string& name, const std::string& numerator,
                    const std::string& denominator) {
  model::Metric metric;
  metric.name = name;
  metric.kind = model::Metric::Kind::ratio;
  metric.numerator = numerator;
  metric.denominator = denominator;
  return metric;
}

model::Entity event(const std::string& name, std::vector<model::Field> fields,
                    std::vector<model::Role> roles) {
  model::Entity entity;
  entity.name = name;
  entity.kind = model::Entity::Kind::event;
  entity.event_time = "ordered_at";
  entity.fields = std::move(fields);
  entity.roles = std::move(roles);
  return entity;
}

model::Entity master(const std::string& name, std::vector<model::Field> fields) {
  model::Entity entity;
  entity.name = name;
  entity.kind = model::Entity::Kind::master;
  entity.key = {"id"};
  entity.fields = std::move(fields);
  return entity;
}

model::Workspace shop() {
  model::Workspace workspace;
  model::Entity order =
      event("order",
            {field("order_no", "string"), field("ordered_at", "timestamp"),
             field("channel", "string", "Sales channel"), field("gift", "boolean"),
             field("total_amount", "decimal(18,2)"), field("weight", "float64"),
             field("secret_code", "string", "", "secret")},
            {{"customer", "customer", "", {}},
             {"sender", "place", "From", {}},
             {"receiver", "place", "To", {}}});
  order.key = {"order_no"};
  model::Entity line =
      event("order_line", {field("quantity", "int64")}, {{"product", "product", "", {}}});
  line.parent = "order";
  line.event_time = "";
  workspace.entities = {
      order, line,
      master("customer",
             {field("id", "int64", "Customer number"), field("country", "string", "Country"),
              field("tier", "string"), field("email", "string", "", "personal")}),
      master("place", {field("id", "string"), field("city", "string", "City")}),
      master("product", {field("id", "string"), field("category", "string", "Category")})};
  workspace.metrics = {simple("revenue", "order", "sum", "total_amount", {"sales", "turnover"}),
                       simple("order_count", "order", "count", "", {"orders"}),
                       ratio("average_order_value", "revenue", "order_count"),
                       simple("units", "order_line", "sum", "quantity", {"pieces"}),
                       ratio("units_per_order", "units", "order_count"),
                       simple("total_weight", "order", "sum", "weight")};
  workspace.metrics[0].unit = "EUR";
  model::Segment premium;
  premium.name = "premium_customers";
  premium.entity = "order";
  premium.filter = "customer_tier = 'premium'";
  model::Segment loyal;
  loyal.name = "loyal_customers";
  loyal.entity = "customer";
  loyal.filter = "tier <> 'basic'";
  loyal.judged = "now";
  workspace.segments = {premium, loyal};
  return workspace;
}

/// (column, value) pairs that the tenant's data have.
class FakeValues : public Values {
 public:
  Result<std::vector<ValueHit>> find(std::span<const Dimension> dimensions,
                                     std::span<const std::string> texts) override {
    std::vector<ValueHit> hits;
    for (std::size_t i = 0; i < texts.size(); ++i) {
      for (std::size_t j = 0; j < dimensions.size(); ++j) {
        for (const auto& [column, value] : known_) {
          if (dimensions[j].column == column && lower(value) == lower(texts[i]))
            hits.push_back({i, j, value});
        }
      }
    }
    return hits;
  }
  Result<std::vector<std::string>> nearest(std::span<const Dimension>,
                                           const std::string& text) override {
    std::vector<std::string> values;
    for (const auto& [column, value] : known_) {
      if (edit_distance(lower(value), lower(text), 2) <= 2) values.push_back(value);
    }
    return values;
  }

 private:
  const std::vector<std::pair<std::string, std::string>> known_ = {
      {"customer_country", "Germany"}, {"country", "Germany"},
      {"customer_country", "France"},  {"customer_country", "United Kingdom"},
      {"channel", "Web shop"},         {"sender_city", "Berlin"},
      {"receiver_city", "Berlin"},     {"receiver_city", "Paris"},
      {"product_category", "Toys"},    {"product_category", "TOYS"},
      {"customer_id", "17850"},        {"secret_code", "hush"},
      {"customer_email", "a@b.c"}};
};

/// "revenue,order_count | premium_customers | !customer_country=Germany | from ... |
/// customer_country | month | top 5"
std::string summary(const Interpretation& meaning) {
  std::vector<std::string> parts;
  const auto add = [&parts](const std::vector<std::string>& items) {
    if (!items.empty()) parts.push_back(fmt::format("{}", fmt::join(items, ",")));
  };
  std::vector<std::string> items;
  for (const auto& choice : meaning.metrics) items.push_back(choice.metric->name);
  add(std::exchange(items, {}));
  for (const auto& choice : meaning.segments)
    items.push_back((choice.negated ? "!" : "") + choice.segment->name);
  add(std::exchange(items, {}));
  for (const auto& filter : meaning.filters) {
    items.push_back(fmt::format("{}{}={}", filter.negated ? "!" : "", filter.dimension.column,
                                fmt::join(filter.values, "+")));
  }
  add(std::exchange(items, {}));
  if (meaning.period) add({bounds_text(*meaning.period)});
  for (const auto& group : meaning.groups) items.push_back("by " + group.column);
  if (meaning.grain) items.push_back("by " + std::string(to_string(*meaning.grain)));
  add(std::exchange(items, {}));
  if (meaning.top)
    add({fmt::format("{} {}", meaning.top->ascending ? "bottom" : "top", meaning.top->count)});
  return fmt::format("{}", fmt::join(parts, " | "));
}

class ReadingTest : public ::testing::Test {
 protected:
  ReadingTest() : workspace_(shop()), vocabulary_(workspace_) {}
  Result<Interpretation> read(const std::string& question) {
    return read_question({.question = question, .now = kNow, .as_of = std::nullopt}, vocabulary_,
                         values_);
  }
  std::string reading(const std::string& question) {
    const auto result = read(question);
    return result ? summary(*result) : result.error().to_text();
  }

  model::Workspace workspace_;
  Vocabulary vocabulary_;
  FakeValues values_;
};

TEST_F(ReadingTest, ReadsQuestions) {
  const std::string month = "from 2026-03-01 up to, not including, 2026-04-01";
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"What's the average order value for premium customers this month?",
       "average_order_value | premium_customers | " + month},
      {"revenue", "revenue"},
      {"show me the total sales", "revenue"},
      {"revenu this month", "revenue | " + month},
      {"revenue ths month", "did not"},
      {"revenue yesteday", "revenue | from 2026-03-17 up to, not including, 2026-03-18"},
      {"How many orders did we have this month", "order_count | " + month},
      {"turnover by country", "revenue | by customer_country"},
      {"turnover by customer country and month", "revenue | by customer_country,by month"},
      {"monthly turnover per tier", "revenue | by customer_tier,by month"},
      {"orders per day in March 2011",
       "order_count | from 2011-03-01 up to, not including, 2011-04-01 | by day"},
      {"revenue in Germany", "revenue | customer_country=Germany"},
      {"revenue in germany and France", "revenue | customer_country=France+Germany"},
      {"revenue in the united kingdom", "revenue | customer_country=United Kingdom"},
      {"revenue not in Germany or France", "revenue | !customer_country=France+Germany"},
      {"revenue from customers in Germany", "revenue | customer_country=Germany"},
      {"revenue for country Germany", "revenue | customer_country=Germany"},
      {"revenue through the Web shop", "revenue | channel=Web shop"},
      {"revenue of \"web shop\"", "revenue | channel=Web shop"},
      {"revenue for customer 17850", "revenue | customer_id=17850"},
      {"revenue from Berlin", "revenue | sender_city=Berlin"},
      {"revenue to Berlin", "revenue | receiver_city=Berlin"},
      {"revenue to Paris", "revenue | receiver_city=Paris"},
      {"revenue of gift orders", "revenue | gift="},
      {"revenue without gift", "revenue | !gift="},
      {"top 5 countries by revenue", "revenue | by customer_country | top 5"},
      {"top customers by orders", "order_count | by customer_id | top 10"},
      {"bottom 3 sales channels by turnover", "revenue | by channel | bottom 3"},
      {"which country has the highest revenue this month",
       "revenue | " + month + " | by customer_country | top 1"},
      {"revenue without premium customers", "revenue | !premium_customers"},
      {"revenue and orders by month", "revenue,order_count | by month"},
      {"revenue from orders in Germany", "revenue | customer_country=Germany"},
      {"units by category", "units | by product_category"},
      {"units by country", "units | by customer_country"},
      {"pieces of Toys in Germany", "units | product_category=Toys,customer_country=Germany"},
      {"units of toys", "units | product_category=TOYS+Toys"},
      {"units of TOYS", "units | product_category=TOYS"},
      {"units per order by country", "units_per_order | by customer_country"},
      {"how many order lines", "number_of_order_line"},
      {"number of customers", "number_of_customer"},
      {"how many customers in Germany", "number_of_customer | country=Germany"},
      {"how many premium customers this month", "number_of_order | premium_customers | " + month},
      {"revenue of loyal customers", "revenue | loyal_customers"},
      {"average order value last 30 days",
       "average_order_value | after 2026-02-16T15:30:00Z up to 2026-03-18T15:30:00Z"},
  };
  for (const auto& [question, expected] : cases) {
    EXPECT_THAT(reading(question), HasSubstr(expected)) << question;
    if (expected.starts_with("did not")) continue;
    EXPECT_EQ(reading(question).substr(0, expected.size()), expected) << question;
  }
}

TEST_F(ReadingTest, SaysWhatItDidNotUnderstand) {
  const std::vector<std::pair<std::string, std::string>> cases = {
      {"revenue by weather", "'weather'"},
      {"What is the churn of premium customers?", "'churn'"},
      {"average revenue", "'average' (not what the metric does)"},
      {"revenue in Germny", "Near 'Germny': 'Germany'"},
      {"units by gift wrap", "'wrap'"},
      {"revenue by category", "'category' does not belong to 'revenue'"},
      {"units per order by category", "'category' does not belong"},
      {"top 5 revenue", "it needs a group"},
      {"revenue month", "'month' (a unit of time that belongs to nothing)"},
      {"revenue for tier", "'tier' (say 'by tier', or which one)"},
      {"revenue this month last year", "a second period"},
      {"revenue of 17", "'17' (a value of nothing that is known)"},
      {"revenue for customer 99", "no customer has this value"},
      {"how many customers this month", "master data have no event time"},
      {"revenue by secret code", "it is secret"},
      {"", "names no metric"},
      {"premium customers this month", "names no metric"},
      {"revenue of hush", "'hush'"},
      {"revenue of a@b.c", "'a@b.c'"},
  };
  for (const auto& [question, expected] : cases) {
    const auto result = read(question);
    ASSERT_FALSE(result) << question << " -> " << summary(*result);
    EXPECT_EQ(result.error().code, Code::question_unknown) << question;
    EXPECT_THAT(result.error().to_text(), HasSubstr(expected)) << question;
    EXPECT_THAT(result.error().hint, HasSubstr("Metrics: ")) << question;
  }
}

TEST_F(ReadingTest, AsksBackWhereReadingsAreEqual) {
  const auto city = read("revenue by city");
  ASSERT_FALSE(city);
  EXPECT_EQ(city.error().code, Code::question_ambiguous);
  EXPECT_THAT(city.error().hint, HasSubstr("'sender city' or 'receiver city'"));
  const auto value = read("revenue in Berlin");
  ASSERT_FALSE(value);
  EXPECT_EQ(value.error().code, Code::question_ambiguous);
  EXPECT_EQ(reading("revenue for sender city Berlin"), "revenue | sender_city=Berlin");
}

TEST_F(ReadingTest, GivesTheSameSqlForTheSameQuestion) {
  const auto sql = [this](const std::string& question) {
    auto meaning = read(question);
    if (!meaning) return meaning.error().to_text();
    auto compiled = question_sql(*meaning, vocabulary_);
    return compiled ? compiled->sql : compiled.error().to_text();
  };
  const std::string expected =
      "WITH facts AS (\n"
      "  SELECT f.\"customer_country\" AS \"customer_country\",\n"
      "    sum(total_amount) AS \"revenue\",\n"
      "    count(*) AS \"revenue_rows\",\n"
      "    count(*) AS \"order_count\",\n"
      "    count(*) AS \"order_count_rows\"\n"
      "  FROM mart.\"order\" AS f\n"
      "  WHERE f.\"ordered_at\" >= TIMESTAMPTZ '2026-03-01T00:00:00Z'\n"
      "    AND f.\"ordered_at\" < TIMESTAMPTZ '2026-04-01T00:00:00Z'\n"
      "    AND (customer_tier = 'premium')\n"
      "  GROUP BY ALL\n"
      ")\n"
      "SELECT facts.\"customer_country\" AS \"customer_country\", \"revenue\" / "
      "nullif(\"order_count\", 0) AS "
      "\"average_order_value\", \"revenue\", \"order_count\", \"revenue_rows\", "
      "\"order_count_rows\"\n"
      "FROM facts\n"
      "ORDER BY \"average_order_value\" DESC NULLS LAST, \"customer_country\" ASC NULLS LAST";
  EXPECT_EQ(sql("average order value of premium customers by country this month"), expected);
  EXPECT_EQ(sql("this month, what is the Average Order Value by country for PREMIUM customers?"),
            expected);
  EXPECT_THAT(sql("total weight"), HasSubstr("sum(weight ORDER BY weight)"));
  EXPECT_THAT(sql("units of premium customers"),
              HasSubstr("f.record_id IN (SELECT record_id FROM mart.\"order\" WHERE (customer_tier "
                        "= 'premium'))"));
  EXPECT_THAT(
      sql("revenue of loyal customers"),
      HasSubstr(
          "f.\"customer_id\" IN (SELECT \"id\" FROM mart.\"customer_current\" WHERE is_current"));
  EXPECT_THAT(sql("units per order by country"), HasSubstr("FULL JOIN facts_2"));
  EXPECT_THAT(sql("units per order"), HasSubstr("CROSS JOIN facts_2"));
}

}  // namespace
}  // namespace assay::ask
