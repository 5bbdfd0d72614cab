// Marts: silver's rows, joined to the contents that they name.

#include <fmt/format.h>

#include "verify/relation_check.h"

namespace assay::verify {
namespace {

/// A content table that a mart's rows are joined with.
struct Join {
  std::string alias;
  std::string table;
  std::string
      prefix;  ///< of the mart's columns that it gives: "<role>_"; empty = the fields themselves
  std::string hash;  ///< SQL name of the rows' column
  std::vector<std::string> row_keys, content_keys;
};

class MartCheck {
 public:
  MartCheck(RelationCheck& check, const PlanTable& mart, std::string entity)
      : check_(check), mart_(mart), entity_(std::move(entity)) {}

  void run() {
    const PlanTable* history = check_.plan().table("silver." + entity_ + "_history");
    const PlanTable* rows = history != nullptr ? history : check_.plan().table("silver." + entity_);
    if (rows == nullptr) return;
    check_.count("mart rows", sql_name(mart_.name));
    if (!check_.state().tables.contains(rows->name)) return;
    history != nullptr ? join_master() : join_roles(*rows);
    const std::string wanted = selection(*rows);
    if (history == nullptr)
      compare_by_key(wanted);
    else
      compare_as_sets(wanted);
  }

 private:
  void join_master() {
    for (const PlanOperator& rule : check_.plan().operators) {
      if (rule.kind != "history" || rule.entity != entity_) continue;
      Join join{"c0", "silver." + entity_ + "_content", "", "content_hash", {}, {}};
      for (const auto& [to, from] : rule.copies)
        join.row_keys.push_back(check_.column(rule.output, to));
      join.content_keys = join.row_keys;
      joins_.push_back(std::move(join));
      return;
    }
  }

  void join_roles(const PlanTable& rows) {
    for (const PlanOperator& rule : check_.plan().operators) {
      if (rule.kind != "history" || check_.table_of(rule.input).name != rows.name) continue;
      const std::string& hash = check_.column_of(rule.input, rule.hash_column).name;
      constexpr std::string_view kSuffix = "content_hash";
      Join join{fmt::format("c{}", joins_.size()),
                "silver." + rule.entity + "_content",
                hash.substr(0, hash.size() - kSuffix.size()),
                sql_name(hash),
                {},
                {}};
      for (const int key : rule.key_columns) {
        join.row_keys.push_back(check_.column(rule.input, key));
        for (const auto& [to, from] : rule.copies) {
          if (from == key) join.content_keys.push_back(check_.column(rule.output, to));
        }
      }
      joins_.push_back(std::move(join));
    }
  }

  /// SQL of one column: of the rows, or of the content whose prefix and field make its name.
  std::string origin(const PlanColumn& column, const PlanTable& rows) const {
    if (column.name == "manifest_id") return "chain.gold";
    if (rows.index_of(column.name) >= 0) return "s." + sql_name(column.name);
    for (const Join& join : joins_) {
      const PlanTable* contents = check_.plan().table(join.table);
      if (contents == nullptr || !column.name.starts_with(join.prefix)) continue;
      const std::string field = column.name.substr(join.prefix.size());
      if (contents->index_of(field) >= 0) return join.alias + "." + sql_name(field);
    }
    return "NULL";
  }

  std::string selection(const PlanTable& rows) {
    std::vector<std::string> columns;
    for (const PlanColumn& column : mart_.columns) {
      columns.push_back(origin(column, rows) + " AS " + sql_name(column.name));
    }
    std::string from =
        fmt::format("{} s JOIN chain ON chain.silver = s.manifest_id", sql_name(rows.name));
    for (const Join& join : joins_) {
      from += fmt::format(" LEFT JOIN {} {} ON {}.content_hash = s.{} AND {}", sql_name(join.table),
                          join.alias, join.alias, join.hash,
                          equal_keys(join.alias, join.content_keys, "s", join.row_keys));
    }
    return fmt::format("SELECT {} FROM {}", join_texts(columns, ", "), from);
  }

  void compare_by_key(const std::string& wanted) {
    std::vector<std::string> unequal;
    for (const PlanColumn& column : mart_.columns) {
      if (column.name == "record_id" || column.name == "pointer") continue;
      unequal.push_back(fmt::format("m.{0} IS DISTINCT FROM w.{0}", sql_name(column.name)));
    }
    check_.expect_none(fmt::format("SELECT coalesce(m.record_id, w.record_id), coalesce(m.pointer, "
                                   "w.pointer) FROM {} m FULL JOIN ({}) w "
                                   "ON m.record_id = w.record_id AND m.pointer = w.pointer WHERE "
                                   "m.record_id IS NULL OR w.record_id IS "
                                   "NULL OR {}",
                                   sql_name(mart_.name), wanted, join_texts(unequal, " OR ")),
                       mart_.name + " is not silver joined to its contents");
    check_.expect_none(
        fmt::format("SELECT record_id, pointer FROM {} GROUP BY ALL HAVING count(*) > 1",
                    sql_name(mart_.name)),
        mart_.name + " has a row twice");
  }

  void compare_as_sets(const std::string& wanted) {
    std::vector<std::string> columns;
    for (const PlanColumn& column : mart_.columns) columns.push_back(sql_name(column.name));
    const std::string stored =
        fmt::format("SELECT {} FROM {}", join_texts(columns, ", "), sql_name(mart_.name));
    check_.expect_none(fmt::format("({}) EXCEPT ALL ({})", wanted, stored),
                       mart_.name + " lacks rows");
    check_.expect_none(fmt::format("({}) EXCEPT ALL ({})", stored, wanted),
                       mart_.name + " has rows that silver does not give");
  }

  RelationCheck& check_;
  const PlanTable& mart_;
  std::string entity_;
  std::vector<Join> joins_;
};

}  // namespace

void check_marts(WorkspaceState& state, const PlanDocument& plan, Findings& findings,
                 const std::string& tenant) {
  constexpr std::string_view kMart = "mart.";
  for (const PlanTable& table : plan.tables) {
    if (!table.name.starts_with(kMart) || !state.tables.contains(table.name)) continue;
    CheckScope scope(findings,
                     {tenant, "gold", table.name, "computed again from silver", {}, true});
    RelationCheck check(state, plan, scope, tenant);
    MartCheck(check, table, table.name.substr(kMart.size())).run();
  }
}

}  // namespace assay::verify
