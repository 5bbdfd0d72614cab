#include "ask/shop_fixture_test.h"

#include <duckdb.h>
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>

#include "parquet/parquet.h"

namespace assay::ask::test {
namespace {

namespace ids = column::field_id;

column::Field field(int id, const std::string& name, const std::string& type) {
  column::Field result;
  result.id = id;
  result.name = name;
  result.type = *column::parse_data_type(type);
  return result;
}

void run(duckdb_connection connection, const std::string& sql) {
  duckdb_result result;
  const bool good = duckdb_query(connection, sql.c_str(), &result) == DuckDBSuccess;
  const std::string message = good ? "" : duckdb_result_error(&result);
  duckdb_destroy_result(&result);
  if (!good) throw std::runtime_error(message + "\n" + sql);
}

/// Orders of acme: (number, time, customer, country, tier, status, gift, total, known).
constexpr const char* kOrders =
    "SELECT '{0}' AS tenant_id, * REPLACE (ordered_at::TIMESTAMPTZ AS ordered_at, "
    "total_amount::DECIMAL(18,2) AS "
    "total_amount), from_hex(md5(order_no || '{0}')) AS record_id, '' AS pointer, "
    "known::TIMESTAMPTZ AS knowledge_time, "
    "'m1' AS manifest_id FROM (VALUES "
    "('o1', '2026-03-01 00:00:00+00', 1::BIGINT, 'Germany', 'premium', 'paid', true, 100.10, "
    "'2026-03-01 01:00:00+00'),"
    "('o2', '2026-03-02 10:00:00+00', 2::BIGINT, 'France', 'basic', 'paid', false, 50.00, "
    "'2026-03-02 11:00:00+00'),"
    "('o3', '2026-03-05 10:00:00+00', 1::BIGINT, 'Germany', 'premium', 'late', false, 20.30, "
    "'2026-03-06 00:00:00+00'),"
    "('o4', '2026-02-28 23:59:59+00', 3::BIGINT, 'United Kingdom', 'premium', 'paid', false, 7.77, "
    "'2026-03-01 00:30:00+00'),"
    "('o5', '2026-01-15 12:00:00+00', NULL, NULL, NULL, 'paid', NULL, 9.99, '2026-01-15 "
    "12:30:00+00')) "
    "AS t(order_no, ordered_at, customer_customer_id, customer_country, customer_tier, status, "
    "gift, total_amount, known)";

}  // namespace

column::TableSchema order_schema() {
  return {"mart.order",
          {field(ids::kTenantId, "tenant_id", "string"), field(16, "order_no", "string"),
           field(17, "ordered_at", "timestamp"), field(18, "customer_customer_id", "int64"),
           field(19, "customer_country", "string"), field(20, "customer_tier", "string"),
           field(21, "status", "string"), field(22, "gift", "boolean"),
           field(23, "total_amount", "decimal(18,2)"), field(ids::kRecordId, "record_id", "binary"),
           field(ids::kPointer, "pointer", "string"),
           field(ids::kKnowledgeTime, "knowledge_time", "timestamp"),
           field(ids::kManifestId, "manifest_id", "string")},
          {}};
}

column::TableSchema order_line_schema() {
  return {"mart.order_line",
          {field(ids::kTenantId, "tenant_id", "string"), field(16, "order_no", "string"),
           field(17, "item_index", "int64"), field(18, "ordered_at", "timestamp"),
           field(19, "quantity", "int64"), field(20, "weight", "float64"),
           field(21, "product_sku", "string"), field(22, "product_category", "string"),
           field(ids::kRecordId, "record_id", "binary"), field(ids::kPointer, "pointer", "string"),
           field(ids::kKnowledgeTime, "knowledge_time", "timestamp"),
           field(ids::kManifestId, "manifest_id", "string")},
          {}};
}

column::TableSchema customer_content_schema() {
  return {"silver.customer_content",
          {field(ids::kTenantId, "tenant_id", "string"), field(16, "customer_id", "int64"),
           field(17, "country", "string"), field(18, "tier", "string"),
           field(ids::kNullFields, "null_fields", "binary"),
           field(ids::kContentHash, "content_hash", "binary"),
           field(ids::kEventTime, "event_time", "timestamp"),
           field(ids::kRecordId, "record_id", "binary"),
           field(ids::kKnowledgeTime, "knowledge_time", "timestamp"),
           field(ids::kManifestId, "manifest_id", "string")},
          {}};
}

column::TableSchema customer_history_schema() {
  return {"silver.customer_history",
          {field(ids::kTenantId, "tenant_id", "string"), field(16, "customer_id", "int64"),
           field(ids::kContentHash, "content_hash", "binary"),
           field(ids::kValidFrom, "valid_from", "timestamp"),
           field(ids::kSourcePriority, "source_priority", "int32"),
           field(ids::kKnowledgeTime, "knowledge_time", "timestamp"),
           field(ids::kManifestId, "manifest_id", "string")},
          {}};
}

column::TableSchema customer_mart_schema() {
  return {"mart.customer",
          {field(ids::kTenantId, "tenant_id", "string"), field(16, "customer_id", "int64"),
           field(17, "country", "string"), field(18, "tier", "string"),
           field(ids::kContentHash, "content_hash", "binary"),
           field(ids::kValidFrom, "valid_from", "timestamp"),
           field(ids::kSourcePriority, "source_priority", "int32"),
           field(ids::kKnowledgeTime, "knowledge_time", "timestamp"),
           field(ids::kManifestId, "manifest_id", "string")},
          {}};
}

column::TableSchema feature_schema() {
  return {"feature.customer_orders",
          {field(ids::kTenantId, "tenant_id", "string"), field(16, "customer_id", "int64"),
           field(ids::kEventTime, "event_time", "timestamp"), field(17, "revenue", "decimal(38,2)"),
           field(18, "orders", "int64"), field(ids::kRecordId, "record_id", "binary"),
           field(ids::kPointer, "pointer", "string"),
           field(ids::kKnowledgeTime, "knowledge_time", "timestamp"),
           field(ids::kManifestId, "manifest_id", "string")},
          {}};
}

Shop::Shop() {
  std::string pattern = (std::filesystem::temp_directory_path() / "assay-shop-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("no temporary folder");
  folder_ = pattern;
  const std::string orders = fmt::format(kOrders, "acme");
  write(order_schema(), orders, "orders.parquet");
  write(order_schema(), fmt::format(kOrders, "other"), "other.parquet");
  write(order_line_schema(),
        "SELECT o.tenant_id, o.order_no, i AS item_index, o.ordered_at, i + 1 AS quantity, 0.1 * "
        "(i + 1) AS weight, "
        "'s' || i AS product_sku, CASE i WHEN 0 THEN 'Toys' ELSE 'Books' END AS product_category, "
        "o.record_id, "
        "'/lines/' || i AS pointer, o.knowledge_time, o.manifest_id FROM (" +
            orders + ") AS o, range(2) AS r(i)",
        "lines.parquet");
  const std::string history =
      "SELECT 'acme' AS tenant_id, id::BIGINT AS customer_id, country, tier, from_hex(md5(country "
      "|| tier)) AS "
      "content_hash, valid_from::TIMESTAMPTZ AS valid_from, priority::INTEGER AS source_priority, "
      "known::TIMESTAMPTZ AS knowledge_time, 'm1' AS manifest_id FROM (VALUES "
      "(1, 'Germany', 'basic', '2026-01-01 00:00:00+00', 0, '2026-01-01 01:00:00+00'),"
      "(1, 'Germany', 'premium', '2026-03-01 00:00:00+00', 0, '2026-03-01 01:00:00+00'),"
      "(1, 'Germany', 'premium', '2026-03-05 10:00:00+00', 0, '2026-03-06 00:00:00+00'),"
      "(2, 'France', 'basic', '2026-03-02 10:00:00+00', 0, '2026-03-02 11:00:00+00'),"
      "(2, 'France', 'premium', '2026-03-02 10:00:00+00', 1, '2026-03-02 11:00:00+00'),"
      "(3, 'United Kingdom', 'premium', '2026-02-28 23:59:59+00', 0, '2026-03-01 00:30:00+00')) "
      "AS t(id, country, tier, valid_from, priority, known)";
  write(customer_mart_schema(), history, "customers.parquet");
  write(customer_history_schema(), history, "history.parquet");
  write(customer_content_schema(),
        "SELECT tenant_id, customer_id, any_value(country) AS country, any_value(tier) AS tier, "
        "NULL::BLOB AS null_fields, "
        "content_hash, min(valid_from) AS event_time, ''::BLOB AS record_id, min(knowledge_time) "
        "AS knowledge_time, "
        "'m1' AS manifest_id FROM (" +
            history + ") GROUP BY tenant_id, customer_id, content_hash",
        "contents.parquet");
  write(feature_schema(),
        "SELECT tenant_id, customer_customer_id AS customer_id, ordered_at AS event_time, "
        "total_amount AS revenue, "
        "1::BIGINT AS orders, record_id, pointer, knowledge_time, manifest_id FROM (" +
            orders + ") WHERE customer_customer_id IS NOT NULL",
        "features.parquet");
}

Shop::~Shop() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void Shop::write(const column::TableSchema& schema, const std::string& select,
                 const std::string& name) const {
  std::string columns;
  std::string field_ids;
  for (const column::Field& own : schema.fields) {
    const std::string quoted = parquet::sql_name(own.name);
    columns += fmt::format("{}{}::{} AS {}", columns.empty() ? "" : ", ", quoted,
                           parquet::sql_type(own.type), quoted);
    field_ids += fmt::format("{}{}: {}", field_ids.empty() ? "" : ", ", quoted, own.id);
  }
  duckdb_database database = nullptr;
  duckdb_connection connection = nullptr;
  duckdb_open(nullptr, &database);
  duckdb_connect(database, &connection);
  run(connection, "SET TimeZone = 'UTC'");
  run(connection,
      fmt::format("COPY (SELECT {} FROM ({})) TO '{}' (FORMAT parquet, FIELD_IDS {{{}}})", columns,
                  select, path(name), field_ids));
  duckdb_disconnect(&connection);
  duckdb_close(&database);
}

Visible Shop::visible() const {
  return {.tenant = TenantId("acme"),
          .tables = {{order_schema(), {path("orders.parquet")}},
                     {order_line_schema(), {path("lines.parquet")}},
                     {customer_content_schema(), {path("contents.parquet")}},
                     {customer_history_schema(), {path("history.parquet")}},
                     {customer_mart_schema(), {path("customers.parquet")}},
                     {feature_schema(), {path("features.parquet")}},
                     {{"silver.empty",
                       {field(ids::kTenantId, "tenant_id", "string"), field(16, "n", "int64")},
                       {}},
                      {}}},
          .masters = {{"customer", {"customer_id"}}},
          .macros = {},
          .known_at = std::nullopt};
}

}  // namespace assay::ask::test
