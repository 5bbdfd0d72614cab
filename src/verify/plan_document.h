#pragma once
// verify's own reading of a plan document (docs/formats/plan.md): just what a slow interpreter
// needs.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "verify/cell.h"

namespace assay::verify {

struct PathStep {
  enum class Kind : std::uint8_t { name, index, wildcard, query };
  Kind kind = Kind::name;
  std::string name;  ///< of a query, which is always the last step: its text
  std::int64_t index = 0;
  bool operator==(const PathStep&) const = default;
};

/// A path from the payload's root; `text` is how the plan writes it.
struct Path {
  std::string text;
  std::vector<PathStep> steps;
};
/// Code::plan_invalid on text that is not a JSONPath. What goes beyond names, indices and wildcards
/// is one step from there on, a query.
Result<Path> parse_path(std::string_view text);

struct PlanColumn {
  int id = 0;
  std::string name;
  ColumnType type;
  std::string type_text;
  bool required = false;
  bool content = true;
};

struct PlanTable {
  std::string name;  ///< "namespace.table"
  std::vector<PlanColumn> columns;
  int index_of(std::string_view column) const;  ///< -1 where there is none
  int index_of_id(int field_id) const;
};

struct Normaliser {
  std::string time_format = "iso8601";  ///< iso8601, epoch_seconds, epoch_millis, epoch_micros
  int offset_minutes = 0;
  int scale10 = 0;
  bool trim = false;
  std::string text_case = "keep";  ///< keep, lower, upper
  std::vector<std::string> null_if;
  std::vector<std::pair<std::string, std::string>> value_map;
  bool null_on_error = false;
  std::string text;  ///< JSON of what the plan says; empty where it is all default
};

/// The tree of an expression: docs/formats/expressions.md.
struct PlanExpression {
  std::string op;
  ColumnType type;
  std::vector<PlanExpression> arguments;
  std::string literal;
  int index = -1;  ///< of a column
};

struct PlanField {
  enum class Source : std::uint8_t { path, item_index, constant, expression };
  int column = 0;
  Source source = Source::path;
  Path path;
  std::string constant;
  std::string expression_text;
  PlanExpression expression;
  std::optional<std::string> fallback;
  ColumnType type;  ///< of an input; of a field the table's column says it
  bool required = false;
  bool is_key = false;
  Normaliser normaliser;
};

inline bool is_computed(const PlanField& field) {
  return field.source == PlanField::Source::expression;
}

/// Calls `give` for fields and inputs in the order in which they are filled, expressions last,
/// until it says false; then it is false.
template <typename Give>
bool each_in_order(const std::vector<PlanField>& fields, const std::vector<PlanField>& inputs,
                   Give give) {
  for (const bool computed : {false, true}) {
    for (const auto* list : {&fields, &inputs}) {
      for (const PlanField& field : *list) {
        if (is_computed(field) == computed && !give(field)) return false;
      }
    }
  }
  return true;
}

struct PlanMaster {
  std::string role;
  std::string entity;
  int content_table = 0;
  std::vector<PlanField> fields;
  std::vector<PlanField> inputs;
  std::vector<int> reference_keys;
  int reference_hash = -1;
  int order_column = -1;
  int order_field = -1;
};

struct PlanEntity {
  std::string entity;
  int table = 0;
  Path rows;
  bool root = false;
  int event_time_column = -1;
  std::vector<PlanField> fields;
  std::vector<PlanField> inputs;
  std::vector<PlanMaster> masters;
  int deletion_column = -1;  ///< one of the texts in it: the row needs these columns only
  std::vector<std::string> deletion_values;
  std::vector<int> deletion_needed;
};

struct PlanMatch {
  Path path;
  std::vector<std::string> equals;
};

struct PlanVersion {
  std::string application;
  std::string version;
  std::vector<PlanMatch> match;
  std::optional<Path> envelope_version;
  std::vector<PlanEntity> entities;
};

struct PlanOperator {
  struct Measure {
    int output_column = 0;
    std::vector<int> factors;
  };
  std::string kind;  ///< content, history, hub, link, satellite, feature, dedupe
  std::string name;
  std::string layer;
  std::string entity;
  int input = 0;
  int output = -1;
  std::vector<int> key_columns;
  int hash_column = -1;
  int order_column = -1;
  int priority = 0;
  int contents = -1;
  bool keep_equal_neighbours = false;
  std::vector<std::pair<std::string, std::vector<int>>> hubs;
  std::vector<int> dependent_child;
  std::vector<std::pair<int, int>> copies;  ///< output column <- input column
  std::vector<Measure> measures;
};

struct PlanDocument {
  std::string id;  ///< hex of the XXH3-128 of the document's bytes
  std::string tenant;
  PayloadLimits limits;
  std::vector<PlanTable> tables;
  int quarantine_table = -1;
  int residue_table = -1;
  std::vector<PlanVersion> versions;
  std::vector<PlanOperator> operators;
  std::vector<std::pair<std::string, std::string>>
      dedupe;  ///< root entity, "coordinates" or "key_content"

  const PlanTable* table(std::string_view name) const;
  bool dedupes_by_content(std::string_view root_entity) const;
};

/// Code::plan_invalid where a part is missing or of another type.
Result<PlanDocument> parse_plan(std::string_view json);

}  // namespace assay::verify
