#pragma once
// A question answered: what it was taken to mean, the SQL that ran, the figures, and what may be
// missing in them.

#include <cstdint>
#include <optional>
#include <string>

#include "ask/caveats.h"
#include "ask/interpretation.h"
#include "ask/locked_sql.h"
#include "ask/question_sql.h"
#include "ask/vocabulary.h"
#include "base/result.h"
#include "control/control.h"

namespace assay::ask {

struct AnswerRequest {
  std::string question;
  TenantId tenant;
  Micros now = 0;                  ///< the clock, or the explicit as-of
  std::optional<Micros> as_of;     ///< explicit: later events do not count
  std::optional<Micros> known_at;  ///< what the session's views were cut to
};

/// Points into the vocabulary that it was made with.
struct Answer {
  AnswerRequest request;
  Interpretation interpretation;
  QuestionSql query;
  ResultRows result;
  std::int64_t row_count = 0;           ///< rows of the mart that fed the first metric
  std::optional<std::string> last_day;  ///< of an empty period: the last day that has data
  Provenance provenance;
};

/// Errors: those of read_question, question_sql and LockedSql.
Result<Answer> answer_question(const AnswerRequest& request, const Vocabulary& vocabulary,
                               LockedSql& sql, control::Database& control);

/// One sentence: "average order value of premium customers by country, this month".
std::string sentence(const Answer& answer);

/// Texts for people of the parts of an interpretation, with the words of the question that led to
/// them.
struct Explanation {
  struct Line {
    std::string part;   ///< "metric", "segment", "filter", "period", "by", "top"
    std::string words;  ///< of the question
    std::string text;
  };
  std::vector<Line> lines;
};
Explanation explain(const Answer& answer, const Vocabulary& vocabulary);

/// The answer as one JSON document (ask.md section 5).
std::string to_json(const Answer& answer, const Vocabulary& vocabulary);

}  // namespace assay::ask
