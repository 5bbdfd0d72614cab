#include "verify/lake_view.h"

#include <fmt/format.h>

namespace assay::verify {
namespace {

std::string sql_type(const ColumnType& type) {
  switch (type.kind) {
    case CellKind::boolean: return "BOOLEAN";
    case CellKind::integer: return type.narrow ? "INTEGER" : "BIGINT";
    case CellKind::float64: return "DOUBLE";
    case CellKind::decimal: return fmt::format("DECIMAL({},{})", type.precision, type.scale);
    case CellKind::date: return "DATE";
    case CellKind::timestamp: return "TIMESTAMPTZ";
    case CellKind::binary: return "BLOB";
    default: return "VARCHAR";
  }
}

std::string path_list(const std::vector<std::string>& paths) {
  std::string list;
  for (const std::string& path : paths) list += (list.empty() ? "" : ", ") + sql_literal(path);
  return "[" + list + "]";
}

}  // namespace

std::string scan_sql(const IcebergTable& table, const std::vector<std::string>& paths) {
  std::string schema;
  std::string nothing;
  for (const IcebergField& field : table.fields) {
    const std::string type = sql_type(field.type);
    schema +=
        fmt::format("{}{}: {{name: {}, type: {}, default_value: NULL}}", schema.empty() ? "" : ", ",
                    field.id, sql_literal(field.name), sql_literal(type));
    nothing += fmt::format("{}CAST(NULL AS {}) AS {}", nothing.empty() ? "" : ", ", type,
                           sql_name(field.name));
  }
  if (paths.empty()) return fmt::format("(SELECT {}, '' AS filename WHERE false)", nothing);
  return fmt::format("read_parquet({}, schema = MAP {{{}}}, filename = true)", path_list(paths),
                     schema);
}

std::vector<std::string> files_of(const IcebergTable& table, const std::string& tenant) {
  std::vector<std::string> paths;
  for (const IcebergDataFile& file : table.files) {
    if (!file.tenant || *file.tenant == tenant) paths.push_back(file.path);
  }
  return paths;
}

IcebergTable as_planned(const IcebergTable& table, const PlanDocument* plan) {
  IcebergTable named = table;
  const PlanTable* known = plan == nullptr ? nullptr : plan->table(table.name);
  if (known == nullptr) return named;
  std::vector<IcebergField> fields;
  for (const PlanColumn& column : known->columns)
    fields.push_back({column.id, column.name, column.type, column.required});
  for (IcebergField field : table.fields) {
    if (known->index_of_id(field.id) >= 0) continue;
    if (known->index_of(field.name) >= 0) field.name = fmt::format("{}_{}", field.name, field.id);
    fields.push_back(std::move(field));
  }
  named.fields = std::move(fields);
  return named;
}

Status create_views(Sql& sql, const std::map<std::string, IcebergTable>& tables,
                    const std::string& tenant, const PlanDocument* plan) {
  for (const auto& [name, stored] : tables) {
    const IcebergTable table = as_planned(stored, plan);
    ASSAY_TRY_VOID(
        sql.execute(fmt::format("CREATE OR REPLACE VIEW {} AS SELECT * FROM {}", sql_name(name),
                                scan_sql(table, files_of(table, tenant)))));
  }
  return {};
}

Result<std::map<std::string, std::vector<std::string>>> files_by_manifest(
    Sql& sql, const IcebergTable& table, const std::string& tenant) {
  std::map<std::string, std::vector<std::string>> files;
  ASSAY_TRY(const auto rows,
            sql.rows(fmt::format("SELECT DISTINCT manifest_id, filename FROM {} ORDER BY ALL",
                                 scan_sql(table, files_of(table, tenant)))));
  for (const TextRow& row : rows) files[row[0].value_or("")].push_back(row[1].value_or(""));
  return files;
}

}  // namespace assay::verify
