// Compiles the workspaces of testdata and compares what comes out with golden texts.
// ASSAY_UPDATE=1 writes what comes out now.

#include "registry/registry.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "io/process.h"

namespace assay::registry {
namespace {

namespace fs = std::filesystem;

fs::path testdata() { return fs::path(ASSAY_MODULE_FOLDER) / "testdata"; }

model::Workspace load(const std::string& name) {
  auto workspace = model::load_valid((testdata() / name).string());
  EXPECT_TRUE(workspace) << workspace.error().to_text();
  return workspace ? std::move(*workspace) : model::Workspace{};
}

const char* kind_name(plan::OperatorRule::Kind kind) {
  const char* names[] = {"content", "history", "hub", "link", "satellite", "feature", "dedupe"};
  return names[static_cast<int>(kind)];
}

/// One operator with names in place of indices.
std::string text_of(const plan::Plan& plan, const plan::OperatorRule& rule) {
  const auto& input = plan.tables[static_cast<std::size_t>(rule.input)];
  const auto& output = plan.tables[static_cast<std::size_t>(rule.output)];
  const auto& copied =
      rule.contents < 0 ? input : plan.tables[static_cast<std::size_t>(rule.contents)];
  const auto column = [](const column::TableSchema& table, int index) {
    return index < 0 ? std::string("-") : table.fields.at(static_cast<std::size_t>(index)).name;
  };
  const auto columns = [&](const std::vector<int>& indices) {
    std::vector<std::string> names;
    for (const int index : indices) names.push_back(column(input, index));
    return fmt::format("{}", fmt::join(names, ","));
  };
  std::string text = fmt::format(
      "{} {} [{}] of {}: {} -> {}\n    key {} hash {} order {} priority {}{}{}",
      kind_name(rule.kind), rule.layer, rule.name, rule.entity, input.name, output.name,
      columns(rule.key_columns), column(input, rule.hash_column), column(input, rule.order_column),
      rule.priority, rule.keep_equal_neighbours ? " keeps equal neighbours" : "",
      rule.contents < 0 ? "" : " contents " + copied.name);
  for (const auto& [entity, key] : rule.hubs)
    text += fmt::format("\n    hub {}({})", entity, columns(key));
  if (!rule.dependent_child.empty())
    text += fmt::format("\n    child {}", columns(rule.dependent_child));
  for (const auto& [to, from] : rule.copies) {
    text += fmt::format("\n    {} <- {}", column(output, to), column(copied, from));
  }
  for (const auto& measure : rule.measures) {
    text += fmt::format("\n    {} <- product({})", column(output, measure.output_column),
                        columns(measure.factors));
  }
  return text + "\n";
}

std::string text_of(const column::TableSchema& table) {
  std::string text = table.name + "\n";
  for (const column::Field& field : table.fields) {
    text += fmt::format("    {} {} {}{}{}\n", field.id, field.name, column::to_string(field.type),
                        field.required ? " required" : "",
                        field.role == column::Role::content ? "" : " provenance");
  }
  std::vector<std::string> parts;
  for (const auto& part : table.partition) {
    parts.push_back(fmt::format("{}({})", column::to_string(part.transform), part.source));
  }
  return text + fmt::format("    by {}\n", fmt::join(parts, ", "));
}

std::string rules_text(const plan::Plan& plan, const plan::EntityRule& rule) {
  const auto fields_text = [&](const std::vector<plan::FieldRule>& fields, int table) {
    std::string text;
    for (const plan::FieldRule& field : fields) {
      const char* sources[] = {"path", "item_index", "constant"};
      text +=
          fmt::format("      {} <- {} {}{}{}\n",
                      plan.tables[static_cast<std::size_t>(table)]
                          .fields[static_cast<std::size_t>(field.column)]
                          .name,
                      sources[static_cast<int>(field.source)],
                      field.source == plan::FieldRule::Source::path ? path::to_string(field.path)
                                                                    : field.constant,
                      field.is_key ? " key" : "", field.required ? " required" : "");
    }
    return text;
  };
  std::string text =
      fmt::format("    {} rows {}{} time {}\n", rule.entity, path::to_string(rule.rows),
                  rule.root ? " root" : "", rule.event_time_column) +
      fields_text(rule.fields, rule.table);
  for (const plan::MasterRule& master : rule.masters) {
    text += fmt::format("     {} is {}, keys {} hash {} order {} from {}\n", master.role,
                        master.entity, fmt::join(master.reference_keys, ","), master.reference_hash,
                        master.order_column, master.order_field) +
            fields_text(master.fields, master.content_table);
  }
  return text;
}

std::string text_of(const model::Workspace& workspace, const Compiled& compiled) {
  std::string text;
  for (const plan::Plan& plan : compiled.plans) {
    text += fmt::format("plan of {}\n", plan.tenant);
    for (const plan::VersionPlan& version : plan.versions) {
      text += fmt::format("  {} {}\n", version.application, version.version);
      for (const plan::EntityRule& entity : version.entities) text += rules_text(plan, entity);
    }
  }
  const plan::Plan& plan = compiled.plans.front();
  for (const column::TableSchema& table : plan.tables) {
    if (!table.name.starts_with("bronze.") && table.name != "silver.residue")
      text += text_of(table);
  }
  for (const plan::OperatorRule& rule : plan.operators) text += text_of(plan, rule);
  for (const MartSql& mart : marts(workspace)) {
    std::map<std::string, std::string> relations{{mart.silver_table, "rows"}};
    for (const std::string& table : mart.content_tables)
      relations[table] = "(SELECT * FROM " + table + ")";
    text += mart_select(workspace, plan, mart, relations, "id'1") + "\n";
  }
  return text;
}

class Golden : public testing::TestWithParam<const char*> {};

TEST_P(Golden, Compiles) {
  const model::Workspace workspace = load(GetParam());
  const auto compiled = compile(workspace, {});
  ASSERT_TRUE(compiled) << compiled.error().to_text();
  const std::string text = text_of(workspace, *compiled);
  const fs::path golden = testdata() / (std::string(GetParam()) + ".golden");
  if (io::environment_variable("ASSAY_UPDATE")) std::ofstream(golden, std::ios::binary) << text;
  std::ostringstream expected;
  expected << std::ifstream(golden, std::ios::binary).rdbuf();
  EXPECT_EQ(text, expected.str());
}

INSTANTIATE_TEST_SUITE_P(Workspaces, Golden, testing::Values("shop", "airline", "extensions"));

TEST(Compile, AnExtensionIsInItsTenantsPlanAlone) {
  const auto compiled = compile(load("extensions"), {});
  ASSERT_TRUE(compiled) << compiled.error().to_text();
  ASSERT_EQ(compiled->plans.size(), 2U);
  for (const char* table :
       {"silver.order__acme", "silver.order_line__acme", "silver.visit__acme"}) {
    EXPECT_GE(compiled->plans[0].table_index(table), 0) << table;
    EXPECT_LT(compiled->plans[1].table_index(table), 0) << table;
  }
  EXPECT_EQ(plan::to_json(compiled->plans[1]).find("acme"), std::string::npos);
}

TEST(Compile, SamePlansFromTheStoredWorkspace) {
  const model::Workspace workspace = load("shop");
  const auto stored = model::from_json(model::to_json(workspace));
  ASSERT_TRUE(stored) << stored.error().to_text();
  const auto first = compile(workspace, {});
  const auto second = compile(*stored, {});
  ASSERT_TRUE(first);
  ASSERT_TRUE(second);
  ASSERT_EQ(first->plans.size(), 1U);
  EXPECT_EQ(plan::to_json(first->plans[0]), plan::to_json(second->plans[0]));
}

TEST(Compile, FieldIdsStayAndNewOnesFollow) {
  model::Workspace workspace = load("shop");
  const auto first = compile(workspace, {});
  ASSERT_TRUE(first);
  const FieldIds known = first->new_field_ids;
  const auto again = compile(workspace, known);
  ASSERT_TRUE(again);
  EXPECT_TRUE(again->new_field_ids.empty());
  EXPECT_EQ(plan::plan_id(again->plans[0]), plan::plan_id(first->plans[0]));

  // A new field in the front of the visit, and the url gone for good: its id stays taken.
  model::Entity& visit = workspace.entities.back();
  visit.fields.erase(visit.fields.begin() + 1);
  visit.fields.insert(visit.fields.begin(),
                      model::Field{.name = "agent", .type = {column::Type::string}});
  for (model::SchemaVersion& version : workspace.versions) {
    for (model::EntityMapping& mapping : version.mappings) {
      std::erase_if(mapping.fields, [](const auto& field) { return field.field == "url"; });
    }
  }
  const auto changed = compile(workspace, known);
  ASSERT_TRUE(changed) << changed.error().to_text();
  EXPECT_THAT(changed->new_field_ids, testing::Contains(testing::Pair("silver.visit/agent", 18)));
  EXPECT_THAT(changed->new_field_ids,
              testing::Contains(testing::Pair("vault.sat_visit/agent", 17)));
  const auto& table =
      changed->plans[0]
          .tables[static_cast<std::size_t>(changed->plans[0].table_index("silver.visit"))];
  EXPECT_EQ(table.fields[1].name, "agent");
  EXPECT_EQ(table.fields[2].id, known.at("silver.visit/visit_id"));
}

}  // namespace
}  // namespace assay::registry
