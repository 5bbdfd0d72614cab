// The edge rule of feature views, run as SQL on contributions that lie on every edge.

#include <gtest/gtest.h>

#include "ask/session_views.h"
#include "ask/shop_fixture_test.h"
#include "feature/feature_sql.h"

namespace assay::ask {
namespace {

constexpr std::int64_t kDay = 86'400'000'000;

model::Workspace shop_workspace() {
  model::Workspace workspace;
  model::Entity customer;
  customer.name = "customer";
  customer.kind = model::Entity::Kind::master;
  customer.key = {"customer_id"};
  customer.fields.push_back({.name = "customer_id", .type = {column::Type::int64}});
  workspace.entities.push_back(customer);
  model::FeatureView view;
  view.name = "customer_orders";
  view.entity = "customer";
  view.role = "customer";
  view.measures = {{"revenue", "order", {"total_amount"}}, {"orders", "order", {}}};
  view.features = {{"average_4d", "", "EUR", "revenue", "orders", 4 * kDay},
                   {"orders_4d", "", "", "orders", "", 4 * kDay},
                   {"lifetime_value", "", "EUR", "revenue", "", std::nullopt}};
  workspace.feature_views.push_back(view);
  return workspace;
}

class FeatureEdgesTest : public ::testing::Test {
 protected:
  FeatureEdgesTest() : workspace_(shop_workspace()), view_(workspace_.feature_views[0]) {
    Visible visible = shop_.visible();
    visible.macros.push_back(feature::macro_sql(workspace_, view_));
    auto session = LockedSql::open(visible);
    if (!session) throw std::runtime_error(session.error().to_text());
    session_ = std::make_unique<LockedSql>(*std::move(session));
  }
  std::string row(const std::string& sql) {
    auto result = session_->rows(sql);
    if (!result) return result.error().to_text();
    std::string text;
    for (const auto& cells : result->rows) {
      for (const Cell& cell : cells) text += (cell.is_null() ? "NULL" : cell.text) + "|";
      text += "\n";
    }
    return text;
  }
  std::string at(const std::string& key, const std::string& as_of, const std::string& known_at) {
    return row(feature::point_sql(
        workspace_, view_, {key},
        {instant_literal(*parse_instant(as_of)), instant_literal(*parse_instant(known_at))}));
  }

  test::Shop shop_;
  model::Workspace workspace_;
  const model::FeatureView& view_;
  std::unique_ptr<LockedSql> session_;
};

// Customer 1 ordered at 2026-03-01T00:00:00Z (100.10, known 01:00) and 2026-03-05T10:00:00Z (20.30,
// known a day later).

TEST_F(FeatureEdgesTest, WindowIsOpenOnTheLeftAndClosedOnTheRight) {
  const std::string late = "2026-04-01";
  EXPECT_EQ(at("1", "2026-03-01T00:00:00Z", late), "1|100.1|1|100.10|1|\n");
  EXPECT_EQ(at("1", "2026-02-28T23:59:59.999999Z", late), "1|NULL|0|NULL|0|\n");
  EXPECT_EQ(at("1", "2026-03-04T23:59:59.999999Z", late), "1|100.1|1|100.10|1|\n");
  EXPECT_EQ(at("1", "2026-03-05T00:00:00Z", late), "1|NULL|0|100.10|1|\n");
  EXPECT_EQ(at("1", "2026-03-05T10:00:00Z", late), "1|20.3|1|120.40|2|\n");
  EXPECT_EQ(at("1", "2026-03-09T09:59:59.999999Z", late), "1|20.3|1|120.40|2|\n");
  EXPECT_EQ(at("1", "2026-03-09T10:00:00Z", late), "1|NULL|0|120.40|2|\n");
}

TEST_F(FeatureEdgesTest, KnowledgeTimeIsClosedOnTheRight) {
  EXPECT_EQ(at("1", "2026-03-06T00:00:00Z", "2026-03-06T00:00:00Z"), "1|20.3|1|120.40|2|\n");
  EXPECT_EQ(at("1", "2026-03-06T00:00:00Z", "2026-03-05T23:59:59.999999Z"), "1|NULL|0|100.10|1|\n");
}

TEST_F(FeatureEdgesTest, AKeyWithoutEventsCountsZero) {
  EXPECT_EQ(at("77", "2026-04-01", "2026-04-01"), "77|NULL|0|NULL|0|\n");
}

TEST_F(FeatureEdgesTest, TrainingKeepsEveryLabelRow) {
  ASSERT_TRUE(session_->load({"labels",
                              {"label_row", "as_of", "customer_id"},
                              {{"0", "2026-03-05T10:00:00Z", "1"},
                               {"1", "2026-03-05T10:00:00Z", "1"},
                               {"2", "2026-03-06T00:00:00Z", "1"},
                               {"3", "2026-03-06T00:00:00Z", "99"},
                               {"4", "2026-03-06T00:00:00Z", std::nullopt}}}));
  EXPECT_EQ(
      row(feature::training_sql(workspace_, view_, {"main.labels", ""})),
      "0|NULL|0|100.10|\n1|NULL|0|100.10|\n2|20.3|1|120.40|\n3|NULL|0|NULL|\n4|NULL|0|NULL|\n");
  const std::string known = instant_literal(*parse_instant("2026-04-01"));
  EXPECT_EQ(
      row(feature::training_sql(workspace_, view_, {"main.labels", known})),
      "0|20.3|1|120.40|\n1|20.3|1|120.40|\n2|20.3|1|120.40|\n3|NULL|0|NULL|\n4|NULL|0|NULL|\n");
}

TEST_F(FeatureEdgesTest, MacroGivesEveryKey) {
  EXPECT_EQ(row("SELECT * FROM feature.customer_orders_at('2026-03-02T11:00:00Z') ORDER BY 1"),
            "1|100.1|1|100.10|\n2|50|1|50.00|\n3|7.77|1|7.77|\n");
  EXPECT_EQ(
      row("SELECT count(*) FROM feature.customer_orders_at(TIMESTAMPTZ '2026-03-02 11:00:00Z', "
          "TIMESTAMPTZ '2026-03-01 00:45:00Z')"),
      "1|\n");
}

}  // namespace
}  // namespace assay::ask
