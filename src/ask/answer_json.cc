#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "ask/answer.h"

namespace assay::ask {
namespace {

using json = nlohmann::ordered_json;

json instant_or_null(const std::optional<Micros>& instant) {
  return instant ? json(format_instant(*instant)) : json(nullptr);
}

json metrics_json(const Answer& answer, const Vocabulary& vocabulary) {
  json list = json::array();
  for (const MetricChoice& choice : answer.interpretation.metrics) {
    const model::Metric& metric = *choice.metric;
    list.push_back({{"metric", metric.name},
                    {"name", friendly(metric.business_name, metric.name)},
                    {"words", choice.words},
                    {"formula", formula(vocabulary, metric)},
                    {"unit", metric.unit}});
  }
  return list;
}

json segments_json(const Interpretation& meaning) {
  json list = json::array();
  for (const SegmentChoice& choice : meaning.segments) {
    list.push_back({{"segment", choice.segment->name},
                    {"words", choice.words},
                    {"filter", choice.segment->filter},
                    {"entity", choice.segment->entity},
                    {"judged", choice.segment->judged},
                    {"negated", choice.negated}});
  }
  return list;
}

json dimension_json(const Dimension& dimension) {
  return {{"dimension", dimension.label},
          {"entity", dimension.entity},
          {"role", dimension.role},
          {"field", dimension.field},
          {"column", dimension.column}};
}

json filters_json(const Interpretation& meaning) {
  json list = json::array();
  for (const FilterChoice& filter : meaning.filters) {
    json item = dimension_json(filter.dimension);
    item["words"] = filter.words;
    item["values"] = filter.values;
    item["negated"] = filter.negated;
    list.push_back(std::move(item));
  }
  return list;
}

/// The bounds as instants; `from_included` and `to_included` say which ends belong to the period.
json period_json(const Interpretation& meaning) {
  if (!meaning.period) return nullptr;
  const Period& period = *meaning.period;
  return {{"words", period.words},
          {"from", instant_or_null(period.from)},
          {"from_included", !period.rolling},
          {"to", instant_or_null(period.to)},
          {"to_included", period.rolling},
          {"text", bounds_text(period)},
          {"timezone", "UTC"}};
}

json interpretation_json(const Answer& answer, const Vocabulary& vocabulary) {
  const Interpretation& meaning = answer.interpretation;
  json groups = json::array();
  for (const Dimension& group : meaning.groups) groups.push_back(dimension_json(group));
  json top = nullptr;
  if (meaning.top)
    top = {{"count", meaning.top->count}, {"order", meaning.top->ascending ? "lowest" : "highest"}};
  return {{"sentence", sentence(answer)},
          {"metrics", metrics_json(answer, vocabulary)},
          {"segments", segments_json(meaning)},
          {"filters", filters_json(meaning)},
          {"period", period_json(meaning)},
          {"group_by", groups},
          {"grain", meaning.grain ? json(std::string(to_string(*meaning.grain))) : json(nullptr)},
          {"top", top}};
}

json caveats_json(const Provenance& provenance) {
  json list = json::array();
  for (const Caveat& caveat : provenance.caveats) {
    list.push_back({{"kind", caveat.kind},
                    {"text", caveat.text},
                    {"records", caveat.records},
                    {"manifests", caveat.manifests}});
  }
  return list;
}

/// Numbers up to 2^53 as numbers, longer ones and decimals as strings, as `assay --json sql` gives
/// them.
json cell_json(const Cell& cell) {
  if (cell.is_null()) return nullptr;
  if (cell.kind == Cell::Kind::exact || cell.kind == Cell::Kind::text) return cell.text;
  return json::parse(cell.text);
}

}  // namespace

std::string to_json(const Answer& answer, const Vocabulary& vocabulary) {
  json columns = json::array();
  for (const ResultColumn& column : answer.result.columns) columns.push_back(column.name);
  json rows = json::array();
  for (const auto& row : answer.result.rows) {
    json cells = json::array();
    for (const Cell& cell : row) cells.push_back(cell_json(cell));
    rows.push_back(std::move(cells));
  }
  json value = nullptr;
  const std::string& metric = answer.query.metrics.front().value;
  for (std::size_t i = 0; answer.query.groups.empty() && i < answer.result.columns.size(); ++i) {
    if (answer.result.columns[i].name == metric) value = cell_json(answer.result.rows.at(0).at(i));
  }
  const json document = {
      {"status", "answered"},
      {"question", answer.request.question},
      {"tenant", answer.request.tenant.text()},
      {"interpretation", interpretation_json(answer, vocabulary)},
      {"value", value},
      {"unit", answer.interpretation.metrics.front().metric->unit},
      {"row_count", answer.row_count},
      {"last_day_with_data", answer.last_day ? json(*answer.last_day) : json(nullptr)},
      {"columns", columns},
      {"rows", rows},
      {"caveats", caveats_json(answer.provenance)},
      {"as_of", format_instant(answer.request.now)},
      {"known_at", instant_or_null(answer.request.known_at)},
      {"knowledge_frontier", instant_or_null(answer.provenance.knowledge_frontier)},
      {"manifests", answer.provenance.manifests},
      {"dialect", "duckdb"},
      {"sql", answer.query.sql},
      {"unused_words", json::array()}};
  return document.dump(2, ' ', false, json::error_handler_t::replace);
}

}  // namespace assay::ask
