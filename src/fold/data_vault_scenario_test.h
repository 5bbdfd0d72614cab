#pragma once
// The Data Vault load scenarios of AutomateDV (shared/data/suites/data-vault), read into what our
// operators take: staged rows in the order of loading, and the rows that the table must hold then.
// The suite's own hashes are texts here: md5('1001||DEU') is "1001||DEU".

#include <filesystem>
#include <map>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

namespace assay::fold::testing {

/// Column -> value; nothing = NULL.
using StagedRow = std::map<std::string, std::optional<std::string>>;

struct Scenario {
  std::string id;
  std::string kind;                       ///< "hub", "link" or "sat"
  std::vector<std::string> key;           ///< src_pk
  std::vector<std::string> foreign_keys;  ///< src_fk of a link
  std::string hashdiff;                   ///< column of a satellite
  /// Rows of each load, the rows that the table held before first. What is staged stays so until it
  /// is staged again, so a load may bring rows that came before.
  std::vector<std::vector<StagedRow>> loads;
  std::vector<std::string> columns;  ///< of the expected table, hashdiff by its name in the stage
  std::vector<StagedRow> expected;
};

/// Names a scenario in the messages of GoogleTest.
void PrintTo(const Scenario& scenario, std::ostream* out);  // NOLINT: GoogleTest's name

/// All scenarios, by file and number; empty where the suite is not there.
const std::vector<Scenario>& data_vault_scenarios();

}  // namespace assay::fold::testing
