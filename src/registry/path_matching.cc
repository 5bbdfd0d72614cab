#include "registry/path_matching.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "registry/leaf_types.h"

namespace assay::registry {
namespace {

using column::Type;

constexpr double kEnough = 0.5;        ///< score from which on a leaf is taken for a path
constexpr double kWorthNaming = 0.25;  ///< and from which on it is named as the nearest one
constexpr double kLastOfItsKind = 0.2;
constexpr std::int64_t kFewValues = 50;

// How much each likeness weighs; values count where both sides have some to compare.
constexpr double kOfName = 0.45, kOfPlace = 0.2, kOfType = 0.15, kOfValues = 0.35;

bool is_number(Type type) {
  return type == Type::int32 || type == Type::int64 || type == Type::float64 ||
         type == Type::decimal;
}

Words names_of(const path::JsonPath& path) {
  Words names;
  for (const path::Step& step : path.steps) {
    if (step.kind == path::Step::Kind::name && step.name != "#text") names.push_back(step.name);
  }
  return names;
}

/// The words of the last name of a path, and those of the one before.
struct NameAndHolder {
  Words name, holder;
};

NameAndHolder last_names(const path::JsonPath& path) {
  const Words names = names_of(path);
  NameAndHolder last;
  if (!names.empty()) last.name = words_of(names.back());
  if (names.size() > 1) last.holder = words_of(names[names.size() - 2]);
  return last;
}

std::string percent(double score) { return fmt::format("{:.0f} %", score * 100); }

}  // namespace

std::optional<std::uint32_t> find_path(const FamilyFacts& family, const path::JsonPath& path) {
  std::uint32_t at = 0;
  for (const path::Step& step : path.steps) {
    if (step.kind == path::Step::Kind::query) return std::nullopt;
    if (step.kind == path::Step::Kind::name) {
      const auto below = family.paths[at].below.find(step.name);
      if (below == family.paths[at].below.end()) return std::nullopt;
      at = below->second;
    } else {
      at = family.paths[at].elements;
      if (at == 0) return std::nullopt;
    }
  }
  return at;
}

double type_likeness(const column::DataType& wanted, const column::DataType& found) {
  if (wanted.type == found.type) return 1;
  if (is_number(wanted.type) && is_number(found.type)) return 0.9;
  if (wanted.type == Type::string) return 0.6;  // takes everything
  if (wanted.type == Type::date && found.type == Type::timestamp) return 0.8;
  if (wanted.type == Type::timestamp && found.type == Type::date) return 0.8;
  return 0;
}

double PathMatcher::name_likeness(const Words& a, const Words& b) {
  if (a.empty() || b.empty()) return a.empty() && b.empty() ? 1 : 0;
  std::set<std::string> left, right;
  for (const std::string& word : a) left.insert(singular(word));
  for (const std::string& word : b) right.insert(singular(word));
  std::size_t common = 0;
  for (const std::string& word : left) common += right.count(word);
  return 2.0 * static_cast<double>(common) / static_cast<double>(left.size() + right.size());
}

/// Share of the fewer values that the other side has, too; -1 where that tells nothing: keys and
/// times are new in every record.
double PathMatcher::value_likeness(const KnownPath& path, std::uint32_t leaf) const {
  const ValueSet& fresh = fresh_.at(leaf).values;
  for (const FamilyFacts& family : known_) {
    const auto before = find_path(family, path.before);
    if (!before) continue;
    const ValueSet& known = family.paths[*before].values;
    if (fresh.size() < 2 || known.size() < 2) continue;
    const auto fewer = static_cast<double>(std::min(fresh.size(), known.size()));
    const double shared = static_cast<double>(fresh.shared_with(known)) / fewer;
    const bool is_closed = fresh.size() <= kFewValues && known.size() <= kFewValues;
    if (shared > 0 || is_closed) return shared;
  }
  return -1;
}

PathMatcher::Looks PathMatcher::look(std::uint32_t leaf) const {
  Looks looks;
  looks.leaf = leaf;
  looks.type = infer_leaf(fresh_, leaf).type;
  looks.is_empty = fresh_.at(leaf).scalars() == 0;
  looks.name = fresh_.own_words(leaf);
  const std::uint32_t around = fresh_.holder(leaf);
  if (around != fresh_.row_of(leaf)) looks.place = fresh_.own_words(around);
  return looks;
}

PathMatcher::Pair PathMatcher::judge(const std::vector<KnownPath>& paths, std::size_t index,
                                     const Looks& looks) const {
  const KnownPath& path = paths[index];
  const double type = type_likeness(path.field->type, looks.type);
  if (type == 0 && !looks.is_empty) return {0, index, looks.leaf, ""};
  const auto [name, holder] = last_names(path.path);
  const Words& own = looks.name;
  const double by_path = name_likeness(name, own);
  const double by_field = 0.95 * std::max(name_likeness(words_of(path.field->name), own),
                                          name_likeness(words_of(path.field->business_name), own));
  double by_synonym = 0;
  for (const std::string& synonym : path.field->synonyms)
    by_synonym = std::max(by_synonym, 0.95 * name_likeness(words_of(synonym), own));
  const double named = std::max({by_path, by_field, by_synonym});
  const double placed = name_likeness(holder, looks.place);
  const double values = value_likeness(path, looks.leaf);
  double score = kOfName * named + kOfPlace * placed + kOfType * type;
  double weight = kOfName + kOfPlace + kOfType;
  if (values >= 0) {
    score += kOfValues * values;
    weight += kOfValues;
  }
  std::string reason = named >= 0.99 ? "same name" : named > 0 ? "name " + percent(named) : "";
  const auto add = [&](const std::string& part) { reason += (reason.empty() ? "" : ", ") + part; };
  if (placed >= 0.99) add("same place");
  if (type >= 0.9) add("same type");
  if (values > 0) add(percent(values) + " of the values known");
  return {score / weight, index, looks.leaf, std::move(reason)};
}

LeafMatch PathMatcher::fit(const model::Field& field, std::uint32_t leaf) const {
  const Words own = fresh_.own_words(leaf);
  const Words whole = fresh_.words(leaf, fresh_.row_of(leaf));
  double named = std::max(name_likeness(words_of(field.name), own),
                          name_likeness(words_of(field.name), whole));
  for (const std::string& synonym : field.synonyms)
    named = std::max(named, name_likeness(words_of(synonym), own));
  const double type = type_likeness(field.type, infer_leaf(fresh_, leaf).type);
  return {leaf, type == 0 ? 0 : 0.8 * named + 0.2 * type, false, "named like the field"};
}

PathMatches PathMatcher::match(const std::vector<KnownPath>& paths) const {
  PathMatches matches;
  std::set<std::uint32_t> taken;
  for (const KnownPath& path : paths) {
    const auto same = find_path(fresh_.family(), path.path);
    if (!same || !fresh_.is_leaf(*same)) continue;
    taken.insert(*same);
    const InferredField inferred = infer_leaf(fresh_, *same);
    const bool fits =
        fresh_.at(*same).scalars() == 0 || type_likeness(path.field->type, inferred.type) > 0;
    matches.found[path.text] = {
        *same, fits ? 1.0 : 0.5, true,
        fits ? "" : "the same path, but its values are " + column::to_string(inferred.type)};
  }
  std::map<std::uint32_t, std::vector<Looks>> by_row;
  std::vector<Pair> pairs;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    if (matches.found.contains(paths[i].text)) continue;
    const auto [row, is_new] = by_row.try_emplace(paths[i].row);
    if (is_new) {
      for (const std::uint32_t leaf : fresh_.leaves_below(paths[i].row)) {
        if (!taken.contains(leaf)) row->second.push_back(look(leaf));
      }
    }
    std::vector<Pair> of_path;
    for (const Looks& looks : row->second) {
      if (Pair pair = judge(paths, i, looks); pair.score > 0) of_path.push_back(std::move(pair));
    }
    // The only one that is left of its type in its place is likely the one with another name.
    if (of_path.size() == 1) {
      of_path[0].score = std::min(0.95, of_path[0].score + kLastOfItsKind);
      of_path[0].reason += ", the only new leaf of its kind";
    }
    for (Pair& pair : of_path) pairs.push_back(std::move(pair));
  }
  std::stable_sort(pairs.begin(), pairs.end(),
                   [](const Pair& a, const Pair& b) { return a.score > b.score; });
  for (Pair& pair : pairs) {
    const std::string& text = paths[pair.path].text;
    if (matches.found.contains(text)) continue;
    const bool free = !taken.contains(pair.leaf);
    const LeafMatch match{pair.leaf, pair.score, false, std::move(pair.reason)};
    if (free && match.score >= kEnough) {
      taken.insert(match.leaf);
      matches.found[text] = match;
      matches.nearest.erase(text);
    } else if (free && match.score >= kWorthNaming) {
      matches.nearest.emplace(text, match);
    }
  }
  return matches;
}

}  // namespace assay::registry
