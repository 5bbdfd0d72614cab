#include "fold/data_vault_scenario_test.h"

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>

namespace assay::fold::testing {
namespace {

using nlohmann::json;

std::filesystem::path suite_folder() {
  const char* data = std::getenv("ASSAY_DATA");
  const auto root = std::filesystem::path(ASSAY_SOURCE_DIR);
  const auto folder =
      data != nullptr ? std::filesystem::path(data) : root.parent_path() / "shared/data";
  return folder / "suites/data-vault";
}

json read(const std::string& name) {
  std::ifstream file(suite_folder() / name);
  return json::parse(file);
}

std::vector<std::string> as_list(const json& value) {
  if (value.is_string()) return {value.get<std::string>()};
  if (value.is_array()) return value.get<std::vector<std::string>>();
  return {};
}

/// "<null>" and "" are NULL; md5('x'), sha('x') and sha1('x') are "x".
std::optional<std::string> cell(const std::string& text) {
  if (text.empty() || text == "<null>") return std::nullopt;
  const std::size_t open = text.find("('");
  if (open == std::string::npos || !text.ends_with("')")) return text;
  return text.substr(open + 2, text.size() - open - 4);
}

std::vector<StagedRow> table_rows(const json& step) {
  const auto columns = step.value("columns", std::vector<std::string>());
  std::vector<StagedRow> rows;
  for (const json& row : step.value("rows", json::array())) {
    StagedRow staged;
    for (std::size_t i = 0; i < columns.size(); ++i) staged[columns[i]] = cell(row.at(i));
    rows.push_back(std::move(staged));
  }
  return rows;
}

/// The suite's rule: trimmed, in upper case unless a tag says otherwise, NULL as ^^, joined by ||.
std::optional<std::string> hashed(const StagedRow& row, std::vector<std::string> columns,
                                  bool is_hashdiff, bool upper) {
  if (is_hashdiff) std::sort(columns.begin(), columns.end());
  std::string text;
  bool all_null = true;
  for (const std::string& column : columns) {
    const auto found = row.find(column);
    std::optional<std::string> value;
    if (found != row.end()) value = found->second;
    all_null &= !value.has_value();
    std::string part = value.value_or("^^");
    if (upper) std::transform(part.begin(), part.end(), part.begin(), ::toupper);
    const auto begin = part.find_first_not_of(' ');
    part = begin == std::string::npos ? "^^"
                                      : part.substr(begin, part.find_last_not_of(' ') - begin + 1);
    text += (text.empty() ? "" : "||") + part;
  }
  if (all_null && !is_hashdiff) return std::nullopt;
  return text;
}

/// Walks the steps of one scenario.
class Reader {
 public:
  Reader(const json& scenario, const json& fixtures) : scenario_(scenario), fixtures_(fixtures) {
    for (const json& tag : scenario.at("tags")) {
      const auto name = tag.get<std::string>().substr(1);
      if (name == "fixture.disable_hashing_upper_case") upper_ = false;
      const std::string fixture = name.substr(name.find('.') + 1);
      if (fixtures.contains(fixture)) fixture_ = fixtures.at(fixture);
    }
  }

  Scenario read(const std::string& kind) {
    result_.id = scenario_.at("id");
    result_.kind = kind;
    for (const json& step : scenario_.at("steps")) take(step, step.at("text"));
    return std::move(result_);
  }

 private:
  void take(const json& step, const std::string& text) {
    const auto word = [&](int index) {
      std::size_t begin = 0;
      for (int i = 0; i < index; ++i) begin = text.find(' ', begin) + 1;
      return text.substr(begin, text.find(' ', begin) - begin);
    };
    if (text.find("already populated") != std::string::npos) {
      populated_ = table_rows(step);
    } else if (text.starts_with("the RAW_STAGE")) {
      raw_[word(1)] = table_rows(step);
    } else if (text.starts_with("I stage the ")) {
      stage(word(3).substr(0, word(3).find(',')));
    } else if (text.starts_with("I load the ")) {
      load();
    } else if (text.find("should contain expected data") != std::string::npos) {
      expect(step, word(1));
    }
  }

  void stage(const std::string& name) {
    // STG_CUSTOMER and STG_CUSTOMER_NO_PK_HASHDIFF read RAW_STAGE, STG_PARTS reads RAW_STAGE_PARTS.
    const std::string own = "RAW_STAGE_" + name.substr(name.rfind('_') + 1);
    std::vector<StagedRow> rows = raw_[raw_.contains(own) ? own : "RAW_STAGE"];
    const json hashes =
        fixture_.value("hashed_columns", json::object()).value(name, json::object());
    for (StagedRow& row : rows) {
      for (const auto& [column, source] : hashes.items()) {
        const bool is_hashdiff = source.is_object();
        const auto columns = as_list(is_hashdiff ? source.at("columns") : source);
        row[column] = hashed(row, columns, is_hashdiff, upper_);
      }
      row.emplace("EFFECTIVE_FROM", row["LOAD_DATE"]);
    }
    staged_[name] = std::move(rows);
  }

  void load() {
    std::vector<StagedRow> rows;
    for (const auto& [name, part] : staged_) rows.insert(rows.end(), part.begin(), part.end());
    result_.loads.push_back(std::move(rows));
  }

  void expect(const json& step, const std::string& table) {
    const json structure = fixture_.at("vault_structure_columns").at(table);
    result_.key = as_list(structure.at("src_pk"));
    result_.foreign_keys = as_list(structure.value("src_fk", json()));
    std::string alias;
    if (structure.contains("src_hashdiff")) {
      const json& hashdiff = structure.at("src_hashdiff");
      result_.hashdiff = hashdiff.is_object() ? hashdiff.at("source_column") : hashdiff;
      if (hashdiff.is_object()) alias = hashdiff.at("alias");
    }
    const auto staged_name = [&](const std::string& column) {
      return column == alias ? result_.hashdiff : column;
    };
    for (const auto& column : as_list(step.at("columns"))) {
      result_.columns.push_back(staged_name(column));
    }
    const auto renamed = [&](std::vector<StagedRow> rows) {
      for (StagedRow& row : rows) {
        if (alias.empty() || !row.contains(alias)) continue;
        row[result_.hashdiff] = row[alias];
        row.erase(alias);
      }
      return rows;
    };
    result_.expected = renamed(table_rows(step));
    if (!populated_.empty()) result_.loads.insert(result_.loads.begin(), renamed(populated_));
  }

  const json& scenario_;
  const json& fixtures_;
  json fixture_ = json::object();
  bool upper_ = true;
  std::map<std::string, std::vector<StagedRow>> raw_;
  std::map<std::string, std::vector<StagedRow>> staged_;
  std::vector<StagedRow> populated_;
  Scenario result_;
};

std::vector<Scenario> read_scenarios() {
  if (!std::filesystem::exists(suite_folder())) return {};
  std::vector<Scenario> scenarios;
  for (const char* kind : {"hub", "link", "sat"}) {
    const std::string plural = std::string(kind) + "s";
    const json fixtures = read("fixtures_" + plural + ".json");
    for (const char* part : {"", "_comp_pk", "_incremental", "_cycles"}) {
      const std::string name = plural + part + ".json";
      if (!std::filesystem::exists(suite_folder() / name)) continue;
      const json file = read(name);
      for (const json& scenario : file.at("scenarios")) {
        scenarios.push_back(Reader(scenario, fixtures).read(kind));
      }
    }
  }
  return scenarios;
}

}  // namespace

void PrintTo(const Scenario& scenario, std::ostream* out) { *out << scenario.id; }

const std::vector<Scenario>& data_vault_scenarios() {
  static const std::vector<Scenario> scenarios = read_scenarios();
  return scenarios;
}

}  // namespace assay::fold::testing
