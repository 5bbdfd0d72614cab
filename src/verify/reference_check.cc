// Silver's references: events to contents, contents to events, histories to what the events saw.

#include <fmt/format.h>

#include <map>

#include "verify/relation_check.h"

namespace assay::verify {
namespace {

/// All that refers to one master.
struct MasterReferences {
  std::string entity;
  int history = -1;
  std::vector<const PlanOperator*> rules;
};

class ReferenceCheck {
 public:
  ReferenceCheck(RelationCheck& check, const MasterReferences& master)
      : check_(check), master_(master) {
    contents_ = "silver." + master.entity + "_content";
  }

  void run() {
    const PlanTable* contents = check_.plan().table(contents_);
    if (contents == nullptr || !check_.state().tables.contains(contents_)) return;
    check_.count("contents", sql_name(contents_));
    for (const PlanOperator* rule : master_.rules) references(*rule);
    unreferenced();
    histories();
  }

 private:
  /// Key columns of the content table, by the names that the rule copies them to in the history.
  std::vector<std::string> content_keys(const PlanOperator& rule) const {
    std::vector<std::string> names;
    for (const int key : rule.key_columns) {
      for (const auto& [to, from] : rule.copies) {
        if (from == key) names.push_back(check_.column(rule.output, to));
      }
    }
    return names;
  }

  void references(const PlanOperator& rule) {
    if (!check_.has_table(rule.input)) return;
    const auto keys = check_.columns(rule.input, rule.key_columns);
    const std::string hash = check_.column(rule.input, rule.hash_column);
    const std::string& event = check_.table_of(rule.input).name;
    check_.count("references",
                 fmt::format("{} WHERE {} IS NOT NULL", check_.view(rule.input), hash));
    check_.expect_none(
        fmt::format("SELECT s.record_id, s.pointer FROM {} s WHERE s.{} IS NOT NULL AND NOT EXISTS "
                    "(SELECT 1 FROM {} c "
                    "WHERE c.content_hash = s.{} AND {})",
                    check_.view(rule.input), hash, sql_name(contents_), hash,
                    equal_keys("c", content_keys(rule), "s", keys)),
        fmt::format("{} refers by {} to a content that {} does not have", event, hash, contents_));
    std::vector<std::string> halves;
    for (const std::string& key : keys)
      halves.push_back(fmt::format("({} IS NULL) <> ({} IS NULL)", key, hash));
    check_.expect_none(
        fmt::format("SELECT record_id, pointer FROM {} WHERE {}", check_.view(rule.input),
                    join_texts(halves, " OR ")),
        fmt::format("{} has a reference {} with a key and no content, or the other way", event,
                    hash));
  }

  void unreferenced() {
    std::vector<std::string> referred;
    for (const PlanOperator* rule : master_.rules) {
      if (!check_.has_table(rule->input)) continue;
      referred.push_back(fmt::format("SELECT {} AS hash FROM {}",
                                     check_.column(rule->input, rule->hash_column),
                                     check_.view(rule->input)));
    }
    if (referred.empty()) return;
    check_.expect_none(
        fmt::format("SELECT c.content_hash FROM {} c WHERE NOT EXISTS (SELECT 1 FROM ({}) r WHERE "
                    "r.hash = c.content_hash)",
                    sql_name(contents_), join_texts(referred, " UNION ALL ")),
        contents_ + " has contents that no event refers to");
  }

  void histories() {
    if (master_.history < 0 || !check_.has_table(master_.history)) return;
    std::vector<std::string> seen;
    std::vector<std::string> history_keys;
    for (const PlanOperator* rule : master_.rules) {
      if (!check_.has_table(rule->input)) continue;
      history_keys = content_keys(*rule);
      const std::string order = check_.column(rule->input, rule->order_column);
      const std::string hash = check_.column(rule->input, rule->hash_column);
      seen.push_back(fmt::format(
          "SELECT {}, {} AS valid_from, {} AS priority, {} AS hash FROM {} WHERE {} IS NOT NULL "
          "AND {} IS NOT NULL",
          as_keys(check_.columns(rule->input, rule->key_columns)), order, rule->priority, hash,
          check_.view(rule->input), hash, order));
    }
    if (seen.empty()) return;
    const std::string observations = join_texts(seen, " UNION ALL ");
    const std::string name = check_.table_of(master_.history).name;
    const std::string stored = fmt::format(
        "SELECT {}, valid_from, source_priority AS priority, content_hash AS hash FROM {}",
        as_keys(history_keys), check_.view(master_.history));
    check_.count("history rows", check_.view(master_.history));
    check_.expect_none(fmt::format("({}) EXCEPT ({})", stored, observations),
                       name + " asserts what no event says");
    check_.expect_equal(current_view(stored, key_names(history_keys.size())),
                        current_view(observations, key_names(history_keys.size())),
                        "the current view of " + name);
  }

  RelationCheck& check_;
  const MasterReferences& master_;
  std::string contents_;
};

}  // namespace

void check_references(WorkspaceState& state, const PlanDocument& plan, Findings& findings,
                      const std::string& tenant) {
  std::map<std::string, MasterReferences> masters;
  for (const PlanOperator& rule : plan.operators) {
    if (rule.kind != "history") continue;
    MasterReferences& master = masters[rule.entity];
    master.entity = rule.entity;
    master.history = rule.output;
    master.rules.push_back(&rule);
  }
  for (const auto& [entity, master] : masters) {
    CheckScope scope(
        findings,
        {tenant, "silver", "silver." + entity + "_content", "references and history", {}, true});
    RelationCheck check(state, plan, scope, tenant);
    ReferenceCheck(check, master).run();
  }
}

}  // namespace assay::verify
