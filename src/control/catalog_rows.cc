#include "control/catalog_rows_internal.h"

#include <fmt/format.h>

#include "control/connection_internal.h"
#include "control/digest_internal.h"
#include "control/schema_internal.h"

namespace assay::control {
namespace {

/// Iceberg's columns hold no more.
constexpr std::size_t kLocationSizeMax = 1000;

struct TableName {
  std::string space;
  std::string name;
};

/// "a.b.c" is table c in namespace a.b.
TableName split(const std::string& table) {
  const auto dot = table.rfind('.');
  if (dot == std::string::npos) return {"", table};
  return {table.substr(0, dot), table.substr(dot + 1)};
}

const std::string kCatalog(kCatalogName);

Error conflict(const CatalogSwap& swap, const std::optional<std::string>& found) {
  return make_error(Code::lake_conflict,
                    fmt::format("table \"{}\" was moved by another writer", swap.table), {},
                    fmt::format("Expected {}, found {}.", swap.old_location.value_or("no table"),
                                found.value_or("no table")));
}

void make_namespace(soci::session& sql, const std::string& space) {
  execute(sql,
          "INSERT INTO iceberg_namespace_properties (catalog_name, namespace, property_key, "
          "property_value)"
          " VALUES (:catalog, :space, 'exists', 'true')"
          " ON CONFLICT (catalog_name, namespace, property_key) DO NOTHING",
          soci::use(kCatalog, "catalog"), soci::use(space, "space"));
}

long long create_table(soci::session& sql, const TableName& table, const std::string& location) {
  make_namespace(sql, table.space);
  return execute(
      sql,
      "INSERT INTO iceberg_tables (catalog_name, table_namespace, table_name, metadata_location,"
      " previous_metadata_location, iceberg_type)"
      " VALUES (:catalog, :space, :name, :location, NULL, 'TABLE')"
      " ON CONFLICT (catalog_name, table_namespace, table_name) DO NOTHING",
      soci::use(kCatalog, "catalog"), soci::use(table.space, "space"),
      soci::use(table.name, "name"), soci::use(location, "location"));
}

long long update_table(soci::session& sql, const TableName& table, const std::string& old_location,
                       const std::string& new_location) {
  return execute(
      sql,
      "UPDATE iceberg_tables SET metadata_location = :location, previous_metadata_location = "
      ":previous"
      " WHERE catalog_name = :catalog AND table_namespace = :space AND table_name = :name"
      " AND metadata_location = :expected AND (iceberg_type = 'TABLE' OR iceberg_type IS NULL)",
      soci::use(new_location, "location"), soci::use(old_location, "previous"),
      soci::use(kCatalog, "catalog"), soci::use(table.space, "space"),
      soci::use(table.name, "name"), soci::use(old_location, "expected"));
}

}  // namespace

Status swap_table(soci::session& sql, const CatalogSwap& swap, const std::string& manifest) {
  if (swap.new_location.size() > kLocationSizeMax) {
    return make_error(
        Code::lake_unsupported, fmt::format("the location of table \"{}\" is too long", swap.table),
        "Iceberg's SQL catalog holds 1000 characters: move the workspace to a shorter path.");
  }
  const TableName table = split(swap.table);
  const long long touched = swap.old_location
                                ? update_table(sql, table, *swap.old_location, swap.new_location)
                                : create_table(sql, table, swap.new_location);
  if (touched != 1) return conflict(swap, read_location(sql, swap.table));
  put_digest(
      sql, "iceberg_tables", fmt::format("{}\n{}\n{}", kCatalogName, table.space, table.name),
      {kCatalog, table.space, table.name, swap.new_location, swap.old_location, "TABLE"}, manifest);
  return {};
}

std::optional<std::string> read_location(soci::session& sql, const std::string& table) {
  const TableName name = split(table);
  const soci::rowset<std::string> rows =
      (sql.prepare << "SELECT metadata_location FROM iceberg_tables WHERE catalog_name = :catalog"
                      " AND table_namespace = :space AND table_name = :name AND metadata_location "
                      "IS NOT NULL",
       soci::use(kCatalog, "catalog"), soci::use(name.space, "space"),
       soci::use(name.name, "name"));
  return first_of(rows, [](const std::string& location) { return location; });
}

std::map<std::string, std::string> read_locations(soci::session& sql) {
  std::map<std::string, std::string> locations;
  const soci::rowset<soci::row> rows =
      (sql.prepare << "SELECT table_namespace, table_name, metadata_location FROM iceberg_tables"
                      " WHERE catalog_name = :catalog AND metadata_location IS NOT NULL"
                      " AND (iceberg_type = 'TABLE' OR iceberg_type IS NULL)",
       soci::use(kCatalog, "catalog"));
  for (const soci::row& row : rows) {
    const auto space = row.get<std::string>(0);
    const auto name = row.get<std::string>(1);
    locations[space.empty() ? name : space + "." + name] = row.get<std::string>(2);
  }
  return locations;
}

}  // namespace assay::control
