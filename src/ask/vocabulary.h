#pragma once
// The words that a model gives to questions: metrics, segments, dimensions and entities with all
// their names.

#include <cstddef>
#include <deque>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "ask/interpretation.h"
#include "ask/question_words.h"
#include "model/workspace.h"

namespace assay::ask {

/// One name of one thing.
struct Term {
  enum class Kind { metric, segment, dimension, entity };
  Kind kind = Kind::metric;
  std::size_t index = 0;           ///< into the vocabulary's list of that kind
  std::vector<std::string> words;  ///< lower case
};

struct TermMatch {
  const Term* term = nullptr;
  int cost = 0;  ///< typos
};

/// Where the rows of a metric are. A child reaches the dimensions of its root through the record
/// that both came in.
struct FactTable {
  const model::Entity* entity = nullptr;
  const model::Entity* root = nullptr;  ///< of a child; null otherwise
  bool master = false;   ///< rows are the master's current rows; there is no event time
  std::string relation;  ///< "mart.\"order\""
  std::string time_column;
};

/// Built from a workspace that outlives it. Immutable; pointers into it stay good.
class Vocabulary {
 public:
  explicit Vocabulary(const model::Workspace& workspace);
  Vocabulary(const Vocabulary&) = delete;
  Vocabulary& operator=(const Vocabulary&) = delete;

  /// All terms that words [first, first + count) may mean, cheapest first.
  std::vector<TermMatch> matches(std::span<const Word> words, std::size_t first,
                                 std::size_t count) const;
  std::size_t longest_term() const { return longest_; }
  /// The word, or its singular, stands in some name or in the grammar: it is no typo.
  bool knows(const Word& word) const;

  const model::Workspace& workspace() const { return workspace_; }
  const std::vector<Dimension>& dimensions() const { return dimensions_; }
  const model::Metric* metric(std::size_t index) const { return &workspace_.metrics[index]; }
  const model::Metric* metric_named(const std::string& name) const;
  /// "Number of X", which every entity has without a definition.
  const model::Metric* count_of(const model::Entity& entity) const;
  FactTable fact_table(const model::Metric& simple) const;
  /// The simple metrics that a metric is made of: itself, or numerator and denominator.
  std::vector<const model::Metric*> parts(const model::Metric& metric) const;
  /// How far a dimension is from the rows of a fact table: 0 own field, 1 field of a master, 2 and
  /// 3 the same of the root; -1 out of reach.
  int distance(const FactTable& facts, const Dimension& dimension) const;

  /// For people and for "did you mean".
  std::vector<std::string> names(Term::Kind kind) const;
  std::string label(const Term& term) const;

 private:
  void add(Term::Kind kind, std::size_t index, std::string_view name);
  void add_metrics();
  void add_segments();
  void add_entities();
  void add_own_dimensions(const model::Entity& entity);
  void add_role_dimensions(const model::Entity& entity);
  void add_dimension(Dimension dimension, const std::vector<std::string>& names);

  const model::Workspace& workspace_;
  std::vector<Dimension> dimensions_;
  std::deque<model::Metric> counts_;  ///< one an entity, in the order of the workspace
  std::deque<Term> terms_;
  std::set<std::string, std::less<>> known_;
  std::size_t longest_ = 1;
};

/// The business name in lower case, else the name with blanks.
std::string friendly(const std::string& business_name, const std::string& name);

}  // namespace assay::ask
