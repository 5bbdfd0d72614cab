#pragma once
// Items of a question put together to an interpretation.

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "ask/interpretation.h"
#include "ask/question_items.h"
#include "ask/values.h"
#include "ask/vocabulary.h"
#include "base/result.h"

namespace assay::ask {

/// Takes the items of one question from left to right, then resolves what they refer to:
///
///   for each item: take(item)      metrics, segments, groups, filters and nouns as they were said
///   finish():
///     settle_pending               a dimension that no value followed is only a noun
///     choose_metrics               or the count of an entity, where no metric was named
///     resolve_groups, filters      to the nearest dimension that every metric reaches
///     check_nouns                  nouns that belong to nothing else are left over
///     check_leftovers
class Assembly {
 public:
  Assembly(const Vocabulary& vocabulary, Values& values)
      : vocabulary_(vocabulary), values_(values) {}

  Status take(const Item& item);
  /// Errors: question_unknown without a hint at other names (the caller knows the words),
  /// question_ambiguous.
  Result<Interpretation> finish();

  struct Leftover {
    std::string text;
    std::string reason;  ///< empty: nothing defines it
  };
  const std::vector<Leftover>& leftovers() const { return leftovers_; }
  /// "revenue (metric)", ...
  std::vector<std::string> understood() const;

 private:
  enum class Last { other, group, filter, metric };
  /// A dimension as it was said: everything that the words may mean.
  struct Said {
    std::vector<Dimension> candidates;
    std::string text;
    std::string preposition;  ///< the word before it: "from Italy" means the origin where a role is
                              ///< called so
    std::vector<Dimension> preferred = {};  ///< what a noun before the value narrows it to
  };
  struct SaidFilter {
    Said said;
    std::vector<std::string> values;  ///< one a candidate; empty for a boolean
    bool negated = false;
    std::string typed = {};  ///< the value as the question spells it
  };

  void leave(const std::string& text, std::string reason = "");
  bool expects_dimension() const;
  Status take_term(const Item& item);
  Status take_segment(const Item& item);
  Status take_metric(const Item& item);
  void take_dimension(const Item& item);
  void take_group(const Item& item);
  void take_grain(const Item& item);
  void take_value(const Item& item);
  Status take_literal(const Item& item);
  void settle_pending();
  std::vector<Dimension> dimensions_of(const Item& item) const;

  Status choose_metrics();
  Status check_aggregates();
  std::vector<Dimension> nearest_reachable(const std::vector<Dimension>& candidates) const;
  Result<Dimension> resolve(const Said& said) const;
  Status resolve_groups();
  Status resolve_filters();
  void check_nouns();
  bool belongs(const Item& noun) const;
  Status check_shape();

  const Vocabulary& vocabulary_;
  Values& values_;
  Interpretation result_;
  std::vector<Said> groups_;
  std::vector<SaidFilter> filters_;
  std::vector<Item> nouns_;
  std::vector<Item> aggregates_;
  std::vector<Leftover> leftovers_;
  std::optional<Item> pending_;   // a dimension that waits for its value
  std::vector<FactTable> facts_;  // of all parts of all metrics
  std::string preposition_;
  std::string rank_words_;  // "top 5", "highest"
  Last last_ = Last::other;
  bool counted_ = false;  // "how many"
  bool group_next_ = false;
  bool joined_ = false;
  bool negate_ = false;
};

}  // namespace assay::ask
