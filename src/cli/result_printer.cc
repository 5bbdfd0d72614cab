#include "cli/result_printer.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "cli/text.h"

namespace assay::cli {
namespace {

constexpr std::size_t kTableRows = 1000;
constexpr std::size_t kCellWidth = 60;

/// Characters, not bytes: continuation bytes of UTF-8 take no room.
std::size_t width_of(const std::string& text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

/// One line of at most kCellWidth characters; control characters would break the table.
std::string shown(const ask::Cell& cell) {
  if (cell.is_null()) return "NULL";
  std::string text;
  std::size_t width = 0;
  for (const char c : cell.text) {
    const bool continues = (c & 0xC0) == 0x80;
    if (!continues && ++width > kCellWidth) return text + "...";
    text += static_cast<unsigned char>(c) < 0x20 || c == 0x7F ? ' ' : c;
  }
  return text;
}

bool is_numeric_type(const std::string& type) {
  return type.ends_with("INT") || type == "INTEGER" || type == "DOUBLE" || type == "FLOAT" ||
         type.starts_with("DECIMAL");
}

std::string json_columns(const std::vector<ask::ResultColumn>& columns,
                         std::string ask::ResultColumn::* member) {
  std::string text;
  for (const ask::ResultColumn& column : columns) {
    text += (text.empty() ? "" : ", ") + ask::json_string(column.*member);
  }
  return text;
}

std::string json_row(const std::vector<ask::Cell>& cells) {
  std::string text;
  for (const ask::Cell& cell : cells) text += (text.empty() ? "" : ", ") + ask::to_json(cell);
  return text;
}

}  // namespace

Result<ResultFormat> result_format(const Globals& globals, const std::string& text) {
  if (text == "table") return ResultFormat::table;
  if (text == "csv") return ResultFormat::csv;
  if (text == "json" || (text.empty() && globals.json)) return ResultFormat::json;
  if (text.empty()) return isatty(STDOUT_FILENO) == 1 ? ResultFormat::table : ResultFormat::csv;
  return make_error(Code::usage, fmt::format("no format '{}'", text),
                    "Formats are table, csv and json.");
}

std::string result_table(const ask::ResultRows& result, std::size_t row_limit) {
  std::vector<std::vector<std::string>> lines;
  std::vector<std::size_t> widths;
  for (const ask::ResultColumn& column : result.columns) widths.push_back(width_of(column.name));
  for (std::size_t i = 0; i < std::min(row_limit, result.rows.size()); ++i) {
    std::vector<std::string>& line = lines.emplace_back();
    for (std::size_t j = 0; j < result.rows[i].size(); ++j) {
      line.push_back(shown(result.rows[i][j]));
      widths[j] = std::max(widths[j], width_of(line.back()));
    }
  }
  std::string text;
  const auto add_line = [&](const std::vector<std::string>& line) {
    for (std::size_t j = 0; j < line.size(); ++j) {
      const std::string blanks(widths[j] - width_of(line[j]), ' ');
      const bool right = is_numeric_type(result.columns[j].type);
      text += (j == 0 ? "" : "  ") + (right ? blanks + line[j] : line[j] + blanks);
    }
    while (!text.empty() && text.back() == ' ') text.pop_back();
    text += '\n';
  };
  std::vector<std::string> names;
  std::vector<std::string> rules;
  for (std::size_t j = 0; j < widths.size(); ++j) {
    names.push_back(result.columns[j].name);
    rules.emplace_back(widths[j], '-');
  }
  add_line(names);
  add_line(rules);
  for (const auto& line : lines) add_line(line);
  return text;
}

ask::LockedSql::Consumer ResultPrinter::consumer() {
  return {.columns = [this](const auto& columns) { return begin(columns); },
          .row = [this](const auto& cells) { return row(cells); }};
}

Status ResultPrinter::begin(const std::vector<ask::ResultColumn>& columns) {
  kept_.columns = columns;
  if (format_ == ResultFormat::csv) {
    std::vector<ask::Cell> names;
    for (const auto& column : columns) names.push_back({ask::Cell::Kind::text, column.name});
    fmt::print("{}\n", ask::csv_line(names));
  }
  if (format_ == ResultFormat::json) {
    fmt::print("{{\"columns\": [{}], \"types\": [{}], \"rows\": [",
               json_columns(columns, &ask::ResultColumn::name),
               json_columns(columns, &ask::ResultColumn::type));
  }
  return {};
}

Status ResultPrinter::row(const std::vector<ask::Cell>& cells) {
  ++count_;
  switch (format_) {
    case ResultFormat::csv: fmt::print("{}\n", ask::csv_line(cells)); break;
    case ResultFormat::json: fmt::print("{}\n[{}]", count_ == 1 ? "" : ",", json_row(cells)); break;
    case ResultFormat::table:
      if (count_ <= kTableRows) kept_.rows.push_back(cells);
      break;
  }
  return {};
}

void ResultPrinter::finish() {
  if (format_ == ResultFormat::json) fmt::print("]}}\n");
  if (format_ != ResultFormat::table) return;
  fmt::print("{}", result_table(kept_, kTableRows));
  const auto shown_rows = static_cast<std::uint64_t>(kept_.rows.size());
  if (shown_rows < count_) {
    fmt::print("... {} more rows; --format csv prints all\n",
               group_digits(static_cast<std::int64_t>(count_ - shown_rows)));
  }
  fmt::print("{} row{}\n", group_digits(static_cast<std::int64_t>(count_)), count_ == 1 ? "" : "s");
}

}  // namespace assay::cli
