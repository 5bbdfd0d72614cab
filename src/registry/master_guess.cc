#include "registry/master_guess.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "registry/assessment_internal.h"

namespace assay::registry {
namespace {

constexpr double kRepeats = 2.0;          ///< copies of each thing, where names say nothing
constexpr double kRepeatsAlone = 4.0;     ///< of a master of one field
constexpr double kConsistent = 0.8;       ///< share of rows in which the key determines the others
constexpr double kMemberMin = 0.6;        ///< less, and a leaf is not the thing's
constexpr double kMemberFlatMin = 0.9;    ///< the same, where nothing but the name binds them
constexpr double kThingsUnnamedMin = 10;  ///< of a flat master that is not called like a thing
constexpr double kCoverageMin = 0.3;      ///< share of the copies that have a key

/// How much a leaf is like the key of an object.
enum class KeyKind : std::uint8_t { none, name, other, own };

struct KeyChoice {
  std::uint32_t leaf = 0;
  KeyKind kind = KeyKind::none;
  double score = 0;
};

class MasterSearch {
 public:
  explicit MasterSearch(const FamilyView& view) : view_(view), claimed_(view.count()) {}

  std::vector<MasterGuess> run() {
    // What lies deeper first: a city is not part of the customer around it.
    for (std::uint32_t i = view_.count() - 1; i > 0; --i) {
      if (view_.at(i).objects > 0) consider_object(i);
    }
    std::reverse(found_.begin(), found_.end());
    for (std::uint32_t row = 0; row < view_.count(); ++row) {
      if (row != 0 && !view_.is_row(row)) continue;
      consider_flat(row);
      consider_alone(row);
    }
    return std::move(found_);
  }

 private:
  void consider_object(std::uint32_t object);
  void consider_flat(std::uint32_t row);
  void consider_group(std::uint32_t row, std::uint32_t key, const std::vector<std::uint32_t>& free);
  void consider_alone(std::uint32_t row);
  KeyChoice key_of(std::uint32_t object, const std::vector<std::uint32_t>& leaves) const;
  KeyChoice judge_key(std::uint32_t object, std::uint32_t leaf) const;
  bool is_separate(std::uint32_t object, const Words& words) const;
  bool is_like_an_event(std::uint32_t object, const std::vector<std::uint32_t>& leaves) const;
  std::vector<std::uint32_t> free_leaves(std::uint32_t path) const;
  std::optional<double> depends(std::uint32_t row, std::uint32_t key, std::uint32_t other) const;
  void take(MasterGuess guess);

  double repeats(std::uint32_t leaf) const {
    const PathFacts& facts = view_.at(leaf);
    return static_cast<double>(facts.scalars()) /
           static_cast<double>(std::max<std::int64_t>(facts.values.size(), 1));
  }

  const FamilyView& view_;
  std::vector<bool> claimed_;
  std::vector<MasterGuess> found_;
};

/// Values that can be a key: exact, and no times.
bool can_be_key(const PathFacts& facts) {
  // "17850.0" is how some programs write a key.
  const bool whole_texts = facts.fraction_digits == 0 || facts.decimal_texts * 2 <= facts.texts;
  const bool exact = facts.decimals == facts.whole && whole_texts;
  return facts.texts + facts.integers + facts.whole > 0 && facts.booleans == 0 && exact &&
         facts.instants * 2 <= facts.texts;
}

bool ends_in_key_word(const Words& words) { return !words.empty() && is_key_word(words.back()); }

std::vector<std::uint32_t> MasterSearch::free_leaves(std::uint32_t path) const {
  std::vector<std::uint32_t> leaves = view_.leaves_below(path);
  std::erase_if(leaves, [&](std::uint32_t leaf) { return claimed_[leaf]; });
  return leaves;
}

std::optional<double> MasterSearch::depends(std::uint32_t row, std::uint32_t key,
                                            std::uint32_t other) const {
  const RowSample* sample = view_.sample(row);
  if (sample == nullptr) return std::nullopt;
  return dependence(*sample, key, other);
}

void MasterSearch::take(MasterGuess guess) {
  claimed_[guess.key] = true;
  for (const std::uint32_t member : guess.members) claimed_[member] = true;
  found_.push_back(std::move(guess));
}

KeyChoice MasterSearch::judge_key(std::uint32_t object, std::uint32_t leaf) const {
  const PathFacts& facts = view_.at(leaf);
  KeyChoice choice{leaf, KeyKind::none, 0};
  const int levels = view_.levels(leaf, object);
  if (!can_be_key(facts) || levels > 2) return choice;
  const Words own = view_.own_words(leaf);
  const Words around = view_.own_words(object);
  if (levels == 2) {  // the object between may have the identity: "identifier"
    const Words part = view_.own_words(view_.holder(leaf));
    const bool identity = names_part(part) && part.back() != "address" &&
                          part.back() != "contact" && part.back() != "point" &&
                          part.back() != "communication";
    if (!identity) return choice;
  }
  const Words stem = without_key_words(own);
  const bool is_own = stem.empty() || stem.back() == singular(around.back()) || names_thing(stem);
  if (ends_in_key_word(own) && is_own) {
    choice.kind = KeyKind::own;
    const bool bare = stem.empty() || stem.back() == singular(around.back());
    choice.score = own.back() == "key" ? 2.0 : bare ? 3.0 : 2.6;
  } else if (ends_in_key_word(own)) {
    choice.kind = KeyKind::other;
    choice.score = 2.0;
  } else if (own.back() == "name") {
    choice.kind = KeyKind::name;
    // A street's or a contact's name names something else.
    choice.score = own.size() == 1 || own[0] == "legal" || own[0] == "registration" ? 1.5 : 0.7;
  } else {
    return choice;
  }
  if (levels == 2) choice.score -= 0.3;
  const double copies = static_cast<double>(std::max<std::int64_t>(view_.at(object).objects, 1));
  choice.score += 3 * std::min(1.0, static_cast<double>(facts.scalars()) / copies);
  return choice;
}

KeyChoice MasterSearch::key_of(std::uint32_t object,
                               const std::vector<std::uint32_t>& leaves) const {
  KeyChoice best;
  for (const std::uint32_t leaf : leaves) {
    const KeyChoice choice = judge_key(object, leaf);
    if (choice.kind != KeyKind::none && choice.score > best.score + 1e-9) best = choice;
  }
  return best;
}

/// An address is a thing of its own where it has an address_id.
bool MasterSearch::is_separate(std::uint32_t object, const Words& words) const {
  if (words.empty()) return false;
  if (!names_part(words)) return !names_occurrence(words) || names_thing(words);
  for (const auto& [name, member] : view_.at(object).below) {
    const Words own = words_of(name);
    const Words stem = without_key_words(own);
    if (stem.size() < own.size() && !stem.empty() && stem.back() == singular(words.back()))
      return true;
  }
  return false;
}

/// An element with a time or an amount of its own happened; it is no thing.
bool MasterSearch::is_like_an_event(std::uint32_t object,
                                    const std::vector<std::uint32_t>& leaves) const {
  if (view_.row_of(object) != object) return false;
  return std::any_of(leaves.begin(), leaves.end(), [&](std::uint32_t leaf) {
    const PathFacts& facts = view_.at(leaf);
    const bool time = facts.instants > 0 && !names_housekeeping(view_.own_words(leaf));
    const Words words = view_.own_words(leaf);
    return time || facts.decimals > facts.whole || names_amount(words) || names_count(words);
  });
}

void MasterSearch::consider_object(std::uint32_t object) {
  const Words words = view_.own_words(object);
  if (!is_separate(object, words)) return;
  const std::vector<std::uint32_t> leaves = free_leaves(object);
  const KeyChoice choice = key_of(object, leaves);
  if (choice.kind == KeyKind::none) return;
  const PathFacts& key = view_.at(choice.leaf);
  const std::uint32_t row = view_.row_of(object);
  MasterGuess guess{.row = row,
                    .base = object,
                    .prefix = {},
                    .key = choice.leaf,
                    .members = {},
                    .role = words,
                    .entity = {},
                    .score = 0,
                    .reason = {}};
  double sum = 0;
  for (const std::uint32_t leaf : leaves) {
    if (leaf == choice.leaf) continue;
    const double share = depends(row, choice.leaf, leaf).value_or(1);
    if (share < kMemberMin) continue;
    sum += share;
    guess.members.push_back(leaf);
  }
  const double count = static_cast<double>(guess.members.size());
  const double consistency = guess.members.empty() ? 1 : sum / count;
  const double coverage = static_cast<double>(key.scalars()) /
                          static_cast<double>(std::max<std::int64_t>(view_.at(object).objects, 1));
  const bool thing = names_thing(words);
  const double copies = repeats(choice.leaf);
  const bool proven = choice.kind == KeyKind::own && copies >= kRepeats && key.values.size() >= 2 &&
                      consistency >= kConsistent && !guess.members.empty() &&
                      !is_like_an_event(object, leaves);
  const bool named = thing && coverage >= kCoverageMin;
  if (!proven && !named) return;
  guess.score = 0.4 * consistency + 0.3 * (1 - 1 / (1 + copies)) + (thing ? 0.2 : 0) +
                (choice.kind == KeyKind::own ? 0.1 : 0);
  guess.reason = fmt::format("{}{:.1f} copies of each key; the key determines {:.0f} % of the rest",
                             thing ? "named like a thing; " : "", copies, 100 * consistency);
  const Words stem = without_key_words(view_.own_words(choice.leaf));
  guess.entity = names_thing(stem) ? Words{singular(stem.back())} : words;
  if (thing && !names_thing(stem)) guess.entity = {singular(words.back())};
  guess.entity.back() = singular(guess.entity.back());
  guess.role.back() = singular(guess.role.back());
  take(std::move(guess));
}

/// Keys among the members of a row itself, those that are called most like keys first.
void MasterSearch::consider_flat(std::uint32_t row) {
  std::vector<std::uint32_t> keys;
  for (const std::uint32_t leaf : free_leaves(row)) {
    const PathFacts& facts = view_.at(leaf);
    const bool direct = view_.levels(leaf, row) == 1;
    if (direct && can_be_key(facts) && facts.values.size() >= 2 && repeats(leaf) >= kRepeats &&
        ends_in_key_word(view_.own_words(leaf)))
      keys.push_back(leaf);
  }
  for (const std::uint32_t key : keys) {
    if (!claimed_[key]) consider_group(row, key, free_leaves(row));
  }
}

void MasterSearch::consider_group(std::uint32_t row, std::uint32_t key,
                                  const std::vector<std::uint32_t>& free) {
  const Words stem = without_key_words(view_.own_words(key));
  if (stem.empty() || (names_occurrence(stem) && !names_thing(stem))) return;
  MasterGuess guess{.row = row,
                    .base = row,
                    .prefix = {stem[0]},
                    .key = key,
                    .members = {},
                    .role = {stem[0]},
                    .entity = stem,
                    .score = 0,
                    .reason = {}};
  const double things = static_cast<double>(view_.at(key).values.size());
  for (const std::uint32_t leaf : free) {
    if (leaf == key) continue;
    const Words words = view_.words(leaf, row);
    const double share = depends(row, key, leaf).value_or(0);
    const double distinct = static_cast<double>(view_.at(leaf).values.size());
    const bool related = words[0] == stem[0] && distinct >= 2;
    // Without a name in common it must nearly be another name of the same thing.
    const bool twin = view_.levels(leaf, row) == 1 && can_be_key(view_.at(leaf)) && things >= 5 &&
                      view_.at(leaf).texts > 0 && !ends_in_key_word(words) &&
                      distinct >= things * 0.7 && distinct <= things * 1.6;
    if (share >= kMemberFlatMin && (related || twin)) guess.members.push_back(leaf);
  }
  // A code with its wording is a list of codes, not yet a thing.
  if (guess.members.empty() || (!names_thing(stem) && things < kThingsUnnamedMin)) return;
  if (stem.size() > 1) guess.entity.erase(guess.entity.begin());
  guess.score = 0.5 + 0.3 * (1 - 1 / (1 + repeats(key)));
  guess.reason =
      fmt::format("{:.1f} copies of each key, which determines {} other member{}", repeats(key),
                  guess.members.size(), guess.members.size() == 1 ? "" : "s");
  take(std::move(guess));
}

/// A master of one field, which nothing but its name and its repetition gives away.
void MasterSearch::consider_alone(std::uint32_t row) {
  for (const MasterGuess& guess : found_) {
    if (guess.base == row && row != 0) return;  // the row is a thing itself
  }
  for (const std::uint32_t leaf : free_leaves(row)) {
    const PathFacts& facts = view_.at(leaf);
    Words stem = without_key_words(view_.own_words(leaf));
    if (!stem.empty() && stem.back() == "name") stem.pop_back();
    const bool plain = view_.levels(leaf, row) == 1 && can_be_key(facts) && names_thing(stem);
    if (!plain || facts.values.size() < 2 || repeats(leaf) < kRepeatsAlone) continue;
    take({.row = row,
          .base = row,
          .prefix = stem,
          .key = leaf,
          .members = {},
          .role = stem,
          .entity = {singular(stem.back())},
          .score = 0.6,
          .reason = fmt::format("named like a thing; {:.1f} copies of each value", repeats(leaf))});
  }
}

}  // namespace

std::vector<MasterGuess> guess_masters(const FamilyView& view) { return MasterSearch(view).run(); }

}  // namespace assay::registry
