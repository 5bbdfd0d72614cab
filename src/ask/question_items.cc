#include "ask/question_items.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>
#include <optional>
#include <string_view>
#include <utility>

#include "ask/time_expression.h"

namespace assay::ask {
namespace {

constexpr int kItemCost = 2;
constexpr int kStopCost = 1;
constexpr int kLiteralCost = 200;
constexpr int kUnknownCost = 1000;

std::optional<Grain> adjective_grain(std::string_view word) {
  constexpr auto kWords =
      std::to_array<std::pair<std::string_view, Grain>>({{"hourly", Grain::hour},
                                                         {"daily", Grain::day},
                                                         {"weekly", Grain::week},
                                                         {"monthly", Grain::month},
                                                         {"quarterly", Grain::quarter},
                                                         {"yearly", Grain::year},
                                                         {"annual", Grain::year},
                                                         {"annually", Grain::year}});
  for (const auto& [text, grain] : kWords) {
    if (text == word) return grain;
  }
  return std::nullopt;
}

std::optional<Grain> noun_grain(std::string_view word) {
  for (const Grain grain :
       {Grain::hour, Grain::day, Grain::week, Grain::month, Grain::quarter, Grain::year}) {
    if (to_string(grain) == word) return grain;
  }
  return std::nullopt;
}

std::optional<int> number_of(const Word& word) {
  int value = 0;
  const char* end = word.plain.data() + word.plain.size();
  const auto [stopped, error] = std::from_chars(word.plain.data(), end, value);
  return error == std::errc() && stopped == end && value > 0 ? std::optional(value) : std::nullopt;
}

/// Fixed phrases of the grammar.
struct Phrase {
  std::array<std::string_view, 3> words;
  Item::Kind kind;
};
constexpr auto kPhrases = std::to_array<Phrase>({
    {{"by"}, Item::Kind::group},
    {{"per"}, Item::Kind::group},
    {{"by", "each"}, Item::Kind::group},
    {{"for", "each"}, Item::Kind::group},
    {{"for", "every"}, Item::Kind::group},
    {{"in", "each"}, Item::Kind::group},
    {{"each"}, Item::Kind::group},
    {{"every"}, Item::Kind::group},
    {{"broken", "down", "by"}, Item::Kind::group},
    {{"split", "by"}, Item::Kind::group},
    {{"grouped", "by"}, Item::Kind::group},
    {{"group", "by"}, Item::Kind::group},
    {{"and"}, Item::Kind::conjunction},
    {{"or"}, Item::Kind::conjunction},
    {{","}, Item::Kind::conjunction},
    {{"not"}, Item::Kind::negation},
    {{"not", "in"}, Item::Kind::negation},
    {{"without"}, Item::Kind::negation},
    {{"except"}, Item::Kind::negation},
    {{"except", "for"}, Item::Kind::negation},
    {{"excluding"}, Item::Kind::negation},
    {{"outside"}, Item::Kind::negation},
    {{"outside", "of"}, Item::Kind::negation},
    {{"how", "many"}, Item::Kind::count},
    {{"number", "of"}, Item::Kind::count},
    {{"count", "of"}, Item::Kind::count},
    {{"total"}, Item::Kind::aggregate},
    {{"overall"}, Item::Kind::aggregate},
    {{"sum"}, Item::Kind::aggregate},
    {{"average"}, Item::Kind::aggregate},
    {{"mean"}, Item::Kind::aggregate},
    {{"which"}, Item::Kind::which},
    {{"highest"}, Item::Kind::extreme},
    {{"most"}, Item::Kind::extreme},
    {{"largest"}, Item::Kind::extreme},
    {{"biggest"}, Item::Kind::extreme},
    {{"lowest"}, Item::Kind::extreme},
    {{"least"}, Item::Kind::extreme},
    {{"fewest"}, Item::Kind::extreme},
    {{"smallest"}, Item::Kind::extreme},
});

bool ascends(std::string_view word) {
  return word == "lowest" || word == "least" || word == "fewest" || word == "smallest" ||
         word == "bottom" || word == "worst";
}

/// The items that may start at one word.
class Candidates {
 public:
  explicit Candidates(const ItemRequest& request) : request_(request), words_(request.words) {}

  std::vector<Item> at(std::size_t first) {
    items_.clear();
    first_ = first;
    add_plain();
    add_phrases();
    add_top();
    add_grain();
    if (auto match = match_time(words_, first, request_.now)) {
      Item& item = add(Item::Kind::time, match->count, kItemCost);
      item.period = match->period;
      item.period.words = item.text;
    }
    add_terms();
    for (const ValueSpan& span : request_.values) {
      if (span.first == first)
        add(Item::Kind::value, span.count, kItemCost + 1).values = span.values;
    }
    return std::move(items_);
  }

 private:
  Item& add(Item::Kind kind, std::size_t count, int cost) {
    Item item;
    item.kind = kind;
    item.first = first_;
    item.count = count;
    item.cost = cost;
    for (std::size_t i = 0; i < count; ++i) item.cost += words_[first_ + i].typos * kTypoCost;
    item.text = typed_text(request_.question, words_, first_, count);
    return items_.emplace_back(std::move(item));
  }

  void add_plain() {
    const Word& word = words_[first_];
    if (word.quoted || number_of(word)) {
      add(Item::Kind::literal, 1, kLiteralCost);
    } else if (stop_words().contains(word.plain)) {
      add(Item::Kind::stop, 1, kStopCost);
    } else {
      add(Item::Kind::unknown, 1, kUnknownCost);
    }
  }

  void add_phrases() {
    for (const Phrase& phrase : kPhrases) {
      std::size_t count = 0;
      while (count < phrase.words.size() && !phrase.words[count].empty()) ++count;
      if (first_ + count > words_.size()) continue;
      bool equal = true;
      for (std::size_t i = 0; i < count; ++i) {
        const Word& word = words_[first_ + i];
        equal = equal && !word.quoted && word.plain == phrase.words[i];
      }
      if (equal) add(phrase.kind, count, kItemCost).top.ascending = ascends(phrase.words[0]);
    }
  }

  /// "top 5", "top", "bottom 3", "5 best" is not English enough to be worth it.
  void add_top() {
    const std::string& word = words_[first_].plain;
    const bool ranks = word == "top" || word == "bottom" || word == "best" || word == "worst";
    if (!ranks || words_[first_].quoted) return;
    const bool more = first_ + 1 < words_.size();
    const std::optional<int> number = more ? number_of(words_[first_ + 1]) : std::nullopt;
    add(Item::Kind::top, number ? 2 : 1, kItemCost).top = {number.value_or(10), ascends(word)};
  }

  void add_grain() {
    const Word& word = words_[first_];
    if (word.quoted) return;
    if (const auto adjective = adjective_grain(word.plain)) {
      Item& item = add(Item::Kind::grain, 1, kItemCost);
      item.grain = *adjective;
      item.adjective = true;
    } else if (const auto noun = noun_grain(word.singular)) {
      add(Item::Kind::grain, 1, kItemCost).grain = *noun;
    }
  }

  void add_terms() {
    for (std::size_t count = 1; count <= request_.vocabulary.longest_term(); ++count) {
      if (first_ + count > words_.size()) break;
      auto matches = request_.vocabulary.matches(words_, first_, count);
      if (matches.empty()) continue;
      const int cost = matches.front().cost + kItemCost;
      // Only terms as near as the nearest are readings of these words.
      std::erase_if(matches,
                    [&](const TermMatch& match) { return match.cost > matches.front().cost; });
      add(Item::Kind::term, count, cost).terms = std::move(matches);
    }
  }

  const ItemRequest& request_;
  std::span<const Word> words_;
  std::size_t first_ = 0;
  std::vector<Item> items_;
};

}  // namespace

std::string typed_text(std::string_view question, std::span<const Word> words, std::size_t first,
                       std::size_t count) {
  const Word& last = words[first + count - 1];
  if (count == 1) return last.text;
  const std::size_t begin = words[first].begin;
  return std::string(question.substr(begin, last.end - begin));
}

std::vector<Item> question_items(const ItemRequest& request) {
  const std::size_t size = request.words.size();
  std::vector<int> best(size + 1, std::numeric_limits<int>::max());
  std::vector<Item> chosen(size);
  best[size] = 0;
  Candidates candidates(request);
  for (std::size_t i = size; i-- > 0;) {
    for (Item& item : candidates.at(i)) {
      const int cost = item.cost + best[i + item.count];
      if (cost >= best[i]) continue;
      best[i] = cost;
      chosen[i] = std::move(item);
    }
  }
  std::vector<Item> items;
  for (std::size_t i = 0; i < size; i += items.back().count) items.push_back(chosen[i]);
  return items;
}

bool needs_values(std::span<const Item> items) {
  return std::any_of(items.begin(), items.end(), [](const Item& item) {
    return item.kind == Item::Kind::unknown || item.kind == Item::Kind::literal ||
           item.cost >= kTypoCost;
  });
}

}  // namespace assay::ask
