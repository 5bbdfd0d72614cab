// Runs AutomateDV's load scenarios through our operators. Compared is which rows are there, with
// their keys, fields, load dates and sources; hashes are ours.
//
// Where our meaning is another one, on purpose:
//  - a link is a whole unit of work: a reference that is NULL stays NULL in it, where AutomateDV
//    leaves the row out. Such rows are left out of the comparison.
//  - the record source is the application that a manifest is of; each source of a load is folded as
//    a manifest of its own, in the order of the load dates.

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "base/time.h"
#include "fold/data_vault_scenario_test.h"
#include "fold/shop_fixture_test.h"

namespace assay::fold::testing {
namespace {

using column::Field;
using column::Role;
using column::TableSchema;
using column::Type;
namespace id = column::field_id;

constexpr char kLoadDate[] = "LOAD_DATE";
constexpr char kSource[] = "SOURCE";

bool is_own(const Scenario& scenario, const std::string& column) {
  return column != kLoadDate && column != kSource && column != "EFFECTIVE_FROM" &&
         column != scenario.hashdiff;
}

/// The columns that a scenario needs as texts: keys, foreign keys, and what the table shows.
std::vector<std::string> own_columns(const Scenario& scenario) {
  std::vector<std::string> columns = scenario.key;
  columns.insert(columns.end(), scenario.foreign_keys.begin(), scenario.foreign_keys.end());
  columns.insert(columns.end(), scenario.columns.begin(), scenario.columns.end());
  std::vector<std::string> result;
  for (const std::string& column : columns) {
    const bool known = std::find(result.begin(), result.end(), column) != result.end();
    if (!known && is_own(scenario, column)) result.push_back(column);
  }
  return result;
}

/// One operator of the scenario's kind over a stage of texts.
/// Tables: 0 stage, 1 contents (satellites), 2 the vault's.
class VaultRun {
 public:
  explicit VaultRun(const Scenario& scenario)
      : scenario_(scenario), own_(own_columns(scenario)), host_(make_plan()) {}

  /// Rows that must be there and are not, and the other way round.
  void expect_rows() {
    for (const auto& load : scenario_.loads) {
      for (const auto& [source, rows] : by_manifest(load)) fold(source.second, rows);
    }
    std::multiset<std::string> expected;
    for (const StagedRow& row : scenario_.expected) expected.insert(shown(row));
    EXPECT_EQ(fmt::format("{}", fmt::join(found_, "\n")),
              fmt::format("{}", fmt::join(expected, "\n")));
  }

 private:
  static constexpr int kStage = 0;
  static constexpr int kContents = 1;
  static constexpr int kVault = 2;

  plan::Plan make_plan() const {
    const Field tenant{id::kTenantId, "tenant_id", {Type::string}, true, Role::provenance, {}};
    const Field known{
        id::kKnowledgeTime, "knowledge_time", {Type::timestamp}, true, Role::provenance, {}};
    const Field hash{id::kContentHash, "content_hash", {Type::binary}, true, Role::content, {}};
    const bool sat = scenario_.kind == "sat";
    const bool link = scenario_.kind == "link";
    TableSchema stage{"silver.stage", {tenant, known, hash}, {}};
    TableSchema contents{"silver.stage_content", {tenant, known, hash}, {}};
    contents.fields[2].role = Role::provenance;
    TableSchema vault{"vault.table", {tenant, known}, {}};
    vault.fields.push_back(
        {link ? id::kLinkKey : id::kHubKey, "key", {Type::binary}, true, Role::content, {}});
    if (link) {
      for (const std::string& column : scenario_.foreign_keys) {
        vault.fields.push_back({100 + static_cast<int>(vault.fields.size()),
                                column + "_hub",
                                {Type::binary},
                                false,
                                Role::content,
                                {}});
      }
    }
    if (sat) {
      vault.fields.push_back(
          {id::kValidFrom, "valid_from", {Type::timestamp}, true, Role::content, {}});
      vault.fields.push_back(hash);
    }
    vault.fields.push_back(
        {id::kRecordSource, "record_source", {Type::string}, true, Role::provenance, {}});
    for (TableSchema* table : {&stage, &contents, &vault}) {
      for (std::size_t i = 0; i < own_.size(); ++i) {
        table->fields.push_back({id::kFirstOwn + static_cast<int>(i),
                                 own_[i],
                                 {Type::string},
                                 false,
                                 Role::content,
                                 {}});
      }
    }
    plan::Plan plan;
    plan.tenant = kTenant;
    plan.tables = {stage, contents, vault};
    plan.operators = {make_rule(plan)};
    return plan;
  }

  plan::OperatorRule make_rule(const plan::Plan& plan) const {
    using Kind = plan::OperatorRule::Kind;
    const TableSchema& stage = plan.tables[kStage];
    plan::OperatorRule rule{.name = "load", .layer = "gold", .entity = "thing"};
    rule.kind = scenario_.kind == "hub"    ? Kind::hub
                : scenario_.kind == "link" ? Kind::link
                                           : Kind::satellite;
    rule.input = kStage;
    rule.output = kVault;
    for (const std::string& column : scenario_.key)
      rule.key_columns.push_back(stage.index_of(column));
    rule.hash_column = 2;
    rule.order_column = 1;
    for (const std::string& column : scenario_.foreign_keys) {
      rule.hubs.emplace_back(column, std::vector<int>{stage.index_of(column)});
    }
    if (rule.kind == Kind::link && scenario_.key.size() > 1) {
      for (std::size_t i = 1; i < scenario_.key.size(); ++i) {
        rule.dependent_child.push_back(stage.index_of(scenario_.key[i]));
      }
    }
    if (rule.kind == Kind::satellite) rule.contents = kContents;
    for (const std::string& column : own_) {
      rule.copies.emplace_back(plan.tables[kVault].index_of(column), stage.index_of(column));
    }
    return rule;
  }

  /// Where a load has several sources, one manifest each, by (load date, source).
  static std::map<std::pair<std::string, std::string>, std::vector<StagedRow>> by_manifest(
      const std::vector<StagedRow>& rows) {
    std::set<std::string> sources;
    for (const StagedRow& row : rows) sources.insert(*row.at(kSource));
    std::map<std::pair<std::string, std::string>, std::vector<StagedRow>> manifests;
    for (const StagedRow& row : rows) {
      manifests[{sources.size() > 1 ? *row.at(kLoadDate) : "", *row.at(kSource)}].push_back(row);
    }
    return manifests;
  }

  std::string text_of(const StagedRow& row, const std::string& column) const {
    const auto found = row.find(column);
    return found == row.end() ? "NULL" : found->second.value_or("NULL");
  }

  column::Batch stage(int table, const std::vector<StagedRow>& rows) const {
    column::BatchBuilder builder(host_.plan().tables[static_cast<std::size_t>(table)]);
    for (const StagedRow& row : rows) {
      builder.bytes(0, kTenant);
      builder.int64(1, *parse_instant(*row.at(kLoadDate)));
      std::string content;
      for (const std::string& column : scenario_.key) content += text_of(row, column) + "|";
      builder.hash(2, hash_of(content + text_of(row, scenario_.hashdiff)));
      for (std::size_t i = 0; i < own_.size(); ++i) {
        const auto found = row.find(own_[i]);
        const bool is_null = found == row.end() || !found->second;
        const int column = 3 + static_cast<int>(i);
        is_null ? builder.null(column) : builder.bytes(column, *found->second);
      }
    }
    return builder.finish();
  }

  void fold(const std::string& source, const std::vector<StagedRow>& rows) {
    const column::Batch staged = stage(kStage, rows);
    const column::Batch contents = stage(kContents, rows);
    const auto folded =
        host_.fold("load", {{kStage, &staged}, {kContents, &contents}}, "m", source);
    for (const Row& row : folded.rows) {
      StagedRow result;
      for (const std::string& column : own_) {
        if (row.at(column) != "null") result[column] = row.at(column);
      }
      result[kLoadDate] = format_instant(std::stoll(row.at("knowledge_time"))).substr(0, 10);
      result[kSource] = row.at("record_source").substr(sizeof(kTenant));
      const bool partial =
          std::any_of(scenario_.foreign_keys.begin(), scenario_.foreign_keys.end(),
                      [&](const std::string& column) { return row.at(column) == "null"; });
      if (!partial) found_.insert(shown(result));
    }
  }

  std::string shown(const StagedRow& row) const {
    std::string text;
    for (const std::string& column : own_) text += text_of(row, column) + " | ";
    return text + text_of(row, kLoadDate) + " | " + text_of(row, kSource);
  }

  const Scenario& scenario_;
  const std::vector<std::string> own_;
  Host host_;
  std::multiset<std::string> found_;
};

class DataVault : public ::testing::TestWithParam<Scenario> {};

TEST_P(DataVault, HoldsTheExpectedRows) { VaultRun(GetParam()).expect_rows(); }

std::string name_of(const ::testing::TestParamInfo<Scenario>& info) {
  std::string name = fmt::format("{}_{}", info.param.id, info.index);
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(AutomateDv, DataVault, ::testing::ValuesIn(data_vault_scenarios()),
                         name_of);
GTEST_ALLOW_UNINSTANTIATED_PARAMETERIZED_TEST(DataVault);

TEST(DataVaultSuite, IsThere) {
  if (data_vault_scenarios().empty()) {
    GTEST_SKIP() << "SKIPPED, NOT PASSED: no Data Vault scenarios under ASSAY_DATA";
  }
  EXPECT_EQ(data_vault_scenarios().size(), 127U);
}

}  // namespace
}  // namespace assay::fold::testing
