#include "ask/question_words.h"

#include <algorithm>
#include <array>
#include <cctype>

#include "ask/spelling.h"

namespace assay::ask {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// Letters, digits, bytes of UTF-8 and the signs that stand inside of words.
bool in_word(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte >= 0x80 || std::isalnum(byte) != 0 || c == '\'' || c == '&' || c == '%' || c == '$' ||
         c == '#' || c == '@' || c == '+';
}

/// "2011-03-05", "10:50", "1.5": signs between digits belong to the word.
bool joins_digits(std::string_view text, std::size_t i) {
  const char c = text[i];
  const bool sign = c == '-' || c == ':' || c == '.';
  return sign && i > 0 && i + 1 < text.size() && is_digit(text[i - 1]) && is_digit(text[i + 1]);
}

Word make_word(std::string_view text, std::size_t begin, std::size_t end, bool quoted) {
  Word word;
  word.text = std::string(text);
  word.plain = lower(text);
  word.begin = begin;
  word.end = end;
  word.quoted = quoted;
  if (!quoted && word.plain.size() > 2 && word.plain.ends_with("'s")) {
    word.plain.resize(word.plain.size() - 2);
  }
  word.singular = singular_of(word.plain);
  return word;
}

/// The end of a text that starts with a quote; the text itself where nothing closes it.
std::size_t closing_quote(std::string_view question, std::size_t begin) {
  return question.find(question[begin], begin + 1);
}

bool opens_quote(std::string_view question, std::size_t i) {
  if (question[i] == '"') return true;
  const bool starts_word = i == 0 || !in_word(question[i - 1]);
  return question[i] == '\'' && starts_word && closing_quote(question, i) != std::string_view::npos;
}

}  // namespace

std::vector<Word> question_words(std::string_view question) {
  std::vector<Word> words;
  std::size_t i = 0;
  while (i < question.size()) {
    if (opens_quote(question, i)) {
      const std::size_t close = std::min(closing_quote(question, i), question.size());
      words.push_back(make_word(question.substr(i + 1, close - i - 1), i, close, true));
      i = close + 1;
    } else if (in_word(question[i])) {
      const std::size_t begin = i;
      while (i < question.size() && (in_word(question[i]) || joins_digits(question, i))) ++i;
      words.push_back(make_word(question.substr(begin, i - begin), begin, i, false));
    } else {
      if (question[i] == ',') words.push_back(make_word(",", i, i + 1, false));
      ++i;
    }
  }
  return words;
}

std::vector<std::string> name_words(std::string_view name) {
  std::vector<std::string> words;
  for (const Word& word : question_words(name)) {
    if (word.plain != ",") words.push_back(word.plain);
  }
  return words;
}

std::string singular_of(std::string_view word) {
  const auto without = [&word](std::size_t count) {
    return std::string(word.substr(0, word.size() - count));
  };
  if (word.size() < 4 || !word.ends_with('s')) return std::string(word);
  if (word.ends_with("ies") && word.size() > 4) return without(3) + "y";
  for (const std::string_view ending : {"sses", "xes", "zes", "ches", "shes"}) {
    if (word.ends_with(ending)) return without(2);
  }
  for (const std::string_view ending : {"ss", "us", "is"}) {
    if (word.ends_with(ending)) return std::string(word);
  }
  return without(1);
}

int typos_allowed(std::size_t length) { return length >= 8 ? 2 : length >= 4 ? 1 : 0; }

int match_cost(const Word& word, std::string_view model_word, bool known) {
  if (word.quoted) return -1;
  const std::string model_singular = singular_of(model_word);
  if (word.plain == model_word || word.singular == model_singular) return 0;
  if (known) return -1;
  const int allowed = typos_allowed(std::min(word.plain.size(), model_word.size()));
  const int typos = std::min(edit_distance(word.plain, model_word, allowed),
                             edit_distance(word.singular, model_singular, allowed));
  return allowed > 0 && typos <= allowed ? typos * kTypoCost : -1;
}

const std::set<std::string, std::less<>>& stop_words() {
  static const std::set<std::string, std::less<>> words = {
      "a",    "an",    "the",   "what",   "whats",  "is",     "was",  "were", "are",    "be",
      "been", "of",    "for",   "in",     "on",     "at",     "to",   "from", "with",   "our",
      "my",   "me",    "us",    "i",      "we",     "you",    "did",  "do",   "does",   "have",
      "has",  "had",   "there", "it",     "its",    "please", "show", "give", "tell",   "list",
      "get",  "how",   "much",  "can",    "could",  "would",  "will", "all",  "any",    "that",
      "made", "make",  "see",   "find",   "want",   "need",   "know", "let",  "s",      "their",
      "them", "they",  "so",    "during", "within", "whose",  "who",  "whom", "placed", "through",
      "via",  "using", "into"};
  return words;
}

const std::set<std::string, std::less<>>& grammar_words() {
  static const std::set<std::string, std::less<>> words = {
      "by",      "per",       "each",      "every",    "broken",   "down",      "split",
      "group",   "grouped",   "top",       "bottom",   "best",     "worst",     "which",
      "highest", "lowest",    "most",      "least",    "largest",  "smallest",  "biggest",
      "fewest",  "number",    "count",     "total",    "sum",      "overall",   "average",
      "mean",    "and",       "or",        "not",      "without",  "except",    "excluding",
      "outside", "today",     "yesterday", "this",     "current",  "last",      "previous",
      "past",    "full",      "complete",  "whole",    "day",      "days",      "week",
      "weeks",   "month",     "months",    "quarter",  "quarters", "year",      "years",
      "hour",    "hours",     "daily",     "weekly",   "monthly",  "quarterly", "yearly",
      "annual",  "hourly",    "date",      "ytd",      "mtd",      "qtd",       "wtd",
      "since",   "until",     "till",      "before",   "after",    "between",   "through",
      "first",   "second",    "third",     "fourth",   "ever",     "time",      "lifetime",
      "january", "february",  "march",     "april",    "may",      "june",      "july",
      "august",  "september", "october",   "november", "december", "jan",       "feb",
      "mar",     "apr",       "jun",       "jul",      "aug",      "sep",       "sept",
      "oct",     "nov",       "dec"};
  return words;
}

}  // namespace assay::ask
