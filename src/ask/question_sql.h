#pragma once
// An interpretation as SQL over the tenant's marts. The same model and interpretation give the same
// bytes.

#include <string>
#include <vector>

#include "ask/interpretation.h"
#include "ask/vocabulary.h"
#include "base/result.h"

namespace assay::ask {

/// One column of the answer that is a metric, with the columns it was made of and how many rows fed
/// it.
struct MetricColumns {
  std::string value;
  std::vector<std::string> parts;  ///< numerator and denominator of a ratio; empty otherwise
  std::vector<std::string> rows;   ///< one a part
};

struct QuestionSql {
  std::string sql;
  std::vector<std::string> groups;     ///< first columns of the result
  std::vector<MetricColumns> metrics;  ///< in the order of the interpretation
  std::string
      last_day_sql;  ///< the last event of the same question without its period; "" for masters
  std::string manifests_sql;  ///< gold manifests with rows in the period; "" for masters
};

/// Every fact table is aggregated to the groups first and only then joined (ask.md section 2): no
/// row is dropped, none counts twice. Errors: question_unknown (a segment that the metric's rows
/// cannot be judged by), question_ambiguous (several roles lead to the segment's master).
Result<QuestionSql> question_sql(const Interpretation& interpretation,
                                 const Vocabulary& vocabulary);

/// The formula of a metric for people: "sum(total_amount) of order where ...".
std::string formula(const Vocabulary& vocabulary, const model::Metric& metric);

}  // namespace assay::ask
