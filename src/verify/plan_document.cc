#include "verify/plan_document.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "base/hash.h"

namespace assay::verify {
namespace {

using nlohmann::json;

/// Thrown inside of this file only, so that reading stays readable; parse_plan makes an Error of
/// it.
struct PlanMistake {
  std::string what;
};

std::size_t size_of(const json& object, const char* key) {
  return static_cast<std::size_t>(std::stoull(object.at(key).get<std::string>()));
}

Path path_of(const json& value) {
  auto path = parse_path(value.get<std::string>());
  if (!path) throw PlanMistake{path.error().message};
  return std::move(path).value();
}

PlanColumn column_of(const json& object) {
  PlanColumn column;
  column.id = object.at("id").get<int>();
  column.name = object.at("name").get<std::string>();
  column.type_text = object.at("type").get<std::string>();
  const auto type = parse_column_type(column.type_text);
  if (!type) throw PlanMistake{"column " + column.name + " has the type " + column.type_text};
  column.type = *type;
  column.required = object.at("required").get<bool>();
  column.content = object.at("role").get<std::string>() == "content";
  return column;
}

PlanTable table_of(const json& object) {
  PlanTable table;
  table.name = object.at("name").get<std::string>();
  for (const json& field : object.at("fields")) table.columns.push_back(column_of(field));
  return table;
}

/// What the document says beyond the defaults, for people.
std::string spoken(const json& object) {
  static const json kDefaults = {{"time_format", "iso8601"},
                                 {"offset_minutes", 0},
                                 {"scale10", 0},
                                 {"trim", false},
                                 {"text_case", "keep"},
                                 {"null_if", json::array()},
                                 {"value_map", json::array()},
                                 {"on_error", "quarantine"}};
  json said = json::object();
  for (const auto& [key, value] : object.items()) {
    if (!kDefaults.contains(key) || kDefaults[key] != value) said[key] = value;
  }
  return said.empty() ? std::string() : said.dump();
}

Normaliser normaliser_of(const json& object) {
  Normaliser normaliser;
  normaliser.time_format = object.at("time_format").get<std::string>();
  normaliser.offset_minutes = object.at("offset_minutes").get<int>();
  normaliser.scale10 = object.at("scale10").get<int>();
  normaliser.trim = object.at("trim").get<bool>();
  normaliser.text_case = object.at("text_case").get<std::string>();
  normaliser.null_if = object.at("null_if").get<std::vector<std::string>>();
  normaliser.value_map =
      object.at("value_map").get<std::vector<std::pair<std::string, std::string>>>();
  normaliser.null_on_error = object.at("on_error").get<std::string>() == "null";
  normaliser.text = spoken(object);
  return normaliser;
}

ColumnType type_of(const json& value) {
  const auto type = parse_column_type(value.get<std::string>());
  if (!type) throw PlanMistake{"an expression has the type " + value.dump()};
  return *type;
}

constexpr int kExpressionDepthMax = 512;

PlanExpression expression_of(const json& object, int depth = 0) {
  if (depth > kExpressionDepthMax) throw PlanMistake{"an expression is nested too deep"};
  PlanExpression node;
  node.op = object.at("op").get<std::string>();
  node.type = type_of(object.at("type"));
  node.literal = object.value("literal", std::string());
  node.index = object.value("index", -1);
  if (object.contains("arguments")) {
    for (const json& argument : object.at("arguments"))
      node.arguments.push_back(expression_of(argument, depth + 1));
  }
  return node;
}

PlanField field_of(const json& object) {
  PlanField field;
  field.column = object.at("column").get<int>();
  const std::string source = object.at("source").get<std::string>();
  if (source == "item_index") field.source = PlanField::Source::item_index;
  if (source == "constant") field.source = PlanField::Source::constant;
  if (source == "expression") {
    field.source = PlanField::Source::expression;
    field.expression_text = object.at("expression").at("text").get<std::string>();
    field.expression = expression_of(object.at("expression").at("root"));
  }
  if (object.contains("fallback")) field.fallback = object.at("fallback").get<std::string>();
  if (source == "path") field.path = path_of(object.at("path"));
  field.constant = object.at("constant").get<std::string>();
  field.required = object.at("required").get<bool>();
  field.is_key = object.at("is_key").get<bool>();
  field.normaliser = normaliser_of(object.at("normalisation"));
  return field;
}

std::vector<PlanField> fields_of(const json& list) {
  std::vector<PlanField> fields;
  for (const json& field : list) fields.push_back(field_of(field));
  return fields;
}

/// Values that only expressions see; none where the document has no such list.
std::vector<PlanField> inputs_of(const json& rule) {
  std::vector<PlanField> inputs;
  if (!rule.contains("inputs")) return inputs;
  for (const json& input : rule.at("inputs")) {
    inputs.push_back(field_of(input.at("rule")));
    inputs.back().type = type_of(input.at("type"));
  }
  return inputs;
}

PlanMaster master_of(const json& object) {
  PlanMaster master;
  master.role = object.at("role").get<std::string>();
  master.entity = object.at("entity").get<std::string>();
  master.content_table = object.at("content_table").get<int>();
  master.fields = fields_of(object.at("fields"));
  master.inputs = inputs_of(object);
  master.reference_keys = object.at("reference_keys").get<std::vector<int>>();
  master.reference_hash = object.at("reference_hash").get<int>();
  master.order_column = object.at("order_column").get<int>();
  master.order_field = object.at("order_field").get<int>();
  return master;
}

PlanEntity entity_of(const json& object) {
  PlanEntity entity;
  entity.entity = object.at("entity").get<std::string>();
  entity.table = object.at("table").get<int>();
  entity.rows = path_of(object.at("rows"));
  entity.root = object.at("root").get<bool>();
  entity.event_time_column = object.at("event_time_column").get<int>();
  entity.fields = fields_of(object.at("fields"));
  entity.inputs = inputs_of(object);
  for (const json& master : object.at("masters")) entity.masters.push_back(master_of(master));
  if (object.contains("deletion")) {
    const json& deletion = object.at("deletion");
    entity.deletion_column = deletion.at("column").get<int>();
    entity.deletion_values = deletion.at("values").get<std::vector<std::string>>();
    entity.deletion_needed = deletion.at("needed").get<std::vector<int>>();
  }
  return entity;
}

PlanVersion version_of(const json& object) {
  PlanVersion version;
  version.application = object.at("application").get<std::string>();
  version.version = object.at("version").get<std::string>();
  for (const json& match : object.at("match")) {
    version.match.push_back(
        {path_of(match.at("path")), match.at("equals").get<std::vector<std::string>>()});
  }
  if (const json& envelope = object.at("envelope_version"); !envelope.is_null()) {
    version.envelope_version = path_of(envelope);
  }
  for (const json& entity : object.at("entities")) version.entities.push_back(entity_of(entity));
  return version;
}

PlanOperator operator_of(const json& object) {
  PlanOperator rule;
  rule.kind = object.at("kind").get<std::string>();
  rule.name = object.at("name").get<std::string>();
  rule.layer = object.at("layer").get<std::string>();
  rule.entity = object.at("entity").get<std::string>();
  rule.input = object.at("input").get<int>();
  rule.output = object.at("output").get<int>();
  rule.key_columns = object.at("key_columns").get<std::vector<int>>();
  rule.hash_column = object.at("hash_column").get<int>();
  rule.order_column = object.at("order_column").get<int>();
  rule.priority = object.at("priority").get<int>();
  rule.contents = object.at("contents").get<int>();
  rule.keep_equal_neighbours = object.at("keep_equal_neighbours").get<bool>();
  rule.hubs = object.at("hubs").get<std::vector<std::pair<std::string, std::vector<int>>>>();
  rule.dependent_child = object.at("dependent_child").get<std::vector<int>>();
  rule.copies = object.at("copies").get<std::vector<std::pair<int, int>>>();
  for (const json& measure : object.at("measures")) {
    rule.measures.push_back(
        {measure.at("output_column").get<int>(), measure.at("factors").get<std::vector<int>>()});
  }
  return rule;
}

/// Indices lead somewhere: everything behind this may use them as they are.
void check_table(const PlanDocument& plan, int table, const char* what) {
  if (table < 0 || static_cast<std::size_t>(table) >= plan.tables.size()) {
    throw PlanMistake{
        fmt::format("{} names table {}, there are {}", what, table, plan.tables.size())};
  }
}

void check_column(const PlanTable& table, int column, const char* what) {
  if (column < 0 || static_cast<std::size_t>(column) >= table.columns.size()) {
    throw PlanMistake{fmt::format("{} names column {} of {}", what, column, table.name)};
  }
}

void check_expression(const PlanExpression& node, std::size_t columns) {
  if (node.op == "column" && (node.index < 0 || static_cast<std::size_t>(node.index) >= columns))
    throw PlanMistake{fmt::format("an expression names column {}", node.index)};
  for (const PlanExpression& argument : node.arguments) check_expression(argument, columns);
}

/// Inputs lie behind the table's columns, in their order.
void check_fields(const PlanTable& table, const std::vector<PlanField>& fields,
                  const std::vector<PlanField>& inputs) {
  const std::size_t columns = table.columns.size() + inputs.size();
  for (const PlanField& field : fields) {
    check_column(table, field.column, "a field");
    check_expression(field.expression, columns);
  }
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (static_cast<std::size_t>(inputs[i].column) != table.columns.size() + i)
      throw PlanMistake{fmt::format("an input of {} has column {}", table.name, inputs[i].column)};
  }
}

void check_entity(const PlanDocument& plan, const PlanEntity& entity) {
  check_table(plan, entity.table, "an entity");
  const PlanTable& table = plan.tables[static_cast<std::size_t>(entity.table)];
  check_fields(table, entity.fields, entity.inputs);
  if (entity.event_time_column >= 0) check_column(table, entity.event_time_column, "an entity");
  if (entity.deletion_column >= 0) check_column(table, entity.deletion_column, "a deletion");
  for (const PlanMaster& master : entity.masters) {
    check_table(plan, master.content_table, "a master");
    const PlanTable& contents = plan.tables[static_cast<std::size_t>(master.content_table)];
    check_fields(contents, master.fields, master.inputs);
    for (const int column : master.reference_keys) check_column(table, column, "a reference");
    check_column(table, master.reference_hash, "a reference");
    if (master.order_column < 0) continue;
    check_column(table, master.order_column, "a reference");
    check_column(contents, master.order_field, "a reference's order");
  }
}

void check_operator(const PlanDocument& plan, const PlanOperator& rule) {
  check_table(plan, rule.input, "an operator");
  if (rule.output >= 0) check_table(plan, rule.output, "an operator");
  if (rule.contents >= 0) check_table(plan, rule.contents, "an operator");
  const PlanTable& input = plan.tables[static_cast<std::size_t>(rule.input)];
  for (const int column : rule.key_columns) check_column(input, column, "an operator");
  for (const int column : rule.dependent_child) check_column(input, column, "an operator");
  for (const auto& [entity, columns] : rule.hubs) {
    for (const int column : columns) check_column(input, column, "an operator");
  }
  if (rule.hash_column >= 0) check_column(input, rule.hash_column, "an operator");
  if (rule.order_column >= 0) check_column(input, rule.order_column, "an operator");
  for (const PlanOperator::Measure& measure : rule.measures) {
    check_column(plan.tables[static_cast<std::size_t>(rule.output)], measure.output_column,
                 "a measure");
    for (const int column : measure.factors) check_column(input, column, "a measure");
  }
  for (const auto& [to, from] : rule.copies) {
    check_column(plan.tables[static_cast<std::size_t>(rule.output)], to, "a copy");
    const int source = rule.contents >= 0 ? rule.contents : rule.input;
    check_column(plan.tables[static_cast<std::size_t>(source)], from, "a copy");
  }
}

PlanDocument document_of(const json& root) {
  PlanDocument plan;
  if (root.at("format_version") != 1) throw PlanMistake{"its format version is not 1"};
  plan.tenant = root.at("tenant").get<std::string>();
  const json& limits = root.at("limits");
  plan.limits = {size_of(limits, "record_size_max"), size_of(limits, "depth_max"),
                 size_of(limits, "object_keys_max")};
  for (const json& table : root.at("tables")) plan.tables.push_back(table_of(table));
  plan.quarantine_table = root.at("quarantine_table").get<int>();
  plan.residue_table = root.at("residue_table").get<int>();
  for (const json& version : root.at("versions")) plan.versions.push_back(version_of(version));
  for (const json& rule : root.at("operators")) plan.operators.push_back(operator_of(rule));
  plan.dedupe = root.at("dedupe").get<std::vector<std::pair<std::string, std::string>>>();
  check_table(plan, plan.residue_table, "residue_table");
  for (const PlanVersion& version : plan.versions) {
    for (const PlanEntity& entity : version.entities) check_entity(plan, entity);
  }
  for (const PlanOperator& rule : plan.operators) check_operator(plan, rule);
  return plan;
}

}  // namespace

int PlanTable::index_of(std::string_view column) const {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].name == column) return static_cast<int>(i);
  }
  return -1;
}

int PlanTable::index_of_id(int field_id) const {
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].id == field_id) return static_cast<int>(i);
  }
  return -1;
}

const PlanTable* PlanDocument::table(std::string_view name) const {
  for (const PlanTable& table : tables) {
    if (table.name == name) return &table;
  }
  return nullptr;
}

bool PlanDocument::dedupes_by_content(std::string_view root_entity) const {
  for (const auto& [entity, rule] : dedupe) {
    if (entity == root_entity) return rule == "key_content";
  }
  return false;
}

Result<PlanDocument> parse_plan(std::string_view text) {
  try {
    PlanDocument plan = document_of(json::parse(text));
    plan.id = xxh3_128(text).to_hex();
    return plan;
  } catch (const json::exception& failure) {
    return make_error(Code::plan_invalid,
                      std::string("the plan document is malformed: ") + failure.what());
  } catch (const std::logic_error& failure) {
    return make_error(Code::plan_invalid,
                      std::string("the plan document is malformed: ") + failure.what());
  } catch (const PlanMistake& mistake) {
    return make_error(Code::plan_invalid, "the plan document is malformed: " + mistake.what);
  }
}

}  // namespace assay::verify
