#include "feature/feature_sql.h"

#include <fmt/format.h>

#include <array>
#include <utility>

#include "parquet/parquet.h"

namespace assay::feature {
namespace {

using parquet::sql_literal;
using parquet::sql_name;

const model::FeatureMeasure* measure_of(const model::FeatureView& view, std::string_view name) {
  for (const model::FeatureMeasure& measure : view.measures) {
    if (measure.name == name) return &measure;
  }
  return nullptr;
}

/// Sums of doubles depend on their order; ordered, the same rows give the same bits in every run.
bool is_float(const model::Workspace& workspace, const model::FeatureMeasure& measure) {
  const model::Entity* source = workspace.entity(measure.source);
  for (const std::string& factor : measure.factors) {
    const model::Field* field = source == nullptr ? nullptr : source->field(factor);
    if (field != nullptr && field->type.type == column::Type::float64) return true;
  }
  return false;
}

/// The sum of a measure over the contributions `c` in the feature's window that ends at `as_of`.
std::string windowed_sum(const model::Workspace& workspace, const model::FeatureView& view,
                         const model::Feature& feature, const std::string& measure_name,
                         const std::string& as_of) {
  const model::FeatureMeasure* measure = measure_of(view, measure_name);
  const std::string column = "c." + sql_name(measure_name);
  const bool ordered = measure != nullptr && is_float(workspace, *measure);
  std::string sum =
      ordered ? fmt::format("sum({0} ORDER BY {0})", column) : fmt::format("sum({})", column);
  if (feature.window_micros) {
    sum += fmt::format(" FILTER (WHERE c.event_time > {} - to_microseconds({}))", as_of,
                       *feature.window_micros);
  }
  // A count of nothing is 0, a sum of nothing is NULL.
  const bool count = measure != nullptr && measure->factors.empty();
  return count ? fmt::format("CAST(coalesce({}, 0) AS BIGINT)", sum) : sum;
}

std::string expression(const model::Workspace& workspace, const model::FeatureView& view,
                       const model::Feature& feature, const std::string& as_of) {
  const std::string numerator = windowed_sum(workspace, view, feature, feature.numerator, as_of);
  if (feature.denominator.empty()) return numerator;
  return fmt::format("{} / nullif({}, 0)", numerator,
                     windowed_sum(workspace, view, feature, feature.denominator, as_of));
}

/// ", <expression> AS <feature>" for every feature.
std::string feature_columns(const model::Workspace& workspace, const model::FeatureView& view,
                            const std::string& as_of) {
  std::string columns;
  for (const model::Feature& feature : view.features) {
    columns += fmt::format(", {} AS {}", expression(workspace, view, feature, as_of),
                           sql_name(feature.name));
  }
  return columns;
}

std::string table_of(const model::FeatureView& view) { return "feature." + sql_name(view.name); }

std::string macro_body(const model::Workspace& workspace, const model::FeatureView& view,
                       const std::string& known_at) {
  std::string key;
  for (const model::Field& field : key_fields(workspace, view)) {
    key += fmt::format("{}c.{}", key.empty() ? "" : ", ", sql_name(field.name));
  }
  return fmt::format(
      "SELECT {0}{1} FROM {2} AS c WHERE c.event_time <= CAST(as_of AS TIMESTAMPTZ) AND "
      "c.knowledge_time <= CAST({3} AS TIMESTAMPTZ) "
      "GROUP BY {0}",
      key, feature_columns(workspace, view, "CAST(as_of AS TIMESTAMPTZ)"), table_of(view),
      known_at);
}

/// "k.id = c.id AND ..." over a relation of texts, cast to the types of the key.
std::string key_condition(const std::vector<model::Field>& fields, std::string_view relation) {
  std::string condition;
  for (const model::Field& field : fields) {
    condition += fmt::format("c.{0} = CAST({1}.{0} AS {2}) AND ", sql_name(field.name), relation,
                             parquet::sql_type(field.type));
  }
  return condition;
}

}  // namespace

Result<const model::FeatureView*> find_view(const model::Workspace& workspace,
                                            std::string_view name) {
  std::string names;
  for (const model::FeatureView& view : workspace.feature_views) {
    if (view.name == name) return &view;
    names += fmt::format("{}'{}'", names.empty() ? "" : ", ", view.name);
  }
  return make_error(Code::feature_unknown, fmt::format("no feature view '{}'", name),
                    names.empty() ? "The workspace has no feature views."
                                  : fmt::format("Feature views are {}.", names));
}

std::vector<model::Field> key_fields(const model::Workspace& workspace,
                                     const model::FeatureView& view) {
  std::vector<model::Field> fields;
  const model::Entity* master = workspace.entity(view.entity);
  if (master == nullptr) return fields;
  for (const std::string& name : master->key) {
    if (const model::Field* field = master->field(name)) fields.push_back(*field);
  }
  return fields;
}

std::string macro_sql(const model::Workspace& workspace, const model::FeatureView& view) {
  return fmt::format(
      "CREATE MACRO feature.{}(as_of) AS TABLE ({}), (as_of, known_at) AS TABLE ({})",
      sql_name(view.name + "_at"), macro_body(workspace, view, "as_of"),
      macro_body(workspace, view, "known_at"));
}

std::string point_sql(const model::Workspace& workspace, const model::FeatureView& view,
                      const std::vector<std::string>& key, const Instants& instants) {
  const std::vector<model::Field> fields = key_fields(workspace, view);
  std::string given;
  std::string shown;
  for (std::size_t i = 0; i < fields.size() && i < key.size(); ++i) {
    const std::string name = sql_name(fields[i].name);
    given += fmt::format("{}{} AS {}", given.empty() ? "" : ", ", sql_literal(key[i]), name);
    shown += fmt::format("{}CAST(any_value(k.{}) AS {}) AS {}", shown.empty() ? "" : ", ", name,
                         parquet::sql_type(fields[i].type), name);
  }
  return fmt::format(
      "SELECT {}{}, count(c.event_time) AS contributions FROM (SELECT {}) AS k LEFT JOIN {} AS c "
      "ON {}c.event_time <= {} AND c.knowledge_time <= {}",
      shown, feature_columns(workspace, view, instants.as_of), given, table_of(view),
      key_condition(fields, "k"), instants.as_of, instants.known_at);
}

std::string training_sql(const model::Workspace& workspace, const model::FeatureView& view,
                         const Labels& labels) {
  const std::vector<model::Field> fields = key_fields(workspace, view);
  const std::string known_at = labels.known_at.empty() ? "l.as_of" : labels.known_at;
  std::string selected =
      "CAST(label_row AS BIGINT) AS label_row, CAST(as_of AS TIMESTAMPTZ) AS as_of";
  for (const model::Field& field : fields) selected += ", " + sql_name(field.name);
  // Grouping by the row's own number keeps equal label rows apart and rows without contributions
  // alive.
  return fmt::format(
      "SELECT l.label_row{} FROM (SELECT {} FROM {}) AS l LEFT JOIN {} AS c ON {}c.event_time <= "
      "l.as_of AND c.knowledge_time <= {} GROUP BY l.label_row, l.as_of ORDER BY l.label_row",
      feature_columns(workspace, view, "l.as_of"), selected, labels.relation, table_of(view),
      key_condition(fields, "l"), known_at);
}

std::string window_text(const model::Feature& feature) {
  if (!feature.window_micros) return "lifetime";
  constexpr auto kUnits = std::to_array<std::pair<std::int64_t, const char*>>(
      {{86'400'000'000, "d"}, {3'600'000'000, "h"}, {60'000'000, "min"}, {1'000'000, "s"}});
  for (const auto& [size, unit] : kUnits) {
    if (*feature.window_micros % size == 0) {
      return fmt::format("{}{}", *feature.window_micros / size, unit);
    }
  }
  return fmt::format("{}us", *feature.window_micros);
}

std::string describe(const model::FeatureView& view, const model::Feature& feature) {
  const auto part = [&view](const std::string& name) {
    const model::FeatureMeasure* measure = measure_of(view, name);
    if (measure == nullptr) return name;
    if (measure->factors.empty()) return fmt::format("count of {}", measure->source);
    return fmt::format("sum of {} of {}", fmt::join(measure->factors, " * "), measure->source);
  };
  std::string text = part(feature.numerator);
  if (!feature.denominator.empty()) text += " / " + part(feature.denominator);
  return text + (feature.window_micros ? ", last " + window_text(feature) : ", lifetime");
}

}  // namespace assay::feature
