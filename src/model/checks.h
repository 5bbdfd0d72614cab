#pragma once
// Checks across files: what one declaration says about another. Each reports all that it finds.

#include <string_view>
#include <vector>

#include "model/drafts.h"
#include "model/problems.h"

namespace assay::model {

void check_entities(const Drafts& drafts, ProblemList& problems);
/// Columns that roles and parents give to an event's tables must not meet other columns.
void check_generated_columns(const Drafts& drafts, ProblemList& problems);
void check_extensions(const Drafts& drafts, ProblemList& problems);
void check_sources(const Drafts& drafts, ProblemList& problems);
void check_versions(const Drafts& drafts, ProblemList& problems);
void check_metrics(const Drafts& drafts, ProblemList& problems);
void check_feature_views(const Drafts& drafts, ProblemList& problems);

/// Names for suggestions.
std::vector<std::string_view> entity_names(const Drafts& drafts, Entity::Kind kind);
std::vector<std::string_view> field_names(const Entity& entity);

/// Reports every name that an earlier declaration of the same kind has taken.
template <typename T, typename Name>
void check_unique(const std::vector<Draft<T>>& drafts, std::string_view what, Name name,
                  ProblemList& problems);

/// Reports that `second` repeats the name of `first`.
void report_duplicate(std::string_view what, std::string_view name, const Location& first,
                      const Location& second, ProblemList& problems);

template <typename T, typename Name>
void check_unique(const std::vector<Draft<T>>& drafts, std::string_view what, Name name,
                  ProblemList& problems) {
  for (std::size_t index = 0; index < drafts.size(); ++index) {
    for (std::size_t before = 0; before < index; ++before) {
      if (name(drafts[before].value).empty()) continue;
      if (name(drafts[before].value) != name(drafts[index].value)) continue;
      report_duplicate(what, name(drafts[index].value), drafts[before].value.location,
                       drafts[index].value.location, problems);
      break;
    }
  }
}

}  // namespace assay::model
