#include "cli/answer_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "cli/result_printer.h"
#include "cli/text.h"

namespace assay::cli {
namespace {

constexpr std::size_t kRowsShown = 100;

/// "1234567.5" -> "1,234,567.5"
std::string grouped(const std::string& digits) {
  const std::size_t begin = digits.starts_with('-') ? 1 : 0;
  const std::size_t point = std::min(digits.find('.'), digits.size());
  std::string text = digits.substr(0, begin);
  for (std::size_t i = begin; i < point; ++i) {
    if (i != begin && (point - i) % 3 == 0) text += ',';
    text += digits[i];
  }
  return text + digits.substr(point);
}

/// Exact digits as they are; doubles with as many places as a person wants to read.
std::string figure(const ask::Cell& cell, const std::string& type) {
  if (cell.is_null()) return "none";
  if (!cell.is_numeric()) return cell.text;
  if (type != "DOUBLE" && type != "FLOAT") return grouped(cell.text);
  const double value = std::strtod(cell.text.c_str(), nullptr);
  if (value == std::trunc(value) && std::fabs(value) < 1e15)
    return grouped(fmt::format("{:.0f}", value));
  return std::fabs(value) >= 1 ? grouped(fmt::format("{:.2f}", value))
                               : fmt::format("{:.4g}", value);
}

std::string with_unit(const std::string& figure, const std::string& unit) {
  return unit.empty() || figure == "none" ? figure : figure + " " + unit;
}

const ask::Cell& cell_of(const ask::Answer& answer, const std::string& column, std::string& type) {
  const auto& columns = answer.result.columns;
  const auto found = std::find_if(columns.begin(), columns.end(),
                                  [&](const ask::ResultColumn& one) { return one.name == column; });
  type = found->type;
  return answer.result.rows.at(0).at(static_cast<std::size_t>(found - columns.begin()));
}

/// One line a metric: "average order value  80.12 EUR  (revenue 961.44 / orders 12)".
std::string totals(const ask::Answer& answer) {
  std::string text;
  for (std::size_t i = 0; i < answer.query.metrics.size(); ++i) {
    const ask::MetricColumns& columns = answer.query.metrics[i];
    const model::Metric& metric = *answer.interpretation.metrics[i].metric;
    std::string type;
    const ask::Cell& cell = cell_of(answer, columns.value, type);
    text += fmt::format("  {}: {}", ask::friendly(metric.business_name, metric.name),
                        with_unit(figure(cell, type), metric.unit));
    std::vector<std::string> parts;
    for (const std::string& part : columns.parts) {
      const ask::Cell& value = cell_of(answer, part, type);
      parts.push_back(fmt::format("{} {}", part, figure(value, type)));
    }
    text += parts.empty() ? "\n" : fmt::format(" ({})\n", fmt::join(parts, " / "));
  }
  return text;
}

/// Groups and metrics only; the columns that they were made of are in the JSON and in the SQL.
ask::ResultRows shown_columns(const ask::Answer& answer) {
  std::vector<std::string> names = answer.query.groups;
  for (const ask::MetricColumns& metric : answer.query.metrics) names.push_back(metric.value);
  ask::ResultRows shown;
  std::vector<std::size_t> indices;
  for (const std::string& name : names) {
    for (std::size_t i = 0; i < answer.result.columns.size(); ++i) {
      if (answer.result.columns[i].name != name) continue;
      indices.push_back(i);
      shown.columns.push_back(answer.result.columns[i]);
    }
  }
  for (const auto& row : answer.result.rows) {
    auto& line = shown.rows.emplace_back();
    for (std::size_t j = 0; j < indices.size(); ++j) {
      ask::Cell cell = row[indices[j]];
      const bool is_metric = j >= answer.query.groups.size();
      if (is_metric) cell.text = figure(cell, shown.columns[j].type);
      if (is_metric && cell.is_null()) cell.kind = ask::Cell::Kind::text;
      line.push_back(std::move(cell));
    }
  }
  return shown;
}

std::string indented(const std::string& text) {
  std::string result = "  ";
  for (const char c : text) {
    result += c;
    if (c == '\n') result += "  ";
  }
  while (!result.empty() && (result.back() == ' ' || result.back() == '\n')) result.pop_back();
  return result + "\n";
}

std::string figures(const ask::Answer& answer) {
  if (answer.row_count == 0) {
    std::string text = "  no rows in this period";
    if (answer.last_day)
      text += fmt::format("; the last day with data is {}", *answer.last_day);
    else if (!answer.query.last_day_sql.empty())
      text += ", nor in any other period";
    return text + "\n" + (answer.query.groups.empty() ? totals(answer) : "");
  }
  const std::string rows = fmt::format("  from {} row{}\n", group_digits(answer.row_count),
                                       answer.row_count == 1 ? "" : "s");
  if (answer.query.groups.empty()) return totals(answer) + rows;
  std::string text = indented(result_table(shown_columns(answer), kRowsShown));
  if (answer.result.rows.size() > kRowsShown) {
    text += fmt::format("  ... {} more groups; --json gives all\n",
                        answer.result.rows.size() - kRowsShown);
  }
  return text + rows;
}

std::string caveats(const ask::Answer& answer) {
  std::string text;
  for (const ask::Caveat& caveat : answer.provenance.caveats)
    text += fmt::format("  - {}\n", caveat.text);
  if (text.empty()) return "Caveats: none\n";
  return "Caveats\n" + text;
}

}  // namespace

std::string answer_text(const ask::Answer& answer, const ask::Vocabulary& vocabulary) {
  std::string text = ask::sentence(answer) + "\n\n" + figures(answer) + "\nHow it was read\n";
  for (const auto& line : ask::explain(answer, vocabulary).lines) {
    const std::string words = line.words.empty() ? "" : fmt::format("  <- \"{}\"", line.words);
    text += fmt::format("  {:<8} {}{}\n", line.part, line.text, words);
  }
  const std::size_t manifests = answer.provenance.manifests.size();
  text += fmt::format("  {:<8} {}, {} manifest{}", "data", answer.request.tenant.text(), manifests,
                      manifests == 1 ? "" : "s");
  if (answer.provenance.knowledge_frontier) {
    text += fmt::format(", known up to {}", format_instant(*answer.provenance.knowledge_frontier));
  }
  return text + "\n\n" + caveats(answer) + "\nSQL\n" + indented(answer.query.sql);
}

}  // namespace assay::cli
