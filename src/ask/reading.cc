#include "ask/reading.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

#include "ask/assembly.h"
#include "ask/question_items.h"
#include "ask/question_words.h"
#include "ask/spelling.h"

namespace assay::ask {
namespace {

constexpr std::size_t kValueWordsMax = 8;

bool may_be_misspelt(const Word& word) {
  return !word.quoted && word.plain.size() >= 5 &&
         std::all_of(word.plain.begin(), word.plain.end(),
                     [](char c) { return std::isalpha(static_cast<unsigned char>(c)) != 0; });
}

/// Puts right words of the grammar ("yesteday"), where no name of the model is as near.
void correct_grammar(std::vector<Word>& words, const Vocabulary& vocabulary) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    Word& word = words[i];
    if (!may_be_misspelt(word) || vocabulary.knows(word)) continue;
    if (!vocabulary.matches(words, i, 1).empty()) continue;
    const int allowed = typos_allowed(word.plain.size());
    for (int typos = 1; typos <= allowed && word.typos == 0; ++typos) {
      for (const std::string& known : grammar_words()) {
        if (known.size() < 4 || edit_distance(word.plain, known, typos) != typos) continue;
        word.plain = known;
        word.singular = singular_of(known);
        word.typos = typos;
        break;
      }
    }
  }
}

/// Texts of the data that may be named: not those of persons, and not secrets.
std::vector<Dimension> value_dimensions(const Vocabulary& vocabulary,
                                        const std::vector<Item>& items) {
  std::vector<FactTable> facts;
  for (const Item& item : items) {
    for (const TermMatch& match : item.terms) {
      if (match.term->kind != Term::Kind::metric) continue;
      for (const model::Metric* part : vocabulary.parts(*vocabulary.metric(match.term->index))) {
        facts.push_back(vocabulary.fact_table(*part));
      }
    }
  }
  std::vector<Dimension> dimensions;
  for (const Dimension& dimension : vocabulary.dimensions()) {
    const bool open = dimension.sensitivity != "personal" && dimension.sensitivity != "secret";
    if (dimension.type.type != column::Type::string || !open) continue;
    const bool reachable = std::any_of(facts.begin(), facts.end(), [&](const FactTable& table) {
      return vocabulary.distance(table, dimension) >= 0;
    });
    if (facts.empty() || reachable) dimensions.push_back(dimension);
  }
  return dimensions;
}

/// Asks the data for every run of words that could be a value, at once.
Result<std::vector<ValueSpan>> value_spans(const ReadingRequest& request,
                                           const std::vector<Word>& words,
                                           const std::vector<Dimension>& dimensions,
                                           Values& values) {
  std::vector<ValueSpan> spans;
  std::vector<std::string> texts;
  for (std::size_t first = 0; first < words.size(); ++first) {
    for (std::size_t count = 1; count <= kValueWordsMax && first + count <= words.size(); ++count) {
      if (count == 1 && !words[first].quoted && stop_words().contains(words[first].plain)) continue;
      spans.push_back({first, count, {}});
      texts.push_back(typed_text(request.question, words, first, count));
    }
  }
  ASSAY_TRY(const auto hits, values.find(dimensions, texts));
  for (const ValueHit& hit : hits) {
    spans[hit.text].values.emplace_back(dimensions[hit.dimension], hit.value);
  }
  std::erase_if(spans, [](const ValueSpan& span) { return span.values.empty(); });
  return spans;
}

std::vector<std::string> all_names(const Vocabulary& vocabulary) {
  std::vector<std::string> names;
  for (const auto kind : {Term::Kind::metric, Term::Kind::segment, Term::Kind::dimension}) {
    for (std::string& name : vocabulary.names(kind)) names.push_back(std::move(name));
  }
  return names;
}

/// What the question could have meant: the nearest names and values, or else the metrics that there
/// are.
Result<std::string> suggestions(const std::vector<Assembly::Leftover>& leftovers,
                                const Vocabulary& vocabulary,
                                const std::vector<Dimension>& dimensions, Values& values) {
  const std::vector<std::string> names = all_names(vocabulary);
  std::string hint;
  for (const Assembly::Leftover& leftover : leftovers) {
    if (!leftover.reason.empty()) continue;
    std::vector<std::string> near = nearest(leftover.text, names, 3);
    ASSAY_TRY(const auto near_values, values.nearest(dimensions, leftover.text));
    near.insert(near.end(), near_values.begin(), near_values.end());
    if (!near.empty())
      hint += fmt::format("Near '{}': {}. ", leftover.text, quoted_list(near, ", "));
  }
  return hint + fmt::format("Metrics: {}. Segments: {}.",
                            fmt::join(vocabulary.names(Term::Kind::metric), ", "),
                            fmt::join(vocabulary.names(Term::Kind::segment), ", "));
}

/// The error with the words that it is about, what was understood, and what is near.
Status explain(Error error, const Assembly& assembly, const Vocabulary& vocabulary,
               const std::vector<Dimension>& dimensions, Values& values) {
  if (!assembly.leftovers().empty()) {
    std::vector<std::string> texts;
    for (const auto& leftover : assembly.leftovers()) {
      texts.push_back(leftover.reason.empty()
                          ? fmt::format("'{}'", leftover.text)
                          : fmt::format("'{}' ({})", leftover.text, leftover.reason));
    }
    error.message = fmt::format("did not understand {}", fmt::join(texts, ", "));
  }
  const auto understood = assembly.understood();
  error.detail = understood.empty() ? "Nothing in the question was understood."
                                    : fmt::format("Understood: {}.", fmt::join(understood, ", "));
  ASSAY_TRY(error.hint, suggestions(assembly.leftovers(), vocabulary, dimensions, values));
  return error;
}

}  // namespace

Result<Interpretation> read_question(const ReadingRequest& request, const Vocabulary& vocabulary,
                                     Values& values) {
  std::vector<Word> words = question_words(request.question);
  correct_grammar(words, vocabulary);
  ItemRequest items_request{.question = request.question,
                            .words = words,
                            .vocabulary = vocabulary,
                            .now = request.now,
                            .values = {}};
  std::vector<Item> items = question_items(items_request);
  const std::vector<Dimension> dimensions = value_dimensions(vocabulary, items);
  if (needs_values(items)) {
    ASSAY_TRY(const auto spans, value_spans(request, words, dimensions, values));
    items_request.values = spans;
    items = question_items(items_request);
  }
  Assembly assembly(vocabulary, values);
  for (const Item& item : items) ASSAY_TRY_VOID(assembly.take(item));
  auto result = assembly.finish();
  if (!result && result.error().code == Code::question_unknown) {
    return explain(std::move(result).error(), assembly, vocabulary, dimensions, values).error();
  }
  if (result) result->visible_to = request.as_of;
  return result;
}

}  // namespace assay::ask
