#include <array>

#include "control/schema_internal.h"

namespace assay::control {
namespace {

constexpr auto kStatements = std::to_array<std::string_view>({
    "CREATE TABLE assay_schema (version BIGINT NOT NULL)",

    // Iceberg's SQL catalog, JDBC layout V1: names, types and keys are those that other engines
    // expect.
    "CREATE TABLE iceberg_tables ("
    " catalog_name VARCHAR(255) NOT NULL,"
    " table_namespace VARCHAR(255) NOT NULL,"
    " table_name VARCHAR(255) NOT NULL,"
    " metadata_location VARCHAR(1000),"
    " previous_metadata_location VARCHAR(1000),"
    " iceberg_type VARCHAR(5),"
    " PRIMARY KEY (catalog_name, table_namespace, table_name))",
    "CREATE TABLE iceberg_namespace_properties ("
    " catalog_name VARCHAR(255) NOT NULL,"
    " namespace VARCHAR(255) NOT NULL,"
    " property_key VARCHAR(255) NOT NULL,"
    " property_value VARCHAR(1000),"
    " PRIMARY KEY (catalog_name, namespace, property_key))",

    "CREATE TABLE lease ("
    " name TEXT NOT NULL PRIMARY KEY,"
    " generation BIGINT NOT NULL,"
    " holder TEXT NOT NULL,"
    " taken BIGINT NOT NULL)",
    "CREATE TABLE sequence ("
    " name TEXT NOT NULL PRIMARY KEY,"
    " last_value BIGINT NOT NULL)",

    "CREATE TABLE manifest ("
    " manifest_id TEXT NOT NULL PRIMARY KEY,"
    " tenant_id TEXT NOT NULL,"
    " source_system TEXT NOT NULL,"
    " batch_id TEXT NOT NULL,"
    " record_count BIGINT NOT NULL,"
    " start_time BIGINT NOT NULL,"
    " end_time BIGINT,"
    " status TEXT NOT NULL CHECK (status IN ('RECEIVED', 'PROCESSING', 'COMPLETE', 'FAILED', "
    "'PAUSED')),"
    " quality_checks TEXT NOT NULL,"
    " layer TEXT NOT NULL CHECK (layer IN ('bronze', 'silver', 'gold')),"
    " lineage TEXT NOT NULL,"
    " application TEXT NOT NULL,"
    " plan_id TEXT NOT NULL,"
    " epoch BIGINT NOT NULL,"
    " attempt BIGINT NOT NULL,"
    " current BIGINT NOT NULL,"
    " superseded_by TEXT,"
    " ranges TEXT NOT NULL,"
    " tables TEXT NOT NULL,"
    " accounting TEXT NOT NULL,"
    " equations TEXT NOT NULL,"
    " snapshots TEXT NOT NULL,"
    " error TEXT NOT NULL,"
    " ingest_time BIGINT NOT NULL,"
    " retries BIGINT NOT NULL)",
    "CREATE INDEX manifest_by_tenant ON manifest (tenant_id, layer, status)",
    "CREATE INDEX manifest_by_epoch ON manifest (epoch)",
    "CREATE TABLE manifest_parent ("
    " parent_id TEXT NOT NULL,"
    " manifest_id TEXT NOT NULL,"
    " PRIMARY KEY (parent_id, manifest_id))",

    "CREATE TABLE intent ("
    " epoch BIGINT NOT NULL PRIMARY KEY,"
    " generation BIGINT NOT NULL,"
    " writer TEXT NOT NULL,"
    " kind TEXT NOT NULL,"
    " body TEXT NOT NULL,"
    " created BIGINT NOT NULL,"
    " state TEXT NOT NULL CHECK (state IN ('open', 'committed', 'failed')))",
    "CREATE TABLE ledger ("
    " epoch BIGINT NOT NULL PRIMARY KEY,"
    " writer TEXT NOT NULL,"
    " generation BIGINT NOT NULL,"
    " committed BIGINT NOT NULL)",

    "CREATE TABLE source_offset ("
    " source TEXT NOT NULL,"
    " source_id TEXT NOT NULL,"
    " generation BIGINT NOT NULL,"
    " partition BIGINT NOT NULL,"
    " layer TEXT NOT NULL,"
    " next_offset BIGINT NOT NULL,"
    " PRIMARY KEY (source, source_id, generation, partition, layer))",
    "CREATE TABLE source_file ("
    " tenant_id TEXT NOT NULL,"
    " application TEXT NOT NULL,"
    " source TEXT NOT NULL,"
    " path TEXT NOT NULL,"
    " source_id TEXT NOT NULL,"
    " length BIGINT NOT NULL,"
    " prefix_sha256 TEXT NOT NULL,"
    " stored_size BIGINT NOT NULL,"
    " modified BIGINT NOT NULL,"
    " PRIMARY KEY (tenant_id, application, source, path))",

    "CREATE TABLE file ("
    " path TEXT NOT NULL PRIMARY KEY,"
    " size BIGINT NOT NULL,"
    " sha256 TEXT NOT NULL,"
    " table_name TEXT NOT NULL,"
    " kind TEXT NOT NULL,"
    " epoch BIGINT NOT NULL)",
    R"(CREATE TABLE row_digest (
      "table" TEXT NOT NULL,
      "key" TEXT NOT NULL,
      sha256 TEXT NOT NULL,
      manifest TEXT NOT NULL,
      PRIMARY KEY ("table", "key")))",

    "CREATE TABLE plan ("
    " plan_id TEXT NOT NULL PRIMARY KEY,"
    " tenant_id TEXT NOT NULL,"
    " plan_json TEXT NOT NULL,"
    " applied BIGINT NOT NULL)",
    "CREATE TABLE tenant_plan ("
    " tenant_id TEXT NOT NULL PRIMARY KEY,"
    " plan_id TEXT NOT NULL,"
    " applied BIGINT NOT NULL)",
    "CREATE TABLE field_id ("
    " table_name TEXT NOT NULL,"
    " field TEXT NOT NULL,"
    " id BIGINT NOT NULL,"
    " PRIMARY KEY (table_name, field),"
    " UNIQUE (table_name, id))",
    "CREATE TABLE workspace ("
    " version BIGINT NOT NULL PRIMARY KEY,"
    " workspace_json TEXT NOT NULL,"
    " applied BIGINT NOT NULL)",
});

/// Tables that came after version 1 was out in the world; any older program does without them.
constexpr auto kAdditions = std::to_array<std::string_view>({
    "CREATE TABLE IF NOT EXISTS field_rename ("
    " table_name TEXT NOT NULL,"
    " renamed_from TEXT NOT NULL,"
    " field TEXT NOT NULL,"
    " PRIMARY KEY (table_name, renamed_from))",
    "CREATE TABLE IF NOT EXISTS push_receipt ("
    " tenant_id TEXT NOT NULL,"
    " application TEXT NOT NULL,"
    " idempotency_key TEXT NOT NULL,"
    " sha256 TEXT NOT NULL,"
    " first BIGINT NOT NULL,"
    " records BIGINT NOT NULL,"
    " received BIGINT NOT NULL,"
    " PRIMARY KEY (tenant_id, application, idempotency_key))",
    "CREATE INDEX IF NOT EXISTS manifest_by_status ON manifest (status, layer)",
    "CREATE INDEX IF NOT EXISTS push_receipt_by_time ON push_receipt (tenant_id, received)",
    "CREATE TABLE IF NOT EXISTS paused_flow ("
    " tenant_id TEXT NOT NULL,"
    " application TEXT NOT NULL,"
    " since BIGINT NOT NULL,"
    " actor TEXT NOT NULL,"
    " reason TEXT NOT NULL,"
    " PRIMARY KEY (tenant_id, application))",
    "CREATE TABLE IF NOT EXISTS command ("
    " id INTEGER PRIMARY KEY,"
    " time BIGINT NOT NULL,"
    " actor TEXT NOT NULL,"
    " action TEXT NOT NULL,"
    " tenant_id TEXT NOT NULL,"
    " application TEXT NOT NULL,"
    " reason TEXT NOT NULL,"
    " manifests BIGINT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS source_mark ("
    " source TEXT NOT NULL,"
    " source_id TEXT NOT NULL,"
    " generation BIGINT NOT NULL,"
    " partition BIGINT NOT NULL,"
    " layer TEXT NOT NULL,"
    " mark TEXT NOT NULL,"
    " PRIMARY KEY (source, source_id, generation, partition, layer))",
    "CREATE TABLE IF NOT EXISTS retired_file ("
    " path TEXT NOT NULL PRIMARY KEY,"
    " retired BIGINT NOT NULL)",
    "CREATE TABLE IF NOT EXISTS quarantine_sweep ("
    " tenant_id TEXT NOT NULL PRIMARY KEY,"
    " plan_id TEXT NOT NULL)",
});

}  // namespace

std::span<const std::string_view> schema_statements() { return kStatements; }
std::span<const std::string_view> schema_additions() { return kAdditions; }

}  // namespace assay::control
