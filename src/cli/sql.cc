// assay sql: a SELECT over one tenant's tables.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <iostream>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>

#include "cli/command.h"
#include "cli/open_questions.h"
#include "cli/result_printer.h"
#include "cli/text.h"
#include "parquet/parquet.h"

namespace assay::cli {
namespace {

struct SqlOptions {
  std::string sql, tenant, as_of, format;
  bool tables = false;
};

struct TableListing {
  std::string name;
  std::string rows;
  std::vector<std::pair<std::string, std::string>> columns;  // name, type
};

Result<std::vector<TableListing>> list_tables(ask::LockedSql& sql) {
  ASSAY_TRY(const auto columns,
            sql.rows("SELECT table_schema, table_name, column_name, data_type FROM "
                     "information_schema.columns WHERE table_schema IN ('bronze', 'silver', "
                     "'vault', 'mart', 'feature') ORDER BY table_schema, table_name, "
                     "ordinal_position"));
  std::vector<TableListing> tables;
  for (const auto& row : columns.rows) {
    const std::string name = row.at(0).text + "." + row.at(1).text;
    if (tables.empty() || tables.back().name != name) tables.push_back({name, "", {}});
    tables.back().columns.emplace_back(row.at(2).text, row.at(3).text);
  }
  for (TableListing& table : tables) {
    const std::size_t dot = table.name.find('.');
    ASSAY_TRY(const auto count,
              sql.rows(fmt::format("SELECT count(*) FROM {}.{}", table.name.substr(0, dot),
                                   parquet::sql_name(table.name.substr(dot + 1)))));
    table.rows = count.rows.at(0).at(0).text;
  }
  return tables;
}

void print_tables(const std::vector<TableListing>& tables, bool as_json) {
  if (as_json) {
    nlohmann::json list = nlohmann::json::array();
    for (const TableListing& table : tables) {
      nlohmann::json columns = nlohmann::json::array();
      for (const auto& [name, type] : table.columns) {
        columns.push_back({{"name", name}, {"type", type}});
      }
      list.push_back(
          {{"table", table.name}, {"rows", std::stoll(table.rows)}, {"columns", columns}});
    }
    fmt::print("{}\n", nlohmann::json{{"tables", list}}.dump(2));
    return;
  }
  for (const TableListing& table : tables) {
    const std::int64_t rows = std::stoll(table.rows);
    fmt::print("{} ({} row{})\n", table.name, group_digits(rows), rows == 1 ? "" : "s");
    for (const auto& [name, type] : table.columns) fmt::print("    {} {}\n", name, type);
  }
}

std::string statement_text(const SqlOptions& options) {
  if (options.sql != "-") return options.sql;
  return {std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>()};
}

Status run_sql(const Globals& globals, const SqlOptions& options) {
  ASSAY_TRY(const ResultFormat format, result_format(globals, options.format));
  ASSAY_TRY(const auto as_of, instant_option("--as-of", options.as_of));
  if (options.sql.empty() && !options.tables) {
    return make_error(Code::usage, "no SQL was given",
                      "Give a SELECT, `-` to read one from stdin, or --tables.");
  }
  ASSAY_TRY(Questions questions,
            open_questions(globals, {.tenant = options.tenant, .known_at = as_of}));
  if (options.tables) {
    ASSAY_TRY(const auto tables, list_tables(questions.sql));
    print_tables(tables, format == ResultFormat::json);
    return {};
  }
  ResultPrinter printer(format);
  ASSAY_TRY_VOID(questions.sql.query(statement_text(options), printer.consumer()));
  printer.finish();
  return {};
}

}  // namespace

void add_sql(CLI::App& app, Globals& globals) {
  auto options = std::make_shared<SqlOptions>();
  auto* command = app.add_subcommand("sql", "run a SELECT over one tenant's tables");
  command->add_option("sql", options->sql, "one SELECT, or - to read it from stdin")
      ->type_name("SQL");
  command->add_option("--tenant", options->tenant, "whose tables; needed where there are several")
      ->type_name("NAME");
  command->add_option("--as-of", options->as_of, "only rows that were known at this instant")
      ->type_name("TIME");
  command->add_option("--format", options->format,
                      "table, csv or json (default: table on a terminal, else csv)");
  command->add_flag("--tables", options->tables, "list the tables with columns and row counts");
  command->footer(
      "Tables: bronze, silver, vault, mart and feature. silver.<master>_current and "
      "mart.<master>_current give the periods\nof a master (valid_from, valid_to, is_current); "
      "feature.<view>_at(as_of[, known_at]) gives every key's features.");
  command->callback(
      [&globals, options] { run(globals, [&] { return run_sql(globals, *options); }); });
}

}  // namespace assay::cli
