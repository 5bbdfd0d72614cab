#include "refine/program.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "base/assert.h"
#include "plan/check.h"
#include "refine/likeness.h"

namespace assay::refine {
namespace {

namespace id = column::field_id;

Error refuse(std::string message) { return make_error(Code::plan_invalid, std::move(message)); }

char type_class(column::Type type) {
  switch (type) {
    case column::Type::boolean: return 1;
    case column::Type::int32:
    case column::Type::int64: return 2;
    case column::Type::float64: return 3;
    case column::Type::decimal: return 4;
    case column::Type::date: return 5;
    case column::Type::timestamp: return 6;
    case column::Type::string: return 7;
    case column::Type::binary: return 8;
  }
  return 0;
}

ValueHeader value_header(int field_id, const column::DataType& type) {
  ValueHeader header;
  auto id = static_cast<std::uint32_t>(field_id);
  for (; id >= 0x80; id >>= 7) header.bytes[header.size++] = static_cast<char>((id & 0x7f) | 0x80);
  header.bytes[header.size++] = static_cast<char>(id);
  header.bytes[header.size++] = type_class(type.type);
  if (type.type == column::Type::decimal)
    header.bytes[header.size++] = static_cast<char>(type.scale);
  return header;
}

/// Columns of a row but `filled` and the list of null fields.
std::vector<int> unfilled_columns(const TableProgram& table, const std::vector<int>& filled) {
  std::vector<int> columns;
  for (const ColumnProgram& value : table.values) {
    if (value.column == table.system.null_fields) continue;
    if (std::find(filled.begin(), filled.end(), value.column) == filled.end())
      columns.push_back(value.column);
  }
  return columns;
}

TableProgram compile_table(const column::TableSchema& schema, int index) {
  TableProgram table;
  table.table = index;
  table.columns = static_cast<std::uint32_t>(schema.fields.size());
  SystemColumns& system = table.system;
  system = {schema.index_of_id(id::kTenantId),
            schema.index_of_id(id::kRecordId),
            schema.index_of_id(id::kManifestId),
            schema.index_of_id(id::kPointer),
            schema.index_of_id(id::kIngestTime),
            schema.index_of_id(id::kKnowledgeTime),
            schema.index_of_id(id::kRowHash),
            schema.index_of_id(id::kNullFields),
            schema.index_of_id(id::kContentHash),
            schema.index_of_id(id::kEventTime),
            -1};
  const bool standard = schema.name == "silver.residue" || schema.name == "bronze.quarantine";
  if (standard) system.application = schema.index_of("application");
  std::vector<int> order(schema.fields.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = static_cast<int>(i);
  std::sort(order.begin(), order.end(), [&](int a, int b) {
    return schema.fields[static_cast<std::size_t>(a)].id <
           schema.fields[static_cast<std::size_t>(b)].id;
  });
  for (const int i : order) {
    const column::Field& field = schema.fields[static_cast<std::size_t>(i)];
    const bool own = field.id >= id::kFirstOwn || field.id == id::kNullFields;
    if (!own || i == system.application) continue;
    const bool hashed = field.role == column::Role::content;
    table.values.push_back({i, field.type.type, hashed, field.id == id::kNullFields,
                            value_header(field.id, field.type)});
  }
  return table;
}

/// The longest beginning that two paths share, up to and with a wildcard: the scope in which a row
/// sees a path.
std::size_t shared_wildcards(const path::JsonPath& path, const path::JsonPath& rows) {
  std::size_t count = 0;
  for (std::size_t i = 0; i < path.steps.size() && i < rows.steps.size(); ++i) {
    if (!(path.steps[i] == rows.steps[i])) break;
    if (path.steps[i].kind == path::Step::Kind::wildcard) ++count;
  }
  return count;
}

std::size_t wildcards(const path::JsonPath& path) {
  return static_cast<std::size_t>(std::count_if(
      path.steps.begin(), path.steps.end(),
      [](const path::Step& step) { return step.kind == path::Step::Kind::wildcard; }));
}

/// The path of the instances around rows: its first steps, with so many wildcards.
path::JsonPath up_to_wildcard(path::JsonPath rows, std::size_t count) {
  std::size_t end = 0;
  for (std::size_t i = 0; i < rows.steps.size() && count > 0; ++i) {
    if (rows.steps[i].kind != path::Step::Kind::wildcard) continue;
    end = i + 1;
    --count;
  }
  rows.steps.resize(end);
  return rows;
}

/// Gives the slots of scope 0 the numbers that they have among the version's own.
void number_root_slots(VersionProgram& version) {
  const auto number = [&](SlotRef& ref) {
    if (ref.scope != 0) return;
    auto& slots = version.root_slots;
    const auto found = std::find(slots.begin(), slots.end(), ref.slot);
    const auto index = found - slots.begin();
    if (found == slots.end()) slots.push_back(ref.slot);
    ref.slot = static_cast<std::uint32_t>(index);
  };
  const auto number_all = [&](std::vector<FieldProgram>& fields) {
    for (FieldProgram& field : fields) {
      if (field.source == FieldProgram::Source::slot) number(field.slot);
    }
  };
  for (EntityProgram& entity : version.entities) {
    if (entity.has_row_slot) number(entity.row_slot);
    number_all(entity.outer);
    number_all(entity.own);
  }
  for (MasterProgram& master : version.masters) number_all(master.fields);
}

/// Compiles the versions of one application.
class ApplicationCompiler {
 public:
  ApplicationCompiler(Program& program, ApplicationProgram& application)
      : program_(program), application_(application) {}

  Status add(const plan::VersionPlan& version);

 private:
  Result<FieldProgram> field(const plan::FieldRule& rule, const column::Field& column,
                             const path::JsonPath& rows);
  /// Columns of a table, then inputs of expressions over its rows.
  Result<std::vector<FieldProgram>> fields(const std::vector<plan::FieldRule>& rules,
                                           const std::vector<plan::InputRule>& inputs, int table,
                                           const path::JsonPath& rows);
  Status query(const path::JsonPath& path);
  Status entity(const plan::EntityRule& rule, VersionProgram& version);
  Status role(const plan::MasterRule& rule, const plan::EntityRule& entity, EntityProgram& compiled,
              VersionProgram& version);
  Result<std::uint32_t> master(const plan::MasterRule& rule, const plan::EntityRule& entity,
                               VersionProgram& version);
  void rows(const plan::EntityRule& rule, EntityProgram& compiled);
  void set_key(const std::vector<int>& columns, EntityProgram& compiled) const;
  static void mark_outer(EntityProgram& compiled, std::size_t columns);
  /// Columns that its fields and roles fill.
  static std::vector<int> filled_columns(const EntityProgram& compiled);
  const column::TableSchema& schema(int table) const {
    return program_.plan->tables[static_cast<std::size_t>(table)];
  }
  std::uint32_t entity_index(const std::string& entity);
  /// A scope and those around it, outwards.
  std::vector<std::uint32_t> chain(std::uint32_t scope) const;

  Program& program_;
  ApplicationProgram& application_;
  std::vector<QueryProgram> queries_;  ///< of the version at hand
};

Status ApplicationCompiler::add(const plan::VersionPlan& plan) {
  VersionProgram version;
  version.name = plan.version;
  for (const plan::MatchCondition& condition : plan.match) {
    if (wildcards(condition.path) > 0 || condition.path.has_query())
      return refuse("a match condition has a wildcard or a query");
    version.match.push_back({application_.trie.add(condition.path), condition.equals});
  }
  if (plan.envelope_version) {
    if (wildcards(*plan.envelope_version) > 0 || plan.envelope_version->has_query())
      return refuse("an envelope's version has a wildcard or a query");
    version.has_envelope = true;
    version.envelope = application_.trie.add(*plan.envelope_version);
  }
  if (plan.entities.empty() || !plan.entities[0].root || !plan.entities[0].rows.steps.empty()) {
    return refuse(fmt::format(
        "version \"{}\" does not begin with its root entity with the rows \"$\"", plan.version));
  }
  for (const plan::EntityRule& rule : plan.entities) ASSAY_TRY_VOID(entity(rule, version));
  number_root_slots(version);
  version.queries = std::move(queries_);
  application_.has_queries |= !version.queries.empty();
  application_.versions.push_back(std::move(version));
  return {};
}

/// Converts a text of the plan as it stands. `holder` keeps its bytes.
Status convert_plain(const FieldProgram& field, const std::string& text, std::string& holder,
                     Cell& cell) {
  TextRoom room;
  Conversion plain = field.conversion;
  plain.changes_text = false;
  holder = text + std::string(TextRoom::kSlack, '\0');
  if (convert_text(plain, {holder.data(), text.size()}, room, cell) == Outcome::value) return {};
  return refuse(fmt::format("the text \"{}\" does not convert to {}", text,
                            column::to_string(field.conversion.type)));
}

Result<FieldProgram> ApplicationCompiler::field(const plan::FieldRule& rule,
                                                const column::Field& column,
                                                const path::JsonPath& rows) {
  FieldProgram field;
  field.column = rule.column;
  field.field_id = column.id;
  field.name = column.name;
  field.required = rule.required;
  field.is_key = rule.is_key;
  field.quarantines = rule.normalisation.on_error == plan::OnError::quarantine;
  field.conversion = make_conversion(column.type, rule.normalisation);
  field.path = rule.path;
  field.has_fallback = rule.fallback.has_value();
  if (rule.fallback) {
    ASSAY_TRY_VOID(convert_plain(field, *rule.fallback, field.fallback_text, field.fallback));
  }
  switch (rule.source) {
    case plan::FieldRule::Source::item_index:
      field.source = FieldProgram::Source::item_index;
      if (column.type.type != column::Type::int64)
        return refuse("an item index needs a column of type int64");
      break;
    case plan::FieldRule::Source::constant:
      field.source = FieldProgram::Source::constant;
      ASSAY_TRY_VOID(convert_plain(field, rule.constant, field.constant_text, field.constant));
      break;
    case plan::FieldRule::Source::expression:
      field.source = FieldProgram::Source::expression;
      field.expression = rule.expression;
      field.computation = compile_expression(rule.expression->root);
      field.path = rows;
      break;
    case plan::FieldRule::Source::path: {
      const std::size_t shared = shared_wildcards(rule.path, rows);
      if (wildcards(rule.path) > shared) {
        return refuse(fmt::format("the path \"{}\" gives more than one value for a row of \"{}\"",
                                  path::to_string(rule.path), path::to_string(rows)));
      }
      field.level = static_cast<std::uint32_t>(wildcards(rows) - shared);
      field.slot = application_.trie.add(rule.path);
      if (rule.path.has_query()) ASSAY_TRY_VOID(query(rule.path));
      break;
    }
  }
  return field;
}

Result<std::vector<FieldProgram>> ApplicationCompiler::fields(
    const std::vector<plan::FieldRule>& rules, const std::vector<plan::InputRule>& inputs,
    int table, const path::JsonPath& rows) {
  std::vector<FieldProgram> made;
  for (const plan::FieldRule& rule : rules) {
    ASSAY_TRY(FieldProgram compiled,
              field(rule, schema(table).fields[static_cast<std::size_t>(rule.column)], rows));
    made.push_back(std::move(compiled));
  }
  for (const plan::InputRule& input : inputs) {
    ASSAY_TRY(FieldProgram compiled, field(input.rule, {0, input.name, input.type}, rows));
    made.push_back(std::move(compiled));
  }
  // Expressions last: they read what the others give.
  std::stable_partition(made.begin(), made.end(), [](const FieldProgram& each) {
    return each.source != FieldProgram::Source::expression;
  });
  std::uint32_t& most = program_.tables[static_cast<std::size_t>(table)].inputs;
  most = std::max(most, static_cast<std::uint32_t>(inputs.size()));
  return made;
}

Status ApplicationCompiler::query(const path::JsonPath& path) {
  ASSAY_TRY(QueryProgram made, compile_query(path, application_.trie));
  const bool known = std::any_of(queries_.begin(), queries_.end(),
                                 [&](const auto& other) { return other.slot == made.slot; });
  if (!known) queries_.push_back(std::move(made));
  return {};
}

std::vector<std::uint32_t> ApplicationCompiler::chain(std::uint32_t scope) const {
  std::vector<std::uint32_t> scopes;
  for (int i = static_cast<int>(scope); i >= 0;
       i = application_.trie.scopes()[static_cast<std::size_t>(i)].parent) {
    scopes.push_back(static_cast<std::uint32_t>(i));
  }
  return scopes;
}

void ApplicationCompiler::rows(const plan::EntityRule& rule, EntityProgram& compiled) {
  compiled.scope = application_.trie.scope_of(rule.rows);
  const bool ends_in_wildcard =
      !rule.rows.steps.empty() && rule.rows.steps.back().kind == path::Step::Kind::wildcard;
  compiled.has_row_slot = !rule.rows.steps.empty() && !ends_in_wildcard;
  if (compiled.has_row_slot) compiled.row_slot = application_.trie.add(rule.rows);
  compiled.chain = chain(compiled.scope);
  compiled.pointer_parts.emplace_back();
  for (const path::Step& step : rule.rows.steps) {
    std::string& part = compiled.pointer_parts.back();
    if (step.kind == path::Step::Kind::name) path::append_pointer(part, step.name);
    if (step.kind == path::Step::Kind::index)
      path::append_pointer(part, std::to_string(step.index));
    if (step.kind == path::Step::Kind::wildcard) {
      part += '/';
      compiled.pointer_parts.emplace_back();
    }
  }
}

bool is_needed_of_deletion(const plan::EntityRule& rule, int column) {
  if (!rule.deletion) return false;
  const std::vector<int>& needed = rule.deletion->needed;
  return std::find(needed.begin(), needed.end(), column) != needed.end();
}

Status ApplicationCompiler::entity(const plan::EntityRule& rule, VersionProgram& version) {
  EntityProgram compiled;
  const column::TableSchema& table = schema(rule.table);
  compiled.entity = rule.entity;
  compiled.id = program_.entity_count++;
  compiled.is_root = rule.root;
  compiled.table = rule.table;
  rows(rule, compiled);
  compiled.event_time_column = rule.event_time_column;
  compiled.event_time_is_ingest = rule.event_time_column < 0;
  if (rule.deletion) {
    compiled.deletion_column = rule.deletion->column;
    compiled.deletion_values = rule.deletion->values;
  }
  std::vector<bool> taken(table.fields.size());
  std::vector<int> keys;
  ASSAY_TRY(std::vector<FieldProgram> all, fields(rule.fields, rule.inputs, rule.table, rule.rows));
  taken.resize(taken.size() + rule.inputs.size());
  for (FieldProgram& made : all) {
    made.is_event_time = made.column == rule.event_time_column;
    made.is_needed_of_deletion = is_needed_of_deletion(rule, made.column);
    const auto column = static_cast<std::size_t>(made.column);
    if (taken[column])
      return refuse(fmt::format("column \"{}\" of {} is filled twice", made.name, table.name));
    taken[column] = true;
    if (made.is_key) keys.push_back(made.column);
    const bool outer = made.source == FieldProgram::Source::slot && made.level > 0;
    (outer ? compiled.outer : compiled.own).push_back(std::move(made));
  }
  if (rule.event_time_column >= 0 && !taken[static_cast<std::size_t>(rule.event_time_column)]) {
    return refuse(fmt::format("no rule fills the event time of \"{}\"", rule.entity));
  }
  std::sort(keys.begin(), keys.end());
  set_key(keys, compiled);
  for (const plan::MasterRule& master : rule.masters) {
    ASSAY_TRY_VOID(role(master, rule, compiled, version));
  }
  compiled.unfilled = unfilled_columns(program_.tables[static_cast<std::size_t>(rule.table)],
                                       filled_columns(compiled));
  for (const ColumnProgram& value : program_.tables[static_cast<std::size_t>(rule.table)].values) {
    const auto& none = compiled.unfilled;
    const bool filled = std::find(none.begin(), none.end(), value.column) == none.end();
    if (value.hashed && filled) compiled.hashed.push_back(value);
  }
  mark_outer(compiled, table.fields.size());
  version.entities.push_back(std::move(compiled));
  return {};
}

void ApplicationCompiler::mark_outer(EntityProgram& compiled, std::size_t columns) {
  compiled.outer_columns.assign(columns, false);
  const auto mark = [&](int column) {
    const auto at = static_cast<std::size_t>(column);
    if (column >= 0 && at < columns) compiled.outer_columns[at] = true;
  };
  for (const FieldProgram& field : compiled.outer) mark(field.column);
  for (const RoleProgram& role : compiled.roles) {
    if (role.level == 0) continue;
    for (const int column : role.reference_keys) mark(column);
    mark(role.reference_hash);
    mark(role.order_column);
  }
}

void ApplicationCompiler::set_key(const std::vector<int>& columns, EntityProgram& compiled) const {
  std::size_t size = compiled.entity.size();
  for (; size >= 0x80; size >>= 7)
    compiled.key_prefix += static_cast<char>(static_cast<std::uint8_t>(size) | 0x80);
  compiled.key_prefix += static_cast<char>(size);
  compiled.key_prefix += compiled.entity;
  int key_id = 0;
  for (const int column : columns) {
    const column::DataType& type =
        schema(compiled.table).fields[static_cast<std::size_t>(column)].type;
    compiled.key.push_back({column, type.type, true, false, value_header(++key_id, type)});
  }
}

std::vector<int> ApplicationCompiler::filled_columns(const EntityProgram& compiled) {
  std::vector<int> columns;
  for (const auto* fields : {&compiled.outer, &compiled.own}) {
    for (const FieldProgram& field : *fields) columns.push_back(field.column);
  }
  for (const RoleProgram& role : compiled.roles) {
    columns.insert(columns.end(), role.reference_keys.begin(), role.reference_keys.end());
    columns.push_back(role.reference_hash);
    columns.push_back(role.order_column);
  }
  return columns;
}

std::uint32_t ApplicationCompiler::entity_index(const std::string& entity) {
  auto& names = program_.master_entities;
  const auto known = std::find(names.begin(), names.end(), entity);
  if (known != names.end()) return static_cast<std::uint32_t>(known - names.begin());
  names.push_back(entity);
  return static_cast<std::uint32_t>(names.size() - 1);
}

Status ApplicationCompiler::role(const plan::MasterRule& rule, const plan::EntityRule& entity,
                                 EntityProgram& compiled, VersionProgram& version) {
  RoleProgram role;
  ASSAY_TRY(role.master, master(rule, entity, version));
  const MasterProgram& master = version.masters[role.master];
  const auto level = std::find(compiled.chain.begin(), compiled.chain.end(), master.scope);
  ASSAY_ASSERT(level != compiled.chain.end());
  role.level = static_cast<std::uint32_t>(level - compiled.chain.begin());
  role.table = master.table;
  role.reference_keys = rule.reference_keys;
  role.reference_hash = rule.reference_hash;
  const auto& contents = schema(rule.content_table).fields;
  const auto& columns = schema(entity.table).fields;
  for (const plan::FieldRule& plan : rule.fields) {
    if (plan.is_key) role.master_key_columns.push_back(plan.column);
  }
  if (role.master_key_columns.size() != role.reference_keys.size()) {
    return refuse(fmt::format("role \"{}\" has {} reference columns for {} key fields", rule.role,
                              role.reference_keys.size(), role.master_key_columns.size()));
  }
  // Reference columns are called "<role>_<key field>"; the rules of the key may come in any order.
  for (std::size_t i = 0; i < role.reference_keys.size(); ++i) {
    const std::string& wanted = columns[static_cast<std::size_t>(role.reference_keys[i])].name;
    for (std::size_t j = i; j < role.master_key_columns.size(); ++j) {
      const auto key = static_cast<std::size_t>(role.master_key_columns[j]);
      if (rule.role + "_" + contents[key].name != wanted) continue;
      std::swap(role.master_key_columns[i], role.master_key_columns[j]);
      break;
    }
    const auto key = static_cast<std::size_t>(role.master_key_columns[i]);
    const auto column = static_cast<std::size_t>(role.reference_keys[i]);
    if (!(contents[key].type == columns[column].type)) {
      return refuse(
          fmt::format("column \"{}\" has not the type of the key that it refers to", wanted));
    }
  }
  role.order_column = rule.order_column;
  role.order_field = rule.order_field;
  compiled.roles.push_back(std::move(role));
  return {};
}

Result<std::uint32_t> ApplicationCompiler::master(const plan::MasterRule& rule,
                                                  const plan::EntityRule& entity,
                                                  VersionProgram& version) {
  MasterProgram made;
  made.entity = rule.entity;
  made.entity_index = entity_index(rule.entity);
  made.table = rule.content_table;
  std::uint32_t level = static_cast<std::uint32_t>(wildcards(entity.rows));
  ASSAY_TRY(made.fields, fields(rule.fields, rule.inputs, rule.content_table, entity.rows));
  for (const FieldProgram& compiled : made.fields) {
    if (compiled.source == FieldProgram::Source::item_index)
      return refuse("a master has no item index");
    if (compiled.source == FieldProgram::Source::expression && compiled.is_key)
      return refuse("the key of a master is an expression");
    if (compiled.source == FieldProgram::Source::slot) level = std::min(level, compiled.level);
  }
  // Its own scope is the deepest that a path of it reaches; levels count from there.
  made.scope = application_.trie.scope_of(entity.rows);
  for (std::uint32_t i = 0; i < level; ++i) {
    made.scope = static_cast<std::uint32_t>(application_.trie.scopes()[made.scope].parent);
  }
  made.chain = chain(made.scope);
  for (FieldProgram& compiled : made.fields) {
    if (compiled.source == FieldProgram::Source::slot) compiled.level -= level;
    if (compiled.source == FieldProgram::Source::expression)
      compiled.path = up_to_wildcard(entity.rows, wildcards(entity.rows) - level);
  }
  std::vector<FieldProgram> keys;
  std::vector<FieldProgram> others;
  for (FieldProgram& compiled : made.fields)
    (compiled.is_key ? keys : others).push_back(std::move(compiled));
  made.key_count = static_cast<std::uint32_t>(keys.size());
  made.fields = std::move(keys);
  std::move(others.begin(), others.end(), std::back_inserter(made.fields));
  if (made.key_count == 0) return refuse(fmt::format("role \"{}\" maps no key", rule.role));
  std::vector<int> filled;
  for (const FieldProgram& compiled : made.fields) filled.push_back(compiled.column);
  made.unfilled = unfilled_columns(program_.tables[static_cast<std::size_t>(made.table)], filled);
  const auto same_source = [](const FieldProgram& a, const FieldProgram& b) {
    return a.column == b.column && a.source == b.source && a.slot == b.slot && a.level == b.level &&
           a.constant_text == b.constant_text && a.expression == b.expression &&
           a.fallback_text == b.fallback_text && a.quarantines == b.quarantines &&
           a.required == b.required && a.conversion.normalisation == b.conversion.normalisation;
  };
  for (std::uint32_t i = 0; i < version.masters.size(); ++i) {
    const MasterProgram& other = version.masters[i];
    if (other.table != made.table || other.scope != made.scope) continue;
    const bool same = std::equal(other.fields.begin(), other.fields.end(), made.fields.begin(),
                                 made.fields.end(), same_source);
    if (same) return i;
    // The same key leaves with other fields are still the same copy.
    const auto key_count = static_cast<std::ptrdiff_t>(made.key_count);
    if (other.key_count == made.key_count &&
        std::equal(other.fields.begin(), other.fields.begin() + key_count, made.fields.begin(),
                   same_source)) {
      made.primary = false;
    }
  }
  version.masters.push_back(std::move(made));
  return static_cast<std::uint32_t>(version.masters.size() - 1);
}

}  // namespace

Result<Program> compile(std::shared_ptr<const plan::Plan> plan) {
  ASSAY_TRY_VOID(plan::check(*plan));
  if (plan->quarantine_table < 0 || plan->residue_table < 0) {
    return refuse("the plan names no table for quarantine or residue");
  }
  Program program;
  program.plan = std::move(plan);
  for (std::size_t i = 0; i < program.plan->tables.size(); ++i) {
    program.tables.push_back(compile_table(program.plan->tables[i], static_cast<int>(i)));
  }
  for (const plan::VersionPlan& version : program.plan->versions) {
    auto found =
        std::find_if(program.applications.begin(), program.applications.end(),
                     [&](const auto& known) { return known->name == version.application; });
    if (found == program.applications.end()) {
      program.applications.push_back(std::make_unique<ApplicationProgram>());
      found = program.applications.end() - 1;
      (*found)->name = version.application;
    }
    ASSAY_TRY_VOID(ApplicationCompiler(program, **found).add(version));
  }
  // An application that the plan does not know has a trie without rules and no versions.
  program.applications.push_back(std::make_unique<ApplicationProgram>());
  for (auto& application : program.applications) {
    application->trie.build();
    find_leaders(application->versions);
  }
  return program;
}

}  // namespace assay::refine
