// What applying a workspace would change: its document against the applied one's, name by name.

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <set>

#include "registry/breaking.h"
#include "registry/registry.h"

namespace assay::registry {
namespace {

using nlohmann::json;

/// What the members of a list are called, by the key of the list.
std::string_view member_of(std::string_view list) {
  static const std::map<std::string_view, std::string_view> kNames = {
      {"entities", "entity"},          {"fields", "field"},     {"masters", "master"},
      {"sources", "source"},           {"mappings", "mapping"}, {"versions", "schema version"},
      {"metrics", "metric"},           {"segments", "segment"}, {"feature_views", "feature view"},
      {"measures", "measure"},         {"features", "feature"}, {"extensions", "extension"},
      {"extension", "extension field"}};
  const auto found = kNames.find(list);
  return found == kNames.end() ? list : found->second;
}

/// The name of a thing in a list; empty where the list is no list of named things.
std::string name_of(const json& thing) {
  if (!thing.is_object()) return {};
  if (const auto version = thing.find("version"); version != thing.end()) {
    return fmt::format("{}/{}/{}", thing.value("tenant", ""), thing.value("application", ""),
                       version->get<std::string>());
  }
  if (const auto extended = thing.find("extends"); extended != thing.end())
    return fmt::format("{} of {}", extended->get<std::string>(), thing.value("tenant", ""));
  return thing.value("name", "");
}

bool is_named_list(const json& value) {
  return value.is_array() && !value.empty() && !name_of(value.front()).empty();
}

std::string text_of(const json& value) {
  return value.is_string() ? value.get<std::string>() : value.dump();
}

/// Compares two documents and collects the changes.
class Comparison {
 public:
  Comparison(Breaks breaks, Breaks effects)
      : breaks_(std::move(breaks)), effects_(std::move(effects)) {}

  /// `what` names the thing so far, `key` the way inside of it ("normalisation.format").
  void compare(const std::string& what, const std::string& key, const json& old, const json& next) {
    if (old == next) return;
    if (old.is_object() && next.is_object()) {
      compare_members(what, key, old, next);
    } else if (is_named_list(old) || is_named_list(next)) {
      compare_lists(what, key, old, next);
    } else if (old.is_null()) {
      add(Change::Kind::changed, what, fmt::format("{} set to {}", key, text_of(next)), key);
    } else if (next.is_null()) {
      add(Change::Kind::changed, what, fmt::format("{} {} taken away", key, text_of(old)), key);
    } else {
      add(Change::Kind::changed, what, fmt::format("{} {} -> {}", key, text_of(old), text_of(next)),
          key);
    }
  }

  std::vector<Change> take() && { return std::move(changes_); }

 private:
  void add(Change::Kind kind, const std::string& what, std::string detail, const std::string& key) {
    Change& change = changes_.emplace_back();
    change.kind = kind;
    change.what = what.empty() ? "workspace" : what;
    change.detail = std::move(detail);
    if (const auto found = breaks_.find({what, key}); found != breaks_.end()) {
      change.breaks = found->second;
    }
    if (const auto found = effects_.find({what, key}); found != effects_.end()) {
      change.effects = found->second;
    }
  }

  void compare_members(const std::string& what, const std::string& key, const json& old,
                       const json& next) {
    std::set<std::string> members;
    for (const auto& [member, value] : old.items()) members.insert(member);
    for (const auto& [member, value] : next.items()) members.insert(member);
    const json absent;
    for (const std::string& member : members) {
      const auto in_old = old.find(member);
      const auto in_next = next.find(member);
      compare(what, key.empty() ? member : fmt::format("{}.{}", key, member),
              in_old == old.end() ? absent : *in_old, in_next == next.end() ? absent : *in_next);
    }
  }

  void compare_lists(const std::string& what, const std::string& key, const json& old,
                     const json& next) {
    const auto named = [](const json& list, const std::string& name) -> const json* {
      for (const json& thing : list) {
        if (name_of(thing) == name) return &thing;
      }
      return nullptr;
    };
    const auto successor_of = [&](const std::string& name) -> const json* {
      for (const json& thing : next) {
        if (name_of(thing) == name || thing.value("renamed_from", "") == name) return &thing;
      }
      return nullptr;
    };
    const auto was_there = [&](const json& thing) {
      const std::string before = thing.value("renamed_from", "");
      return named(old, name_of(thing)) != nullptr ||
             (!before.empty() && named(old, before) != nullptr);
    };
    const std::string prefix =
        what.empty() ? std::string(member_of(key)) : fmt::format("{}, {}", what, member_of(key));
    const std::size_t before = changes_.size();
    for (const json& thing : old) {
      const std::string place = fmt::format("{} {}", prefix, name_of(thing));
      const json* kept = successor_of(name_of(thing));
      if (kept == nullptr) {
        add(Change::Kind::removed, place, "", "");
      } else {
        compare(place, "", thing, *kept);
      }
    }
    for (const json& thing : next) {
      if (was_there(thing)) continue;
      add(Change::Kind::added, fmt::format("{} {}", prefix, name_of(thing)), detail_of(thing), "");
    }
    if (changes_.size() == before) {
      add(Change::Kind::changed, what, fmt::format("order of the {}", key), key);
    }
  }

  static std::string detail_of(const json& added) {
    for (const char* key : {"type", "path", "kind"}) {
      if (const auto found = added.find(key); found != added.end()) return text_of(*found);
    }
    return {};
  }

  const Breaks breaks_;
  const Breaks effects_;
  std::vector<Change> changes_;
};

}  // namespace

std::vector<Change> difference(const model::Workspace& applied, const model::Workspace& next) {
  Comparison comparison(breaking_changes(applied, next), effects_of_changes(applied, next));
  comparison.compare("", "", json::parse(model::to_json(applied)),
                     json::parse(model::to_json(next)));
  return std::move(comparison).take();
}

}  // namespace assay::registry
