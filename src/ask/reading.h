#pragma once
// From a question to what it means. Every word counts: what cannot be placed is said, never
// dropped.

#include <optional>
#include <string>

#include "ask/interpretation.h"
#include "ask/values.h"
#include "ask/vocabulary.h"
#include "base/result.h"

namespace assay::ask {

struct ReadingRequest {
  std::string question;
  Micros now = 0;               ///< "this month" is relative to it
  std::optional<Micros> as_of;  ///< explicit: events after it do not count
};

/// Errors: question_unknown (the words that nothing explains, what was understood, and the nearest
/// things that are known), question_ambiguous (each of the readings).
Result<Interpretation> read_question(const ReadingRequest& request, const Vocabulary& vocabulary,
                                     Values& values);

}  // namespace assay::ask
