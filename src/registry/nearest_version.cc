#include "registry/nearest_version.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <functional>
#include <set>

#include "model/variants.h"
#include "registry/leaf_types.h"
#include "registry/workspace_text.h"

namespace assay::registry {
namespace {

constexpr double kNear = 0.35;          ///< score below which a version says nothing
constexpr double kSameRows = 0.4;       ///< of two arrays
constexpr double kLikeAField = 0.75;    ///< names of a leaf and of a field that was not filled
constexpr std::size_t kCandidates = 5;  ///< versions that are judged whole
constexpr std::uint32_t kNoRow = 0xffffffff;

path::JsonPath absolute(const path::JsonPath& path, const path::JsonPath& rows) {
  if (!path.relative) return path;
  path::JsonPath whole = rows;
  whole.relative = false;
  whole.steps.insert(whole.steps.end(), path.steps.begin(), path.steps.end());
  return whole;
}

/// Of XPath: the first one that has a text is, to look for it, the first one.
path::JsonPath without_first(const path::JsonPath& path) {
  if (!path.has_query()) return path;
  std::string text = path::to_string(path);
  constexpr std::string_view kAny = "[:]";
  for (std::size_t at = 0; (at = text.find(kAny, at)) != std::string::npos;)
    text.replace(at, kAny.size(), "[0]");
  auto plain = path::parse_mapping_path(text);
  return plain ? std::move(plain).value() : path;
}

bool is_within(const path::JsonPath& path, const path::JsonPath& rows) {
  return !rows.steps.empty() && path.steps.size() >= rows.steps.size() &&
         std::equal(rows.steps.begin(), rows.steps.end(), path.steps.begin());
}

/// A place as a mapping writes it: arrays that never hold two elements are no rows (XML's
/// elements).
std::string place_text(const FamilyView& view, std::uint32_t path) {
  if (path == 0) return view.at(0).text;
  const std::uint32_t parent = view.at(path).parent;
  const std::string step = view.at(path).text.substr(view.at(parent).text.size());
  return place_text(view, parent) + (step == "[*]" && !view.is_row(path) ? "[0]" : step);
}

/// Whether a mapping is the one that `on_error: variant` of another one has made.
bool is_variant(const model::FieldMapping& mapping,
                const std::vector<model::FieldMapping>& mappings) {
  return mapping.expression && mapping.inputs.size() == 1 &&
         std::any_of(mappings.begin(), mappings.end(), [&](const model::FieldMapping& other) {
           return mapping.field == model::variant_name(other.field) &&
                  mapping.inputs[0].path == other.path;
         });
}

/// Every mapping of a value in a version: what it fills, and where it stands.
struct Use {
  const model::FieldMapping* mapping = nullptr;
  const model::Field* field = nullptr;
  std::vector<DraftField>* into = nullptr;
  std::string key;                      ///< text of the absolute path; empty: no leaf
  std::vector<std::string> input_keys;  ///< of an expression, by input
  bool keeps_variant = false;           ///< texts that do not convert have a field beside it
  std::uint32_t row = 0;                ///< of the mapping
  bool is_moved = false;                ///< the rows stand elsewhere now
};

/// Carries one version over.
class Carrier {
 public:
  Carrier(const DraftContext& context, const Draft& draft, const FamilyView& view,
          const model::SchemaVersion& version)
      : context_(context), draft_(draft), view_(view), matcher_(view, context.known) {
    made_.version = &version;
  }

  /// carry:
  ///   find the rows of each mapping
  ///   gather its paths, match them with the leaves
  ///   write each field with what was found
  ///   fill fields that the version had nothing for
  CarriedOver carry() {
    made_.mappings.resize(made_.version->mappings.size());
    for (std::size_t i = 0; i < made_.mappings.size(); ++i) gather(i);
    matches_ = matcher_.match(paths_);
    double sum = 0;
    for (const KnownPath& path : paths_) {
      const auto found = matches_.found.find(path.text);
      if (found != matches_.found.end()) {
        sum += found->second.score;
        taken_.insert(found->second.leaf);
      }
      if (found == matches_.found.end() || !found->second.is_same_path)
        made_.lacks.push_back(path.text);
    }
    made_.score = paths_.empty() ? 0 : sum / static_cast<double>(paths_.size());
    for (const Use& use : uses_) use.into->push_back(draft_field(use));
    for (std::size_t i = 0; i < made_.mappings.size(); ++i) fill_others(i);
    for (std::size_t i = 0; i < made_.mappings.size(); ++i) list_unmapped(i);
    made_.taken.assign(taken_.begin(), taken_.end());
    return std::move(made_);
  }

 private:
  void gather(std::size_t index);
  std::uint32_t find_rows(const model::EntityMapping& mapping) const;
  std::string add_path(const model::FieldMapping& mapping, const model::Field& field,
                       const model::EntityMapping& around, Use& use);
  void add_uses(const std::vector<model::FieldMapping>& mappings,
                const std::function<const model::Field*(const std::string&)>& field_of,
                const model::EntityMapping& around, std::vector<DraftField>& into);
  DraftField computed_field(const Use& use);
  DraftField draft_field(const Use& use);
  void adapt(const Use& use, const LeafMatch& match, DraftField& made) const;
  void fill_others(std::size_t index);
  void fill(const std::vector<model::Field>& fields, std::uint32_t row,
            std::vector<DraftField>& into);
  void list_unmapped(std::size_t index);

  const DraftContext& context_;
  const Draft& draft_;
  const FamilyView& view_;
  const PathMatcher matcher_;
  CarriedOver made_;
  std::vector<std::uint32_t> rows_;  ///< by mapping
  std::vector<KnownPath> paths_;
  std::vector<Use> uses_;
  std::deque<model::Field> input_fields_;  ///< what inputs of expressions are taken for
  PathMatches matches_;
  std::set<std::uint32_t> taken_;
};

/// The array whose elements are the items now: the same path, or the one whose name and leaves are
/// most like those of the mapping.
std::uint32_t Carrier::find_rows(const model::EntityMapping& mapping) const {
  if (mapping.rows.steps.empty()) return 0;
  if (const auto same = find_path(view_.family(), mapping.rows)) return *same;
  path::JsonPath named = mapping.rows;
  while (!named.steps.empty() && named.steps.back().kind != path::Step::Kind::name)
    named.steps.pop_back();
  const Words name = named.steps.empty() ? Words() : words_of(named.steps.back().name);
  std::uint32_t best = kNoRow;
  double best_score = kSameRows;
  for (std::uint32_t row = 1; row < view_.count(); ++row) {
    if (!view_.is_row(row)) continue;
    double sum = 0;
    for (const model::FieldMapping& field : mapping.fields) {
      const path::JsonPath path = absolute(field.path, mapping.rows);
      if (path.steps.empty() || path.steps.back().kind != path::Step::Kind::name) continue;
      double likest = 0;
      for (const std::uint32_t leaf : view_.leaves_below(row))
        likest = std::max(likest, PathMatcher::name_likeness(words_of(path.steps.back().name),
                                                             view_.own_words(leaf)));
      sum += likest;
    }
    const double leaves =
        mapping.fields.empty() ? 0 : sum / static_cast<double>(mapping.fields.size());
    const double score =
        0.4 * PathMatcher::name_likeness(name, view_.own_words(row)) + 0.6 * leaves;
    if (score <= best_score) continue;
    best = row;
    best_score = score;
  }
  return best;
}

void Carrier::gather(std::size_t index) {
  const model::EntityMapping& mapping = made_.version->mappings[index];
  const model::Entity* entity = context_.workspace.entity(mapping.entity);
  DraftMapping& into = made_.mappings[index];
  into.entity = mapping.entity;
  rows_.push_back(find_rows(mapping));
  const std::uint32_t row = rows_.back();
  if (!mapping.rows.steps.empty()) {
    into.rows_was = path::to_string(mapping.rows);
    into.rows_are_missing = row == kNoRow;
    if (row != kNoRow) {
      into.rows = place_text(view_, row);
      made_.rows.push_back(row);
    }
  }
  const auto in = [](const model::Entity* of) {
    return [of](const std::string& name) { return of == nullptr ? nullptr : of->field(name); };
  };
  add_uses(mapping.fields, in(entity), mapping, into.fields);
  if (made_.version->tenant == draft_.tenant) {
    const model::Extension* own = context_.workspace.extension(draft_.tenant, mapping.entity);
    add_uses(
        mapping.extension,
        [own](const std::string& name) { return own == nullptr ? nullptr : own->field(name); },
        mapping, into.extension);
  }
  into.roles.reserve(mapping.roles.size());
  for (const model::RoleMapping& role_mapping : mapping.roles) {
    const model::Role* role = entity == nullptr ? nullptr : entity->role(role_mapping.role);
    const model::Entity* master =
        role == nullptr ? nullptr : context_.workspace.entity(role->entity);
    DraftRole& made = into.roles.emplace_back();
    made.name = role_mapping.role;
    add_uses(role_mapping.fields, in(master), mapping, made.fields);
  }
}

/// Notes a path to look for; empty where the mapping has none, or its rows are gone.
std::string Carrier::add_path(const model::FieldMapping& mapping, const model::Field& field,
                              const model::EntityMapping& around, Use& use) {
  const path::JsonPath path = without_first(absolute(mapping.path, around.rows));
  const bool has_leaf = !mapping.constant && !mapping.expression && !path.steps.empty() &&
                        !path.has_query() && (use.row != kNoRow || !is_within(path, around.rows));
  if (!has_leaf) return {};
  KnownPath known{path::to_string(path), path, path, 0, &field};
  if (is_within(path, around.rows)) {
    known.row = use.row;
    const auto rows = path::parse_mapping_path(place_text(view_, use.row));
    use.is_moved = rows && !(rows->steps == around.rows.steps);
    if (use.is_moved) {
      known.path = *rows;
      const auto rest = path.steps.begin() + static_cast<std::ptrdiff_t>(around.rows.steps.size());
      known.path.steps.insert(known.path.steps.end(), rest, path.steps.end());
    }
  }
  std::string text = known.text;
  const bool is_new = std::none_of(paths_.begin(), paths_.end(), [&](const KnownPath& other) {
    return other.text == known.text;
  });
  if (is_new) paths_.push_back(std::move(known));
  return text;
}

void Carrier::add_uses(const std::vector<model::FieldMapping>& mappings,
                       const std::function<const model::Field*(const std::string&)>& field_of,
                       const model::EntityMapping& around, std::vector<DraftField>& into) {
  for (const model::FieldMapping& mapping : mappings) {
    const model::Field* field = field_of(mapping.field);
    if (field == nullptr || is_variant(mapping, mappings)) continue;
    Use use;
    use.mapping = &mapping;
    use.field = field;
    use.into = &into;
    use.row = rows_.back();
    use.key = add_path(mapping, *field, around, use);
    use.keeps_variant =
        std::any_of(mappings.begin(), mappings.end(), [&](const model::FieldMapping& other) {
          return other.field == model::variant_name(mapping.field) && is_variant(other, mappings);
        });
    for (const model::FieldMapping& input : mapping.inputs) {
      model::Field& made = input_fields_.emplace_back();
      made.name = input.field;
      made.type = input.input_type.value_or(column::DataType{column::Type::string});
      use.input_keys.push_back(add_path(input, made, around, use));
    }
    uses_.push_back(std::move(use));
  }
}

/// Settings that no longer fit what the leaf holds.
void Carrier::adapt(const Use& use, const LeafMatch& match, DraftField& made) const {
  const InferredField inferred = infer_leaf(view_, match.leaf);
  model::FieldMapping adapted = *use.mapping;
  const auto note = [&](const std::string& text) {
    made.reason += (made.reason.empty() ? "" : "; ") + text;
  };
  if (use.field->type.type == column::Type::timestamp &&
      inferred.type.type == column::Type::timestamp) {
    using plan::TimeFormat;
    const TimeFormat format = inferred.format == "epoch_seconds"   ? TimeFormat::epoch_seconds
                              : inferred.format == "epoch_millis"  ? TimeFormat::epoch_millis
                              : inferred.format == "epoch_micros"  ? TimeFormat::epoch_micros
                              : inferred.format == "iso8601_basic" ? TimeFormat::iso8601_basic
                                                                   : TimeFormat::iso8601;
    if (format != adapted.normalisation.time_format) {
      adapted.normalisation.time_format = format;
      note("its values are times of another format");
    }
  }
  if (adapted.normalisation.scale10 < 0 && view_.at(match.leaf).fraction_digits > 0) {
    adapted.normalisation.scale10 = 0;
    note("its values have a fraction, so scale10 was left out");
  }
  if (use.keeps_variant) adapted.keeps_variant = true;
  made.settings = settings_text(adapted);
}

/// An expression stays as it is; its inputs are found like fields.
DraftField Carrier::computed_field(const Use& use) {
  DraftField made;
  made.name = use.mapping->field;
  double score = 1;
  std::string inputs;
  for (std::size_t i = 0; i < use.input_keys.size(); ++i) {
    const model::FieldMapping& input = use.mapping->inputs[i];
    const auto found = matches_.found.find(use.input_keys[i]);
    if (found == matches_.found.end()) {
      made.was = path::to_string(input.path);
      made.reason = fmt::format("it is an input of: {}", *use.mapping->expression);
      return made;
    }
    score = std::min(score, found->second.score);
    const std::uint32_t row = use.row == kNoRow ? 0 : use.row;
    const auto type = input.input_type.value_or(column::DataType{column::Type::string});
    inputs += fmt::format("{}{}: {{path: {}, type: {}{}}}", inputs.empty() ? "" : ", ", input.field,
                          yaml_text(written_path(view_, found->second.leaf, row)),
                          yaml_text(column::to_string(type)), settings_text(input));
  }
  made.score = score;
  made.reason = "an expression, kept as it is";
  made.settings =
      fmt::format(", expression: {}{}{}", yaml_text(*use.mapping->expression),
                  inputs.empty() ? "" : ", inputs: {" + inputs + "}", settings_text(*use.mapping));
  return made;
}

DraftField Carrier::draft_field(const Use& use) {
  if (use.mapping->expression) return computed_field(use);
  DraftField made;
  made.name = use.mapping->field;
  made.was = use.mapping->path_text;
  made.settings = settings_text(*use.mapping);
  if (use.mapping->constant) {
    made.score = 1;
    return made;
  }
  if (use.key.empty()) {
    made.reason = "what it is made of has to be looked at";
    return made;
  }
  const auto found = matches_.found.find(use.key);
  if (found == matches_.found.end()) {
    const auto nearest = matches_.nearest.find(use.key);
    if (nearest != matches_.nearest.end()) {
      made.reason = fmt::format("nearest is {} ({:.2f})", view_.at(nearest->second.leaf).text,
                                nearest->second.score);
    }
    return made;
  }
  const LeafMatch& match = found->second;
  made.score = match.score;
  made.reason = match.reason;
  const std::uint32_t row = use.row == kNoRow ? 0 : use.row;
  made.path = match.is_same_path && !use.is_moved ? path::to_string(use.mapping->path)
                                                  : written_path(view_, match.leaf, row);
  if (!match.is_same_path) made_.new_paths.push_back(view_.at(match.leaf).text);
  adapt(use, match, made);
  return made;
}

void Carrier::fill(const std::vector<model::Field>& fields, std::uint32_t row,
                   std::vector<DraftField>& into) {
  for (const model::Field& field : fields) {
    const bool is_filled = std::any_of(into.begin(), into.end(), [&](const DraftField& known) {
      return known.name == field.name;
    });
    if (is_filled) continue;
    LeafMatch best;
    for (const std::uint32_t leaf : view_.leaves_below(row)) {
      if (taken_.contains(leaf) || view_.at(leaf).scalars() == 0) continue;
      const LeafMatch match = matcher_.fit(field, leaf);
      if (match.score > best.score) best = match;
    }
    if (best.score < kLikeAField) continue;
    taken_.insert(best.leaf);
    DraftField made;
    made.name = field.name;
    made.path = written_path(view_, best.leaf, row);
    made.score = best.score;
    made.reason = best.reason;
    const InferredField inferred = infer_leaf(view_, best.leaf);
    if (field.type.type == column::Type::timestamp && !inferred.format.empty())
      made.settings = ", format: " + inferred.format;
    into.push_back(std::move(made));
  }
}

/// Fields that the version leaves empty and that a new leaf is called like.
void Carrier::fill_others(std::size_t index) {
  DraftMapping& mapping = made_.mappings[index];
  const model::Entity* entity = context_.workspace.entity(mapping.entity);
  if (entity == nullptr || rows_[index] == kNoRow) return;
  fill(entity->fields, rows_[index], mapping.fields);
  if (const auto* own = context_.workspace.extension(draft_.tenant, mapping.entity))
    fill(own->fields, rows_[index], mapping.extension);
}

void Carrier::list_unmapped(std::size_t index) {
  if (rows_[index] == kNoRow) return;
  for (const std::uint32_t leaf : view_.leaves_below(rows_[index])) {
    const bool tells_version =
        std::any_of(draft_.said.begin(), draft_.said.end(),
                    [&](const auto& said) { return said.first == view_.at(leaf).text; });
    if (taken_.contains(leaf) || tells_version) continue;
    InferredField field = infer_leaf(view_, leaf);
    field.name = snake_name(view_.words(leaf, rows_[index]));
    field.path = written_path(view_, leaf, rows_[index]);
    made_.mappings[index].unmapped.push_back(std::move(field));
  }
}

/// Paths of a version that the new shape has just so: cheap, to choose whom to judge whole.
double same_paths(const FamilyView& view, const model::SchemaVersion& version) {
  std::int64_t all = 0;
  std::int64_t same = 0;
  for (const model::EntityMapping& mapping : version.mappings) {
    const auto count = [&](const std::vector<model::FieldMapping>& fields) {
      for (const model::FieldMapping& field : fields) {
        if (field.constant || field.expression || field.path_text.empty()) continue;
        ++all;
        const path::JsonPath path = without_first(absolute(field.path, mapping.rows));
        same += find_path(view.family(), path) ? 1 : 0;
      }
    };
    count(mapping.fields);
    for (const model::RoleMapping& role : mapping.roles) count(role.fields);
  }
  return all == 0 ? 0 : static_cast<double>(same) / static_cast<double>(all);
}

}  // namespace

std::string written_path(const FamilyView& view, std::uint32_t leaf, std::uint32_t row) {
  const std::string text = place_text(view, leaf);
  if (row == 0 || !view.is_below(leaf, row)) return text;
  return "@" + text.substr(place_text(view, row).size());
}

CarriedOver carry_over_nearest(const DraftContext& context, const Draft& draft,
                               const FamilyView& view) {
  std::vector<std::pair<double, const model::SchemaVersion*>> own, others;
  for (const model::SchemaVersion& version : context.workspace.versions) {
    const bool is_own = version.tenant == draft.tenant && version.application == draft.application;
    (is_own ? own : others).emplace_back(same_paths(view, version), &version);
  }
  auto& candidates = own.empty() ? others : own;
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](const auto& a, const auto& b) { return a.first > b.first; });
  CarriedOver best;
  for (std::size_t i = 0; i < std::min(kCandidates, candidates.size()); ++i) {
    CarriedOver carried = Carrier(context, draft, view, *candidates[i].second).carry();
    if (carried.score >= kNear && carried.score > best.score) best = std::move(carried);
  }
  return best;
}

}  // namespace assay::registry
