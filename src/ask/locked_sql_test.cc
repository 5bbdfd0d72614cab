#include "ask/locked_sql.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <map>

#include "ask/shop_fixture_test.h"

namespace assay::ask {
namespace {

class LockedSqlTest : public ::testing::Test {
 protected:
  LockedSql open(const Visible& visible, const SqlLimits& limits = {}) {
    auto session = LockedSql::open(visible, limits);
    if (!session) throw std::runtime_error(session.error().to_text());
    return *std::move(session);
  }
  /// The only cell of a result, as text.
  std::string cell(LockedSql& session, const std::string& sql) {
    auto result = session.rows(sql);
    if (!result) return result.error().to_text();
    return result->rows.size() == 1 ? result->rows[0].at(0).text : "not one row";
  }
  test::Shop shop_;
};

TEST_F(LockedSqlTest, ReadsTheTenantsRowsOnly) {
  // The file of the other tenant is listed by mistake: the view's own filter still holds (invariant
  // 2).
  Visible visible = shop_.visible();
  visible.tables[0].paths.push_back(shop_.path("other.parquet"));
  LockedSql session = open(visible);
  EXPECT_EQ(cell(session, "SELECT count(*) FROM mart.order"), "5");
  EXPECT_EQ(cell(session, "SELECT string_agg(DISTINCT tenant_id) FROM mart.order"), "acme");
  EXPECT_EQ(cell(session, "SELECT count(*) FROM silver.empty"), "0");
}

TEST_F(LockedSqlTest, KeepsValuesExact) {
  LockedSql session = open(shop_.visible());
  auto result = session.rows(
      "SELECT sum(total_amount), 9007199254740993, 9007199254740992, "
      "170141183460469231731687303715884105727::HUGEINT, "
      "0.1::DOUBLE, 'nan'::DOUBLE, NULL, true, TIMESTAMPTZ '2011-12-09 12:50:00.5+02', DATE "
      "'1969-12-31', 'a\"b', "
      "'\\x00\\xFF'::BLOB, [1, NULL, 3], {'a': 1, 'b': 'x'}, -0.05::DECIMAL(4,2), TIMESTAMP "
      "'2011-12-09 12:50:00', "
      "INTERVAL '1 month 2 days 3 hours', uuid '00000000-0000-0000-0000-00000000002a', MAP {'k': "
      "2.50} FROM mart.order");
  ASSERT_TRUE(result) << result.error().to_text();
  std::string line;
  for (const Cell& value : result->rows.at(0)) line += to_json(value) + "|";
  EXPECT_EQ(
      line,
      R"("188.16"|"9007199254740993"|9007199254740992|"170141183460469231731687303715884105727"|)"
      R"(0.1|"nan"|null|true|"2011-12-09T10:50:00.500000Z"|"1969-12-31"|"a\"b"|"00ff"|)"
      R"([1, null, 3]|{"a": 1, "b": "x"}|"-0.05"|"2011-12-09T12:50:00"|)"
      R"("1 months 2 days 03:00:00"|"00000000-0000-0000-0000-00000000002a"|)"
      R"([{"key": "k", "value": "2.50"}]|)");
}

TEST_F(LockedSqlTest, LeavesOutWhatWasKnownLater) {
  Visible visible = shop_.visible();
  visible.known_at = parse_instant("2026-03-02T11:00:00Z");
  LockedSql session = open(visible);
  EXPECT_EQ(cell(session, "SELECT count(*) FROM mart.order"), "4");
  EXPECT_EQ(cell(session, "SELECT count(*) FROM mart.customer"), "5");
}

TEST_F(LockedSqlTest, GivesCurrentViewsOfMasters) {
  LockedSql session = open(shop_.visible());
  for (const std::string view : {"silver.customer_current", "mart.customer_current"}) {
    // Customer 1: basic, then premium (two equal neighbours collapse); 2: the higher priority wins
    // its instant.
    EXPECT_EQ(cell(session,
                   "SELECT string_agg(concat_ws('/', customer_id, tier, is_current, valid_to), ';' "
                   "ORDER BY "
                   "customer_id, valid_from) FROM " +
                       view),
              "1/basic/false/2026-03-01 00:00:00+00;1/premium/true;2/premium/true;3/premium/true")
        << view;
  }
}

TEST_F(LockedSqlTest, RefusesWhatReachesBeyondTheTables) {
  LockedSql session = open(shop_.visible());
  const std::string other = shop_.path("other.parquet");
  const std::vector<std::string> attacks = {
      "SELECT * FROM read_csv('/etc/passwd')",
      "SELECT * FROM '" + other + "'",
      "SELECT * FROM read_parquet('" + other + "')",
      "SELECT * FROM read_parquet('" + shop_.path("*.parquet") + "')",
      "SELECT * FROM \"" + other + "\"",
      "DESCRIBE '" + other + "'",
      "SUMMARIZE '" + other + "'",
      "SELECT * FROM parquet_metadata('" + other + "')",
      "SELECT * FROM read_text('/etc/passwd')",
      "SELECT * FROM read_blob('/etc/passwd')",
      "SELECT * FROM glob('/etc/*')",
      "SELECT * FROM sniff_csv('/etc/passwd')",
      "SELECT * FROM read_json('/etc/passwd')",
      "SELECT * FROM query('SELECT * FROM read_csv(''/etc/passwd'')')",
      "SELECT * FROM query_table('/etc/passwd')",
      "SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT 1'))",
      "SELECT * FROM enable_logging('QueryLog', storage='file', storage_path='" +
          shop_.path("log") + "')",
      "SELECT * FROM enable_profiling()",
      "FROM checkpoint()",
      "SELECT current_setting('allowed_paths')",
      "SELECT (SELECT count(*) FROM duckdb_settings())",
      "WITH t AS (SELECT * FROM read_csv('/etc/passwd')) SELECT * FROM t",
      "SELECT 1 WHERE EXISTS (SELECT * FROM read_csv('/etc/passwd'))",
      "COPY mart.order TO '" + shop_.path("stolen.csv") + "'",
      "COPY (SELECT 1) TO '" + shop_.path("orders.parquet") + "'",
      "ATTACH '" + shop_.path("x.db") + "'",
      "INSTALL httpfs",
      "LOAD httpfs",
      "SET threads = 1",
      "SET enable_external_access = true",
      "RESET memory_limit",
      "PRAGMA database_list",
      "CALL enable_logging()",
      "CREATE TABLE main.t AS SELECT 1",
      "CREATE MACRO feature.f() AS TABLE SELECT * FROM read_csv('/etc/passwd')",
      "DROP VIEW mart.order",
      "INSERT INTO mart.order SELECT * FROM mart.order",
      "EXPORT DATABASE '" + shop_.path("x") + "'",
      "PREPARE p AS SELECT 1",
      "EXPLAIN ANALYZE CREATE TABLE main.t AS SELECT 1",
      "USE mart",
      "SELECT 1; SELECT 2",
      "SELECT 1; COPY mart.order TO '" + shop_.path("stolen.csv") + "'",
  };
  for (const std::string& attack : attacks) {
    auto result = session.rows(attack);
    ASSERT_FALSE(result) << attack;
    EXPECT_EQ(result.error().code, Code::sql_denied) << attack << "\n" << result.error().to_text();
    EXPECT_FALSE(result.error().hint.empty()) << attack;
  }
  EXPECT_FALSE(std::filesystem::exists(shop_.path("stolen.csv")));
  EXPECT_FALSE(std::filesystem::exists(shop_.path("log")));
  EXPECT_EQ(cell(session, "SELECT count(*) FROM mart.order"), "5")
      << "the session survives every attack";
}

TEST_F(LockedSqlTest, AllowsOrdinaryQueries) {
  LockedSql session = open(shop_.visible());
  for (const std::string sql :
       {"FROM mart.order", "VALUES (1)", "DESCRIBE mart.order", "SHOW TABLES",
        "SUMMARIZE mart.order",
        "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 5) SELECT * FROM "
        "t",
        "SELECT * FROM range(3), unnest([1, 2])",
        "SELECT table_name FROM information_schema.tables", "SELECT 1; -- a remark",
        "/* a remark */ SELECT 1", "SELECT status, count(*) FROM mart.order GROUP BY ALL"}) {
    auto result = session.rows(sql);
    EXPECT_TRUE(result) << sql << "\n" << (result ? "" : result.error().to_text());
  }
}

TEST_F(LockedSqlTest, SaysWhereAMistakeIs) {
  LockedSql session = open(shop_.visible());
  const std::map<std::string, std::string> mistakes = {
      {"SELEC 1", "syntax error"},         {"SELECT nothing FROM mart.order", "nothing"},
      {"SELECT * FROM mart.ordr", "ordr"}, {"", "there is no statement"},
      {"SELECT $1", "parameters"},         {"SELECT 'abc'::INTEGER", "abc"}};
  for (const auto& [sql, expected] : mistakes) {
    auto result = session.rows(sql);
    ASSERT_FALSE(result) << sql;
    EXPECT_EQ(result.error().code, Code::sql_invalid) << sql;
    EXPECT_THAT(result.error().message, ::testing::HasSubstr(expected)) << sql;
  }
  EXPECT_THAT(session.rows("SELECT nothing FROM mart.order").error().detail,
              ::testing::HasSubstr("LINE 1"));
}

TEST_F(LockedSqlTest, StopsWhatTakesTooLong) {
  LockedSql session = open(shop_.visible(), {.threads = 1, .time_ms = 200});
  auto result = session.rows(
      "SELECT count(*) FROM range(1000000000) a, range(1000000000) b WHERE a.range + b.range = 3");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::sql_limit) << result.error().to_text();
  EXPECT_EQ(cell(session, "SELECT 1"), "1") << "the session goes on";
}

TEST_F(LockedSqlTest, StopsWhatTakesTooMuchMemory) {
  LockedSql session = open(shop_.visible(), {.memory_bytes = 64 << 20, .threads = 1});
  auto result = session.rows("SELECT list(range ORDER BY random()) FROM range(50000000)");
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, Code::sql_limit) << result.error().to_text();
}

TEST_F(LockedSqlTest, JoinsRowsOfText) {
  LockedSql session = open(shop_.visible());
  ASSERT_TRUE(session.load(
      {"labels", {"order_no", "note"}, {{"o1", "a"}, {"o1", std::nullopt}, {"o9", "c"}}}));
  EXPECT_EQ(cell(session,
                 "SELECT string_agg(coalesce(note, '-') || total_amount, ';' ORDER BY note) FROM "
                 "labels JOIN "
                 "mart.order USING (order_no)"),
            "a100.10;-100.10");
}

TEST(CsvLineTest, QuotesWhatNeedsIt) {
  using Kind = Cell::Kind;
  EXPECT_EQ(csv_line({{Kind::text, "a,b"},
                      {Kind::null, ""},
                      {Kind::text, ""},
                      {Kind::text, "c\"d"},
                      {Kind::number, "1"}}),
            "\"a,b\",,\"\",\"c\"\"d\",1");
}

}  // namespace
}  // namespace assay::ask
