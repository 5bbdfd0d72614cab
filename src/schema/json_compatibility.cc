// Compatibility of JSON Schemas: whether the reader's accepts all that the writer's accepts.

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <utility>

#include "schema/compatibility.h"
#include "schema/json_pointer.h"
#include "schema/json_rules.h"

namespace assay::schema {
namespace {

constexpr std::size_t kDepthMax = 400;
constexpr std::size_t kStepsMax = 200'000;
constexpr std::size_t kShownMax = 50;

using RuleList = std::vector<const Rule*>;

/// How a schema treats names that its "properties" do not spell out.
enum class ContentModel { open, closed, partly_open };
std::string_view to_string(ContentModel model) {
  switch (model) {
    case ContentModel::open: return "open";
    case ContentModel::closed: return "closed";
    case ContentModel::partly_open: return "partly open";
  }
  return "";
}

/// The rules of one schema, with what several parts of the comparison ask.
class Side {
 public:
  explicit Side(const JsonSchema& schema) : content_(schema.content()) {}

  const Rule& rule(RuleId id) const { return content_.rules[id]; }
  RuleId id_of(const Rule& rule) const {
    return static_cast<RuleId>(&rule - content_.rules.data());
  }
  std::string pointer_of(const Rule& rule) const {
    return json_pointer(content_.resources.document(rule.place.document), rule.place.node);
  }
  /// The same for schemas that are written alike.
  std::string text_of(RuleId id) const {
    const SchemaPlace& place = rule(id).place;
    return equality_key(content_.resources.document(place.document), place.node);
  }

  /// The rule and all that must hold with it: what it refers to, and "allOf".
  RuleList parts_of(const Rule& rule) const {
    RuleList parts{&rule};
    for (std::size_t i = 0; i < parts.size() && parts.size() < kDepthMax; ++i) {
      const auto add = [&](RuleId id) {
        const Rule* part = &content_.rules[id];
        if (std::count(parts.begin(), parts.end(), part) == 0) parts.push_back(part);
      };
      if (parts[i]->reference) add(*parts[i]->reference);
      for (const RuleId id : parts[i]->all_of) add(id);
    }
    return parts;
  }

  /// The schemas true and {}, or what says no more than they do.
  bool accepts_all(RuleId id) const {
    for (const Rule* part : parts_of(rule(id))) {
      const Rule& one = *part;
      if (one.refuses_all || one.types != 0 || one.enumeration || one.constant ||
          !one.bounds.empty() || one.multiple_of || one.length.any() || one.pattern ||
          one.items_count.any() || one.unique_items || !one.first_items.empty() ||
          one.other_items || one.contains || one.properties_count.any() || !one.required.empty() ||
          !one.properties.empty() || !one.pattern_properties.empty() || one.other_properties ||
          one.property_names || !one.dependent_required.empty() || !one.dependent_schemas.empty() ||
          !one.any_of.empty() || !one.one_of.empty() || one.negated || one.condition) {
        return false;
      }
    }
    return true;
  }

  ContentModel model_of(const Rule& one) const {
    if (!one.pattern_properties.empty()) return ContentModel::partly_open;
    if (!one.other_properties || accepts_all(*one.other_properties)) return ContentModel::open;
    return rule(*one.other_properties).refuses_all ? ContentModel::closed
                                                   : ContentModel::partly_open;
  }

  /// What a partly open model asks of a name that "properties" does not spell out.
  std::vector<RuleId> beyond_properties(const Rule& one, std::string_view name) const {
    std::vector<RuleId> list;
    for (const auto& [pattern, id] : one.pattern_properties) {
      if (pattern.occurs_in(name)) list.push_back(id);
    }
    if (list.empty() && one.other_properties) list.push_back(*one.other_properties);
    return list;
  }

 private:
  const JsonSchema::Content& content_;
};

/// Schemas may contain themselves, so a pair that is being compared counts as compatible within
/// itself.
class Comparison {
 public:
  Comparison(const JsonSchema& reader, const JsonSchema& writer, ContentPolicy policy)
      : reader_(reader), writer_(writer), policy_(policy) {}

  std::vector<Incompatibility> run() && {
    accepts(0, 0, true);
    return std::move(found_);
  }

 private:
  /// A rule that is reached by several ways is told of once.
  bool refuse(bool tell, std::string_view kind, const Rule& rule, std::string_view keyword,
              std::string message) {
    if (!tell || found_.size() >= kShownMax) return false;
    std::string pointer = fmt::format("{}/{}", reader_.pointer_of(rule), keyword);
    const bool is_known =
        std::any_of(found_.begin(), found_.end(), [&](const Incompatibility& other) {
          return other.kind == kind && other.pointer == pointer && other.message == message;
        });
    if (!is_known) found_.push_back({std::string(kind), std::move(pointer), std::move(message)});
    return false;
  }

  /// The reader's rule accepts whatever the writer's accepts.
  bool accepts(RuleId reader, RuleId writer, bool tell) {
    const auto key = std::pair(reader, writer);
    if (const auto known = known_.find(key); known != known_.end() && (known->second || !tell)) {
      return known->second;
    }
    steps_ += 1;
    if (depth_ >= kDepthMax || steps_ > kStepsMax) {
      return refuse(true, "TOO_COMPLEX", reader_.rule(reader), "",
                    "the schemas are too deep to be compared");
    }
    known_[key] = true;
    depth_ += 1;
    const bool good = accepts_parts(reader_.parts_of(reader_.rule(reader)), writer, tell);
    depth_ -= 1;
    known_[key] = good;
    return good;
  }

  /// Each part of the reader's must accept something that holds of all that the writer writes: one
  /// of the writer's parts, or every branch of a choice of the writer's.
  bool accepts_parts(const RuleList& reader, RuleId writer_id, bool tell) {
    const RuleList writer = writer_.parts_of(writer_.rule(writer_id));
    for (const Rule* part : writer) {
      if (part->refuses_all) return true;
    }
    bool good = true;
    for (const Rule* part : reader) {
      if (part->refuses_all) {
        good = refuse(tell, "SCHEMA_REFUSES_ALL", *part, "", "the reader's schema accepts nothing");
        continue;
      }
      bool taken = false;
      for (const Rule* other : writer) taken = taken || accepts_rule(*part, *other, writer, false);
      for (const Rule* other : writer) taken = taken || accepts_branches(*part, *other, false);
      if (!taken) {
        // Say why by the most telling pair: the writer's own keywords, or its branches.
        const Rule& own = nearest(*part, writer);
        if (!accepts_branches(*part, own, tell)) {
          if (own.any_of.empty() && own.one_of.empty()) accepts_rule(*part, own, writer, tell);
        }
        good = false;
      }
      if (!good && !tell) return false;
    }
    return good;
  }

  /// Of the writer's parts the one that says most about the same things.
  static const Rule& nearest(const Rule& part, const RuleList& writer) {
    const Rule* best = writer.front();
    const auto likeness = [&](const Rule& other) {
      int points = other.reference ? -1 : 0;
      if (other.types != 0 && part.types != 0) points += 1;
      for (const auto& [name, id] : part.properties) points += other.properties.contains(name);
      return points;
    };
    for (const Rule* other : writer) {
      if (likeness(*other) > likeness(*best)) best = other;
    }
    return *best;
  }

  /// The writer offers a choice, and the reader's part accepts each branch.
  bool accepts_branches(const Rule& reader, const Rule& writer, bool tell) {
    const auto& branches = writer.any_of.empty() ? writer.one_of : writer.any_of;
    if (branches.empty()) return false;
    return std::all_of(branches.begin(), branches.end(),
                       [&](RuleId branch) { return accepts(reader_.id_of(reader), branch, tell); });
  }

  bool accepts_rule(const Rule& reader, const Rule& writer, const RuleList& all, bool tell) {
    bool good = true;
    using Step = bool (Comparison::*)(const Rule&, const Rule&, bool);
    static constexpr Step kSteps[] = {&Comparison::accepts_types,   &Comparison::accepts_values,
                                      &Comparison::accepts_numbers, &Comparison::accepts_counts,
                                      &Comparison::accepts_items,   &Comparison::accepts_properties,
                                      &Comparison::accepts_names};
    for (const Step step : kSteps) {
      good = (this->*step)(reader, writer, tell) && good;
      if (!good && !tell) return false;
    }
    return accepts_combinations(reader, writer, all, tell) && good;
  }

  // Types and values.

  bool accepts_types(const Rule& reader, const Rule& writer, bool tell) {
    constexpr unsigned kAll = 127;
    if (reader.types == 0) return true;
    // A list of values says their types as well.
    if (writer.types == 0 && (writer.enumeration || writer.constant)) return true;
    const unsigned written = writer.types == 0 ? kAll : writer.types;
    if ((written & ~reader.types) == 0) return true;
    return refuse(tell, "TYPE_NARROWED", reader, "type",
                  "the writer's schema allows types that the reader's does not");
  }

  bool accepts_values(const Rule& reader, const Rule& writer, bool tell) {
    const auto& read = reader.enumeration ? reader.enumeration : reader.constant;
    if (!read) return true;
    const auto& written = writer.enumeration ? writer.enumeration : writer.constant;
    const std::string_view keyword = reader.enumeration ? "enum" : "const";
    if (!written) {
      return refuse(tell, "ENUM_ARRAY_ADDED", reader, keyword,
                    "the reader's schema lists its values, the writer's does not");
    }
    if (std::includes(read->begin(), read->end(), written->begin(), written->end())) return true;
    return refuse(tell, "ENUM_ARRAY_NARROWED", reader, keyword,
                  "the writer's schema lists values that the reader's does not");
  }

  bool accepts_numbers(const Rule& reader, const Rule& writer, bool tell) {
    using enum NumberBound::Kind;
    bool good = true;
    for (const NumberBound& bound : reader.bounds) {
      const bool lower = bound.kind == minimum || bound.kind == exclusive_minimum;
      const bool exclusive = bound.kind == exclusive_minimum || bound.kind == exclusive_maximum;
      const bool held =
          std::any_of(writer.bounds.begin(), writer.bounds.end(), [&](const NumberBound& other) {
            const bool other_lower = other.kind == minimum || other.kind == exclusive_minimum;
            const bool other_exclusive =
                other.kind == exclusive_minimum || other.kind == exclusive_maximum;
            if (other_lower != lower) return false;
            if (other.value == bound.value) return other_exclusive || !exclusive;
            return (other.value > bound.value) == lower;
          });
      if (held) continue;
      good = refuse(tell, lower ? "MINIMUM_INCREASED" : "MAXIMUM_DECREASED", reader,
                    lower ? "minimum" : "maximum",
                    fmt::format("the reader's bound {} is not one that the writer's schema keeps",
                                bound.text));
    }
    if (!reader.multiple_of) return good;
    if (writer.multiple_of && writer.multiple_of->first.is_multiple_of(reader.multiple_of->first)) {
      return good;
    }
    return refuse(tell, "MULTIPLE_OF_CHANGED", reader, "multipleOf",
                  "the writer's numbers need not be multiples of the reader's multipleOf");
  }

  static std::string upper(std::string_view word) {
    std::string out(word);
    for (char& c : out) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    return out;
  }

  bool within(const CountBounds& reader, const CountBounds& writer, const Rule& rule,
              std::string_view what, bool tell) {
    bool good = true;
    if (reader.min.value_or(0) > writer.min.value_or(0)) {
      good = refuse(tell, fmt::format("MIN_{}_INCREASED", upper(what)), rule,
                    fmt::format("min{}", what),
                    fmt::format("the reader's least count is {}, the writer's {}", *reader.min,
                                writer.min.value_or(0)));
    }
    if (reader.max && (!writer.max || *writer.max > *reader.max)) {
      good = refuse(
          tell, fmt::format("MAX_{}_DECREASED", upper(what)), rule, fmt::format("max{}", what),
          fmt::format("the reader's greatest count is {}, the writer's is {}", *reader.max,
                      writer.max ? std::to_string(*writer.max) : "not bounded"));
    }
    return good;
  }

  bool accepts_counts(const Rule& reader, const Rule& writer, bool tell) {
    bool good = within(reader.length, writer.length, reader, "Length", tell);
    good = within(reader.items_count, writer.items_count, reader, "Items", tell) && good;
    good = within(reader.properties_count, writer.properties_count, reader, "Properties", tell) &&
           good;
    if (reader.unique_items && !writer.unique_items) {
      good = refuse(tell, "UNIQUE_ITEMS_ADDED", reader, "uniqueItems",
                    "the writer's arrays may hold an item twice");
    }
    if (!reader.pattern) return good;
    if (writer.pattern && writer.pattern->second == reader.pattern->second) return good;
    return refuse(tell, writer.pattern ? "PATTERN_CHANGED" : "PATTERN_ADDED", reader, "pattern",
                  "the writer's strings need not match the reader's pattern");
  }

  // Arrays.

  bool accepts_items(const Rule& reader, const Rule& writer, bool tell) {
    bool good = true;
    const std::size_t count = std::max(reader.first_items.size(), writer.first_items.size());
    for (std::size_t i = 0; i <= count; ++i) {
      const auto at = [&](const Rule& rule) {
        return i < rule.first_items.size() ? std::optional(rule.first_items[i]) : rule.other_items;
      };
      const auto read = at(reader);
      const auto written = at(writer);
      if (!read || reader_.accepts_all(*read)) continue;
      if (written ? accepts(*read, *written, tell) : false) continue;
      good = written ? false
                     : refuse(tell, "ITEM_SCHEMA_ADDED", reader, "items",
                              "the writer's items may be anything");
    }
    if (!reader.contains) return good;
    if (writer.contains && reader_.text_of(*reader.contains) == writer_.text_of(*writer.contains) &&
        reader.contains_count.min == writer.contains_count.min &&
        reader.contains_count.max == writer.contains_count.max) {
      return good;
    }
    return refuse(tell, "CONTAINS_CHANGED", reader, "contains",
                  "\"contains\" is not the same in both");
  }

  // Objects.

  bool accepts_properties(const Rule& reader, const Rule& writer, bool tell) {
    bool good = true;
    for (const auto& [name, id] : writer.properties) {
      const auto kept = reader.properties.find(name);
      good = (kept != reader.properties.end() ? accepts(kept->second, id, tell)
                                              : accepts_removed(reader, name, id, tell)) &&
             good;
    }
    for (const auto& [name, id] : reader.properties) {
      if (writer.properties.contains(name)) continue;
      good = accepts_added(reader, writer, name, tell) && good;
    }
    good = accepts_required(reader, writer, tell) && good;
    return accepts_others(reader, writer, tell) && good;
  }

  /// A property that the writer's schema spells out and the reader's does not.
  bool accepts_removed(const Rule& reader, const std::string& name, RuleId written, bool tell) {
    const ContentModel model = reader_.model_of(reader);
    if (model == ContentModel::open || writer_.rule(written).refuses_all) return true;
    const std::string keyword = "properties/" + pointer_token(name);
    if (model == ContentModel::closed) {
      if (policy_ == ContentPolicy::lenient) return true;
      return refuse(tell, "PROPERTY_REMOVED_FROM_CLOSED_CONTENT_MODEL", reader, keyword,
                    fmt::format("the writer's data may hold \"{}\", and the reader's content model "
                                "is closed",
                                name));
    }
    for (const RuleId id : reader_.beyond_properties(reader, name)) {
      if (accepts(id, written, false)) continue;
      return refuse(tell, "PROPERTY_REMOVED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL", reader,
                    keyword,
                    fmt::format("the reader's partly open content model does not take what \"{}\" "
                                "may hold",
                                name));
    }
    return true;
  }

  /// A property that the reader's schema spells out and the writer's does not. That it may be
  /// required is judged with the others.
  bool accepts_added(const Rule& reader, const Rule& writer, const std::string& name, bool tell) {
    const RuleId read = reader.properties.at(name);
    const ContentModel model = writer_.model_of(writer);
    if (model == ContentModel::closed || reader_.accepts_all(read)) return true;
    const std::string keyword = "properties/" + pointer_token(name);
    if (model == ContentModel::open) {
      if (policy_ == ContentPolicy::lenient) return true;
      return refuse(tell, "PROPERTY_ADDED_TO_OPEN_CONTENT_MODEL", reader, keyword,
                    fmt::format("the writer's content model is open, so its data may hold \"{}\" "
                                "with any content",
                                name));
    }
    const auto written = writer_.beyond_properties(writer, name);
    const bool covered = std::any_of(written.begin(), written.end(),
                                     [&](RuleId id) { return accepts(read, id, false); });
    // Where no pattern matches and nothing is said of others, any content is allowed.
    if (covered) return true;
    return refuse(tell, "PROPERTY_ADDED_NOT_COVERED_BY_PARTIALLY_OPEN_CONTENT_MODEL", reader,
                  keyword,
                  fmt::format("the writer's partly open content model allows more in \"{}\" than "
                              "the reader takes",
                              name));
  }

  bool accepts_required(const Rule& reader, const Rule& writer, bool tell) {
    bool good = true;
    for (const std::string& name : reader.required) {
      if (std::count(writer.required.begin(), writer.required.end(), name) != 0) continue;
      const auto property = reader.properties.find(name);
      if (property != reader.properties.end() && reader_.rule(property->second).has_default) {
        continue;
      }
      const bool is_new = !writer.properties.contains(name);
      const ContentModel model = writer_.model_of(writer);
      good = refuse(
          tell,
          is_new && model != ContentModel::open ? "REQUIRED_PROPERTY_ADDED_TO_UNOPEN_CONTENT_MODEL"
                                                : "REQUIRED_ATTRIBUTE_ADDED",
          reader, "required",
          fmt::format("\"{}\" is required, the writer's data need not hold it, and it has "
                      "no default (the writer's content model is {})",
                      name, to_string(model)));
    }
    return good;
  }

  /// Names that neither spells out.
  bool accepts_others(const Rule& reader, const Rule& writer, bool tell) {
    bool good = true;
    if (!reader.pattern_properties.empty()) good = accepts_patterns(reader, writer, tell);
    if (!reader.other_properties || reader_.accepts_all(*reader.other_properties)) return good;
    const ContentModel model = writer_.model_of(writer);
    if (model == ContentModel::closed) return good;
    if (model == ContentModel::open || !writer.other_properties) {
      if (policy_ == ContentPolicy::lenient) return good;
      return refuse(tell, "ADDITIONAL_PROPERTIES_NARROWED", reader, "additionalProperties",
                    fmt::format("the writer's content model is {}, the reader's is {}",
                                to_string(model), to_string(reader_.model_of(reader))));
    }
    return accepts(*reader.other_properties, *writer.other_properties, tell) && good;
  }

  bool accepts_patterns(const Rule& reader, const Rule& writer, bool tell) {
    if (writer_.model_of(writer) == ContentModel::closed) return true;
    bool good = true;
    for (const auto& [pattern, id] : reader.pattern_properties) {
      bool taken = reader_.accepts_all(id);
      for (const auto& [other, other_id] : writer.pattern_properties) {
        taken = taken || (other.source() == pattern.source() && accepts(id, other_id, false));
      }
      if (taken) continue;
      good = refuse(tell, "PATTERN_PROPERTY_ADDED_OR_NARROWED", reader,
                    "patternProperties/" + pointer_token(pattern.source()),
                    "the writer's data may hold such names with other content");
    }
    return good;
  }

  bool accepts_names(const Rule& reader, const Rule& writer, bool tell) {
    bool good = true;
    if (reader.property_names) {
      if (!writer.property_names) {
        good = refuse(tell, "PROPERTY_NAMES_ADDED", reader, "propertyNames",
                      "the writer's names may be any");
      } else {
        good = accepts(*reader.property_names, *writer.property_names, tell);
      }
    }
    for (const auto& [name, needed] : reader.dependent_required) {
      const auto found = writer.dependent_required.find(name);
      const bool kept = found != writer.dependent_required.end() &&
                        std::all_of(needed.begin(), needed.end(), [&](const std::string& other) {
                          return std::count(found->second.begin(), found->second.end(), other) != 0;
                        });
      if (kept) continue;
      good = refuse(tell, "DEPENDENCY_ARRAY_ADDED", reader, "dependencies",
                    fmt::format("what must stand beside \"{}\" has grown", name));
    }
    for (const auto& [name, id] : reader.dependent_schemas) {
      const auto found = writer.dependent_schemas.find(name);
      if (found != writer.dependent_schemas.end() && accepts(id, found->second, false)) continue;
      good = refuse(tell, "DEPENDENCY_SCHEMA_ADDED", reader, "dependencies",
                    fmt::format("what must hold beside \"{}\" has grown", name));
    }
    return good;
  }

  // Choices.

  bool accepts_combinations(const Rule& reader, const Rule& writer, const RuleList& all,
                            bool tell) {
    bool good = true;
    for (const auto* branches : {&reader.any_of, &reader.one_of}) {
      if (branches->empty()) continue;
      if (accepts_choice(*branches, writer, all)) continue;
      good = refuse(tell, "COMBINED_TYPE_SUBSCHEMAS_CHANGED", reader,
                    branches == &reader.any_of ? "anyOf" : "oneOf",
                    "no branch of the reader's choice takes all that the writer may write");
    }
    if (reader.negated && !(writer.negated && negation_kept(*reader.negated, *writer.negated))) {
      good = refuse(tell, "NOT_TYPE_EXTENDED", reader, "not",
                    "the reader's \"not\" excludes more than the writer's");
    }
    if (reader.condition && !same_condition(reader, writer)) {
      good = refuse(tell, "CONDITION_CHANGED", reader, "if",
                    "\"if\", \"then\" and \"else\" are not the same in both");
    }
    return good;
  }

  /// The writer's choice fits into the reader's, or the writer's schema fits into one branch.
  bool accepts_choice(const std::vector<RuleId>& branches, const Rule& writer,
                      const RuleList& all) {
    const auto some_branch_takes = [&](RuleId written) {
      return std::any_of(branches.begin(), branches.end(),
                         [&](RuleId branch) { return accepts(branch, written, false); });
    };
    for (const auto* written : {&writer.any_of, &writer.one_of}) {
      if (!written->empty() && std::all_of(written->begin(), written->end(), some_branch_takes)) {
        return true;
      }
    }
    return std::any_of(all.begin(), all.end(),
                       [&](const Rule* part) { return some_branch_takes(writer_.id_of(*part)); });
  }

  bool negation_kept(RuleId reader, RuleId writer) const {
    return reader_.text_of(reader) == writer_.text_of(writer);
  }

  bool same_condition(const Rule& reader, const Rule& writer) const {
    const auto same = [&](const std::optional<RuleId>& left, const std::optional<RuleId>& right) {
      if (!left || !right) return left.has_value() == right.has_value();
      return reader_.text_of(*left) == writer_.text_of(*right);
    };
    return same(reader.condition, writer.condition) &&
           same(reader.consequence, writer.consequence) &&
           same(reader.alternative, writer.alternative);
  }

  Side reader_;
  Side writer_;
  ContentPolicy policy_;
  std::map<std::pair<RuleId, RuleId>, bool> known_;
  std::vector<Incompatibility> found_;
  std::size_t depth_ = 0;
  std::size_t steps_ = 0;
};

}  // namespace

std::vector<Incompatibility> json_incompatibilities(const JsonSchema& reader,
                                                    const JsonSchema& writer,
                                                    ContentPolicy policy) {
  return Comparison(reader, writer, policy).run();
}

}  // namespace assay::schema
