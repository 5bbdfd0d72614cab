#pragma once
// A compiled JSON Schema: rules that name each other by their place in one list.

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "path/decimal.h"
#include "schema/json_resources.h"
#include "schema/json_schema.h"
#include "schema/json_value.h"
#include "schema/regular_expression.h"

namespace assay::schema {

using RuleId = std::uint32_t;

/// The seven types of JSON Schema as bits.
enum TypeBit : unsigned {
  type_null = 1,
  type_boolean = 2,
  type_integer = 4,
  type_number = 8,
  type_string = 16,
  type_array = 32,
  type_object = 64,
};

/// A bound of a number, with its text for messages.
struct NumberBound {
  enum class Kind { minimum, exclusive_minimum, maximum, exclusive_maximum };
  Kind kind;
  std::string text;
  path::Decimal value;
};

struct CountBounds {
  std::optional<std::uint64_t> min, max;
  bool any() const { return min || max; }
};

/// One schema, be it a whole one or one within another. What is not there does not refuse anything.
struct Rule {
  SchemaPlace place;
  bool refuses_all = false;  ///< the schema `false`
  bool has_default = false;
  std::optional<RuleId> reference;

  unsigned types = 0;                                          ///< of TypeBit; 0 for any
  std::optional<std::set<std::string>> enumeration, constant;  ///< keys of equality

  std::vector<NumberBound> bounds;
  std::optional<std::pair<ExactNumber, std::string>> multiple_of;

  CountBounds length;
  std::optional<std::pair<RegularExpression, std::string>> pattern;

  CountBounds items_count;
  bool unique_items = false;
  std::vector<RuleId> first_items;  ///< one for each position
  std::optional<RuleId> other_items;
  std::optional<RuleId> contains;
  CountBounds contains_count;

  CountBounds properties_count;
  std::vector<std::string> required;
  std::map<std::string, RuleId, std::less<>> properties;
  std::vector<std::pair<RegularExpression, RuleId>> pattern_properties;
  std::optional<RuleId> other_properties;
  std::optional<RuleId> property_names;
  std::map<std::string, std::vector<std::string>> dependent_required;
  std::map<std::string, RuleId> dependent_schemas;

  std::vector<RuleId> all_of, any_of, one_of;
  std::optional<RuleId> negated;
  std::optional<RuleId> condition, consequence, alternative;
};

struct JsonSchema::Content {
  explicit Content(JsonResources all) : resources(std::move(all)) {}
  JsonResources resources;
  std::vector<Rule> rules;  ///< the first is the schema itself
  std::vector<std::string> unchecked;
  JsonSchemaLimits limits;
};

}  // namespace assay::schema
