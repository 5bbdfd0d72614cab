#include "ask/vocabulary.h"

#include <fmt/format.h>

#include <algorithm>

#include "ask/spelling.h"
#include "parquet/parquet.h"

namespace assay::ask {
namespace {

bool is_groupable(const column::DataType& type) {
  return type.type == column::Type::string || type.type == column::Type::boolean ||
         type.type == column::Type::date;
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

/// A name, a business name and synonyms, without blanks ones.
std::vector<std::string> all_names(const std::string& name, const std::string& business_name,
                                   const std::vector<std::string>& synonyms) {
  std::vector<std::string> names{name};
  if (!business_name.empty()) names.push_back(business_name);
  names.insert(names.end(), synonyms.begin(), synonyms.end());
  return names;
}

std::string event_time_column(const model::Entity& root) {
  return root.event_time == "ingest" ? "event_time" : root.event_time;
}

}  // namespace

std::string friendly(const std::string& business_name, const std::string& name) {
  if (!business_name.empty()) return lower(business_name);
  std::string text = name;
  std::replace(text.begin(), text.end(), '_', ' ');
  return text;
}

Vocabulary::Vocabulary(const model::Workspace& workspace) : workspace_(workspace) {
  for (const std::string& word : stop_words()) known_.insert(word);
  for (const std::string& word : grammar_words()) known_.insert(word);
  add_metrics();
  add_segments();
  add_entities();
  for (const model::Entity& entity : workspace.entities) {
    add_own_dimensions(entity);
    add_role_dimensions(entity);
  }
}

void Vocabulary::add(Term::Kind kind, std::size_t index, std::string_view name) {
  std::vector<std::string> words = name_words(name);
  const bool says_something = std::any_of(words.begin(), words.end(), [](const std::string& word) {
    return !stop_words().contains(word);
  });
  if (!says_something) return;
  for (const Term& term : terms_) {
    if (term.kind == kind && term.index == index && term.words == words) return;
  }
  longest_ = std::max(longest_, words.size());
  for (const std::string& word : words) {
    known_.insert(word);
    known_.insert(singular_of(word));
  }
  terms_.push_back({kind, index, std::move(words)});
}

void Vocabulary::add_metrics() {
  for (std::size_t i = 0; i < workspace_.metrics.size(); ++i) {
    const model::Metric& metric = workspace_.metrics[i];
    for (const auto& name : all_names(metric.name, metric.business_name, metric.synonyms)) {
      add(Term::Kind::metric, i, name);
    }
  }
}

void Vocabulary::add_segments() {
  for (std::size_t i = 0; i < workspace_.segments.size(); ++i) {
    const model::Segment& segment = workspace_.segments[i];
    for (const auto& name : all_names(segment.name, segment.business_name, segment.synonyms)) {
      add(Term::Kind::segment, i, name);
    }
  }
}

void Vocabulary::add_entities() {
  for (std::size_t i = 0; i < workspace_.entities.size(); ++i) {
    const model::Entity& entity = workspace_.entities[i];
    for (const auto& name : all_names(entity.name, entity.business_name, entity.synonyms)) {
      add(Term::Kind::entity, i, name);
    }
    model::Metric count;
    count.name = "number_of_" + entity.name;
    count.business_name = "Number of " + friendly(entity.business_name, entity.name);
    count.kind = model::Metric::Kind::simple;
    count.entity = entity.name;
    count.agg = "count";
    counts_.push_back(std::move(count));
  }
}

void Vocabulary::add_dimension(Dimension dimension, const std::vector<std::string>& names) {
  dimensions_.push_back(std::move(dimension));
  for (const std::string& name : names) add(Term::Kind::dimension, dimensions_.size() - 1, name);
}

void Vocabulary::add_own_dimensions(const model::Entity& entity) {
  for (const model::Field& field : entity.fields) {
    const bool key = contains(entity.key, field.name);
    if (!is_groupable(field.type) && !key) continue;
    std::vector<std::string> names = all_names(field.name, field.business_name, field.synonyms);
    names.push_back(friendly(entity.business_name, entity.name) + " " +
                    friendly(field.business_name, field.name));
    add_dimension({.entity = entity.name,
                   .role = "",
                   .field = field.name,
                   .column = field.name,
                   .label = friendly(field.business_name, field.name),
                   .type = field.type,
                   .sensitivity = field.sensitivity},
                  names);
  }
}

/// Fields of the masters that an event refers to, under the role's name and without it; the
/// master's only key field also under the names of role and master.
void Vocabulary::add_role_dimensions(const model::Entity& entity) {
  for (const model::Role& role : entity.roles) {
    const model::Entity* master = workspace_.entity(role.entity);
    if (master == nullptr) continue;
    const std::string role_words = friendly(role.business_name, role.name);
    std::string plain_role = role.name;
    std::replace(plain_role.begin(), plain_role.end(), '_', ' ');
    for (const model::Field& field : master->fields) {
      const bool key = contains(master->key, field.name);
      if (!is_groupable(field.type) && !key) continue;
      const auto own = all_names(field.name, field.business_name, field.synonyms);
      std::vector<std::string> names = own;
      for (const std::string& name : own) {
        names.push_back(plain_role + " " + name);
        names.push_back(role_words + " " + name);
      }
      if (key && master->key.size() == 1) {
        names.push_back(plain_role);
        names.push_back(role_words);
        for (const auto& name : all_names(master->name, master->business_name, master->synonyms)) {
          names.push_back(name);
          names.push_back(plain_role + " " + name);
        }
      }
      const std::string field_words = friendly(field.business_name, field.name);
      const bool named = field_words.starts_with(plain_role);
      add_dimension({.entity = entity.name,
                     .role = role.name,
                     .field = field.name,
                     .column = role.name + "_" + field.name,
                     .label = named ? field_words : plain_role + " " + field_words,
                     .type = field.type,
                     .sensitivity = field.sensitivity},
                    names);
    }
  }
}

std::vector<TermMatch> Vocabulary::matches(std::span<const Word> words, std::size_t first,
                                           std::size_t count) const {
  std::vector<TermMatch> found;
  for (const Term& term : terms_) {
    if (term.words.size() != count) continue;
    int cost = 0;
    for (std::size_t i = 0; i < count && cost >= 0; ++i) {
      const Word& word = words[first + i];
      const int one = match_cost(word, term.words[i], knows(word));
      cost = one < 0 ? -1 : cost + one;
    }
    if (cost >= 0) found.push_back({&term, cost});
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const TermMatch& a, const TermMatch& b) { return a.cost < b.cost; });
  return found;
}

bool Vocabulary::knows(const Word& word) const {
  return known_.contains(word.plain) || known_.contains(word.singular);
}

const model::Metric* Vocabulary::metric_named(const std::string& name) const {
  for (const model::Metric& metric : workspace_.metrics) {
    if (metric.name == name) return &metric;
  }
  return nullptr;
}

const model::Metric* Vocabulary::count_of(const model::Entity& entity) const {
  return &counts_[static_cast<std::size_t>(&entity - workspace_.entities.data())];
}

FactTable Vocabulary::fact_table(const model::Metric& simple) const {
  FactTable facts;
  facts.entity = workspace_.entity(simple.entity);
  if (facts.entity == nullptr) return facts;
  const model::Entity* root = facts.entity;
  while (!root->parent.empty() && workspace_.entity(root->parent) != nullptr) {
    root = workspace_.entity(root->parent);
  }
  if (root != facts.entity) facts.root = root;
  facts.master = facts.entity->kind == model::Entity::Kind::master;
  facts.relation = "mart." + parquet::sql_name(simple.entity + (facts.master ? "_current" : ""));
  if (!facts.master) facts.time_column = event_time_column(*root);
  return facts;
}

std::vector<const model::Metric*> Vocabulary::parts(const model::Metric& metric) const {
  if (metric.kind == model::Metric::Kind::simple) return {&metric};
  std::vector<const model::Metric*> result;
  for (const std::string& name : {metric.numerator, metric.denominator}) {
    if (const model::Metric* part = metric_named(name)) result.push_back(part);
  }
  return result;
}

int Vocabulary::distance(const FactTable& facts, const Dimension& dimension) const {
  const int role = dimension.role.empty() ? 0 : 1;
  if (facts.entity != nullptr && dimension.entity == facts.entity->name) return role;
  if (facts.root != nullptr && dimension.entity == facts.root->name) return 2 + role;
  return -1;
}

std::string Vocabulary::label(const Term& term) const {
  switch (term.kind) {
    case Term::Kind::metric: {
      const model::Metric& metric = workspace_.metrics[term.index];
      return friendly(metric.business_name, metric.name);
    }
    case Term::Kind::segment: {
      const model::Segment& segment = workspace_.segments[term.index];
      return friendly(segment.business_name, segment.name);
    }
    case Term::Kind::dimension: return dimensions_[term.index].label;
    case Term::Kind::entity: {
      const model::Entity& entity = workspace_.entities[term.index];
      return friendly(entity.business_name, entity.name);
    }
  }
  return "";
}

std::vector<std::string> Vocabulary::names(Term::Kind kind) const {
  std::vector<std::string> result;
  for (const Term& term : terms_) {
    if (term.kind != kind) continue;
    const std::string name = label(term);
    if (!contains(result, name)) result.push_back(name);
  }
  return result;
}

}  // namespace assay::ask
