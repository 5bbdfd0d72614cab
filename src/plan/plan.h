#pragma once
// The plan: what the kernel runs for one tenant. Data only; no YAML, no database, no run-time
// state. One canonical JSON document (sorted keys, no blanks, 64-bit and decimal constants as
// strings); its XXH3-128 is the plan's id.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/limits.h"
#include "base/result.h"
#include "column/schema.h"
#include "expression/expression.h"
#include "path/json_path.h"

namespace assay::plan {

inline constexpr int kFormatVersion = 1;

/// How a leaf becomes a typed value.
/// iso8601_basic: "20160404", a day without hyphens.
enum class TimeFormat : std::uint8_t {
  iso8601,
  epoch_seconds,
  epoch_millis,
  epoch_micros,
  iso8601_basic
};
enum class OnError : std::uint8_t { quarantine, null };
enum class TextCase : std::uint8_t { keep, lower, upper };

struct Normalisation {
  TimeFormat time_format = TimeFormat::iso8601;
  int offset_minutes = 0;  ///< of a text instant that carries no offset of its own
  /// Decimal and integer: the value is multiplied by 10^scale10 (cents to euros: -2).
  int scale10 = 0;
  bool trim = false;
  TextCase text_case = TextCase::keep;
  /// Source texts (of a string or the token of a number) that mean null.
  std::vector<std::string> null_if = {};
  /// Source text -> target text; others are A2107.
  std::vector<std::pair<std::string, std::string>> value_map = {};
  OnError on_error = OnError::quarantine;
  bool operator==(const Normalisation&) const = default;
};

/// Where the value of a column comes from.
struct FieldRule {
  enum class Source : std::uint8_t { path, item_index, constant, expression };
  int column = 0;  ///< index into the table's fields; of an input, behind them
  Source source = Source::path;
  /// Absolute; a prefix equal to the rows' path means "of this row". With a query at the end: the
  /// first leaf that it finds.
  path::JsonPath path = {};
  std::string constant = {};  ///< for constant: the value's text
  /// For expression: over its inputs and the row's columns, whose names come second. A text that
  /// comes out is normalised as a leaf is.
  std::optional<expression::Expression> expression = {};
  /// The value's text where the source gives null or nothing.
  std::optional<std::string> fallback = {};
  bool required = false;  ///< null or absent quarantines the record (A2104; A2103 for key columns)
  bool is_key = false;
  Normalisation normalisation = {};
  bool operator==(const FieldRule&) const = default;
};

/// A value that only the expression of one column sees. Input i of a rule is column `fields of the
/// table + i` of its rows.
struct InputRule {
  int of = 0;  ///< the column of that expression
  std::string name = {};
  column::DataType type = {};
  FieldRule rule = {};
  bool operator==(const InputRule&) const = default;
};

/// An embedded master: a list of paths, not always a subtree. Its leaves count as master leaves.
/// Without its whole key it makes no content row, the reference is null and its leaves become
/// residue.
struct MasterRule {
  std::string role = {};
  std::string entity = {};
  int content_table = 0;               ///< index into Plan::tables
  std::vector<FieldRule> fields = {};  ///< columns of the content table, keys among them (is_key)
  std::vector<InputRule> inputs = {};
  /// Columns of the entity's table, in the order of the master's key.
  std::vector<int> reference_keys = {};
  int reference_hash = -1;  ///< column of the entity's table
  /// Column of the entity's table that takes the order value, and the timestamp of the content
  /// table that it is; -1: the master is ordered by the event time.
  int order_column = -1;
  int order_field = -1;
  bool operator==(const MasterRule&) const = default;
};

/// Rows that say that their key was deleted (`dedupe: key`): they carry the key and little else, so
/// of the columns that a row needs they need only these.
struct DeletionRule {
  int column = 0;                        ///< a text column of the entity's table
  std::vector<std::string> values = {};  ///< any of these in it: a deletion
  std::vector<int> needed = {};
  bool operator==(const DeletionRule&) const = default;
};

/// One entity of one schema version: which items of the payload are its rows.
struct EntityRule {
  std::string entity = {};
  int table = 0;             ///< index into Plan::tables
  path::JsonPath rows = {};  ///< "$" or "$.lines[*]"; wildcards nest at most 4 deep
  bool root = false;  ///< the record's own entity: exactly one a version, listed first, rows "$"
  /// -1: the entity takes the ingest time (column event_time is filled with it).
  int event_time_column = -1;
  std::vector<FieldRule> fields = {};
  std::vector<InputRule> inputs = {};
  std::vector<MasterRule> masters = {};
  std::optional<DeletionRule> deletion = {};
  bool operator==(const EntityRule&) const = default;
};

/// Holds when the path exists (`equals` empty) or is a scalar whose text equals one of `equals`.
struct MatchCondition {
  path::JsonPath path = {};  ///< names and indices only
  std::vector<std::string> equals = {};
  bool operator==(const MatchCondition&) const = default;
};

struct VersionPlan {
  std::string application = {};
  std::string version = {};
  /// All must hold; of several versions the first listed wins.
  std::vector<MatchCondition> match = {};
  /// Where the payload names its version, for bronze and for A2102.
  std::optional<path::JsonPath> envelope_version = {};
  std::vector<EntityRule> entities = {};
  bool operator==(const VersionPlan&) const = default;
};

/// A keyed operator of fold. What each kind reads and writes:
///   content    input = output = silver.<master>_content; hash_column. Rows not seen before.
///   history    input: an event table whose rows refer to the master; key_columns and hash_column
///              are its reference columns, order_column its event time or <role>_order. All rules
///              with one output share one state, so a master may have several roles.
///   hub        input: any table with the key of `entity` in key_columns.
///   link       input: an event table; `hubs` and dependent_child. The hub keys go to the output
///              columns that follow link_key, in the order of `hubs`; a key with a null part gives
///              null.
///   satellite  of a master: input silver.<master>_history, `contents` its content table;
///              hash_column and order_column are the input's. Of an event: input its table. The
///              key is the hub key of (entity, key_columns); where the output has a link_key
///              column it is the link key of (entity, hubs, dependent_child), the same as the
///              link's.
///   feature    input: an event table, key_columns the reference; order_column goes to event_time.
/// Output columns are filled so: tenant_id, record_source and manifest_id from the context; then
/// what `copies` and `measures` name; then, by field id, hub_key, link_key, content_hash (from
/// hash_column), valid_from and event_time (from order_column), source_priority; then record_id,
/// pointer, ingest_time and knowledge_time from the input's columns of the same id.
struct OperatorRule {
  enum class Kind : std::uint8_t { content, history, hub, link, satellite, feature, dedupe };
  Kind kind = Kind::hub;
  /// For people and for the manifest's equations: "satellite vault.sat_customer".
  std::string name = {};
  std::string layer = {};  ///< "silver" or "gold"
  /// hub, link, satellite: the entity or link name that goes into hub and link keys.
  std::string entity = {};
  int input = 0;                      ///< index into Plan::tables
  int output = -1;                    ///< index into Plan::tables; -1 for dedupe
  std::vector<int> key_columns = {};  ///< of the input table
  int hash_column = -1;               ///< of the input: content hash or row hash
  int order_column = -1;  ///< of the input: order value (timestamp); history, satellite, feature
  int priority = 0;   ///< source priority of these observations, where the input has no such column
  int contents = -1;  ///< satellite of a master: the content table to look fields up in
  /// satellite of an event: every distinct (order, hash) is a row.
  bool keep_equal_neighbours = false;
  /// link: (entity, key columns of the input) of each hub, in hub order.
  std::vector<std::pair<std::string, std::vector<int>>> hubs = {};
  std::vector<int> dependent_child = {};  ///< link and its satellite: columns of the input
  /// output column <- input column, copied (key fields, descriptive fields, item_index). Of a
  /// satellite with `contents`: output column <- column of the content table.
  std::vector<std::pair<int, int>> copies = {};
  /// feature: output column <- product of input columns (one column: itself; none: the constant 1).
  struct Measure {
    int output_column = 0;
    std::vector<int> factors = {};
    bool operator==(const Measure&) const = default;
  };
  std::vector<Measure> measures = {};
  bool operator==(const OperatorRule&) const = default;
};

/// Which duplicates of a record are dropped (design section 6).
enum class Dedupe : std::uint8_t { coordinates, key_content };

struct Plan {
  int format_version = kFormatVersion;
  std::string tenant = {};
  PayloadLimits limits = {};
  /// Every table that a tenant's records reach; indices are the tags.
  std::vector<column::TableSchema> tables = {};
  int quarantine_table = -1;
  int residue_table = -1;
  std::vector<VersionPlan> versions = {};
  std::vector<OperatorRule> operators = {};  ///< in the order of running: silver, then gold
  std::vector<std::pair<std::string, Dedupe>> dedupe = {};  ///< root entity -> rule

  int table_index(std::string_view name) const;  ///< -1 where there is none
};

/// Canonical JSON of a plan; to_json(from_json(x)) == x for canonical x.
std::string to_json(const Plan& plan);
/// Code::plan_invalid with the JSON Pointer of what is wrong.
Result<Plan> from_json(std::string_view json);
/// Hex of the XXH3-128 of to_json(plan).
std::string plan_id(const Plan& plan);
/// Names the state of an operator: hex of the XXH3-128 of a canonical JSON of what its pages depend
/// on - kind, layer, entity, output, contents, keep_equal_neighbours; tables by name. What the rows
/// show (`copies`, `measures`) or where they come from (`input` and its columns) does not enter, so
/// that a new field keeps the state, and the histories that several roles feed are one.
std::string operator_id(const Plan& plan, const OperatorRule& rule);

}  // namespace assay::plan
