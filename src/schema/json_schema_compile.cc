#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "schema/draft7.h"
#include "schema/json_pointer.h"
#include "schema/json_rules.h"

namespace assay::schema {
namespace {

using path::JsonDocument;
using path::NodeId;
using Kind = JsonDocument::Kind;

constexpr auto kTypes =
    std::to_array<std::pair<std::string_view, unsigned>>({{"null", type_null},
                                                          {"boolean", type_boolean},
                                                          {"integer", type_integer},
                                                          {"number", type_number | type_integer},
                                                          {"string", type_string},
                                                          {"array", type_array},
                                                          {"object", type_object}});

constexpr auto kUnknownKeywords = std::to_array<std::string_view>(
    {"unevaluatedItems", "unevaluatedProperties", "$dynamicRef", "$recursiveRef"});

/// Reads every schema that the first one reaches, one after the other: no recursion.
class Compiler {
 public:
  Compiler(const JsonResources& resources, const JsonSchemaLimits& limits)
      : resources_(resources), limits_(limits) {}

  Status compile(const SchemaPlace& root) {
    ASSAY_TRY_VOID(take(rule_at(root)));
    for (std::size_t next = 0; next < rules_.size(); ++next) {
      place_ = rules_[next].place;
      ASSAY_TRY(rules_[next], read());
    }
    return {};
  }

  std::vector<Rule> rules() && { return std::move(rules_); }
  std::vector<std::string> unchecked() && { return std::move(unchecked_); }

 private:
  using Reader = Status (Compiler::*)(Rule&, NodeId);
  struct Keyword {
    std::string_view name;
    Reader read;
    Draft since = Draft::draft4;
  };
  static const std::vector<Keyword>& keywords();

  const JsonDocument& in() const { return resources_.document(place_.document); }
  Draft draft() const { return resources_.draft(place_.document); }

  Error invalid(NodeId node, std::string what) const {
    return make_error(Code::schema_invalid,
                      fmt::format("the JSON Schema is not valid: {} at {}", what,
                                  resources_.address_of({place_.document, node})));
  }
  template <typename T>
  static Status take(const Result<T>& result) {
    if (result) return {};
    return result.error();
  }

  /// The rule of a place; a new one is read later.
  Result<RuleId> rule_at(const SchemaPlace& place) {
    const auto [found, is_new] = ids_.emplace(place, static_cast<RuleId>(rules_.size()));
    if (!is_new) return found->second;
    if (rules_.size() >= limits_.rules_max) {
      return invalid(place.node, fmt::format("it has more than {} schemas", limits_.rules_max));
    }
    rules_.push_back({.place = place});
    return found->second;
  }
  Result<RuleId> rule_in(NodeId node) { return rule_at({place_.document, node}); }

  Result<Rule> read() {
    Rule rule{.place = place_};
    const NodeId node = place_.node;
    if (in().kind(node) == Kind::boolean) {
      rule.refuses_all = in().source(node) == "false";
      return rule;
    }
    if (in().kind(node) != Kind::object) {
      return invalid(node, "a schema must be an object, true or false");
    }
    if (const auto reference = member(in(), node, "$ref");
        reference && in().kind(*reference) == Kind::string) {
      ASSAY_TRY_VOID(read_reference(rule, *reference));
      if (draft() <= Draft::draft7) return rule;
    }
    for (NodeId child = in().first_child(node); child != in().after(node);
         child = in().after(child)) {
      for (const Keyword& keyword : keywords()) {
        if (keyword.name != in().key(child) || keyword.since > draft()) continue;
        ASSAY_TRY_VOID((this->*keyword.read)(rule, child));
      }
      if (draft() >= Draft::draft2019 &&
          std::count(kUnknownKeywords.begin(), kUnknownKeywords.end(), in().key(child)) != 0) {
        leave_unchecked(child);
      }
    }
    return rule;
  }

  void leave_unchecked(NodeId node) {
    unchecked_.push_back(resources_.address_of({place_.document, node}));
  }

  Status read_reference(Rule& rule, NodeId node) {
    const auto target = resources_.find(place_, in().string(node));
    if (!target) {
      return invalid(node, fmt::format("nothing is known by \"{}\"", in().string(node)));
    }
    ASSAY_TRY(rule.reference, rule_at(*target));
    return {};
  }

  // What the values of keywords are.

  Result<std::uint64_t> count(NodeId node) const {
    if (in().kind(node) == Kind::number) {
      // Some write 2.0 for 2; both are the same number.
      if (const auto value = ExactNumber(in().source(node)).as_count()) return *value;
    }
    return invalid(node, fmt::format("\"{}\" must be a count", in().key(node)));
  }
  Result<bool> boolean(NodeId node) const {
    if (in().kind(node) == Kind::boolean) return in().source(node) == "true";
    return invalid(node, fmt::format("\"{}\" must be true or false", in().key(node)));
  }
  Result<std::vector<std::string>> texts(NodeId node) const {
    std::vector<std::string> list;
    if (in().kind(node) != Kind::array) {
      return invalid(node, fmt::format("\"{}\" must be an array of strings", in().key(node)));
    }
    for (NodeId child = in().first_child(node); child != in().after(node);
         child = in().after(child)) {
      if (in().kind(child) != Kind::string) return invalid(child, "a string is expected");
      list.emplace_back(in().string(child));
    }
    return list;
  }
  Result<std::vector<RuleId>> schemas(NodeId node) {
    std::vector<RuleId> list;
    if (in().kind(node) != Kind::array || in().child_count(node) == 0) {
      return invalid(node, fmt::format("\"{}\" must be an array of schemas", in().key(node)));
    }
    for (NodeId child = in().first_child(node); child != in().after(node);
         child = in().after(child)) {
      ASSAY_TRY(const RuleId rule, rule_in(child));
      list.push_back(rule);
    }
    return list;
  }
  Status need_object(NodeId node) const {
    if (in().kind(node) == Kind::object) return {};
    return invalid(node, fmt::format("\"{}\" must be an object", in().key(node)));
  }
  Result<std::optional<RegularExpression>> expression(NodeId node, std::string_view pattern) {
    auto compiled = RegularExpression::compile(pattern);
    if (!compiled) return invalid(node, compiled.error().message);
    if (!compiled->has_value()) leave_unchecked(node);
    return compiled;
  }

  // The keywords.

  Status read_type(Rule& rule, NodeId node) {
    const auto add = [&](NodeId word) -> Status {
      for (const auto& [name, bits] : kTypes) {
        if (in().kind(word) != Kind::string || in().string(word) != name) continue;
        rule.types |= bits;
        return {};
      }
      return invalid(word, "there is no such type");
    };
    if (in().kind(node) != Kind::array) return add(node);
    for (NodeId child = in().first_child(node); child != in().after(node);
         child = in().after(child)) {
      ASSAY_TRY_VOID(add(child));
    }
    return {};
  }

  Status read_enumeration(Rule& rule, NodeId node) {
    if (in().kind(node) != Kind::array) return invalid(node, "\"enum\" must be an array");
    rule.enumeration.emplace();
    for (NodeId child = in().first_child(node); child != in().after(node);
         child = in().after(child)) {
      rule.enumeration->insert(equality_key(in(), child));
    }
    return {};
  }
  Status read_constant(Rule& rule, NodeId node) {
    rule.constant = {equality_key(in(), node)};
    return {};
  }

  Status read_bound(Rule& rule, NodeId node) {
    using enum NumberBound::Kind;
    const std::string_view name = in().key(node);
    auto kind = name == "minimum"            ? minimum
                : name == "maximum"          ? maximum
                : name == "exclusiveMinimum" ? exclusive_minimum
                                             : exclusive_maximum;
    if (draft() == Draft::draft4) {
      // There "exclusiveMinimum" is true or false, and says how "minimum" is meant.
      if (kind == exclusive_minimum || kind == exclusive_maximum) return {};
      const auto exclusive =
          member(in(), place_.node, kind == minimum ? "exclusiveMinimum" : "exclusiveMaximum");
      if (exclusive && in().source(*exclusive) == "true") {
        kind = kind == minimum ? exclusive_minimum : exclusive_maximum;
      }
    }
    if (in().kind(node) != Kind::number) {
      return invalid(node, fmt::format("\"{}\" must be a number", name));
    }
    const std::string_view text = in().source(node);
    rule.bounds.push_back({kind, std::string(text), path::Decimal(text)});
    return {};
  }
  Status read_multiple(Rule& rule, NodeId node) {
    if (in().kind(node) != Kind::number) return invalid(node, "\"multipleOf\" must be a number");
    const ExactNumber divisor(in().source(node));
    if (divisor.is_zero() || divisor.is_negative() || !divisor.short_digits()) {
      return invalid(node, "\"multipleOf\" must be above 0 and have at most 18 digits");
    }
    rule.multiple_of.emplace(divisor, std::string(in().source(node)));
    return {};
  }

  Status read_count(Rule& rule, NodeId node) {
    ASSAY_TRY(const std::uint64_t value, count(node));
    const std::string_view name = in().key(node);
    CountBounds& bounds = name.ends_with("Length")       ? rule.length
                          : name.ends_with("Properties") ? rule.properties_count
                          : name.ends_with("Contains")   ? rule.contains_count
                                                         : rule.items_count;
    (name.starts_with("min") ? bounds.min : bounds.max) = value;
    return {};
  }
  Status read_pattern(Rule& rule, NodeId node) {
    if (in().kind(node) != Kind::string) return invalid(node, "\"pattern\" must be a string");
    ASSAY_TRY(const auto compiled, expression(node, in().string(node)));
    if (compiled) rule.pattern.emplace(*compiled, std::string(in().string(node)));
    return {};
  }

  Status read_items(Rule& rule, NodeId node) {
    if (in().kind(node) != Kind::array) {
      ASSAY_TRY(rule.other_items, rule_in(node));
      return {};
    }
    if (draft() >= Draft::draft2020) return invalid(node, "\"items\" must be a schema");
    if (in().child_count(node) != 0) ASSAY_TRY_VOID(read_first_items(rule, node));
    if (const auto others = member(in(), place_.node, "additionalItems")) {
      ASSAY_TRY(rule.other_items, rule_in(*others));
    }
    return {};
  }
  Status read_first_items(Rule& rule, NodeId node) {
    ASSAY_TRY(rule.first_items, schemas(node));
    return {};
  }
  Status read_unique(Rule& rule, NodeId node) {
    ASSAY_TRY(rule.unique_items, boolean(node));
    return {};
  }
  Status read_contains(Rule& rule, NodeId node) {
    ASSAY_TRY(rule.contains, rule_in(node));
    return {};
  }

  Status read_required(Rule& rule, NodeId node) {
    // Up to draft 3 it stood in the property, as true or false; schemas in the world still have it.
    if (in().kind(node) == Kind::boolean) return {};
    ASSAY_TRY(rule.required, texts(node));
    return {};
  }
  Status read_properties(Rule& rule, NodeId node) {
    ASSAY_TRY_VOID(need_object(node));
    for (NodeId child = in().first_child(node); child != in().after(node);
         child = in().after(child)) {
      ASSAY_TRY(const RuleId id, rule_in(child));
      rule.properties.emplace(in().key(child), id);
    }
    return {};
  }
  Status read_pattern_properties(Rule& rule, NodeId node) {
    ASSAY_TRY_VOID(need_object(node));
    for (NodeId child = in().first_child(node); child != in().after(node);
         child = in().after(child)) {
      ASSAY_TRY(const auto compiled, expression(child, in().key(child)));
      ASSAY_TRY(const RuleId id, rule_in(child));
      if (compiled) rule.pattern_properties.emplace_back(*compiled, id);
    }
    return {};
  }
  Status read_other_properties(Rule& rule, NodeId node) {
    ASSAY_TRY(rule.other_properties, rule_in(node));
    return {};
  }
  Status read_names(Rule& rule, NodeId node) {
    ASSAY_TRY(rule.property_names, rule_in(node));
    return {};
  }
  Status read_dependencies(Rule& rule, NodeId node) {
    ASSAY_TRY_VOID(need_object(node));
    for (NodeId child = in().first_child(node); child != in().after(node);
         child = in().after(child)) {
      if (in().kind(child) == Kind::array) {
        ASSAY_TRY(rule.dependent_required[std::string(in().key(child))], texts(child));
      } else {
        ASSAY_TRY(rule.dependent_schemas[std::string(in().key(child))], rule_in(child));
      }
    }
    return {};
  }

  Status read_combination(Rule& rule, NodeId node) {
    const std::string_view name = in().key(node);
    auto& list = name == "allOf" ? rule.all_of : name == "anyOf" ? rule.any_of : rule.one_of;
    ASSAY_TRY(list, schemas(node));
    return {};
  }
  Status read_default(Rule& rule, NodeId /*node*/) {
    rule.has_default = true;
    return {};
  }
  Status read_negation(Rule& rule, NodeId node) {
    ASSAY_TRY(rule.negated, rule_in(node));
    return {};
  }
  Status read_condition(Rule& rule, NodeId node) {
    const std::string_view name = in().key(node);
    auto& part = name == "if"     ? rule.condition
                 : name == "then" ? rule.consequence
                                  : rule.alternative;
    ASSAY_TRY(part, rule_in(node));
    return {};
  }

  const JsonResources& resources_;
  const JsonSchemaLimits& limits_;
  SchemaPlace place_;  // the schema that is being read
  std::map<SchemaPlace, RuleId> ids_;
  std::vector<Rule> rules_;
  std::vector<std::string> unchecked_;
};

const std::vector<Compiler::Keyword>& Compiler::keywords() {
  using C = Compiler;
  static const std::vector<Keyword> all = {
      {"type", &C::read_type},
      {"default", &C::read_default},
      {"enum", &C::read_enumeration},
      {"const", &C::read_constant, Draft::draft6},
      {"minimum", &C::read_bound},
      {"maximum", &C::read_bound},
      {"exclusiveMinimum", &C::read_bound},
      {"exclusiveMaximum", &C::read_bound},
      {"multipleOf", &C::read_multiple},
      {"minLength", &C::read_count},
      {"maxLength", &C::read_count},
      {"minItems", &C::read_count},
      {"maxItems", &C::read_count},
      {"minProperties", &C::read_count},
      {"maxProperties", &C::read_count},
      {"minContains", &C::read_count, Draft::draft2019},
      {"maxContains", &C::read_count, Draft::draft2019},
      {"pattern", &C::read_pattern},
      {"items", &C::read_items},
      {"prefixItems", &C::read_first_items, Draft::draft2020},
      {"uniqueItems", &C::read_unique},
      {"contains", &C::read_contains, Draft::draft6},
      {"required", &C::read_required},
      {"properties", &C::read_properties},
      {"patternProperties", &C::read_pattern_properties},
      {"additionalProperties", &C::read_other_properties},
      {"propertyNames", &C::read_names, Draft::draft6},
      {"dependencies", &C::read_dependencies},
      {"dependentRequired", &C::read_dependencies, Draft::draft2019},
      {"dependentSchemas", &C::read_dependencies, Draft::draft2019},
      {"allOf", &C::read_combination},
      {"anyOf", &C::read_combination},
      {"oneOf", &C::read_combination},
      {"not", &C::read_negation},
      {"if", &C::read_condition, Draft::draft7},
      {"then", &C::read_condition, Draft::draft7},
      {"else", &C::read_condition, Draft::draft7},
  };
  return all;
}

}  // namespace

JsonSchema::JsonSchema(std::shared_ptr<const Content> content) : content_(std::move(content)) {}

Result<JsonSchema> JsonSchema::compile(std::string_view text, const Options& options) {
  JsonResources resources(
      {.size_max = options.limits.size_max, .depth_max = options.limits.depth_max});
  ASSAY_TRY(const std::size_t root, resources.add(options.uri, text));
  for (const SchemaDocument& document : options.documents) {
    ASSAY_TRY_VOID(resources.add(document.uri, document.text).has_value()
                       ? Status()
                       : Status(make_error(Code::schema_invalid,
                                           fmt::format("the referenced schema \"{}\" is not valid",
                                                       document.uri))));
  }
  ASSAY_TRY_VOID(resources.add(kDraft7Uri, draft7_meta_schema()).has_value()
                     ? Status()
                     : Status(make_error(Code::internal, "the meta-schema is damaged")));
  auto content = std::make_shared<Content>(std::move(resources));
  content->limits = options.limits;
  Compiler compiler(content->resources, content->limits);
  ASSAY_TRY_VOID(compiler.compile({root, path::NodeId::root}));
  content->rules = std::move(compiler).rules();
  content->unchecked = std::move(compiler).unchecked();
  return JsonSchema(std::move(content));
}

const std::vector<std::string>& JsonSchema::unchecked() const { return content_->unchecked; }

}  // namespace assay::schema
