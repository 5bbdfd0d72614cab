#include <fmt/format.h>

#include "parquet/parquet.h"

namespace assay::parquet {

namespace {

std::string quoted(std::string_view text, char quote) {
  std::string out(1, quote);
  for (const char c : text) {
    if (c == quote) out += quote;
    out += c;
  }
  return out += quote;
}

/// DuckDB expands paths as patterns: what would mean something there stands for itself in brackets.
std::string literal_pattern(const std::string& path) {
  std::string out;
  for (const char c : path) {
    if (c == '*' || c == '?' || c == '[') {
      out += {'[', c, ']'};
    } else {
      out += c;
    }
  }
  return out;
}

std::string empty_table(const column::TableSchema& schema) {
  std::string columns;
  for (const column::Field& field : schema.fields) {
    columns += fmt::format("{}CAST(NULL AS {}) AS {}", columns.empty() ? "" : ", ",
                           sql_type(field.type), sql_name(field.name));
  }
  return fmt::format("SELECT {} WHERE false", columns);
}

}  // namespace

std::string sql_literal(std::string_view text) { return quoted(text, '\''); }

std::string sql_name(std::string_view name) { return quoted(name, '"'); }

std::string scan_sql(const column::TableSchema& schema, std::span<const std::string> paths) {
  if (paths.empty()) return empty_table(schema);
  std::string list;
  for (const std::string& path : paths) {
    list += fmt::format("{}{}", list.empty() ? "" : ", ", sql_literal(literal_pattern(path)));
  }
  std::string columns;
  for (const column::Field& field : schema.fields) {
    columns += fmt::format("{}{}: {{name: {}, type: {}, default_value: NULL}}",
                           columns.empty() ? "" : ", ", field.id, sql_literal(field.name),
                           sql_literal(sql_type(field.type)));
  }
  // Without hive_partitioning = false DuckDB would make columns of the folders' names.
  return fmt::format(
      "SELECT * FROM read_parquet([{}], schema = MAP {{{}}}, hive_partitioning = false)", list,
      columns);
}

}  // namespace assay::parquet
