#include "ask/alternatives.h"

#include <regex>
#include <string>
#include <utility>

namespace assay::ask {
namespace {

/// Entity and column; no column where the restriction is not one to values of a column.
using Subject = std::pair<std::string, std::string>;

Subject subject_of(const SegmentChoice& choice) {
  static const std::regex kOneValue(R"(\s*(\w+)\s*=\s*('[^']*'|[\w.]+)\s*)");
  static const std::regex kValues(R"(\s*(\w+)\s+IN\s*\([^()]*\)\s*)", std::regex::icase);
  std::smatch match;
  const std::string& filter = choice.segment->filter;
  const bool is_value =
      std::regex_match(filter, match, kOneValue) || std::regex_match(filter, match, kValues);
  if (!is_value || choice.negated || choice.segment->judged == "now") return {};
  return {choice.segment->entity, match[1].str()};
}

Subject subject_of(const FilterChoice& filter) {
  if (filter.negated || filter.values.empty()) return {};
  return {filter.dimension.entity, filter.dimension.column};
}

}  // namespace

std::vector<std::vector<Restriction>> alternatives(const Interpretation& meaning) {
  std::vector<std::pair<Subject, std::vector<Restriction>>> groups;
  const auto add = [&groups](Subject subject, Restriction restriction) {
    for (auto& [known, group] : groups) {
      if (!subject.second.empty() && known == subject) return group.push_back(restriction);
    }
    groups.push_back({std::move(subject), {restriction}});
  };
  for (const SegmentChoice& choice : meaning.segments)
    add(subject_of(choice), {.segment = &choice, .filter = nullptr});
  for (const FilterChoice& filter : meaning.filters)
    add(subject_of(filter), {.segment = nullptr, .filter = &filter});
  std::vector<std::vector<Restriction>> result;
  for (auto& [subject, group] : groups) result.push_back(std::move(group));
  return result;
}

}  // namespace assay::ask
