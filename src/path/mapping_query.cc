#include "path/mapping_query.h"

#include <algorithm>

#include "path/scanner.h"
#include "path/syntax.h"

namespace assay::path {
namespace {

constexpr std::string_view kTaken =
    "A filter of a mapping compares texts by == and !=, and asks whether something exists.";

class MappingCheck {
 public:
  /// `is_lookup`: filters may refer to the row.
  MappingCheck(std::string_view text, bool is_lookup) : scan_(text), is_lookup_(is_lookup) {}

  Status check(const QuerySyntax& query) const {
    for (const Segment& segment : query.segments) {
      for (const Selector& selector : segment.selectors) {
        if (selector.kind == Selector::Kind::filter) ASSAY_TRY_VOID(check(*selector.filter));
      }
    }
    return {};
  }

 private:
  Status check(const Expression& condition) const {
    for (const Expression& part : condition.parts) ASSAY_TRY_VOID(check(part));
    const bool compares = condition.kind == Expression::Kind::comparison;
    const bool is_equality = condition.comparator == Expression::Comparator::equal ||
                             condition.comparator == Expression::Comparator::not_equal;
    if (compares && !is_equality)
      return not_taken(condition.operands[0].offset, "comparisons by order are");
    for (const Operand& operand : condition.operands) ASSAY_TRY_VOID(check(operand));
    return {};
  }

  Status check(const Operand& operand) const {
    switch (operand.kind) {
      case Operand::Kind::query:
        if (operand.query->from_row && !is_lookup_)
          return not_taken(operand.offset, "references to the row outside of a lookup are");
        return check(*operand.query);
      case Operand::Kind::call: return not_taken(operand.offset, "functions are");
      case Operand::Kind::literal: break;
    }
    if (operand.literal.kind == Literal::Kind::string) return {};
    return not_taken(operand.offset, "comparisons with anything but texts are");
  }

  Error not_taken(std::size_t offset, std::string_view what) const {
    return scan_.failure_at(offset, std::string(what) + " not taken in a mapping",
                            std::string(kTaken));
  }

  Scanner scan_;
  bool is_lookup_;
};

/// Where a "$" stands behind other steps, outside of brackets and quotes; npos where none does.
std::size_t lookup_begin(std::string_view text) {
  int depth = 0;
  char quote = 0;
  for (std::size_t i = 1; i < text.size(); ++i) {
    const char c = text[i];
    if (quote != 0) {
      if (c == '\\')
        ++i;
      else if (c == quote)
        quote = 0;
    } else if (c == '\'' || c == '"') {
      quote = c;
    } else if (c == '[') {
      ++depth;
    } else if (c == ']') {
      --depth;
    } else if (c == '$' && depth == 0) {
      return i;
    }
  }
  return std::string_view::npos;
}

/// The step of a segment that the single walk follows; false for others.
bool plain_step(const Segment& segment, Step& step) {
  if (segment.is_descendant || segment.selectors.size() != 1) return false;
  const Selector& selector = segment.selectors[0];
  switch (selector.kind) {
    case Selector::Kind::name: step = {Step::Kind::name, selector.name, 0}; return true;
    case Selector::Kind::wildcard: step = {Step::Kind::wildcard, {}, 0}; return true;
    case Selector::Kind::index:
      step = {Step::Kind::index, {}, selector.index};
      return selector.index >= 0;
    case Selector::Kind::slice:
    case Selector::Kind::filter: break;
  }
  return false;
}

}  // namespace

Result<JsonPath> split_mapping(std::string_view text) {
  const std::size_t lookup = lookup_begin(text);
  if (lookup != std::string_view::npos) {
    ASSAY_TRY(JsonPath from, parse_json_path(text.substr(0, lookup)));
    ASSAY_TRY(const ParsedQuery found, parse_query(text, RootsTaken::payload_and_row, lookup));
    if (found.syntax.segments.empty()) {
      return Scanner(text).failure_at(
          lookup, "\"$\" leads back to the whole payload, which is no value",
          "more behind it, as in $.buyer$.parties[?@.id == @@.id].name");
    }
    ASSAY_TRY_VOID(MappingCheck(text, true).check(found.syntax));
    from.steps.push_back({Step::Kind::query, std::string(text.substr(lookup)), 0});
    return from;
  }
  ASSAY_TRY(const ParsedQuery parsed, parse_query(text, RootsTaken::payload_and_row));
  const QuerySyntax& query = parsed.syntax;
  ASSAY_TRY_VOID(MappingCheck(text, false).check(query));
  JsonPath path;
  path.relative = query.is_relative;
  for (const Segment& segment : query.segments) {
    Step step;
    if (plain_step(segment, step)) {
      path.steps.push_back(std::move(step));
      continue;
    }
    const std::size_t begin = segment.offset - (segment.is_descendant ? 1 : 0);
    path.steps.push_back({Step::Kind::query, std::string(text.substr(begin)), 0});
    break;
  }
  return path;
}

}  // namespace assay::path
