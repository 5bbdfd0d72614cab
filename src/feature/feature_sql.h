#pragma once
// A feature view's definition as SQL over its contributions, by the one edge rule: for an as-of
// instant T and a knowledge instant K a contribution counts when event_time <= T and knowledge_time
// <= K, and for a window of length w when event_time > T - w (left open, right closed). The three
// forms below share their expressions.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/workspace.h"

namespace assay::feature {

/// The view of that name. Error: feature_unknown with the names that there are.
Result<const model::FeatureView*> find_view(const model::Workspace& workspace,
                                            std::string_view name);

/// Key columns of the view: the key fields of its master.
std::vector<model::Field> key_fields(const model::Workspace& workspace,
                                     const model::FeatureView& view);

/// CREATE MACRO feature.<view>_at(as_of[, known_at]) AS TABLE: one row a key that has any visible
/// contribution. known_at defaults to as_of.
std::string macro_sql(const model::Workspace& workspace, const model::FeatureView& view);

/// SQL expressions of instants, for example "TIMESTAMPTZ '2011-12-09T00:00:00Z'".
struct Instants {
  std::string as_of;
  std::string known_at;
};

/// One row: the key as given (texts, in the order of the key fields) and the features; a key
/// without visible contributions counts 0 and has NULL sums. Column `contributions` is how many
/// rows counted at all.
std::string point_sql(const model::Workspace& workspace, const model::FeatureView& view,
                      const std::vector<std::string>& key, const Instants& instants);

/// One row a label row, in its order, never dropped or repeated. `labels` is a relation with the
/// columns label_row (BIGINT, from 0), the key fields (text) and as_of (text); the result has
/// label_row and the features. An empty `known_at` means: known at the row's own as_of.
struct Labels {
  std::string relation;
  std::string known_at;
};
std::string training_sql(const model::Workspace& workspace, const model::FeatureView& view,
                         const Labels& labels);

/// "sum of order.total_amount over 30 days, per count of order" for people.
std::string describe(const model::FeatureView& view, const model::Feature& feature);
/// "30d", "12h", "lifetime".
std::string window_text(const model::Feature& feature);

}  // namespace assay::feature
