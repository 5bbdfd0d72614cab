#include "path/single_walk.h"

#include "path/scanner.h"

namespace assay::path {
namespace {

constexpr std::string_view kTaken = "A mapping takes names, indices and wildcards.";

Error not_taken(std::string_view text, std::string_view what, std::size_t offset) {
  return Scanner(text).failure_at(offset, std::string(what) + " not taken yet",
                                  std::string(kTaken));
}

Result<Step> step_of(const Selector& selector, std::string_view text) {
  switch (selector.kind) {
    case Selector::Kind::name: return Step{Step::Kind::name, selector.name, 0};
    case Selector::Kind::wildcard: return Step{Step::Kind::wildcard, {}, 0};
    case Selector::Kind::index:
      if (selector.index < 0) return not_taken(text, "negative indices are", selector.offset);
      return Step{Step::Kind::index, {}, selector.index};
    case Selector::Kind::slice: return not_taken(text, "slices are", selector.offset);
    case Selector::Kind::filter: return not_taken(text, "filters are", selector.offset);
  }
  return not_taken(text, "selectors of this kind are", selector.offset);
}

}  // namespace

Result<JsonPath> single_walk(const QuerySyntax& query, std::string_view text) {
  JsonPath path;
  path.relative = query.is_relative;
  for (const Segment& segment : query.segments) {
    if (segment.is_descendant) {
      return not_taken(text, "descendant segments (\"..\") are", segment.offset);
    }
    ASSAY_TRY(Step step, step_of(segment.selectors[0], text));
    if (segment.selectors.size() > 1) {
      return not_taken(text, "lists of selectors are", segment.list_offset);
    }
    path.steps.push_back(std::move(step));
  }
  return path;
}

}  // namespace assay::path
