#pragma once
// A question cut into items: the cheapest way to cover its words with names of the model,
// expressions of time, words of the grammar and values. What nothing covers is an unknown item.

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "ask/interpretation.h"
#include "ask/question_words.h"
#include "ask/values.h"
#include "ask/vocabulary.h"

namespace assay::ask {

struct Item {
  enum class Kind {
    stop,     ///< says nothing
    unknown,  ///< nothing defines it
    term,     ///< names of the model
    time,
    grain,        ///< a unit of time; `adjective`: "monthly"
    group,        ///< "by", "per", "for each"
    conjunction,  ///< "and", "or", ","
    negation,     ///< "not", "without", "except"
    count,        ///< "how many", "number of"
    aggregate,    ///< "total", "average"
    top,          ///< "top 5", "bottom"
    which,        ///< "which"
    extreme,      ///< "highest", "least"
    value,        ///< of the tenant's data
    literal,      ///< a number or a quoted text that is no known value
  };
  Kind kind = Kind::unknown;
  std::size_t first = 0;  ///< word
  std::size_t count = 1;  ///< words
  int cost = 0;
  std::string text;  ///< as typed
  std::vector<TermMatch> terms;
  Period period;
  Grain grain = Grain::day;
  bool adjective = false;
  Top top;
  std::vector<std::pair<Dimension, std::string>> values;
};

/// What a value in a question may be: word spans and where the tenant's data have them.
struct ValueSpan {
  std::size_t first = 0;
  std::size_t count = 1;
  std::vector<std::pair<Dimension, std::string>> values;
};

struct ItemRequest {
  std::string_view question;
  std::span<const Word> words;
  const Vocabulary& vocabulary;
  Micros now = 0;
  std::span<const ValueSpan> values;
};

/// Costs: an unknown word costs more than anything else together; typos cost; longer items are
/// cheaper than several short ones.
std::vector<Item> question_items(const ItemRequest& request);

/// True where a word is unknown or only a typo makes it known: the data may know better.
bool needs_values(std::span<const Item> items);

/// The text of words [first, first + count) as it was typed.
std::string typed_text(std::string_view question, std::span<const Word> words, std::size_t first,
                       std::size_t count);

}  // namespace assay::ask
