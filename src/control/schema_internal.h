#pragma once
// The tables of the control database (docs/control-database.md explains them). The SQL is what
// SQLite and PostgreSQL both take; types are BIGINT and TEXT, apart from Iceberg's own two tables.

#include <span>
#include <string_view>

namespace assay::control {

inline constexpr int kSchemaVersion = 1;
inline constexpr std::string_view kCatalogName = "lake";

/// CREATE statements in order; they expect an empty database.
std::span<const std::string_view> schema_statements();
/// CREATE TABLE IF NOT EXISTS: what every writer makes sure of when it opens a database.
std::span<const std::string_view> schema_additions();

}  // namespace assay::control
