#include "ask/locked_values.h"

#include <fmt/format.h>

#include <algorithm>

#include "parquet/parquet.h"

namespace assay::ask {
namespace {

constexpr int kNearValues = 3;
constexpr double kSimilarityMin = 0.85;

/// "mart.invoice"; a master's own fields are looked up in its history.
std::string distinct_values(const Dimension& dimension) {
  const std::string column = parquet::sql_name(dimension.column);
  return fmt::format(
      "SELECT DISTINCT CAST({0} AS VARCHAR) AS v FROM mart.{1} WHERE {0} IS NOT NULL", column,
      parquet::sql_name(dimension.entity));
}

}  // namespace

Result<std::vector<ValueHit>> LockedValues::find(std::span<const Dimension> dimensions,
                                                 std::span<const std::string> texts) {
  std::vector<ValueHit> hits;
  if (dimensions.empty() || texts.empty()) return hits;
  std::vector<std::string> asked;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    asked.push_back(fmt::format("({}, {})", i, parquet::sql_literal(texts[i])));
  }
  std::vector<std::string> selects;
  for (std::size_t i = 0; i < dimensions.size(); ++i) {
    selects.push_back(
        fmt::format("SELECT asked.i, {} AS d, v FROM asked JOIN ({}) ON lower(v) = lower(asked.t)",
                    i, distinct_values(dimensions[i])));
  }
  ASSAY_TRY(const ResultRows result,
            sql_.rows(fmt::format("WITH asked(i, t) AS (VALUES {}) {} ORDER BY 1, 2, 3",
                                  fmt::join(asked, ", "), fmt::join(selects, " UNION ALL "))));
  for (const auto& row : result.rows) {
    hits.push_back({std::stoull(row[0].text), std::stoull(row[1].text), row[2].text});
  }
  return hits;
}

Result<std::vector<std::string>> LockedValues::nearest(std::span<const Dimension> dimensions,
                                                       const std::string& text) {
  std::vector<std::string> values;
  std::vector<std::string> selects;
  for (const Dimension& dimension : dimensions) selects.push_back(distinct_values(dimension));
  if (selects.empty()) return values;
  const std::string asked = parquet::sql_literal(text);
  ASSAY_TRY(const ResultRows result,
            sql_.rows(fmt::format(
                "SELECT DISTINCT v, jaro_winkler_similarity(lower(v), lower({0})) AS s FROM ({1}) "
                "WHERE s >= {2} ORDER BY s DESC, v LIMIT {3}",
                asked, fmt::join(selects, " UNION ALL "), kSimilarityMin, kNearValues)));
  for (const auto& row : result.rows) values.push_back(row[0].text);
  return values;
}

}  // namespace assay::ask
