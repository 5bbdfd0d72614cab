#include "ask/answer.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "ask/alternatives.h"
#include "ask/locked_values.h"
#include "ask/reading.h"
#include "ask/spelling.h"

namespace assay::ask {
namespace {

std::size_t column_index(const ResultRows& result, const std::string& name) {
  const auto found = std::find_if(result.columns.begin(), result.columns.end(),
                                  [&](const ResultColumn& column) { return column.name == name; });
  return static_cast<std::size_t>(found - result.columns.begin());
}

std::int64_t integer(const Cell& cell) {
  std::int64_t value = 0;
  std::from_chars(cell.text.data(), cell.text.data() + cell.text.size(), value);
  return value;
}

std::int64_t fed_rows(const Answer& answer) {
  const std::size_t column = column_index(answer.result, answer.query.metrics.front().rows.front());
  std::int64_t count = 0;
  for (const auto& row : answer.result.rows) count += integer(row.at(column));
  return count;
}

Result<std::optional<std::string>> last_day(const Answer& answer, LockedSql& sql) {
  if (answer.row_count > 0 || answer.query.last_day_sql.empty())
    return std::optional<std::string>();
  ASSAY_TRY(const ResultRows result, sql.rows(answer.query.last_day_sql));
  const Cell& cell = result.rows.at(0).at(0);
  if (cell.is_null()) return std::optional<std::string>();
  return std::optional(cell.text.substr(0, 10));
}

Result<std::optional<std::set<std::string>>> touched(const Answer& answer, LockedSql& sql) {
  if (!answer.interpretation.period || answer.query.manifests_sql.empty()) {
    return std::optional<std::set<std::string>>();
  }
  ASSAY_TRY(const ResultRows result, sql.rows(answer.query.manifests_sql));
  std::set<std::string> manifests;
  for (const auto& row : result.rows) manifests.insert(row.at(0).text);
  return std::optional(std::move(manifests));
}

void add_personal(Answer& answer) {
  std::vector<std::string> labels;
  for (const Dimension& group : answer.interpretation.groups) {
    if (group.sensitivity == "personal") labels.push_back(group.label);
  }
  if (labels.empty()) return;
  answer.provenance.caveats.push_back(
      {.kind = "personal",
       .text = fmt::format("the answer shows personal data: {}", fmt::join(labels, ", ")),
       .records = 0,
       .manifests = {}});
}

std::string metric_label(const model::Metric& metric) {
  return friendly(metric.business_name, metric.name);
}

std::string segment_label(const SegmentChoice& choice) {
  const std::string name = friendly(choice.segment->business_name, choice.segment->name);
  return choice.negated ? "not " + name : name;
}

std::string filter_text(const FilterChoice& filter) {
  if (filter.values.empty()) return (filter.negated ? "not " : "") + filter.dimension.label;
  return fmt::format("{} {} {}", filter.dimension.label, filter.negated ? "is not" : "is",
                     fmt::join(filter.values, " or "));
}

void explain_metrics(const Answer& answer, const Vocabulary& vocabulary, Explanation& explanation) {
  for (const MetricChoice& choice : answer.interpretation.metrics) {
    const model::Metric& metric = *choice.metric;
    std::string text = metric_label(metric) + " = " + formula(vocabulary, metric);
    if (!metric.unit.empty()) text += " in " + metric.unit;
    explanation.lines.push_back({"metric", choice.words, std::move(text)});
    if (metric.kind != model::Metric::Kind::ratio) continue;
    for (const model::Metric* part : vocabulary.parts(metric)) {
      explanation.lines.push_back(
          {"metric", "", metric_label(*part) + " = " + formula(vocabulary, *part)});
    }
  }
}

}  // namespace

Result<Answer> answer_question(const AnswerRequest& request, const Vocabulary& vocabulary,
                               LockedSql& sql, control::Database& control) {
  LockedValues values(sql);
  Answer answer;
  answer.request = request;
  ASSAY_TRY(
      answer.interpretation,
      read_question({.question = request.question, .now = request.now, .as_of = request.as_of},
                    vocabulary, values));
  ASSAY_TRY(answer.query, question_sql(answer.interpretation, vocabulary));
  ASSAY_TRY(answer.result, sql.rows(answer.query.sql));
  answer.row_count = fed_rows(answer);
  ASSAY_TRY(answer.last_day, last_day(answer, sql));
  ASSAY_TRY(auto manifests, touched(answer, sql));
  ASSAY_TRY(answer.provenance, provenance(control, {.tenant = request.tenant,
                                                    .known_at = request.known_at,
                                                    .touched = std::move(manifests)}));
  add_personal(answer);
  return answer;
}

std::string sentence(const Answer& answer) {
  const Interpretation& meaning = answer.interpretation;
  std::vector<std::string> metrics;
  for (const MetricChoice& choice : meaning.metrics)
    metrics.push_back(metric_label(*choice.metric));
  std::string text = fmt::format("{}", fmt::join(metrics, " and "));
  std::vector<std::string> conditions;
  for (const auto& group : alternatives(meaning)) {
    std::vector<std::string> each;
    for (const auto& [segment, filter] : group)
      each.push_back(segment != nullptr ? segment_label(*segment) : filter_text(*filter));
    conditions.push_back(fmt::format("{}", fmt::join(each, " or ")));
  }
  if (!conditions.empty()) text += fmt::format(" of {}", fmt::join(conditions, " and "));
  std::vector<std::string> groups;
  if (meaning.grain) groups.emplace_back(to_string(*meaning.grain));
  for (const Dimension& group : meaning.groups) groups.push_back(group.label);
  if (!groups.empty()) text += fmt::format(" by {}", fmt::join(groups, " and "));
  if (meaning.top)
    text += fmt::format(", {} {}", meaning.top->ascending ? "the lowest" : "the highest",
                        meaning.top->count);
  return text + ", " + (meaning.period ? meaning.period->words : std::string("all time"));
}

Explanation explain(const Answer& answer, const Vocabulary& vocabulary) {
  const Interpretation& meaning = answer.interpretation;
  Explanation explanation;
  auto& lines = explanation.lines;
  explain_metrics(answer, vocabulary, explanation);
  for (const SegmentChoice& choice : meaning.segments) {
    lines.push_back(
        {"segment", choice.words,
         fmt::format("{}: {} of {}, judged {}", segment_label(choice), choice.segment->filter,
                     choice.segment->entity,
                     choice.segment->judged == "now" ? "as it is now" : "at the event")});
  }
  for (const FilterChoice& filter : meaning.filters) {
    lines.push_back({"filter", filter.words,
                     fmt::format("{} ({} of {})", filter_text(filter), filter.dimension.column,
                                 filter.dimension.entity)});
  }
  const FactTable facts =
      vocabulary.fact_table(*vocabulary.parts(*meaning.metrics.front().metric).front());
  std::string period =
      facts.master ? "as it is now" : bounds_text(meaning.period.value_or(Period{}));
  if (!facts.master) period += fmt::format(" (UTC, by {})", facts.time_column);
  if (meaning.visible_to)
    period += fmt::format(", seen at {}", format_instant(*meaning.visible_to));
  lines.push_back({"period", meaning.period ? meaning.period->words : "", std::move(period)});
  for (const Dimension& group : meaning.groups) {
    lines.push_back(
        {"by", "", fmt::format("{} ({} of {})", group.label, group.column, group.entity)});
  }
  if (meaning.grain)
    lines.push_back({"by", "", fmt::format("{} (UTC)", to_string(*meaning.grain))});
  if (meaning.top) {
    lines.push_back({"top", "",
                     fmt::format("the {} {} by {}", meaning.top->count,
                                 meaning.top->ascending ? "lowest" : "highest",
                                 metric_label(*meaning.metrics.front().metric))});
  }
  return explanation;
}

}  // namespace assay::ask
