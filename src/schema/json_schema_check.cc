#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "path/utf8.h"
#include "schema/json_pointer.h"
#include "schema/json_rules.h"

namespace assay::schema {
namespace {

using path::JsonDocument;
using path::NodeId;
using Kind = JsonDocument::Kind;

constexpr std::size_t kTextShown = 60;

/// One check. Rules that only ask (anyOf, not, if) are tried silently; the others tell.
///
/// Work is bounded twice: `steps_` over all, since combinations of references can ask the same
/// again and again, and `depth_`, since a reference may lead back to itself.
class Check {
 public:
  Check(const JsonSchemaLimits& limits, const std::vector<Rule>& rules,
        const JsonResources& resources, const JsonDocument& instance)
      : limits_(limits), rules_(rules), resources_(resources), in_(instance) {}

  Result<std::vector<Violation>> run() && {
    holds(0, NodeId::root, true);
    if (over_limit_) {
      return make_error(
          Code::path_limit,
          fmt::format("the check takes more than {} steps, or {} schemas within one "
                      "another",
                      limits_.steps_max, depth_max()),
          "Make the schema simpler: references within anyOf, oneOf and not multiply.");
    }
    return std::move(violations_);
  }

 private:
  /// A level of a document takes a rule and mostly a reference to it. Deeper ends in an error
  /// before it ends the stack, in instrumented builds too.
  std::size_t depth_max() const { return limits_.depth_max * 2; }

  bool spend(std::size_t steps) {
    steps_ += steps;
    if (steps_ > limits_.steps_max) over_limit_ = true;
    return !over_limit_;
  }

  /// Tells one violation where it is asked to; always false, for `return refuse(...)`.
  bool refuse(const Rule& rule, NodeId node, bool tell, std::string_view keyword,
              const std::string& message) {
    if (tell && !over_limit_ && violations_.size() < limits_.violations_max) {
      std::string place = resources_.address_of(rule.place);
      if (!keyword.empty()) place += fmt::format("/{}", keyword);
      violations_.push_back({json_pointer(in_, node), std::move(place), message});
    }
    return false;
  }

  bool holds(RuleId id, NodeId node, bool tell) {
    if (depth_ >= depth_max()) over_limit_ = true;
    if (!spend(1)) return false;
    depth_ += 1;
    const Rule& rule = rules_[id];
    bool good = !rule.refuses_all || refuse(rule, node, tell, "", "nothing is allowed here");
    // Who tells looks at everything; who only asks stops at the first answer.
    const auto also = [&](bool next) {
      good = next && good;
      return good || tell;
    };
    const bool done = (!rule.reference || also(holds(*rule.reference, node, tell))) &&
                      also(value_holds(rule, node, tell)) && also(kind_holds(rule, node, tell)) &&
                      also(combinations_hold(rule, node, tell));
    depth_ -= 1;
    return good && done && !over_limit_;
  }

  // Any value.

  unsigned type_of(NodeId node) const {
    switch (in_.kind(node)) {
      case Kind::null: return type_null;
      case Kind::boolean: return type_boolean;
      case Kind::number:
        return ExactNumber(in_.source(node)).is_integer() ? type_integer : type_number;
      case Kind::string: return type_string;
      case Kind::array: return type_array;
      case Kind::object: return type_object;
    }
    return 0;
  }

  std::string shown(NodeId node) const {
    const std::string_view text = in_.source(node);
    if (text.size() <= kTextShown) return std::string(text);
    std::size_t size = kTextShown;
    while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80U) size -= 1;
    return std::string(text.substr(0, size)) + "...";
  }

  static std::string names_of(unsigned types) {
    static constexpr std::pair<unsigned, std::string_view> kNames[] = {
        {type_null, "null"},     {type_boolean, "boolean"}, {type_number, "number"},
        {type_string, "string"}, {type_array, "array"},     {type_object, "object"}};
    std::string names;
    if ((types & type_integer) != 0 && (types & type_number) == 0) names = "integer";
    for (const auto& [bit, name] : kNames) {
      if ((types & bit) == 0) continue;
      names += fmt::format("{}{}", names.empty() ? "" : " or ", name);
    }
    return names;
  }

  bool value_holds(const Rule& rule, NodeId node, bool tell) {
    bool good = true;
    if (rule.types != 0 && (rule.types & type_of(node)) == 0) {
      good = refuse(rule, node, tell, "type",
                    fmt::format("{} is no {}", shown(node), names_of(rule.types)));
    }
    if (!rule.enumeration && !rule.constant) return good;
    if (!spend(in_.source(node).size())) return false;
    const std::string key = equality_key(in_, node);
    if (rule.enumeration && !rule.enumeration->contains(key)) {
      good = refuse(rule, node, tell, "enum",
                    fmt::format("{} is none of the values that are listed", shown(node)));
    }
    if (rule.constant && !rule.constant->contains(key)) {
      good = refuse(rule, node, tell, "const",
                    fmt::format("{} is not the one value that is allowed", shown(node)));
    }
    return good;
  }

  bool kind_holds(const Rule& rule, NodeId node, bool tell) {
    switch (in_.kind(node)) {
      case Kind::number: return number_holds(rule, node, tell);
      case Kind::string: return string_holds(rule, node, tell);
      case Kind::array: return array_holds(rule, node, tell);
      case Kind::object: return object_holds(rule, node, tell);
      default: return true;
    }
  }

  // Numbers and strings.

  bool number_holds(const Rule& rule, NodeId node, bool tell) {
    using enum NumberBound::Kind;
    bool good = true;
    if (rule.bounds.empty() && !rule.multiple_of) return true;
    if (!spend(in_.source(node).size())) return false;
    const path::Decimal value(in_.source(node));
    for (const NumberBound& bound : rule.bounds) {
      const bool lower = bound.kind == minimum || bound.kind == exclusive_minimum;
      const bool exclusive = bound.kind == exclusive_minimum || bound.kind == exclusive_maximum;
      if (value == bound.value ? !exclusive : (value > bound.value) == lower) continue;
      const std::string_view keyword = bound.kind == minimum             ? "minimum"
                                       : bound.kind == maximum           ? "maximum"
                                       : bound.kind == exclusive_minimum ? "exclusiveMinimum"
                                                                         : "exclusiveMaximum";
      good = refuse(rule, node, tell, keyword,
                    fmt::format("{} is not {}{} {}", shown(node), lower ? "above" : "below",
                                exclusive ? "" : " or equal to", bound.text));
    }
    if (rule.multiple_of &&
        !ExactNumber(in_.source(node)).is_multiple_of(rule.multiple_of->first)) {
      good = refuse(rule, node, tell, "multipleOf",
                    fmt::format("{} is no multiple of {}", shown(node), rule.multiple_of->second));
    }
    return good;
  }

  bool within(const CountBounds& bounds, std::uint64_t count, const Rule& rule, NodeId node,
              bool tell, std::string_view what) {
    if (bounds.min && count < *bounds.min) {
      return refuse(rule, node, tell, fmt::format("min{}", what),
                    fmt::format("{} is less than {}", count, *bounds.min));
    }
    if (bounds.max && count > *bounds.max) {
      return refuse(rule, node, tell, fmt::format("max{}", what),
                    fmt::format("{} is more than {}", count, *bounds.max));
    }
    return true;
  }

  bool string_holds(const Rule& rule, NodeId node, bool tell) {
    bool good = true;
    const std::string_view text = in_.string(node);
    if (rule.length.any()) {
      good = within(rule.length, path::count_code_points(text), rule, node, tell, "Length");
    }
    if (!rule.pattern) return good;
    if (!spend(text.size() + 1)) return false;
    if (rule.pattern->first.occurs_in(text)) return good;
    return refuse(rule, node, tell, "pattern",
                  fmt::format("{} does not match {}", shown(node), rule.pattern->second));
  }

  // Arrays.

  bool array_holds(const Rule& rule, NodeId node, bool tell) {
    bool good = within(rule.items_count, in_.child_count(node), rule, node, tell, "Items");
    good = (!rule.unique_items || items_differ(rule, node, tell)) && good;
    std::uint64_t contained = 0;
    std::size_t position = 0;
    for (NodeId item = in_.first_child(node); item != in_.after(node); item = in_.after(item)) {
      if (!good && !tell) return false;
      if (!spend(1)) return false;
      if (position < rule.first_items.size()) {
        good = holds(rule.first_items[position], item, tell) && good;
      } else if (rule.other_items) {
        good = holds(*rule.other_items, item, tell) && good;
      }
      if (rule.contains && holds(*rule.contains, item, false)) contained += 1;
      position += 1;
    }
    if (!rule.contains) return good;
    CountBounds bounds = rule.contains_count;
    if (!bounds.min) bounds.min = 1;
    return within(bounds, contained, rule, node, tell, "Contains") && good;
  }

  bool items_differ(const Rule& rule, NodeId node, bool tell) {
    std::unordered_set<std::string> seen;
    if (!spend(in_.source(node).size())) return false;
    for (NodeId item = in_.first_child(node); item != in_.after(node); item = in_.after(item)) {
      if (seen.insert(equality_key(in_, item)).second) continue;
      return refuse(rule, item, tell, "uniqueItems",
                    fmt::format("{} stands in the array twice", shown(item)));
    }
    return true;
  }

  // Objects.

  bool object_holds(const Rule& rule, NodeId node, bool tell) {
    bool good =
        within(rule.properties_count, in_.child_count(node), rule, node, tell, "Properties");
    const bool asks_names = !rule.required.empty() || !rule.dependent_required.empty() ||
                            !rule.dependent_schemas.empty();
    if (asks_names) good = names_hold(rule, node, tell) && good;
    if (rule.properties.empty() && rule.pattern_properties.empty() && !rule.other_properties &&
        !rule.property_names) {
      return good;
    }
    for (NodeId child = in_.first_child(node); child != in_.after(node); child = in_.after(child)) {
      if (!good && !tell) return false;
      if (!spend(1)) return false;
      good = property_holds(rule, child, tell) && good;
    }
    return good;
  }

  bool property_holds(const Rule& rule, NodeId child, bool tell) {
    const std::string_view name = in_.key(child);
    bool good = true;
    bool known = false;
    if (const auto found = rule.properties.find(name); found != rule.properties.end()) {
      known = true;
      good = holds(found->second, child, tell);
    }
    for (const auto& [pattern, id] : rule.pattern_properties) {
      if (!spend(name.size() + 1)) return false;
      if (!pattern.occurs_in(name)) continue;
      known = true;
      good = holds(id, child, tell) && good;
    }
    if (!known && rule.other_properties) {
      if (rules_[*rule.other_properties].refuses_all) {
        good = refuse(rule, child, tell, "additionalProperties",
                      fmt::format("the property \"{}\" is not one that is allowed", name));
      } else {
        good = holds(*rule.other_properties, child, tell) && good;
      }
    }
    return (!rule.property_names || name_holds(rule, child, tell)) && good;
  }

  /// A name is checked as a document of its own, since it is no value of this one.
  bool name_holds(const Rule& rule, NodeId child, bool tell) {
    const std::string_view name = in_.key(child);
    if (!spend(name.size() + 1)) return false;
    const std::string text = quoted(name);
    const auto document = JsonDocument::read(text);
    if (!document) return true;
    Check check(limits_, rules_, resources_, *document);
    check.steps_ = steps_;
    check.depth_ = depth_;
    const bool good = check.holds(*rule.property_names, NodeId::root, false);
    steps_ = check.steps_;
    over_limit_ = over_limit_ || check.over_limit_;
    return good || refuse(rule, child, tell, "propertyNames",
                          fmt::format("the name \"{}\" is not allowed", name));
  }

  static std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
      if (c == '"' || c == '\\') {
        out += '\\';
        out += c;
      } else if (static_cast<unsigned char>(c) < 0x20) {
        out += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
      } else {
        out += c;
      }
    }
    return out + "\"";
  }

  bool names_hold(const Rule& rule, NodeId node, bool tell) {
    std::unordered_set<std::string_view> names;
    if (!spend(in_.child_count(node) + rule.required.size())) return false;
    for (NodeId child = in_.first_child(node); child != in_.after(node); child = in_.after(child)) {
      names.insert(in_.key(child));
    }
    bool good = true;
    for (const std::string& name : rule.required) {
      if (names.contains(name)) continue;
      good = refuse(rule, node, tell, "required", fmt::format("\"{}\" is missing", name));
    }
    for (const auto& [name, needed] : rule.dependent_required) {
      if (!names.contains(name)) continue;
      for (const std::string& other : needed) {
        if (names.contains(other)) continue;
        good = refuse(rule, node, tell, "dependencies",
                      fmt::format("\"{}\" is missing beside \"{}\"", other, name));
      }
    }
    for (const auto& [name, id] : rule.dependent_schemas) {
      if (names.contains(name)) good = holds(id, node, tell) && good;
    }
    return good;
  }

  // Schemas of schemas.

  std::size_t count_of_valid(const std::vector<RuleId>& list, NodeId node, std::size_t enough) {
    std::size_t count = 0;
    for (const RuleId id : list) {
      if (count < enough && holds(id, node, false)) count += 1;
    }
    return count;
  }

  bool combinations_hold(const Rule& rule, NodeId node, bool tell) {
    bool good = true;
    for (const RuleId id : rule.all_of) {
      if (good || tell) good = holds(id, node, tell) && good;
    }
    if (!rule.any_of.empty() && count_of_valid(rule.any_of, node, 1) == 0) {
      good = refuse(rule, node, tell, "anyOf",
                    fmt::format("none of the {} schemas takes it", rule.any_of.size()));
    }
    if (!rule.one_of.empty()) {
      const std::size_t count = count_of_valid(rule.one_of, node, rule.one_of.size());
      if (count != 1) {
        good = refuse(
            rule, node, tell, "oneOf",
            fmt::format("{} of the {} schemas take it; one must", count, rule.one_of.size()));
      }
    }
    if (rule.negated && holds(*rule.negated, node, false)) {
      good = refuse(rule, node, tell, "not", "it is what must not be");
    }
    if (rule.condition) {
      const auto& branch =
          holds(*rule.condition, node, false) ? rule.consequence : rule.alternative;
      if (branch) good = holds(*branch, node, tell) && good;
    }
    return good;
  }

  const JsonSchemaLimits& limits_;
  const std::vector<Rule>& rules_;
  const JsonResources& resources_;
  const JsonDocument& in_;
  std::vector<Violation> violations_;
  std::size_t steps_ = 0;
  std::size_t depth_ = 0;
  bool over_limit_ = false;
};

}  // namespace

Result<std::vector<Violation>> JsonSchema::check(std::string_view json) const {
  const JsonSchemaLimits& limits = content_->limits;
  ASSAY_TRY(const JsonDocument instance,
            JsonDocument::read(json, {.record_size_max = limits.instance_size_max,
                                      .depth_max = limits.depth_max}));
  return Check(limits, content_->rules, content_->resources, instance).run();
}

}  // namespace assay::schema
