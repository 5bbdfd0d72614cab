#pragma once
// A plan compiled for the kernel: per application one trie, per schema version what becomes of its
// slots. Immutable; the run-time state (shapes, documents, columns) lives elsewhere.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "plan/plan.h"
#include "refine/cell.h"
#include "refine/computation.h"
#include "refine/convert.h"
#include "refine/queries.h"
#include "refine/trie.h"

namespace assay::refine {

/// What stands before every value of a column in the row encoding: varint(field id), type class
/// and, for decimals, the scale.
struct ValueHeader {
  char bytes[8] = {};
  std::uint32_t size = 0;
};

/// How one column gets its value.
struct FieldProgram {
  enum class Source : std::uint8_t { slot, item_index, constant, expression };
  Source source = Source::slot;
  bool quarantines =
      true;  ///< a value that does not convert; else it becomes null and its leaf residue
  bool required = false;
  bool is_key = false;
  bool is_event_time = false;
  bool is_needed_of_deletion = false;  ///< a row that deletes its key needs it, too
  int column = 0;
  int field_id = 0;
  std::uint32_t level = 0;  ///< scope of the slot: steps up from the rows' own scope
  SlotRef slot;
  Conversion conversion;
  std::string constant_text;  ///< holds a constant's bytes, with room behind
  Cell constant;
  std::optional<expression::Expression> expression;
  Computation computation;    ///< of an expression
  bool has_fallback = false;  ///< a value where the source gives null or nothing
  std::string fallback_text;  ///< holds its bytes, with room behind
  Cell fallback;
  /// For pointers of values that are not there; of an expression, that of its rows.
  path::JsonPath path;
  std::string name;  ///< of the column

  /// Whether only expressions see it.
  bool is_input() const { return field_id == 0; }
  /// Whether a record without it is refused.
  bool needed() const { return required || is_key || is_event_time; }
};

/// How a column goes into the row encoding and into the batch.
struct ColumnProgram {
  int column = 0;
  column::Type type = column::Type::string;
  bool hashed = false;
  bool mostly_null = false;  ///< worth a look whether it has any value
  ValueHeader header;
};

/// Columns of a table by what they hold beside the fields; -1 where the table has no such column.
struct SystemColumns {
  int tenant = -1;
  int record_id = -1;
  int manifest = -1;
  int pointer = -1;
  int ingest_time = -1;
  int knowledge_time = -1;
  int row_hash = -1;
  int null_fields = -1;
  int content_hash = -1;
  int event_time = -1;
  int application = -1;
};

struct TableProgram {
  int table = 0;
  std::uint32_t columns = 0;
  std::uint32_t inputs = 0;  ///< columns behind them that only expressions see, at most
  SystemColumns system;
  std::vector<ColumnProgram> values;  ///< what a row brings, in ascending order of field id
};

/// A master as an event embeds it. Roles with the same content table and paths share one.
struct MasterProgram {
  std::string entity;
  std::uint32_t entity_index = 0;    ///< into Program::master_entities
  int table = 0;                     ///< index into Program::tables
  std::uint32_t scope = 0;           ///< deepest scope of its paths: one evaluation an instance
  std::vector<std::uint32_t> chain;  ///< scopes from there up to the payload's
  bool primary = true;               ///< false: another one of the version counts the same copies
  std::vector<FieldProgram> fields;  ///< keys first
  std::uint32_t key_count = 0;
  std::vector<int> unfilled;  ///< columns of a row that no field fills
};

struct RoleProgram {
  std::uint32_t master = 0;  ///< index into VersionProgram::masters
  int table = 0;             ///< the master's content table
  std::uint32_t level = 0;   ///< of the master's scope, up from the rows'
  std::vector<int> reference_keys;
  std::vector<int> master_key_columns;  ///< columns of the content table behind reference_keys
  int reference_hash = -1;
  int order_column = -1;  ///< takes the master's own order; -1: the event time is the order
  int order_field = -1;   ///< the column of the content table that it is
  bool operator==(const RoleProgram&) const = default;
};

struct EntityProgram {
  std::string entity;
  std::uint32_t id = 0;  ///< among all entities of all versions of the program
  bool is_root = false;
  int table = 0;  ///< index into Program::tables
  std::uint32_t scope = 0;
  bool has_row_slot = false;  ///< rows are not the scope's instances but a node below each
  SlotRef row_slot;
  std::vector<std::string> pointer_parts;  ///< between the indices of the rows' pointer
  bool event_time_is_ingest = false;
  int event_time_column = -1;
  std::vector<std::uint32_t> chain;  ///< scopes from the rows' own up to the payload's
  std::vector<FieldProgram>
      outer;  ///< fields from scopes above: the same for rows of one parent instance
  std::vector<FieldProgram> own;
  std::vector<RoleProgram> roles;
  int deletion_column = -1;  ///< a text; one of `deletion_values` in it: the key is deleted
  std::vector<std::string> deletion_values;
  std::vector<int> unfilled;          ///< columns of a row that neither a field nor a role fills
  std::vector<ColumnProgram> hashed;  ///< of the others those that the row hash covers
  std::vector<bool> outer_columns;    ///< by column: filled from scopes around the rows' own
  /// What `dedupe: key+content` compares: behind the entity's name, the key's columns as values 1,
  /// 2
  /// ...
  std::string key_prefix;
  std::vector<ColumnProgram> key;
};

struct ConditionProgram {
  SlotRef slot;
  std::vector<std::string> equals;
};

struct VersionProgram {
  std::string name;
  std::uint32_t leader = 0;      ///< the version whose rules map its records: likeness.h
  std::vector<ScopeMove> moves;  ///< from its own scopes to the leader's
  /// The slots of scope 0 that its rules look at: what they call slot i is root_slots[i].
  /// Conditions and the envelope come before the version is known and call the slots as the trie
  /// does.
  std::vector<std::uint32_t> root_slots;
  std::vector<ConditionProgram> match;
  bool has_envelope = false;
  SlotRef envelope;
  std::vector<QueryProgram> queries;  ///< that its rules ask for; slots as the trie calls them
  std::vector<EntityProgram> entities;
  std::vector<MasterProgram> masters;
};

struct ApplicationProgram {
  std::string name;
  Trie trie;
  std::vector<VersionProgram> versions;
  bool has_queries = false;  ///< of some version
};

struct Program {
  std::shared_ptr<const plan::Plan> plan;
  std::vector<std::unique_ptr<ApplicationProgram>>
      applications;                  ///< stable addresses: walkers borrow the trie
  std::vector<TableProgram> tables;  ///< parallel to Plan::tables
  std::vector<std::string> master_entities;
  std::uint32_t entity_count = 0;  ///< of all versions together
};

/// Code::plan_invalid where the plan asks for what the kernel cannot do.
Result<Program> compile(std::shared_ptr<const plan::Plan> plan);

}  // namespace assay::refine
