#pragma once
// Time in questions: "this month", "last 30 days", "in March 2011", "between 1 May and 2011-06-03".

#include <cstddef>
#include <optional>
#include <span>

#include "ask/interpretation.h"
#include "ask/question_words.h"

namespace assay::ask {

struct TimeMatch {
  std::size_t count = 0;  ///< words that it takes
  Period period;          ///< without `words`
};

/// The longest time expression that starts at words[first], relative to `now`; nullopt where none
/// does. Weeks start on Monday; "last week" is the calendar week before, "last 2 weeks" the 14 days
/// up to now. A month, quarter or day without a year is the last one that has begun.
std::optional<TimeMatch> match_time(std::span<const Word> words, std::size_t first, Micros now);

}  // namespace assay::ask
