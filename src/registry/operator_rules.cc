// The keyed operators of a workspace: silver's masters, then gold's vault and features.

#include <fmt/format.h>

#include "registry/entity_shape.h"
#include "registry/rules.h"

namespace assay::registry {
namespace {

using plan::OperatorRule;

/// Makes the rules; all of them read the workspace and refer to the plan's tables.
class RuleMaker {
 public:
  RuleMaker(const model::Workspace& workspace, const plan::Plan& plan)
      : workspace_(workspace), plan_(plan) {}

  /// silver: content and histories of each master
  /// gold: hubs, then links, then satellites, then features
  std::vector<OperatorRule> make() {
    for (const model::Entity& entity : workspace_.entities) {
      if (!is_master(entity)) continue;
      content(entity);
      histories(entity);
    }
    for (const model::Entity& entity : workspace_.entities) {
      if (has_hub(entity)) hub(entity);
    }
    for (const model::Entity& entity : workspace_.entities) {
      if (has_link(entity)) link(entity);
    }
    for (const model::Entity& entity : workspace_.entities) {
      is_master(entity) ? master_satellite(entity) : event_satellite(entity);
    }
    for (const model::FeatureView& view : workspace_.feature_views) features(view);
    return std::move(rules_);
  }

 private:
  struct Tables {
    const std::string& input;
    const std::string& output;
  };
  OperatorRule& add(OperatorRule::Kind kind, std::string name, const char* layer,
                    const std::string& entity, const Tables& tables) {
    OperatorRule& rule = rules_.emplace_back();
    rule.kind = kind;
    rule.name = std::move(name);
    rule.layer = layer;
    rule.entity = entity;
    rule.input = table_of(plan_, tables.input);
    rule.output = table_of(plan_, tables.output);
    return rule;
  }

  std::vector<int> columns(int table, const std::vector<std::string>& names) const {
    return columns_of(plan_, table, names);
  }

  /// Copies columns of the same names from a table to the output.
  void copy(OperatorRule& rule, int from, const std::vector<std::string>& names) const {
    for (const std::string& name : names) {
      rule.copies.emplace_back(column_of(plan_, rule.output, name), column_of(plan_, from, name));
    }
  }

  void copy_as(OperatorRule& rule, const std::vector<std::string>& output,
               const std::vector<std::string>& input) const {
    for (std::size_t index = 0; index < output.size(); ++index) {
      rule.copies.emplace_back(column_of(plan_, rule.output, output[index]),
                               column_of(plan_, rule.input, input[index]));
    }
  }

  static std::vector<std::string> descriptive_names(const model::Entity& entity) {
    std::vector<std::string> names;
    for (const model::Field& field : descriptive_fields(entity)) names.push_back(field.name);
    return names;
  }

  void content(const model::Entity& master) {
    const std::string table = content_table(master);
    OperatorRule& rule =
        add(OperatorRule::Kind::content, "content " + table, "silver", master.name, {table, table});
    rule.key_columns = columns(rule.input, master.key);
    rule.hash_column = column_of(plan_, rule.input, "content_hash");
  }

  /// Several roles of several events may refer to one master: one rule each, all of one history.
  void histories(const model::Entity& master) {
    for (const model::Entity& event : workspace_.entities) {
      for (const model::Role& role : event.roles) {
        if (role.entity == master.name) history(master, event, role);
      }
    }
  }

  void history(const model::Entity& master, const model::Entity& event, const model::Role& role) {
    const std::string table = history_table(master);
    OperatorRule& rule = add(OperatorRule::Kind::history,
                             fmt::format("history {} from {}.{}", table, event.name, role.name),
                             "silver", master.name, {silver_table(event), table});
    const std::vector<std::string> reference = reference_columns(workspace_, role);
    rule.key_columns = columns(rule.input, reference);
    rule.hash_column = column_of(plan_, rule.input, reference_hash(role));
    rule.order_column = column_of(
        plan_, rule.input,
        has_own_order(master) ? reference_order(role) : event_time_column(workspace_, event));
    rule.priority = event.source_priority;
    copy_as(rule, master.key, reference);
  }

  void hub(const model::Entity& entity) {
    const std::string table = hub_table(entity);
    OperatorRule& rule =
        add(OperatorRule::Kind::hub, "hub " + table, "gold", entity.name,
            {is_master(entity) ? content_table(entity) : silver_table(entity), table});
    rule.key_columns = columns(rule.input, entity.key);
    copy(rule, rule.input, entity.key);
  }

  /// The hubs that an event's link joins: its record's own entity, then the masters of its roles.
  void set_hubs(OperatorRule& rule, const model::Entity& event) const {
    const model::Entity& root = root_of(workspace_, event);
    rule.hubs.emplace_back(root.name, columns(rule.input, root.key));
    for (const model::Role& role : event.roles) {
      rule.hubs.emplace_back(role.entity, columns(rule.input, reference_columns(workspace_, role)));
    }
    if (!event.parent.empty()) {
      rule.dependent_child = {column_of(plan_, rule.input, kItemIndex)};
    }
  }

  void link(const model::Entity& event) {
    const std::string table = link_table(event);
    OperatorRule& rule = add(OperatorRule::Kind::link, "link " + table, "gold", event.name,
                             {silver_table(event), table});
    rule.key_columns = columns(rule.input, key_columns(workspace_, event));
    set_hubs(rule, event);
    if (!event.parent.empty()) copy(rule, rule.input, {std::string(kItemIndex)});
  }

  void master_satellite(const model::Entity& master) {
    const std::string table = satellite_table(master);
    OperatorRule& rule = add(OperatorRule::Kind::satellite, "satellite " + table, "gold",
                             master.name, {history_table(master), table});
    rule.key_columns = columns(rule.input, master.key);
    rule.hash_column = column_of(plan_, rule.input, "content_hash");
    rule.order_column = column_of(plan_, rule.input, "valid_from");
    rule.contents = table_of(plan_, content_table(master));
    copy(rule, rule.contents, descriptive_names(master));
  }

  /// Versions of a key hold from when they were made, where their order knows that.
  std::string version_time(const model::Entity& event) const {
    for (const std::string& name : event.version_order) {
      if (event.field(name)->type.type == column::Type::timestamp) return name;
    }
    return event_time_column(workspace_, event);
  }

  void event_satellite(const model::Entity& event) {
    const std::string table = satellite_table(event);
    OperatorRule& rule = add(OperatorRule::Kind::satellite, "satellite " + table, "gold",
                             event.name, {silver_table(event), table});
    rule.key_columns = columns(rule.input, key_columns(workspace_, event));
    rule.hash_column = column_of(plan_, rule.input, "row_hash");
    rule.order_column = column_of(plan_, rule.input, version_time(event));
    rule.keep_equal_neighbours = true;
    if (!has_hub(event)) set_hubs(rule, event);
    copy(rule, rule.input, descriptive_names(event));
  }

  void features(const model::FeatureView& view) {
    const std::string table = feature_table(view);
    const model::Entity& master = *workspace_.entity(view.entity);
    for (const std::string& source : measure_sources(view)) {
      const model::Entity& event = *workspace_.entity(source);
      OperatorRule& rule =
          add(OperatorRule::Kind::feature, fmt::format("feature {} from {}", table, source), "gold",
              master.name, {silver_table(event), table});
      const std::vector<std::string> reference =
          reference_columns(workspace_, *event.role(view.role));
      rule.key_columns = columns(rule.input, reference);
      rule.hash_column = column_of(plan_, rule.input, "row_hash");
      rule.order_column = column_of(plan_, rule.input, event_time_column(workspace_, event));
      copy_as(rule, master.key, reference);
      for (const model::FeatureMeasure& measure : view.measures) {
        if (measure.source != source) continue;
        rule.measures.push_back(
            {column_of(plan_, rule.output, measure.name), columns(rule.input, measure.factors)});
      }
    }
  }

  const model::Workspace& workspace_;
  const plan::Plan& plan_;
  std::vector<OperatorRule> rules_;
};

}  // namespace

std::vector<OperatorRule> operator_rules(const model::Workspace& workspace,
                                         const plan::Plan& plan) {
  return RuleMaker(workspace, plan).make();
}

}  // namespace assay::registry
