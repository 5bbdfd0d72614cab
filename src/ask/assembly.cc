#include "ask/assembly.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <limits>
#include <set>

#include "ask/spelling.h"

namespace assay::ask {
namespace {

std::vector<const Term*> terms_of(const Item& item, Term::Kind kind) {
  std::vector<const Term*> terms;
  for (const TermMatch& match : item.terms) {
    if (match.term->kind == kind) terms.push_back(match.term);
  }
  return terms;
}

Error ambiguous(const std::string& text, const std::vector<std::string>& readings) {
  return make_error(Code::question_ambiguous,
                    fmt::format("'{}' has {} readings", text, readings.size()),
                    fmt::format("Say {}.", quoted_list(readings)));
}

/// The one thing that the words name. Error: question_ambiguous.
Result<const Term*> only_term(const Vocabulary& vocabulary, const Item& item,
                              const std::vector<const Term*>& terms) {
  std::vector<std::string> readings;
  for (const Term* term : terms) {
    const std::string label = vocabulary.label(*term);
    if (term->index != terms.front()->index) readings.push_back(label);
  }
  if (readings.empty()) return terms.front();
  readings.insert(readings.begin(), vocabulary.label(*terms.front()));
  return ambiguous(item.text, readings);
}

/// Of the candidates those with one of the nouns' fields, else those of one of the nouns' roles.
std::vector<Dimension> narrowed(const std::vector<Dimension>& nouns,
                                const std::vector<Dimension>& candidates) {
  std::vector<Dimension> fields;
  std::vector<Dimension> roles;
  for (const Dimension& candidate : candidates) {
    for (const Dimension& noun : nouns) {
      if (noun.entity != candidate.entity || noun.role != candidate.role) continue;
      (noun.field == candidate.field ? fields : roles).push_back(candidate);
    }
  }
  return fields.empty() ? roles : fields;
}

}  // namespace

void Assembly::leave(const std::string& text, std::string reason) {
  leftovers_.push_back({text, std::move(reason)});
}

bool Assembly::expects_dimension() const {
  return group_next_ || (last_ == Last::group && joined_);
}

Status Assembly::take(const Item& item) {
  using Kind = Item::Kind;
  if (item.kind == Kind::stop) {
    preposition_ = lower(item.text);
    return {};
  }
  const bool value = item.kind == Kind::value || item.kind == Kind::literal;
  if (!value) settle_pending();
  switch (item.kind) {
    case Kind::stop: break;
    case Kind::unknown: leave(item.text); break;
    case Kind::group: group_next_ = true; return {};
    case Kind::conjunction: joined_ = true; return {};
    case Kind::negation: negate_ = true; return {};
    case Kind::count: counted_ = true; break;
    case Kind::aggregate: aggregates_.push_back(item); break;
    case Kind::which: group_next_ = true; return {};
    case Kind::top:
    case Kind::extreme:
      result_.top = item.kind == Kind::top ? item.top : Top{1, item.top.ascending};
      rank_words_ = item.text;
      group_next_ = group_next_ || item.kind == Kind::top;
      return {};
    case Kind::grain: take_grain(item); break;
    case Kind::time:
      if (result_.period) leave(item.text, "a second period");
      result_.period = item.period;
      last_ = Last::other;
      break;
    case Kind::term: ASSAY_TRY_VOID(take_term(item)); break;
    case Kind::value: take_value(item); break;
    case Kind::literal: ASSAY_TRY_VOID(take_literal(item)); break;
  }
  joined_ = false;
  preposition_.clear();
  return {};
}

void Assembly::take_grain(const Item& item) {
  if (!item.adjective && !expects_dimension())
    return leave(item.text, "a unit of time that belongs to nothing");
  if (result_.grain) leave(item.text, "a second unit of time");
  result_.grain = item.grain;
  group_next_ = false;
  last_ = Last::group;
}

Status Assembly::take_term(const Item& item) {
  const bool dimension = !terms_of(item, Term::Kind::dimension).empty();
  const bool metric = !terms_of(item, Term::Kind::metric).empty();
  const bool orders_a_rank = result_.top && !groups_.empty() && result_.metrics.empty() && metric;
  if (expects_dimension() && dimension && !orders_a_rank) {
    take_group(item);
  } else if (!terms_of(item, Term::Kind::segment).empty()) {
    return take_segment(item);
  } else if (metric) {
    return take_metric(item);
  } else if (dimension) {
    take_dimension(item);
  } else {
    nouns_.push_back(item);
    last_ = Last::other;
  }
  return {};
}

Status Assembly::take_segment(const Item& item) {
  ASSAY_TRY(const Term* term, only_term(vocabulary_, item, terms_of(item, Term::Kind::segment)));
  result_.segments.push_back(
      {&vocabulary_.workspace().segments[term->index], std::exchange(negate_, false), item.text});
  last_ = Last::filter;
  group_next_ = false;
  return {};
}

/// "revenue from orders": a second metric that nothing joins and that is the name of an entity is a
/// noun.
Status Assembly::take_metric(const Item& item) {
  const bool noun = !terms_of(item, Term::Kind::entity).empty();
  if (!result_.metrics.empty() && !joined_ && noun) {
    nouns_.push_back(item);
    return {};
  }
  ASSAY_TRY(const Term* term, only_term(vocabulary_, item, terms_of(item, Term::Kind::metric)));
  result_.metrics.push_back({vocabulary_.metric(term->index), item.text});
  group_next_ = false;
  last_ = Last::metric;
  return {};
}

std::vector<Dimension> Assembly::dimensions_of(const Item& item) const {
  std::vector<Dimension> dimensions;
  for (const Term* term : terms_of(item, Term::Kind::dimension)) {
    const Dimension& dimension = vocabulary_.dimensions()[term->index];
    if (std::find(dimensions.begin(), dimensions.end(), dimension) == dimensions.end()) {
      dimensions.push_back(dimension);
    }
  }
  return dimensions;
}

void Assembly::take_group(const Item& item) {
  groups_.push_back({dimensions_of(item), item.text, preposition_});
  group_next_ = false;
  last_ = Last::group;
}

/// A boolean says "only those"; another dimension waits for its value.
void Assembly::take_dimension(const Item& item) {
  std::vector<Dimension> dimensions = dimensions_of(item);
  const bool boolean = std::all_of(
      dimensions.begin(), dimensions.end(),
      [](const Dimension& dimension) { return dimension.type.type == column::Type::boolean; });
  if (boolean) {
    filters_.push_back(
        {{std::move(dimensions), item.text, preposition_}, {}, std::exchange(negate_, false)});
    last_ = Last::filter;
    return;
  }
  pending_ = item;
}

void Assembly::settle_pending() {
  if (pending_) nouns_.push_back(*std::exchange(pending_, std::nullopt));
}

/// "country Germany", "customers in Germany": the words before narrow what the value may be a value
/// of.
void Assembly::take_value(const Item& item) {
  // "not in Germany or France" leaves out both.
  const bool continues = last_ == Last::filter && joined_ && !filters_.empty();
  const bool negated = std::exchange(negate_, false) || (continues && filters_.back().negated);
  SaidFilter filter{{{}, item.text, preposition_}, {}, negated, item.text};
  for (const auto& [dimension, value] : item.values) {
    filter.said.candidates.push_back(dimension);
    filter.values.push_back(value);
  }
  if (pending_) {
    filter.said.preferred = narrowed(dimensions_of(*pending_), filter.said.candidates);
    if (!filter.said.preferred.empty()) filter.said.text = pending_->text + " " + item.text;
    // The noun stays: it must belong to something, and mostly it does now.
    settle_pending();
  }
  filters_.push_back(std::move(filter));
  last_ = Last::filter;
}

/// A number or a quoted text counts only behind its dimension: "customer 17850".
Status Assembly::take_literal(const Item& item) {
  if (!pending_) {
    leave(item.text, "a value of nothing that is known");
    return {};
  }
  const std::vector<Dimension> dimensions = dimensions_of(*pending_);
  const std::vector<std::string> texts{item.text};
  ASSAY_TRY(const auto hits, values_.find(dimensions, texts));
  SaidFilter filter{{{}, pending_->text + " " + item.text, preposition_},
                    {},
                    std::exchange(negate_, false),
                    item.text};
  for (const ValueHit& hit : hits) {
    filter.said.candidates.push_back(dimensions[hit.dimension]);
    filter.values.push_back(hit.value);
  }
  if (hits.empty()) {
    leave(item.text, fmt::format("no {} has this value", pending_->text));
  } else {
    filters_.push_back(std::move(filter));
    last_ = Last::filter;
  }
  settle_pending();
  return {};
}

/// Without a metric a noun that names an entity asks for its number: "how many invoices".
Status Assembly::choose_metrics() {
  for (auto noun = nouns_.begin(); result_.metrics.empty() && noun != nouns_.end(); ++noun) {
    const auto entities = terms_of(*noun, Term::Kind::entity);
    if (entities.empty()) continue;
    ASSAY_TRY(const Term* term, only_term(vocabulary_, *noun, entities));
    const model::Entity& entity = vocabulary_.workspace().entities[term->index];
    result_.metrics.push_back({vocabulary_.count_of(entity), noun->text});
    nouns_.erase(noun);
    break;
  }
  // "how many online orders": the segment says what is counted.
  if (result_.metrics.empty() && counted_ && !result_.segments.empty()) {
    const model::Segment& segment = *result_.segments.front().segment;
    if (const model::Entity* entity = vocabulary_.workspace().entity(segment.entity)) {
      result_.metrics.push_back({vocabulary_.count_of(*entity), result_.segments.front().words});
    }
  }
  for (const MetricChoice& choice : result_.metrics) {
    for (const model::Metric* part : vocabulary_.parts(*choice.metric)) {
      facts_.push_back(vocabulary_.fact_table(*part));
    }
  }
  if (!facts_.empty()) return {};
  return make_error(Code::question_unknown, "the question names no metric");
}

/// "total revenue" says what revenue does anyway; "average revenue" would be another metric.
Status Assembly::check_aggregates() {
  for (const Item& item : aggregates_) {
    const std::string word = lower(item.text);
    const bool mean = word == "average" || word == "mean";
    const bool fits = std::any_of(
        result_.metrics.begin(), result_.metrics.end(), [&](const MetricChoice& choice) {
          const model::Metric& metric = *choice.metric;
          const bool averages = metric.kind == model::Metric::Kind::ratio || metric.agg == "avg";
          return mean ? averages : !averages;
        });
    if (!fits) leave(item.text, "not what the metric does");
  }
  return {};
}

/// Candidates that every part of every metric reaches, of them the nearest; empty where none is.
std::vector<Dimension> Assembly::nearest_reachable(const std::vector<Dimension>& candidates) const {
  constexpr int kUnreachable = std::numeric_limits<int>::max();
  std::vector<Dimension> nearest;
  int best = kUnreachable;
  for (const Dimension& dimension : candidates) {
    int distance = 0;
    for (const FactTable& facts : facts_) {
      const int one = vocabulary_.distance(facts, dimension);
      distance = std::max(distance, one < 0 ? kUnreachable : one);
    }
    if (distance == kUnreachable || distance > best) continue;
    if (distance < best) nearest.clear();
    best = distance;
    if (std::find(nearest.begin(), nearest.end(), dimension) == nearest.end())
      nearest.push_back(dimension);
  }
  return nearest;
}

Result<Dimension> Assembly::resolve(const Said& said) const {
  std::vector<Dimension> nearest = nearest_reachable(said.preferred);
  if (nearest.empty()) nearest = nearest_reachable(said.candidates);
  if (nearest.empty()) {
    return make_error(Code::question_unknown, fmt::format("'{}' does not belong to '{}'", said.text,
                                                          result_.metrics.front().words));
  }
  if (nearest.size() > 1 && !said.preposition.empty()) {
    for (const Dimension& dimension : nearest) {
      const model::Entity* entity = vocabulary_.workspace().entity(dimension.entity);
      const model::Role* role = entity == nullptr ? nullptr : entity->role(dimension.role);
      if (role != nullptr && lower(role->business_name) == said.preposition) return dimension;
    }
  }
  if (nearest.size() == 1) return nearest.front();
  std::vector<std::string> readings;
  for (const Dimension& dimension : nearest) readings.push_back(dimension.label);
  return ambiguous(said.text, readings);
}

Status Assembly::resolve_groups() {
  for (const Said& said : groups_) {
    ASSAY_TRY(const Dimension dimension, resolve(said));
    if (std::find(result_.groups.begin(), result_.groups.end(), dimension) ==
        result_.groups.end()) {
      result_.groups.push_back(dimension);
    }
  }
  return {};
}

/// Values of one dimension are alternatives; filters of different dimensions all hold.
Status Assembly::resolve_filters() {
  for (const SaidFilter& filter : filters_) {
    ASSAY_TRY(const Dimension dimension, resolve(filter.said));
    std::vector<std::string> stored;
    for (std::size_t i = 0; i < filter.values.size(); ++i) {
      if (filter.said.candidates[i] == dimension) stored.push_back(filter.values[i]);
    }
    // Values that differ in case only are different values; the one as typed is meant, if it
    // exists.
    if (std::find(stored.begin(), stored.end(), filter.typed) != stored.end())
      stored = {filter.typed};
    FilterChoice* same = nullptr;
    for (FilterChoice& choice : result_.filters) {
      if (choice.dimension == dimension && choice.negated == filter.negated && !stored.empty())
        same = &choice;
    }
    if (same == nullptr) {
      result_.filters.push_back({dimension, {}, filter.negated, filter.said.text});
      same = &result_.filters.back();
    } else {
      same->words += ", " + filter.said.text;
    }
    for (std::string& value : stored) {
      if (std::find(same->values.begin(), same->values.end(), value) == same->values.end()) {
        same->values.push_back(std::move(value));
      }
    }
    std::sort(same->values.begin(), same->values.end());
  }
  return {};
}

/// A noun that repeats what the metric, a filter, a segment or a group is about is no new
/// information.
bool Assembly::belongs(const Item& noun) const {
  const model::Workspace& workspace = vocabulary_.workspace();
  std::set<std::string> about;
  for (const FactTable& facts : facts_) {
    about.insert(facts.entity->name);
    if (facts.root != nullptr) about.insert(facts.root->name);
  }
  const auto add_role = [&](const Dimension& dimension) {
    const model::Entity* entity = workspace.entity(dimension.entity);
    const model::Role* role = entity == nullptr ? nullptr : entity->role(dimension.role);
    if (role != nullptr) about.insert(role->entity);
  };
  for (const FilterChoice& filter : result_.filters) add_role(filter.dimension);
  for (const Dimension& group : result_.groups) add_role(group);
  for (const SegmentChoice& choice : result_.segments) about.insert(choice.segment->entity);
  for (const Term* term : terms_of(noun, Term::Kind::entity)) {
    if (about.contains(workspace.entities[term->index].name)) return true;
  }
  for (const Dimension& dimension : dimensions_of(noun)) {
    for (const FilterChoice& filter : result_.filters) {
      const bool same_role = !dimension.role.empty() && filter.dimension.role == dimension.role;
      if (filter.dimension == dimension ||
          (same_role && filter.dimension.entity == dimension.entity))
        return true;
    }
  }
  return false;
}

void Assembly::check_nouns() {
  for (const Item& noun : nouns_) {
    if (belongs(noun)) continue;
    const bool dimension = !terms_of(noun, Term::Kind::dimension).empty();
    leave(noun.text, dimension ? fmt::format("say 'by {}', or which one", noun.text)
                               : "it belongs to nothing else");
  }
}

Status Assembly::check_shape() {
  if (group_next_) leave("by", "nothing that follows it can be a group");
  if (negate_) leave("not", "nothing follows that it could leave out");
  if (result_.top && result_.groups.empty())
    leave(rank_words_, "it needs a group, as in 'top 5 countries by revenue'");
  const bool timeless = std::any_of(facts_.begin(), facts_.end(),
                                    [](const FactTable& facts) { return facts.master; });
  if (timeless && (result_.period || result_.grain)) {
    leave(result_.period ? result_.period->words : std::string(to_string(*result_.grain)),
          "master data have no event time");
  }
  for (const Dimension& group : result_.groups) {
    if (group.sensitivity == "secret") leave(group.label, "it is secret");
  }
  for (const FilterChoice& filter : result_.filters) {
    if (filter.dimension.sensitivity == "secret") leave(filter.dimension.label, "it is secret");
  }
  return {};
}

Result<Interpretation> Assembly::finish() {
  settle_pending();
  ASSAY_TRY_VOID(choose_metrics());
  ASSAY_TRY_VOID(check_aggregates());
  ASSAY_TRY_VOID(resolve_groups());
  ASSAY_TRY_VOID(resolve_filters());
  check_nouns();
  ASSAY_TRY_VOID(check_shape());
  if (!leftovers_.empty())
    return make_error(Code::question_unknown, "the question has words that nothing explains");
  return result_;
}

std::vector<std::string> Assembly::understood() const {
  std::vector<std::string> parts;
  for (const MetricChoice& choice : result_.metrics) parts.push_back(choice.words + " (metric)");
  for (const SegmentChoice& choice : result_.segments) parts.push_back(choice.words + " (segment)");
  for (const SaidFilter& filter : filters_) parts.push_back(filter.said.text + " (filter)");
  for (const Said& group : groups_) parts.push_back(group.text + " (group)");
  if (result_.grain) parts.push_back(fmt::format("{} (unit of time)", to_string(*result_.grain)));
  if (result_.period) parts.push_back(result_.period->words + " (period)");
  return parts;
}

}  // namespace assay::ask
