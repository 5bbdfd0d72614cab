// What is suggested for the records of one draft: match conditions, mappings, a name.

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "model/names.h"
#include "registry/draft_internal.h"
#include "registry/leaf_types.h"
#include "registry/nearest_version.h"
#include "registry/workspace_text.h"

namespace assay::registry {
namespace {

constexpr std::size_t kAddsMax = 200;

/// What every record has, outside of arrays.
bool is_always_there(const FamilyView& view, std::uint32_t path) {
  return view.at(path).records == view.family().records && view.row_of(path) == 0;
}

bool is_known(const std::vector<FamilyFacts>& known, const std::string& path) {
  const auto parsed = path::parse_mapping_path(path);
  return parsed && std::any_of(known.begin(), known.end(), [&](const FamilyFacts& family) {
           return find_path(family, *parsed).has_value();
         });
}

const FamilyFacts& main_family(const Facts& facts) {
  return *std::max_element(
      facts.families.begin(), facts.families.end(),
      [](const FamilyFacts& a, const FamilyFacts& b) { return a.records < b.records; });
}

/// Fills one draft.
class Suggestion {
 public:
  Suggestion(const DraftContext& context, Draft& draft)
      : context_(context), draft_(draft), view_(main_family(context.fresh)) {}

  /// fill:
  ///   carry the nearest version's mappings over
  ///   tell what is new, and what looks like master data
  ///   choose conditions and a name
  ///   write it all as YAML
  void fill() {
    carried_ = carry_over_nearest(context_, draft_, view_);
    const model::SchemaVersion* nearest = carried_.version;
    tell_new_leaves();
    const Inference inference = infer(context_.fresh);
    if (nearest != nullptr) {
      draft_.nearest =
          fmt::format("{}/{}/{}", nearest->tenant, nearest->application, nearest->version);
      draft_.score = carried_.score;
      draft_.lacks = std::move(carried_.lacks);
      draft_.mappings = std::move(carried_.mappings);
      tell_new_rows();
    }
    tell_masters(inference);
    choose_match(inference);
    choose_name();
    draft_.yaml = nearest != nullptr ? draft_text(draft_) : text_without_nearest(inference);
  }

 private:
  bool is_taken(std::uint32_t leaf) const {
    return std::find(carried_.taken.begin(), carried_.taken.end(), leaf) != carried_.taken.end();
  }

  /// Against records of the application that some version took; without any, against the mappings.
  void tell_new_leaves() {
    for (std::uint32_t leaf = 1; leaf < view_.count(); ++leaf) {
      if (!view_.is_leaf(leaf) || draft_.adds.size() == kAddsMax) continue;
      const std::string& text = view_.at(leaf).text;
      if (context_.known.empty() ? !is_taken(leaf) : !is_known(context_.known, text))
        draft_.adds.push_back(text);
    }
  }

  void tell_new_rows() {
    for (std::uint32_t row = 1; row < view_.count(); ++row) {
      const bool used =
          std::find(carried_.rows.begin(), carried_.rows.end(), row) != carried_.rows.end();
      if (view_.is_row(row) && !used) draft_.new_rows.push_back(view_.at(row).text);
    }
  }

  void tell_masters(const Inference& inference) {
    for (const InferredFamily& family : inference.families) {
      for (const InferredEvent& event : family.events) {
        for (const InferredRole& role : event.roles) {
          const auto key = path::parse_mapping_path(role.key.path);
          const auto leaf = key ? find_path(view_.family(), *key) : std::nullopt;
          if (leaf && !is_taken(*leaf)) draft_.masters.push_back(role);
        }
      }
    }
  }

  void add_condition(std::string path, std::vector<std::string> equals) {
    for (const auto& [known, values] : draft_.match) {
      if (known == path) return;
    }
    draft_.match.emplace_back(std::move(path), std::move(equals));
  }

  /// A value that tells versions apart; else a leaf that only these records have. The key of the
  /// record besides, so that nothing is taken that could not be stored.
  void choose_match(const Inference& inference) {
    for (const auto& [path, value] : draft_.said) add_condition(path, {value});
    const bool is_told = !draft_.match.empty() && !said_by_known();
    if (!is_told) {
      const auto news = [&](const std::vector<std::string>& paths) {
        for (const std::string& path : paths) {
          const auto parsed = path::parse_mapping_path(path);
          const auto at = parsed ? find_path(view_.family(), *parsed) : std::nullopt;
          const bool is_new = context_.known.empty() || !is_known(context_.known, path);
          if (!at || !is_new || !is_always_there(view_, *at)) continue;
          add_condition(written_path(view_, *at, 0), {});
          return true;
        }
        return false;
      };
      if (!news(carried_.new_paths)) news(draft_.adds);
    }
    add_key_condition();
    if (!draft_.match.empty()) return;
    for (const std::string& path : inference.families.front().match) add_condition(path, {});
  }

  /// Whether a known version takes the same values already: then they tell nothing apart.
  bool said_by_known() const {
    for (const model::SchemaVersion& version : context_.workspace.versions) {
      if (version.tenant != draft_.tenant || version.application != draft_.application) continue;
      const bool all = std::all_of(
          version.match.begin(), version.match.end(), [&](const plan::MatchCondition& condition) {
            if (condition.equals.empty()) return true;
            return std::any_of(draft_.said.begin(), draft_.said.end(), [&](const auto& said) {
              return said.first == path::to_string(condition.path) &&
                     std::find(condition.equals.begin(), condition.equals.end(), said.second) !=
                         condition.equals.end();
            });
          });
      if (all) return true;
    }
    return false;
  }

  void add_key_condition() {
    for (const DraftMapping& mapping : draft_.mappings) {
      const model::Entity* entity = context_.workspace.entity(mapping.entity);
      if (entity == nullptr || !entity->parent.empty()) continue;
      for (const DraftField& field : mapping.fields) {
        const bool is_key =
            std::find(entity->key.begin(), entity->key.end(), field.name) != entity->key.end();
        const auto path = path::parse_mapping_path(field.path);
        const auto at = path ? find_path(view_.family(), *path) : std::nullopt;
        if (is_key && at && field.path.starts_with('$'))
          add_condition(written_path(view_, *at, 0), {});
      }
    }
    if (carried_.version == nullptr || !carried_.version->envelope_version) return;
    if (find_path(view_.family(), *carried_.version->envelope_version))
      draft_.envelope_version = path::to_string(*carried_.version->envelope_version);
  }

  bool is_free(const std::string& name) const {
    return model::is_label(name) &&
           std::none_of(context_.workspace.versions.begin(), context_.workspace.versions.end(),
                        [&](const model::SchemaVersion& version) {
                          return version.tenant == draft_.tenant &&
                                 version.application == draft_.application &&
                                 version.version == name;
                        });
  }

  /// "v1" that takes "1" makes "v3" of "3"; else the number at the end of the newest counts on.
  void choose_name() {
    const model::SchemaVersion* newest = nullptr;
    for (const model::SchemaVersion& version : context_.workspace.versions) {
      if (version.tenant != draft_.tenant || version.application != draft_.application) continue;
      if (newest == nullptr) newest = &version;
      for (const plan::MatchCondition& condition : version.match) {
        for (const auto& [path, value] : draft_.said) {
          const std::size_t size = condition.equals.empty() ? 0 : condition.equals.front().size();
          if (size == 0 || path::to_string(condition.path) != path ||
              !version.version.ends_with(condition.equals.front()))
            continue;
          const std::string name = version.version.substr(0, version.version.size() - size) + value;
          if (!is_free(name)) continue;
          draft_.name = name;
          return;
        }
      }
    }
    std::string stem = newest == nullptr ? "v" : newest->version;
    while (!stem.empty() && stem.back() >= '0' && stem.back() <= '9') stem.pop_back();
    std::int64_t number = 0;
    if (newest != nullptr) {
      const std::string& text = newest->version;
      std::from_chars(text.data() + stem.size(), text.data() + text.size(), number);
      if (text.size() == stem.size()) stem += "-";
    }
    do {
      draft_.name = fmt::format("{}{}", stem, ++number);
    } while (!is_free(draft_.name) && number < 1'000'000);
  }

  /// The inference of samples, with the entities that it would need as comments.
  std::string text_without_nearest(const Inference& inference) const {
    const InferredFamily& family = inference.families.front();
    std::string text = fmt::format(
        "# Draft of a schema version: {} records of {}/{} wait that no version takes.\n"
        "# No schema version of the workspace is near, so that these are proposals from the\n"
        "# records alone. The entities that the mappings name have to be declared in "
        "entities/:\n#\n",
        draft_.records, draft_.tenant, draft_.application);
    const std::vector<std::string> entities = entity_texts(inference, family);
    for (std::size_t i = 0; i < entities.size(); ++i) {
      if (i > 0) text += "#   ---\n";
      std::string_view rest = entities[i];
      while (!rest.empty()) {
        const std::size_t end = std::min(rest.find('\n'), rest.size());
        text += fmt::format("#   {}\n", rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
      }
    }
    return text + "#\n" + version_text(family);
  }

  const DraftContext& context_;
  Draft& draft_;
  const FamilyView view_;
  CarriedOver carried_;
};

}  // namespace

void suggest(const DraftContext& context, Draft& draft) { Suggestion(context, draft).fill(); }

}  // namespace assay::registry
