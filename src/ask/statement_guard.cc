#include "ask/statement_guard.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <nlohmann/json.hpp>

#include "ask/spelling.h"

namespace assay::ask {
namespace {

using nlohmann::json;

/// Everything else that can stand in FROM with arguments is refused, so that a new version of
/// DuckDB opens no door by itself: some table functions (enable_logging, checkpoint) change the
/// session from a SELECT.
constexpr auto kTableFunctions = std::to_array<std::string_view>({"duckdb_columns",
                                                                  "duckdb_functions",
                                                                  "duckdb_keywords",
                                                                  "duckdb_schemas",
                                                                  "duckdb_tables",
                                                                  "duckdb_types",
                                                                  "duckdb_views",
                                                                  "generate_series",
                                                                  "icu_calendar_names",
                                                                  "json_each",
                                                                  "json_tree",
                                                                  "pg_timezone_names",
                                                                  "pragma_show",
                                                                  "pragma_table_info",
                                                                  "pragma_version",
                                                                  "range",
                                                                  "repeat",
                                                                  "repeat_row",
                                                                  "summary",
                                                                  "unnest"});

/// Scalar functions that reach beyond the rows: settings, the log, other SQL texts.
constexpr auto kDeniedFunctions = std::to_array<std::string_view>(
    {"current_setting", "getenv", "getvariable", "nextval", "currval", "write_log",
     "json_serialize_plan", "json_execute_serialized_sql", "query", "query_table", "set_config"});

constexpr int kDepthMax = 4000;

template <std::size_t N>
bool contains(const std::array<std::string_view, N>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

std::string text_of(const json& node, const char* key) {
  const auto found = node.find(key);
  return found != node.end() && found->is_string() ? found->get<std::string>() : std::string();
}

Error denied(std::string message) {
  return make_error(
      Code::sql_denied, std::move(message),
      "Questions read the tenant's own tables only; `assay sql --tables` lists them.");
}

Status check_table_function(const json& node) {
  const auto function = node.find("function");
  if (function == node.end() || !function->is_object())
    return denied("this use of FROM is not allowed");
  const std::string name = lower(text_of(*function, "function_name"));
  if (lower(text_of(*function, "schema")) == "feature") return {};
  if (contains(kTableFunctions, name)) return {};
  return denied(fmt::format("table function '{}' is not allowed", name));
}

Status check_table(const json& node) {
  const std::string name = text_of(node, "table_name");
  // A name with one of these would be looked up as a file.
  if (name.find_first_of("/\\:.*?") != std::string::npos)
    return denied(fmt::format("'{}' is a file, not a table", name));
  return {};
}

Status check_node(const json& node) {
  if (text_of(node, "type") == "TABLE_FUNCTION") ASSAY_TRY_VOID(check_table_function(node));
  if (text_of(node, "type") == "BASE_TABLE") ASSAY_TRY_VOID(check_table(node));
  if (text_of(node, "type") == "SHOW_REF") ASSAY_TRY_VOID(check_table(node));
  const std::string function = lower(text_of(node, "function_name"));
  if (contains(kDeniedFunctions, function))
    return denied(fmt::format("function '{}' is not allowed", function));
  return {};
}

Status walk(const json& node, int depth) {
  if (depth > kDepthMax) return make_error(Code::sql_invalid, "the statement is nested too deep");
  if (node.is_object()) ASSAY_TRY_VOID(check_node(node));
  if (!node.is_structured()) return {};
  for (const json& child : node) ASSAY_TRY_VOID(walk(child, depth + 1));
  return {};
}

}  // namespace

Error not_a_select(std::string_view text) {
  std::string word;
  for (const char c : text) {
    if (std::isalpha(static_cast<unsigned char>(c)) != 0) {
      word += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    } else if (!word.empty()) {
      break;
    }
  }
  return make_error(
      Code::sql_denied,
      fmt::format("only SELECT statements are allowed, not {}", word.empty() ? "this" : word),
      "Start with SELECT, FROM, WITH, VALUES, DESCRIBE, SHOW or SUMMARIZE.");
}

Status check_statement_tree(std::string_view tree_json) {
  const json tree = json::parse(tree_json, nullptr, false);
  if (!tree.is_object()) return make_error(Code::internal, "DuckDB gave no syntax tree");
  if (tree.value("error", true)) {
    const std::string message = text_of(tree, "error_message");
    if (text_of(tree, "error_type") == "not implemented") return not_a_select("");
    return make_error(Code::sql_invalid, message);
  }
  const auto statements = tree.find("statements");
  if (statements == tree.end() || statements->size() != 1) {
    return make_error(Code::sql_denied, "one statement at a time",
                      "Leave out everything after the first ';'.");
  }
  return walk(*statements, 0);
}

}  // namespace assay::ask
