// assay feature: feature views, single values and training sets, by the one edge rule.

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <nlohmann/json.hpp>

#include "ask/session_views.h"
#include "ask/spelling.h"
#include "cli/command.h"
#include "cli/open_control.h"
#include "cli/open_questions.h"
#include "cli/result_printer.h"
#include "cli/text.h"
#include "feature/feature_sql.h"
#include "feature/label_file.h"
#include "io/clock.h"
#include "io/file_system.h"
#include "io/process.h"

namespace assay::cli {
namespace {

using nlohmann::json;

struct FeatureOptions {
  std::string view, tenant, as_of, known_at, labels;
  std::vector<std::string> key;
};

json view_json(const model::Workspace& workspace, const model::FeatureView& view) {
  json document{{"feature_view", view.name}, {"entity", view.entity},
                {"owner", view.owner},       {"description", view.description},
                {"key", json::array()},      {"features", json::array()}};
  for (const model::Field& field : feature::key_fields(workspace, view)) {
    document["key"].push_back({{"name", field.name}, {"type", column::to_string(field.type)}});
  }
  for (const model::Feature& one : view.features) {
    document["features"].push_back({{"feature", one.name},
                                    {"value", feature::describe(view, one)},
                                    {"window", feature::window_text(one)},
                                    {"unit", one.unit},
                                    {"description", one.description}});
  }
  return document;
}

Status list_views(const Globals& globals) {
  ASSAY_TRY(auto control, open_control(globals));
  ASSAY_TRY(const model::Workspace workspace, applied_workspace(control));
  if (globals.json) {
    json list = json::array();
    for (const auto& view : workspace.feature_views) list.push_back(view_json(workspace, view));
    fmt::print("{}\n", json{{"feature_views", list}}.dump(2));
    return {};
  }
  if (workspace.feature_views.empty()) fmt::print("the workspace has no feature views\n");
  for (const model::FeatureView& view : workspace.feature_views) {
    fmt::print("{} (of {}): {}\n", view.name, view.entity, view.description);
    std::vector<std::string> names;
    for (const model::Feature& one : view.features) names.push_back(one.name);
    fmt::print("    {}\n", fmt::join(names, ", "));
  }
  return {};
}

Status show_view(const Globals& globals, const FeatureOptions& options) {
  ASSAY_TRY(auto control, open_control(globals));
  ASSAY_TRY(const model::Workspace workspace, applied_workspace(control));
  ASSAY_TRY(const model::FeatureView* view, feature::find_view(workspace, options.view));
  const json document = view_json(workspace, *view);
  if (globals.json) {
    fmt::print("{}\n", document.dump(2));
    return {};
  }
  fmt::print("{}: {}\n", view->name, view->description);
  std::vector<std::string> key;
  for (const auto& field : document["key"]) {
    key.push_back(field["name"].get<std::string>() + " " + field["type"].get<std::string>());
  }
  fmt::print("entity   {}, by role {}\nkey      {}\nowner    {}\n\n", view->entity, view->role,
             fmt::join(key, ", "), view->owner);
  std::vector<std::vector<std::string>> rows{{"feature", "value", "unit", "description"}};
  for (const model::Feature& one : view->features) {
    rows.push_back({one.name, feature::describe(*view, one), one.unit, one.description});
  }
  fmt::print("{}\nat an instant T: events with T - window < event time <= T, known at T\n",
             text_table(rows));
  return {};
}

/// The key's values, in the order of the key fields, from "VALUE" or "FIELD=VALUE".
Result<std::vector<std::string>> key_values(const std::vector<model::Field>& fields,
                                            const std::vector<std::string>& given) {
  std::vector<std::string> names;
  for (const model::Field& field : fields) names.push_back(field.name);
  const Error wrong = make_error(Code::usage,
                                 fmt::format("the key has {} field{}: {}", fields.size(),
                                             fields.size() == 1 ? "" : "s", fmt::join(names, ", ")),
                                 "Give --key VALUE, or --key FIELD=VALUE for each field.");
  if (given.size() != fields.size()) return wrong;
  std::vector<std::string> values;
  for (const model::Field& field : fields) {
    const std::string prefix = field.name + "=";
    const std::string* found = fields.size() == 1 ? &given[0] : nullptr;
    for (const std::string& text : given) {
      if (text.starts_with(prefix)) found = &text;
    }
    if (found == nullptr) return wrong;
    values.push_back(found->starts_with(prefix) ? found->substr(prefix.size()) : *found);
  }
  return values;
}

struct Axes {
  Micros as_of = 0;
  Micros known_at = 0;
};

Result<Axes> axes(const FeatureOptions& options) {
  ASSAY_TRY(const auto as_of, instant_option("--as-of", options.as_of));
  ASSAY_TRY(const auto known_at, instant_option("--known-at", options.known_at));
  const Micros instant = as_of ? *as_of : io::system_clock()->now();
  return Axes{instant, known_at.value_or(instant)};
}

void print_values(const FeatureOptions& options, const Axes& at, const ask::ResultRows& result,
                  const model::FeatureView& view) {
  const auto& row = result.rows.at(0);
  std::vector<std::vector<std::string>> lines{{"feature", "value", "unit"}};
  const std::size_t keys = row.size() - view.features.size() - 1;
  for (std::size_t i = 0; i < view.features.size(); ++i) {
    const ask::Cell& cell = row[keys + i];
    lines.push_back({view.features[i].name, cell.is_null() ? "NULL" : cell.text,
                     cell.is_null() ? "" : view.features[i].unit});
  }
  fmt::print("{} of {} at {}{}\n\n{}\n", options.view, fmt::join(options.key, ", "),
             format_instant(at.as_of),
             at.known_at == at.as_of ? "" : ", as known at " + format_instant(at.known_at),
             text_table(lines));
  fmt::print("{}\n", row.back().text == "0"
                         ? "no event of this key is visible at that instant"
                         : fmt::format("from {} visible contributions", row.back().text));
}

void print_values_json(const FeatureOptions& options, const Axes& at,
                       const ask::ResultRows& result) {
  std::string cells;
  for (std::size_t i = 0; i + 1 < result.columns.size(); ++i) {
    cells += (i == 0 ? "" : ", ") + ask::json_string(result.columns[i].name) + ": " +
             ask::to_json(result.rows.at(0)[i]);
  }
  fmt::print(
      "{{\"feature_view\": {}, \"as_of\": \"{}\", \"known_at\": \"{}\", \"values\": {{{}}}, "
      "\"contributions\": {}}}\n",
      ask::json_string(options.view), format_instant(at.as_of), format_instant(at.known_at), cells,
      ask::to_json(result.rows.at(0).back()));
}

Status get_value(const Globals& globals, const FeatureOptions& options) {
  ASSAY_TRY(const Axes at, axes(options));
  ASSAY_TRY(Questions questions,
            open_questions(globals, {.tenant = options.tenant, .known_at = std::nullopt}));
  ASSAY_TRY(const model::FeatureView* view, feature::find_view(questions.workspace, options.view));
  ASSAY_TRY(const auto key,
            key_values(feature::key_fields(questions.workspace, *view), options.key));
  const feature::Instants instants{ask::instant_literal(at.as_of),
                                   ask::instant_literal(at.known_at)};
  ASSAY_TRY(const auto result,
            questions.sql.rows(feature::point_sql(questions.workspace, *view, key, instants)));
  if (globals.json) {
    print_values_json(options, at, result);
  } else {
    print_values(options, at, result, *view);
  }
  return {};
}

/// The label rows as a table of the session: label_row, the key's texts and as_of in one spelling.
ask::LockedSql::TextTable label_table(const feature::CsvTable& labels,
                                      const std::vector<Micros>& instants,
                                      const std::vector<std::string>& key) {
  ask::LockedSql::TextTable table{.name = "labels", .columns = {"label_row", "as_of"}, .rows = {}};
  std::vector<std::size_t> positions;
  for (const std::string& name : key) {
    table.columns.push_back(name);
    const auto found = std::find(labels.columns.begin(), labels.columns.end(), name);
    positions.push_back(static_cast<std::size_t>(found - labels.columns.begin()));
  }
  for (std::size_t i = 0; i < labels.rows.size(); ++i) {
    auto& row = table.rows.emplace_back();
    row.emplace_back(std::to_string(i));
    row.emplace_back(format_instant(instants[i]));
    for (const std::size_t position : positions) row.push_back(labels.rows[i][position]);
  }
  return table;
}

/// Prints each label row as it was, followed by its features.
class TrainingPrinter {
 public:
  TrainingPrinter(const feature::CsvTable& labels, bool as_json)
      : labels_(labels), as_json_(as_json) {}

  Status begin(const std::vector<ask::ResultColumn>& columns) {
    std::vector<ask::Cell> names;
    for (const auto& name : labels_.columns) names.push_back({ask::Cell::Kind::text, name});
    for (std::size_t i = 1; i < columns.size(); ++i) {
      names.push_back({ask::Cell::Kind::text, columns[i].name});
    }
    print(names, "{\"columns\": [", "], \"rows\": [");
    return {};
  }

  Status row(const std::vector<ask::Cell>& cells) {
    std::vector<ask::Cell> line;
    for (const auto& value : labels_.rows.at(next_)) {
      line.push_back(value ? ask::Cell{ask::Cell::Kind::text, *value} : ask::Cell{});
    }
    line.insert(line.end(), cells.begin() + 1, cells.end());
    print(line, next_ == 0 ? "\n[" : ",\n[", "]");
    ++next_;
    return {};
  }

  Status finish() const {
    if (as_json_) fmt::print("]}}\n");
    if (next_ == labels_.rows.size()) return {};
    return make_error(Code::internal, fmt::format("{} label rows gave {} training rows",
                                                  labels_.rows.size(), next_));
  }

 private:
  void print(const std::vector<ask::Cell>& cells, std::string_view before, std::string_view after) {
    if (!as_json_) {
      fmt::print("{}\n", ask::csv_line(cells));
      return;
    }
    std::string text;
    for (const ask::Cell& cell : cells) text += (text.empty() ? "" : ", ") + ask::to_json(cell);
    fmt::print("{}{}{}", before, text, after);
  }

  const feature::CsvTable& labels_;
  bool as_json_;
  std::size_t next_ = 0;
};

Result<feature::CsvTable> read_labels(const std::string& path) {
  ASSAY_TRY(const std::string absolute, io::absolute_path(path));
  ASSAY_TRY(const std::string text, io::local_file_system()->read(absolute));
  auto labels = feature::parse_csv(text);
  if (!labels) {
    return std::move(labels).error().with_context(fmt::format("while reading \"{}\"", path));
  }
  return labels;
}

Status make_training_set(const Globals& globals, const FeatureOptions& options) {
  ASSAY_TRY(const auto known_at, instant_option("--known-at", options.known_at));
  ASSAY_TRY(const feature::CsvTable labels, read_labels(options.labels));
  ASSAY_TRY(Questions questions,
            open_questions(globals, {.tenant = options.tenant, .known_at = std::nullopt}));
  ASSAY_TRY(const model::FeatureView* view, feature::find_view(questions.workspace, options.view));
  std::vector<std::string> key;
  for (const auto& field : feature::key_fields(questions.workspace, *view)) {
    key.push_back(field.name);
  }
  std::vector<std::string> names;
  for (const model::Feature& one : view->features) names.push_back(one.name);
  auto instants = feature::check_labels(labels, {key, names});
  if (!instants) {
    return std::move(instants).error().with_context(
        fmt::format("while reading \"{}\"", options.labels));
  }
  ASSAY_TRY_VOID(questions.sql.load(label_table(labels, *instants, key)));
  const std::string sql = feature::training_sql(
      questions.workspace, *view,
      {.relation = "main.labels", .known_at = known_at ? ask::instant_literal(*known_at) : ""});
  TrainingPrinter printer(labels, globals.json);
  ASSAY_TRY_VOID(questions.sql.query(
      sql, {.columns = [&printer](const auto& columns) { return printer.begin(columns); },
            .row = [&printer](const auto& cells) { return printer.row(cells); }}));
  return printer.finish();
}

}  // namespace

void add_feature(CLI::App& app, Globals& globals) {
  auto options = std::make_shared<FeatureOptions>();
  auto* command =
      app.add_subcommand("feature", "feature views, values at an instant, training sets");
  command->require_subcommand(1);
  auto* list = command->add_subcommand("list", "all feature views");
  list->callback([&globals] { run(globals, [&] { return list_views(globals); }); });

  auto* show = command->add_subcommand("show", "one feature view: key, features, windows");
  show->add_option("view", options->view, "name of the feature view")->required();
  show->callback(
      [&globals, options] { run(globals, [&] { return show_view(globals, *options); }); });

  auto* get = command->add_subcommand("get", "the features of one key at an instant");
  get->add_option("view", options->view, "name of the feature view")->required();
  get->add_option("--key", options->key, "VALUE, or FIELD=VALUE for each field of a longer key")
      ->required();
  get->add_option("--tenant", options->tenant, "whose data; needed where there are several");
  get->add_option("--as-of", options->as_of,
                  "the instant that the values are true for (default: now)");
  get->add_option("--known-at", options->known_at, "what was known then (default: --as-of)");
  get->callback(
      [&globals, options] { run(globals, [&] { return get_value(globals, *options); }); });

  auto* training =
      command->add_subcommand("training", "a training set as CSV, one row a label row");
  training->add_option("view", options->view, "name of the feature view")->required();
  training
      ->add_option("--labels", options->labels,
                   "CSV file with the key's columns, as_of and any others, kept as they are")
      ->required();
  training->add_option("--tenant", options->tenant, "whose data; needed where there are several");
  training->add_option("--known-at", options->known_at,
                       "what was known then (default: at each row's own as_of)");
  training->callback(
      [&globals, options] { run(globals, [&] { return make_training_set(globals, *options); }); });
}

}  // namespace assay::cli
