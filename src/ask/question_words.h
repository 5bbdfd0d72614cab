#pragma once
// A question as words, and how a word of a question meets a word of the model.

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace assay::ask {

struct Word {
  std::string text;                ///< as typed, without quotes
  std::string plain;               ///< lower case; for a misspelt grammar word the right one
  std::string singular;            ///< of `plain`
  std::size_t begin = 0, end = 0;  ///< bytes in the question
  bool quoted = false;
  int typos = 0;  ///< letters that `plain` has put right
};

/// Words, numbers, dates, quoted texts and commas of a question. Hyphens and underscores part
/// words, but not dates; a final 's goes.
std::vector<Word> question_words(std::string_view question);

/// The words of a name of the model, in lower case: "average_order_value" -> average, order, value.
std::vector<std::string> name_words(std::string_view name);

/// "countries" -> "country"; words that only look like plurals stay ("bus", "address").
std::string singular_of(std::string_view word);

/// What it costs to take a word of a question for a word of the model: 0 for the same word or its
/// plural, kTypoCost a letter for small typos in longer words, -1 where they differ. `known` words
/// are never typos.
int match_cost(const Word& word, std::string_view model_word, bool known);
inline constexpr int kTypoCost = 30;

/// Typos that a word of this length may have.
int typos_allowed(std::size_t length);

/// Words of the grammar itself. A stop word says nothing; the others steer.
const std::set<std::string, std::less<>>& stop_words();
const std::set<std::string, std::less<>>& grammar_words();

}  // namespace assay::ask
