#include "refine/refusal.h"

#include <fmt/format.h>

#include <algorithm>

#include "path/json_path.h"

namespace assay::refine {
namespace {

constexpr std::size_t kExcerptMax = 48;

std::string excerpt(std::string_view raw) {
  if (raw.size() <= kExcerptMax) return std::string(raw);
  std::size_t size = kExcerptMax;
  while (size > 0 && (static_cast<unsigned char>(raw[size]) & 0xc0) == 0x80) --size;
  return std::string(raw.substr(0, size)) + "...";
}

const char* problem_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::out_of_range: return "does not fit";
    case Outcome::unmapped: return "has no entry in the value map of";
    default: return "does not convert to";
  }
}

/// The JSON Pointer at which a row's field would stand.
std::string pointer_of(const Document& document, const FieldProgram& field,
                       const std::vector<std::uint32_t>& chain, std::uint32_t instance) {
  // The indices of the wildcards, outermost last.
  std::vector<std::uint32_t> indices;
  for (std::size_t i = 0; i + 1 < chain.size(); ++i) {
    const Instance& at = document.instances[chain[i]][instance];
    if (i >= field.level) indices.push_back(at.number);
    instance = at.parent;
  }
  std::string pointer;
  for (const path::Step& step : field.path.steps) {
    if (step.kind == path::Step::Kind::name) path::append_pointer(pointer, step.name);
    if (step.kind == path::Step::Kind::index)
      path::append_pointer(pointer, std::to_string(step.index));
    if (step.kind == path::Step::Kind::wildcard && !indices.empty()) {
      path::append_pointer(pointer, std::to_string(indices.back()));
      indices.pop_back();
    }
  }
  return pointer;
}

}  // namespace

Fault misfit_fault(const Document& document, const FieldProgram& field, const Misfit& misfit) {
  const Node& node = document.nodes[misfit.node];
  const bool container = node.kind <= Kind::empty_array;
  const std::string shown = container ? "an object or array" : excerpt(document.raw(node));
  return {code_of(misfit.outcome),
          fmt::format("{} {} field \"{}\" ({})", shown, problem_of(misfit.outcome), field.name,
                      column::to_string(field.conversion.type)),
          document.pointer(misfit.node)};
}

Fault computed_fault(const Document& document, const FieldProgram& field,
                     const std::vector<std::uint32_t>& chain, std::uint32_t instance,
                     const ComputedMisfit& misfit) {
  const std::string pointer = pointer_of(document, field, chain, instance);
  const std::string type = column::to_string(field.conversion.type);
  switch (misfit.state) {
    case kDividedByZero:
      return {Code::expression_value,
              fmt::format("the expression of field \"{}\" divides by zero", field.name), pointer};
    case kTooLarge:
      return {Code::expression_value,
              fmt::format("the expression of field \"{}\" does not fit {}", field.name, type),
              pointer};
    case kInexact:
      return {Code::expression_value,
              fmt::format("the expression of field \"{}\" has more digits than {}; round() says "
                          "how to shorten it",
                          field.name, type),
              pointer};
    default:
      return {code_of(misfit.outcome),
              fmt::format("what the expression gives {} field \"{}\" ({})",
                          problem_of(misfit.outcome), field.name, type),
              pointer};
  }
}

Fault missing_fault(const Document& document, const FieldProgram& field,
                    const std::vector<std::uint32_t>& chain, std::uint32_t instance) {
  const Code code = field.is_key          ? Code::key_null
                    : field.is_event_time ? Code::event_time_null
                                          : Code::required_null;
  const char* what = field.is_key ? "key" : field.is_event_time ? "event time" : "required";
  return {code, fmt::format("the {} field \"{}\" is null or absent", what, field.name),
          pointer_of(document, field, chain, instance)};
}

}  // namespace assay::refine
